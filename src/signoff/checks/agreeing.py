"""When two numbers may speak of the same kind of thing, and when they are the same value."""

# ruff: noqa: SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

from signoff.checks.claims import Claim
from signoff.checks.emptiness import empty_fits
from signoff.checks.fields import Field
from signoff.checks.quantities import MONEY_IDEAS
from signoff.checks.units import UNITS
from signoff.checks.words import COUNTED

NUMERIC = frozenset(["number", "percent", "money", "measure"])


def types_meet(claim: Claim, other: Claim, field: Field, *, strict: bool = True) -> bool:
    """Return whether two numbers can speak of the same kind of thing."""
    if other.kind not in NUMERIC:
        return False
    if claim.kind == other.kind:
        if claim.kind == "measure" and claim.unit == other.unit == "duration" and strict:
            # "40 minutes" says nothing of a term of twelve months.
            return max(_size(claim), _size(other)) / min(_size(claim), _size(other)) < _OF_ONE_SIZE
        return claim.kind != "measure" or claim.unit == other.unit
    if claim.kind == "number":
        return not claim.ordinal or other.kind == "number"
    if other.kind == "number":
        if claim.kind == "money":
            if field.ideas & {"zip", "phone"} or is_share(field) or is_text(field):
                return False
            if strict and field.ideas & COUNTED and "per" not in field.words:
                return False
            return not strict or bool(field.ideas & MONEY_IDEAS) or other.values[0] >= 20
        if claim.kind == "measure" and is_text(field):
            return False
        if claim.kind == "measure":
            return "age" in field.ideas or not field.ideas & (COUNTED | {"quantity"})
        return True
    return False


def could_speak_of(claim: Claim, field: Field) -> bool:
    """Return whether a field holds, or could hold, a number of the same kind of thing."""
    if field.state == "empty":
        return empty_fits(claim, field)
    return any(types_meet(claim, other, field) for other in field.claims)


def can_be_same(claim: Claim, other: Claim, field: Field) -> bool:
    """Return whether two numbers can be the same: of kinds that meet, and in one unit."""
    return types_meet(claim, other, field, strict=False) and (
        not claim.unit or not other.unit or claim.unit == other.unit
    )


_OF_ONE_SIZE = 5000


def _size(claim: Claim) -> float:
    return UNITS[claim.scale][1] if claim.scale in UNITS else 86400.0


def is_text(field: Field) -> bool:
    """Return whether a number stands inside a text ("Tour 5"), not as a value of its own."""
    return field.text is not None and (field.prose or field.is_list or len(field.text.tokens) > 2)


_SHARES = frozenset("satz percent pct prozent percentage tasa taux quote ratio".split())


def is_share(field: Field) -> bool:
    """Return whether a field's number is a share by its name: a tax rate, a percentage."""
    return bool(
        field.words & _SHARES or ("rate" in field.words and field.ideas & {"tax", "interest", "discount"})
    )


def close(values: tuple[float, ...], other: float) -> bool:
    """Return whether one of the values is the other, but for rounding."""
    return any(abs(v - other) <= 1e-6 * max(1.0, abs(other)) for v in values)


def lone_value(claim: Claim) -> float | None:
    """Return the value of a number or amount of which nothing else counts: two of those agree only when close."""
    is_lone = (
        claim.kind in ("number", "money") and len(claim.values) == 1 and not claim.hedge and not claim.high
    )
    return claim.values[0] if is_lone and claim.values[0] >= 0 else None


def numbers_agree(claim: Claim, other: Claim) -> bool:
    """Return whether two numbers are the same value, by any reading, with "about" and "over" taken at their word."""
    mine, theirs = claim.values, other.values
    if claim.kind == "measure" and other.kind == "number" and claim.scale:
        factor = UNITS[claim.scale][1]
        mine = tuple(v / factor for v in mine)
    elif claim.kind == "number" and other.kind == "measure" and other.scale:
        factor = UNITS[other.scale][1]
        theirs = tuple(v / factor for v in theirs)
    highs = claim.high
    spans = (
        claim.unit == other.unit == "duration" and claim.scale != other.scale and min(mine) >= 25 * 86400.0
    )
    if spans and any(abs(a - b) <= 0.03 * b for a in mine for b in theirs):
        return True
    shares = claim.kind == "percent" and other.kind == "number"
    of_parts = 0.006 if claim.kind == "measure" and claim.unit != "duration" else 1e-6
    for theirs_one in (*theirs, *other.high):
        size = abs(theirs_one)
        tolerance = max(1e-6, size * of_parts)
        for value in mine:
            away = abs(value - theirs_one)
            if away <= tolerance or abs(value - size) <= tolerance:
                return True
            if away > 0.5 and not claim.hedge and not shares:
                continue  # nothing else lets numbers so far apart agree; most are
            if shares and abs(value / 100 - theirs_one) <= 1e-9:
                return True
            if theirs_one != int(theirs_one) and value == int(value) and away <= 0.5 and theirs_one > 5:
                return True
            if claim.hedge == "about" and away <= 0.1 * size:
                return True
            if claim.hedge == "over" and 0.75 * theirs_one <= value <= theirs_one:
                return True
            if claim.hedge == "under" and theirs_one <= value <= 1.25 * theirs_one:
                return True
        if highs and (any(low <= theirs_one <= high for low in mine for high in highs) and not other.high):
            return True
    return False


def periods_agree(one: str, other: str) -> bool:
    """Return whether "a night" and "per day" may speak of the same price."""
    times = {"hour", "day", "night", "week", "month", "year"}
    return (
        one == other
        or not {one, other} <= times
        or {one, other} <= {"night", "day"}
        or {one, other} <= {"person", "unit"}
    )


def written(claim: Claim) -> float:
    """Return a number as it was written: 45 for "45 kg", not in base units."""
    return claim.values[0] / UNITS[claim.scale][1] if claim.scale in UNITS else claim.values[0]
