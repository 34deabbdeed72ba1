"""
How an integration's records usually come, by hour and weekday, and since when it has been too quiet. Pure.

Silence is counted in records, not in hours: two quiet hours on a Tuesday morning say more than a quiet Sunday. Time is
too quiet once `Rhythm.enough` records would have come in it; that is so many that chance alone reaches it about once in
four years, by the quiet times seen so far. How often it is wrong is measured by `bench/silence_study.py`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

WEEK = 7 * 24
HOUR = timedelta(hours=1)
LEARNS_FROM = timedelta(weeks=8)
FIRST_SPEAKS_AFTER = timedelta(days=14)
LEAST_RECORDS = 20  # fewer show no rhythm
HALF_LIFE_DAYS = 21.0  # so old hours count half: businesses change
BORROWED_WEEKS = 1.0  # the weight of what neighbouring hours and like days say, in weeks of observation
LEAST_EXPECTED = 6.0  # nobody is called for less
CALM_FOR = timedelta(days=14)  # after a silence that ended by itself
LONGEST = 20  # quiet times, of those seen, that tell how much longer one can get
MOST_TIMES_CHANCE = 6.0  # quiet times of the past make us at most so much slower
SELDOM_WEEKS = 208.0  # chance alone may call so often: once in four years


@dataclass(frozen=True)
class Heard:
    """The records of one hour (UTC), and the longest time without one that ended in it."""

    count: int
    quiet_from: datetime | None = None
    quiet_until: datetime | None = None


@dataclass(frozen=True)
class Rhythm:
    """
    What is usual: `rates` are records an hour, from Monday 0:00 on the owner's clock (168 of them).

    `enough` is how many records have to be missed before it is called silence.
    """

    rates: tuple[float, ...]
    enough: float

    @property
    def a_week(self) -> float:
        return sum(self.rates)


def learn(
    hours: Mapping[datetime, Heard],
    since: datetime,
    until: datetime,
    zone: tzinfo,
    holidays: Collection[date] = (),
    left_out: Sequence[tuple[datetime, datetime]] = (),
) -> Rhythm | None:
    """
    Return the rhythm of the hours from `since` to `until` (both full hours, UTC); None where it is too early to say.

    `hours` holds those in which something came. Holidays teach nothing, nor do times in `left_out`: in those somebody
    had switched it off, or it was silent because something was wrong.
    """
    since = max(since, until - LEARNS_FROM)
    counted = {at: hours[at].count if at in hours else 0 for at in _each_hour(since, until)}
    if until - since < FIRST_SPEAKS_AFTER or sum(counted.values()) < LEAST_RECORDS:
        return None
    slots: list[list[tuple[float, int]]] = [[] for _ in range(WEEK)]
    for at, count in counted.items():
        local = at.astimezone(zone)
        if local.date() in holidays or any(begin <= at < end for begin, end in left_out):
            continue
        weight = 0.5 ** ((until - at) / timedelta(days=HALF_LIFE_DAYS))
        slots[local.weekday() * 24 + local.hour].append((weight, count))
    rates = _rates(slots)
    rhythm = Rhythm(rates, LEAST_EXPECTED)
    times = [(heard.quiet_from, heard.quiet_until) for heard in hours.values()]
    quiet = [
        expected(rhythm, begin, end, zone, holidays)
        for begin, end in times
        if begin
        and end
        and end >= since
        and not any(begin < over and first < end for first, over in left_out)
    ]
    by_chance = max(LEAST_EXPECTED, math.log(max(rhythm.a_week * SELDOM_WEEKS, 1)))
    enough = max(by_chance, _seldom(quiet, (until - since) / timedelta(weeks=1)))
    return Rhythm(rates, min(enough, MOST_TIMES_CHANCE * by_chance))


def expected(
    rhythm: Rhythm, since: datetime, until: datetime, zone: tzinfo, holidays: Collection[date] = ()
) -> float:
    """Return how many records usually come between two moments. On a holiday none is expected."""
    return sum(share for _, share in _shares(rhythm, since, until, zone, holidays))


def silent_at(
    rhythm: Rhythm, since: datetime, until: datetime, zone: tzinfo, holidays: Collection[date] = ()
) -> datetime | None:
    """Return from when on no record since `since` is too long; None if that is later than `until`."""
    heard, at = 0.0, since
    for end, share in _shares(rhythm, since, until, zone, holidays):
        if heard + share >= rhythm.enough:
            return min(end, at + (end - at) * ((rhythm.enough - heard) / share) + timedelta.resolution)
        heard, at = heard + share, end
    return None


def calmer(rhythm: Rhythm, false_alarms: int) -> Rhythm:
    """Return the rhythm that calls later, after silences that ended by themselves: this may be a quiet season."""
    return Rhythm(rhythm.rates, rhythm.enough * (1 + false_alarms))


def _shares(
    rhythm: Rhythm, since: datetime, until: datetime, zone: tzinfo, holidays: Collection[date]
) -> Iterable[tuple[datetime, float]]:
    at = since
    while at < until:
        end = min(_next_hour(at), until)
        local = at.astimezone(zone)
        rate = 0.0 if local.date() in holidays else rhythm.rates[local.weekday() * 24 + local.hour]
        yield end, rate * ((end - at) / HOUR)
        at = end


def _rates(slots: Sequence[Sequence[tuple[float, int]]]) -> tuple[float, ...]:
    """Return records an hour for each hour of the week. One burst teaches little, few records borrow from alike."""
    capped = []
    for slot, seen in enumerate(slots):
        alike = sorted(count for other in _alike(slot) for _, count in slots[other])
        cap = max(3, 2 * alike[int(0.95 * (len(alike) - 1))]) if alike else 3
        capped.append(
            (sum(weight * min(count, cap) for weight, count in seen), sum(weight for weight, _ in seen))
        )
    rates = []
    for slot, (records, weeks) in enumerate(capped):
        others = _alike(slot)
        borrowed = sum(capped[other][0] for other in others) / max(
            sum(capped[other][1] for other in others), 1e-9
        )
        rates.append((records + BORROWED_WEEKS * borrowed) / (weeks + BORROWED_WEEKS))
    return tuple(rates)


def _alike(slot: int) -> list[int]:
    """Return the hours of the week that are like one: it and its neighbours, on working days those of all five."""
    weekday, hour = divmod(slot, 24)
    days = range(5) if weekday < 5 else (weekday,)
    return [(day * 24 + hour + step) % WEEK for day in days for step in (-1, 0, 1)]


def _seldom(quiet: Sequence[float], weeks: float) -> float:
    """
    Return which quiet time comes about once in four years, where `quiet` are those of so many weeks, in records missed.

    Beyond the longest few, quiet times are taken to become rarer at an even rate, as those few do among themselves: if
    records come by chance alone they do, and where they come in heaps or on uneven days the rate is lower and seen.
    Source: peaks over threshold, Pickands (1975), https://doi.org/10.1214/aos/1176343003
    """
    longest = sorted(quiet)[-min(LONGEST, max(len(quiet) // 3, 1)) :]
    if not longest:
        return 0.0
    beyond = sum(longest) / len(longest) - longest[0]
    return longest[0] + beyond * math.log(max(len(longest) * SELDOM_WEEKS / weeks, 1))


def _each_hour(since: datetime, until: datetime) -> Iterable[datetime]:
    at = since
    while at < until:
        yield at
        at += HOUR


def _next_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0) + HOUR
