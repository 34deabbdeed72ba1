"""What may stand behind `schedule:`, the five fields of cron: minute, hour, day, month, weekday."""

from __future__ import annotations

import re

MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
DAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}
FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, MONTHS),
    (0, 7, DAYS),
)


def is_schedule(text: str) -> bool:
    """Say whether a text is a schedule: each field a list, with commas, of *, n or a-b, with /step."""
    fields = text.lower().split()
    return len(fields) == len(FIELDS) and all(
        _is_part(part, low, high, names)
        for given, (low, high, names) in zip(fields, FIELDS, strict=True)
        for part in given.split(",")
    )


def _is_part(part: str, low: int, high: int, names: dict[str, int]) -> bool:
    span, slash, step = part.partition("/")
    if slash and not (re.fullmatch("[0-9]{1,3}", step) and int(step) > 0):
        return False
    if span == "*":
        return True
    ends = [names.get(end, int(end) if re.fullmatch("[0-9]{1,2}", end) else -1) for end in span.split("-")]
    return len(ends) <= 2 and ends == sorted(ends) and all(low <= end <= high for end in ends)
