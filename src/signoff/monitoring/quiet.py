"""Quiet hours, by the wall clock of whoever wants them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones


def is_zone(name: str) -> bool:
    """Say whether a time zone has this name ("Europe/Berlin")."""
    return name in available_timezones()


def quiet_until(at: datetime, begin: time | None, end: time | None, zone: str) -> datetime | None:
    """
    Return when the quiet hours end in which a moment lies, None when it lies in none.

    They may go past midnight. Where the clocks change, the clock on the wall decides: an hour that comes twice is quiet
    twice, and an end that the clock leaps over is there when it has leapt.
    """
    if begin is None or end is None or begin == end:
        return None
    here = at.astimezone(ZoneInfo(zone))
    now = here.time().replace(tzinfo=None)
    inside = begin <= now < end if begin < end else now >= begin or now < end
    if not inside:
        return None
    on = here.date() if now < end else here.date() + timedelta(days=1)
    for fold in (0, 1):
        over = _first_moment(datetime.combine(on, end, ZoneInfo(zone)).replace(fold=fold))
        if over > at:
            return over
    return at + timedelta(minutes=1)


def _first_moment(wall: datetime) -> datetime:
    """Return a wall clock's time as a moment; of one that is leapt over, the moment of the leap."""
    moment = wall.astimezone(UTC)
    if moment.astimezone(wall.tzinfo).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return moment
    before, after = moment - timedelta(hours=3), moment
    offset = before.astimezone(wall.tzinfo).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(wall.tzinfo).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
