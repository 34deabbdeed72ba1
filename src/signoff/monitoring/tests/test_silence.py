"""Records that stop coming are noticed by the integration's own rhythm, or by what the owner expects."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from signoff.core import clock
from signoff.integrations.models import Version
from signoff.monitoring import silence
from signoff.monitoring.models import Hour, Notice, Rhythm
from signoff.monitoring.tests.shop import START, integration, look_and_tell, mend, refuse
from signoff.runs.models import Run, Source

pytestmark = pytest.mark.django_db
# START is a Thursday at 10:00 UTC.


def come(of, *times: datetime) -> None:
    """Let records come at these times."""
    first = Run.objects.count()
    Run.objects.bulk_create(
        Run(
            integration=of, version=of.current, dedupe_key=f"{first + n}", record={}, state="done",
            received_at=at, changed_at=at,
        )
        for n, at in enumerate(sorted(times))
    )  # fmt: skip


def working_days(weeks: int, a_day: int = 24, until: datetime = START) -> list[datetime]:
    """Return records from 8 to 17 on the working days before a moment."""
    chance = random.Random(3)
    days = (until.replace(hour=0) - timedelta(days=n) for n in range(7 * weeks + 1))
    found = [
        day.replace(hour=8) + timedelta(minutes=chance.uniform(0, 540))
        for day in days
        if day.weekday() < 5
        for _ in range(a_day)
    ]
    return [at for at in found if at < until]


def watch_on(at, **by: float) -> None:
    """Let the clock go on, and watch as often as has to be."""
    end = clock.now() + timedelta(**by)
    while clock.now() < end:
        at(min(clock.now() + timedelta(minutes=9), end))
        silence.watch()


def expecting(of, wanted: str | None) -> None:
    """Put a version into force that says how many records should come, or no longer says it."""
    definition = {**of.current.definition}
    definition["record"] = {**definition["record"], "expect": wanted}
    of.current = Version.objects.create(
        integration=of,
        number=of.current.number + 1,
        hash=str(wanted),
        definition=definition,
        source="name: x",
    )
    of.save()


@pytest.fixture
def shop(db, post, owner, hubspot, at, monkeypatch):
    """An integration that has had records on working days for eight weeks, and is watched."""
    monkeypatch.setenv("SIGNOFF_COUNTRY", "none")
    of = integration()
    come(of, *working_days(8), START - timedelta(minutes=2))
    silence.watch()
    return of


def test_records_that_stop_are_told_once_and_their_coming_again_too(shop, post, at):
    watch_on(at, hours=1)
    look_and_tell()
    assert post.subjects == []

    watch_on(at, hours=6)
    look_and_tell()
    look_and_tell()

    assert len(post.subjects) == 1
    assert post.subjects[0].startswith("Follow up new leads: no records since 10:00; about ")
    expected = int(post.subjects[0].split("about ")[1].split()[0])
    assert 12 <= expected <= 20  # 24 a day in nine hours, and the time until 17:00

    come(shop, clock.now())
    watch_on(at, minutes=5)
    look_and_tell()

    assert post.subjects[1:] == ["Follow up new leads: records come again."]


def test_a_night_and_a_weekend_are_no_silence(shop, post, at):
    come(shop, at("2026-11-27T16:50:00+00:00"))
    silence.watch()
    watch_on(at, hours=63)  # until Monday 7:50
    look_and_tell()
    assert post.subjects == []

    watch_on(at, hours=8)
    look_and_tell()
    assert len(post.subjects) == 1
    assert "no records since Fri 27 November, 16:50" in post.subjects[0]


def test_a_quiet_that_lasts_over_midnight_does_not_put_off_its_own_notice(shop, at):
    come(shop, at("2026-11-26T16:00:00+00:00"))
    silence.watch()
    foretold = Rhythm.objects.get().silent_from
    assert foretold.date() == datetime(2026, 11, 27).date()
    learned = Rhythm.objects.get().learned_on

    for _ in range(
        8
    ):  # a week of holidays that no calendar knows, so to say: what is learned asks for more each night
        watch_on(at, hours=24)
        assert Rhythm.objects.get().silent_from <= foretold

    assert Rhythm.objects.get().learned_on > learned


def test_while_its_app_is_out_of_reach_another_notice_speaks_and_afterwards_the_count_begins_anew(
    shop, post, hubspot, at
):
    watch_on(at, minutes=30)
    refuse(hubspot)
    watch_on(at, hours=6)
    look_and_tell()
    assert post.subjects == ["HubSpot no longer accepts our key."]

    mend(hubspot)
    watch_on(at, minutes=10)
    look_and_tell()

    assert not Notice.objects.filter(key__startswith="silence:", closed_at=None).exists()
    row = Rhythm.objects.get()
    assert row.watched_from > START + timedelta(hours=6)
    assert len(row.left_out) == 1


def test_a_silence_that_ends_because_it_is_switched_off_is_not_called_mended(shop, post, at):
    watch_on(at, hours=6)
    look_and_tell()
    shop.is_on = False
    shop.save()
    watch_on(at, minutes=5)
    look_and_tell()

    assert "records come again" not in post.subjects[1]
    assert "its quiet says nothing" in post.subjects[1]


def test_a_number_that_is_expected_no_more_closes_its_notice_at_once_and_what_is_usual_counts(shop, post, at):
    expecting(shop, "30 an hour")
    watch_on(at, hours=1.1)
    look_and_tell()
    assert post.subjects[0].startswith("Follow up new leads: fewer than 30 an hour came since ")

    expecting(shop, None)
    watch_on(at, minutes=1)
    look_and_tell()

    assert post.subjects[1:] == [
        "Follow up new leads: you expect no fixed number any more; from now on, what is usual for it counts."
    ]
    assert Rhythm.objects.get().silent_from > clock.now()  # its rhythm is known, and speaks from now on


@pytest.mark.parametrize(
    ("now_expected", "closing"),
    [
        ("1 a week", "you expect at least 1 a week now, and the time for that is not over."),
        ("off", "you said that its quiet means nothing."),
    ],
)
def test_another_word_of_the_owner_ends_a_silence_and_is_what_the_closing_says(
    db, post, owner, hubspot, at, now_expected, closing
):
    of = integration(record={"from": "hubspot-main", "when": "contact_created", "expect": "2 an hour"})
    silence.watch()
    watch_on(at, hours=2)
    look_and_tell()
    assert len(post.subjects) == 1

    expecting(of, now_expected)
    watch_on(at, minutes=1)
    look_and_tell()

    assert post.subjects[1:] == [f"Follow up new leads: {closing}"]


def test_a_source_that_cannot_be_read_is_no_silence(shop, post, at):
    source = Source.objects.create(
        integration=shop, next_at=clock.now(), problem="HubSpot does not answer.", problem_since=clock.now()
    )
    watch_on(at, hours=6)
    look_and_tell()
    assert not Notice.objects.filter(key__startswith="silence:").exists()

    source.delete()
    watch_on(at, minutes=5)
    assert Rhythm.objects.get().watched_from == clock.now()


def test_what_came_while_nobody_looked_is_waited_for(shop, post, at):
    at(hours=6)  # the computer was off
    silence.watch()
    look_and_tell()

    assert post.subjects == []
    assert Rhythm.objects.get().watched_from == clock.now()


def test_switched_off_it_is_not_missed(shop, post, at):
    shop.is_on = False
    shop.save()
    watch_on(at, hours=6)
    look_and_tell()
    assert post.subjects == []

    shop.is_on = True
    shop.save()
    watch_on(at, hours=1)
    look_and_tell()
    assert post.subjects == []


def test_a_new_integration_is_learned_before_anything_is_said(db, post, owner, hubspot, at):
    of = integration()
    come(of, *working_days(1))
    silence.watch()
    watch_on(at, hours=7)
    look_and_tell()

    assert post.subjects == []
    assert Rhythm.objects.get().rates == []


@pytest.mark.parametrize(
    ("expect", "hours", "is_told"),
    [
        ("2 an hour", 0.9, False),
        ("2 an hour", 1.2, True),
        ("2 a day", 23, False),
        ("2 a day", 25, True),
        ("1 a weekday", 30, True),  # Thursday 10:00 to Friday 16:00
        ("2 a week", 50, False),
        ("off", 50, False),
    ],
)
def test_the_owner_can_say_how_many_should_come(
    db, post, owner, hubspot, at, monkeypatch, expect, hours, is_told
):
    monkeypatch.setenv("SIGNOFF_COUNTRY", "none")
    record = {"from": "hubspot-main", "when": "contact_created", "expect": expect}
    of = integration(record=record)
    silence.watch()
    come(of, clock.now())
    silence.watch()

    watch_on(at, hours=hours)
    look_and_tell()

    assert len(post.subjects) == (1 if is_told else 0)
    if is_told:
        assert post.subjects[0].startswith(f"Follow up new leads: fewer than {expect} came since ")


def test_a_weekday_that_is_expected_passes_over_the_weekend(db, post, owner, hubspot, at, monkeypatch):
    monkeypatch.setenv("SIGNOFF_COUNTRY", "none")
    of = integration(record={"from": "hubspot-main", "when": "contact_created", "expect": "1 a weekday"})
    at("2026-11-27T16:00:00+00:00")  # a Friday
    silence.watch()
    come(of, clock.now())
    silence.watch()
    assert Rhythm.objects.get().silent_from == datetime.fromisoformat("2026-11-30T16:00:00+00:00")


def test_records_are_counted_once_however_often_it_is_looked(shop, at):
    watch_on(at, hours=3)
    come(shop, clock.now(), clock.now())
    watch_on(at, hours=3)

    counted = sum(Hour.objects.values_list("count", flat=True))
    in_time = Run.objects.filter(received_at__gte=Hour.objects.earliest("at").at).count()
    assert counted == in_time > 900


def test_hours_that_teach_nothing_any_more_are_forgotten(shop, at):
    assert Hour.objects.exists()
    at(days=70)
    silence.forget_old()
    assert not Hour.objects.exists()


def test_times_are_those_of_the_owners_clock(shop, at):
    with timezone.override("America/New_York"):
        silence.watch()
    assert Rhythm.objects.get().rates[3 * 24 + 10] > 1.5  # a Thursday at 10:00
