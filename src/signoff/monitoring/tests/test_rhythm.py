"""What is usual, by hour and weekday, and from when on it is too quiet."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.monitoring.rhythm import HOUR, LEAST_EXPECTED, Heard, Rhythm, expected, learn, silent_at

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 9, 7, tzinfo=UTC)


def hours_of(times: list[datetime]) -> dict[datetime, Heard]:
    """Return the hours in which records came at these times."""
    found: dict[datetime, Heard] = {}
    last = None
    for at in sorted(times):
        slot = at.replace(minute=0, second=0, microsecond=0)
        before = found.get(slot, Heard(0))
        longer = last is not None and (
            before.quiet_from is None or at - last > before.quiet_until - before.quiet_from
        )
        found[slot] = Heard(
            before.count + 1, last if longer else before.quiet_from, at if longer else before.quiet_until
        )
        last = at
    return found


def office(weeks: int, a_day: int = 24, skip: set[date] = frozenset()) -> list[datetime]:
    """Return records that come on working days from 8 to 17, at random minutes."""
    chance = random.Random(7)
    days = (MONDAY + timedelta(days=n) for n in range(7 * weeks))
    return [
        day.replace(hour=8) + timedelta(minutes=chance.uniform(0, 540))
        for day in days
        if day.weekday() < 5 and day.date() not in skip
        for _ in range(a_day)
    ]


def test_nothing_is_said_in_the_first_two_weeks_and_for_a_handful_of_records():
    assert learn(hours_of(office(1)), MONDAY, MONDAY + timedelta(days=13), UTC) is None
    assert learn(hours_of(office(8, a_day=24)[:19]), MONDAY, MONDAY + timedelta(weeks=8), UTC) is None
    assert learn(hours_of(office(8)), MONDAY, MONDAY + timedelta(weeks=8), UTC) is not None


def test_nights_and_weekends_are_quiet_and_working_hours_are_not():
    rhythm = learn(hours_of(office(8)), MONDAY, MONDAY + timedelta(weeks=8), UTC)
    friday = MONDAY + timedelta(weeks=8, days=4)

    assert 100 < rhythm.a_week < 125
    weekend = silent_at(rhythm, friday.replace(hour=16, minute=50), friday + timedelta(days=2, hours=9), UTC)
    assert weekend is None, "a weekend is no silence"
    assert friday.replace(hour=10) < silent_at(
        rhythm, friday.replace(hour=9), friday + timedelta(days=1), UTC
    )
    assert silent_at(rhythm, friday.replace(hour=8), friday + timedelta(days=1), UTC) < friday.replace(
        hour=15
    )


def test_a_holiday_is_no_silence_and_teaches_nothing():
    holiday = (MONDAY + timedelta(weeks=7, days=2)).date()
    rhythm = learn(hours_of(office(8, skip={holiday})), MONDAY, MONDAY + timedelta(weeks=8), UTC, {holiday})
    with_it = learn(hours_of(office(8)), MONDAY, MONDAY + timedelta(weeks=8), UTC)

    assert abs(rhythm.a_week - with_it.a_week) < 3
    tuesday = MONDAY + timedelta(weeks=8, days=1, hours=16, minutes=50)
    next_day = (tuesday + timedelta(days=1)).date()
    until = tuesday + timedelta(days=1, hours=6)
    assert silent_at(rhythm, tuesday, until, UTC) is not None
    assert silent_at(rhythm, tuesday, until, UTC, {next_day}) is None


def test_one_campaign_does_not_make_the_same_hour_of_next_week_a_silence():
    burst = [MONDAY + timedelta(weeks=7, days=1, hours=10, seconds=n) for n in range(900)]
    until = MONDAY + timedelta(weeks=8)
    rhythm = learn(hours_of(office(8) + burst), MONDAY, until, UTC)
    tuesday = until + timedelta(days=1, hours=10)

    assert expected(rhythm, tuesday, tuesday + HOUR, UTC) < 12


def test_an_incident_of_the_past_does_not_make_us_deaf():
    gone = [
        at for at in office(8) if not MONDAY + timedelta(weeks=6) <= at < MONDAY + timedelta(weeks=6, days=3)
    ]
    until = MONDAY + timedelta(weeks=8)
    silence = (MONDAY + timedelta(weeks=5, days=4, hours=16), MONDAY + timedelta(weeks=6, days=3, hours=9))
    told = learn(hours_of(gone), MONDAY, until, UTC, (), [silence])
    untold = learn(hours_of(gone), MONDAY, until, UTC)
    usual = learn(hours_of(office(8)), MONDAY, until, UTC)

    assert told.enough < 1.5 * usual.enough
    assert untold.enough <= 6 * max(LEAST_EXPECTED, usual.enough)


def test_hours_are_those_of_the_owners_clock_in_summer_and_in_winter():
    rates = tuple(1.0 if hour == 9 else 0.0 for _ in range(7) for hour in range(24))
    rhythm = Rhythm(rates, 1.0)

    summer, winter = datetime(2026, 7, 1, 7, tzinfo=UTC), datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert (
        expected(rhythm, summer, summer + HOUR, BERLIN)
        == expected(rhythm, winter, winter + HOUR, BERLIN)
        == 1
    )


@given(
    st.lists(st.floats(0, 50), min_size=168, max_size=168),
    st.floats(0.5, 60),
    st.integers(0, 7 * 24 * 60),
    st.lists(st.integers(1, 3000), min_size=2, max_size=2),
)
@settings(max_examples=200, deadline=None)
def test_expectations_add_up_and_silence_begins_where_enough_is_reached(rates, enough, begin, steps):
    rhythm = Rhythm(tuple(rates), enough)
    first = MONDAY + timedelta(minutes=begin)
    middle = first + timedelta(minutes=steps[0])
    last = middle + timedelta(minutes=steps[1])

    whole = expected(rhythm, first, last, BERLIN)
    parts = expected(rhythm, first, middle, BERLIN) + expected(rhythm, middle, last, BERLIN)
    assert abs(whole - parts) < 1e-6 * max(whole, 1)

    at = silent_at(rhythm, first, last, BERLIN)
    assert (at is None) == (whole < enough) or abs(whole - enough) < 1e-9
    if at is not None:
        assert expected(rhythm, first, at, BERLIN) >= enough - 1e-9
        assert expected(rhythm, first, at - HOUR, BERLIN) < enough
