"""Dates and times as people write them, read only where they have one reading."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO_TIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?P<t>[Tt ])(?P<time>(?:[01][0-9]|2[0-3]):[0-5][0-9])"
    r"(?P<seconds>:[0-5][0-9](?:\.[0-9]{1,6})?)?"
    r" ?(?P<zone>[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_YEAR_FIRST = re.compile(r"([0-9]{4})[/.]([0-9]{1,2})[/.]([0-9]{1,2})")
_DOTTED = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\. ?([0-9]{4})")
_SLASHED = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})")
_DAY_MONTH = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|er|\.)? (?:of |de )?([^\W\d_]+)\.?,? (?:de )?([0-9]{4})")
_MONTH_DAY = re.compile(r"([^\W\d_]+)\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})")

_MONTHS = (
    "january jan januar janvier janv enero ene",
    "february feb februar février févr fevrier febrero",
    "march mar märz mrz maerz mars marzo",
    "april apr avril avr abril abr",
    "may mai mayo",
    "june jun juni juin junio",
    "july jul juli juillet juil julio",
    "august aug août aout agosto ago",
    "september sep sept septembre septiembre",
    "october oct oktober okt octobre octubre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre déc decembre diciembre dic",
)
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}


def is_date(text: str) -> bool:
    """Return whether a text is a real day as YYYY-MM-DD."""
    return bool(_ISO_DATE.fullmatch(text)) and _day(*text.split("-")) is not None


def read_date(text: str) -> date | None:
    """
    Return the one day a text can mean, or None: "03/04/2026" is two days, "23/04/2026" and "3.4.2026" one.

    Names of months are read in English, German, French and Spanish. Years have four digits.
    """
    text = " ".join(text.split())
    if is_date(text):
        return date.fromisoformat(text)
    if found := _YEAR_FIRST.fullmatch(text):
        return _day(*found.groups())
    if found := _DOTTED.fullmatch(text):  # with dots, the day always comes first
        return _day(found[3], found[2], found[1])
    if found := _SLASHED.fullmatch(text):
        readings = {_day(found[3], found[1], found[2]), _day(found[3], found[2], found[1])} - {None}
        return readings.pop() if len(readings) == 1 else None
    if found := _DAY_MONTH.fullmatch(text):
        return _named(found[3], found[2], found[1])
    if found := _MONTH_DAY.fullmatch(text):
        return _named(found[3], found[1], found[2])
    if (found := _ISO_TIME.fullmatch(text)) and not (found["time"] + (found["seconds"] or "")).strip("0:."):
        return _day(*found["date"].split("-"))  # midnight was added to a day
    return None


def is_moment(text: str) -> bool:
    """Return whether a text is a real moment with its offset from UTC, as RFC 3339 writes it."""
    found = _ISO_TIME.fullmatch(text)
    if not found or " " in text or not found["seconds"] or not found["zone"]:
        return False
    return (found["zone"] in "Zz" or ":" in found["zone"]) and _moment(text) is not None


def read_moment(text: str, zone: tzinfo | None) -> str | None:
    """
    Return the one moment a text can mean, as RFC 3339, or None.

    A time without an offset is a time in `zone`; None where there is no zone, or where the clocks change and
    the hour does not exist there, or exists twice.
    """
    found = _ISO_TIME.fullmatch(" ".join(text.split()))
    if not found:
        return None
    seconds, offset = found["seconds"] or ":00", (found["zone"] or "").upper()
    if offset and offset != "Z" and ":" not in offset:
        offset = f"{offset[:3]}:{offset[3:]}"
    local = f"{found['date']}T{found['time']}{seconds}"
    if offset:
        return local + offset if _moment(local + offset) else None
    here = _moment(local)
    if here is None or zone is None:
        return None
    early, late = here.replace(tzinfo=zone), here.replace(tzinfo=zone, fold=1)
    if early.utcoffset() != late.utcoffset():
        return None
    away = early.utcoffset() or timedelta()
    minutes = int(away.total_seconds() // 60)
    return f"{local}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def _named(year: str, month: str, day: str) -> date | None:
    number = _MONTH_OF.get(month.casefold())
    return _day(year, str(number), day) if number else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
