"""A cell of a workbook as its person sees it, without what is only ornament."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

DIGITS_ONLY = re.compile(r"0+")
# A format of nothing but zeros and what stands between them: a postcode, a number of an identity card.
TEMPLATE = re.compile(r'(?:0|[-() /.]|\\.|"[^"]*")+')
LITERAL = re.compile(r'\\(.)|"([^"]*)"')
HOURS = re.compile(r"[hHsS]")


def as_text(cell: Any) -> str:
    """Return a cell's value as text; "" for an empty one and for the error of a formula (#N/A)."""
    value = cell.value
    if value is None or cell.data_type == "e":
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(value, str(cell.number_format or ""))
    if isinstance(value, datetime | date | time | timedelta):
        return moment(value, str(cell.number_format or ""))
    return str(value).strip()


def number(value: float, shown_as: str = "") -> str:
    """
    Return a number as it is meant: 8 and not 8.0, 0.3 and not 0.30000000000000004, 15% where it is shown so.

    Zeros that its format puts in front belong to it (01234). Currency signs and thousands' marks do not.
    """
    shape = shown_as.split(";")[0].split("]")[-1] if shown_as.startswith("[") else shown_as.split(";")[0]
    bare = LITERAL.sub("", shape)
    if "%" in bare:
        # A float has about 15 digits that mean something; 0.07 * 100 has more.
        return plain(float(f"{value * 100:.12g}")) + "%"
    if "0" in shape and TEMPLATE.fullmatch(shape) and value >= 0 and float(value).is_integer():
        filled = _filled_in(str(int(value)), shape)
        if filled is not None:
            return filled
    return plain(value)


def plain(value: float) -> str:
    """Return a number in digits, never as 1e+15."""
    if isinstance(value, int) or float(value).is_integer():
        return str(int(value))
    return f"{Decimal(f'{value:.15g}'):f}"


def moment(value: datetime | date | time | timedelta, shown_as: str = "") -> str:
    """Return a day as 2026-11-23, a time as 14:30, both where both are meant, a length of time as 36:15."""
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "")
    if isinstance(value, datetime):
        value = _to_the_second(value)
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        if midnight and not HOURS.search(LITERAL.sub("", shown_as).lower().replace("am/pm", "")):
            return value.date().isoformat()
        return f"{value.date().isoformat()} {_clock(value.time())}"
    if isinstance(value, time):
        return _clock(_to_the_second(datetime.combine(date(2000, 1, 1), value)).time())
    return value.isoformat()


def _filled_in(digits: str, shape: str) -> str | None:
    """Return digits put into a format of zeros, from its end; None where they are more than it has places."""
    pieces = [found[1] or found[2] or found[0] for found in re.finditer(r'\\(.)|"([^"]*)"|.', shape)]
    is_place = [found[0] == "0" for found in re.finditer(r'\\(.)|"([^"]*)"|.', shape)]
    places = sum(is_place)
    if len(digits) > places or "." in [p for p, place in zip(pieces, is_place, strict=True) if not place]:
        # More digits than places: only a run of zeros lets them through (00 and 123 is 123).
        return digits if DIGITS_ONLY.fullmatch(shape) else None
    left = iter(digits.rjust(places, "0"))
    return "".join(next(left) if place else piece for piece, place in zip(pieces, is_place, strict=True))


def _to_the_second(value: datetime) -> datetime:
    """Return a moment without the rest that fractions of days leave: 14:29:59.999987 is 14:30."""
    return (value + timedelta(milliseconds=500)).replace(microsecond=0)


def _clock(value: time) -> str:
    return value.strftime("%H:%M:%S" if value.second else "%H:%M")
