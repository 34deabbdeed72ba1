"""Every number a record gives, in the kinds that may be added, multiplied and compared with one another."""

# ruff: noqa: E501 - patterns are easier to read and mend in one piece

from __future__ import annotations

import re

from signoff.checks.agreeing import NUMERIC, written
from signoff.checks.record import Record

_NO_PARTS = frozenset(["zip", "phone", "age", "floor", "built"])
_FIGURES = re.compile(
    r"(?<![\w.,/:-])\d{1,3}(?:[.,' \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?(?![\w.,]?\d)|(?<![\w.,/:-])\d+(?:[.,]\d+)?(?![.,:/-]?\d)"
)


def known_numbers(record: Record) -> dict[str, list[float]]:
    """
    Return the numbers of a record by kind.

    "plain" has each as it is written, "bare" those that are no measure, "money" and "percent" and the dimensions of
    measures what their names say, measures in base units.
    """
    found: dict[str, dict[float, None]] = {"plain": {}, "bare": {}, "money": {}, "percent": {}}
    for field in record.fields:
        if field.ideas & _NO_PARTS:
            continue
        for claim in field.claims[:12]:
            if claim.kind not in NUMERIC or not claim.values or claim.values[0] >= 1e7:
                continue
            found["plain"][written(claim)] = None
            if claim.kind in ("money", "number"):
                found["bare"][claim.values[0]] = None
            if claim.kind == "measure":
                found.setdefault(claim.unit, {})[claim.values[0]] = None
            elif claim.kind in found:
                found[claim.kind][claim.values[0]] = None
        if not field.claims or field.text is not None:
            for match in _FIGURES.finditer(field.shown[:400]):
                for value in _read(match.group()):
                    if value not in found["plain"]:
                        found["plain"][value] = found["bare"][value] = None
    return {name: list(values) for name, values in found.items()}


def _read(shown: str) -> list[float]:
    """Return what a written number may be: "1.234" is a thousand or one and a bit."""
    plain = re.sub(r"[ '\u00a0\u202f]", "", shown)
    found = []
    if re.fullmatch(r"\d+", plain):
        return [float(plain)]
    tail = re.search(r"[.,](\d+)$", plain)
    whole = re.sub(r"[.,]", "", plain[: tail.start()] if tail else plain)
    if tail and len(tail[1]) == 3:
        found.append(float(whole + tail[1]))
    if tail and plain.count(plain[tail.start()]) == 1:
        found.append(float(f"{whole}.{tail[1]}"))
    return found
