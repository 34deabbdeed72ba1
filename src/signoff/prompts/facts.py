"""Company facts that hold from one day until another, so that last year's price is never told as this year's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

DATED = frozenset({"text", "from", "until"})


@dataclass(frozen=True)
class Statement:
    """One text of a fact and the days on which it holds; None: since ever, or until further notice."""

    text: str
    from_on: date | None = None
    until_on: date | None = None

    def holds(self, day: date) -> bool:
        """Say whether it holds on a day; the first and the last day count."""
        return (self.from_on or date.min) <= day <= (self.until_on or date.max)

    def when(self) -> str:
        """Return in words when it holds: "from 1 January 2027 until 31 March 2027", "always"."""
        parts = [f"from {day_in_words(self.from_on)}"] if self.from_on else []
        parts += [f"until {day_in_words(self.until_on)}"] if self.until_on else []
        return " ".join(parts) or "always"


def in_force(statements: Iterable[Statement], day: date) -> str:
    """Return what a fact says on a day, or an empty text when nothing holds."""
    return next((one.text for one in statements if one.holds(day)), "")


def read_statements(value: Any) -> tuple[Statement, ...]:
    """
    Return what a file says of one fact: a text, a table of names and values, or texts with dates.

    Dated is `{text: …, from: 2027-01-01, until: 2027-12-31}`, or a list of such. Raises ValueError in words.
    """
    if isinstance(value, list) and value and all(_is_dated(entry) for entry in value):
        found = tuple(_statement(entry) for entry in value)
    elif _is_dated(value):
        found = (_statement(value),)
    else:
        found = (Statement(as_text(value)),)
    if not all(one.text for one in found):
        raise ValueError("is empty")
    _refuse_overlap(found)
    return found


def as_text(value: Any) -> str:
    """Return a fact as lines: a table of names and values becomes "name: value"."""
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {as_text(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return "\n".join(as_text(inner) for inner in value)
    return str(value).strip()


def as_data(statements: Iterable[Statement]) -> list[dict[str, str]]:
    """Return statements as rows keep them and files write them."""
    rows = []
    for one in statements:
        row = {"text": one.text}
        row |= {"from": one.from_on.isoformat()} if one.from_on else {}
        row |= {"until": one.until_on.isoformat()} if one.until_on else {}
        rows.append(row)
    return rows


def from_data(rows: Sequence[Mapping[str, str]]) -> tuple[Statement, ...]:
    """Return the statements that a row keeps."""
    return tuple(_statement(row) for row in rows)


def day_in_words(day: date) -> str:
    """Return a day as people write it: "1 January 2027"."""
    return f"{day.day} {day:%B %Y}"


def _is_dated(value: Any) -> bool:
    # A table of prices may well have a row called "from"; with a row called "text" beside it, it is meant as a date.
    return isinstance(value, Mapping) and "text" in value and len(value) > 1 and set(value) <= DATED


def _statement(entry: Mapping[str, Any]) -> Statement:
    first, last = _day(entry.get("from"), "from"), _day(entry.get("until"), "until")
    if first and last and first > last:
        raise ValueError(f"ends ({last}) before it begins ({first})")
    return Statement(as_text(entry["text"]), first, last)


def _day(value: Any, name: str) -> date | None:
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError(f"has `{name}: {str(value)[:20]}`, where a day belongs, e.g. 2027-01-01") from None


def _refuse_overlap(statements: Sequence[Statement]) -> None:
    ordered = sorted(statements, key=lambda one: one.from_on or date.min)
    for before, after in pairwise(ordered):
        first = after.from_on or date.min
        if before.holds(first):
            on = f"on {day_in_words(first)}" if after.from_on else "at the beginning"
            raise ValueError(f"says two things {on}: let the earlier one end the day before")
