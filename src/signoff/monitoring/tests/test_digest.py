"""The letter about the week: counted figures, once to each person, on Monday mornings of their own clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from signoff.accounts.models import Person
from signoff.core import clock
from signoff.monitoring import channels, digest, looking, silence
from signoff.monitoring.models import WeeklyLetter
from signoff.monitoring.tests.shop import integration, mend, refuse, run
from signoff.review.models import Review
from signoff.runs.models import Spent

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)
THE_NEXT = "2026-11-30T07:10:00+00:00"


def decide(of, verdict: str, at: datetime, text: str = "", reason: str = "", is_error: bool = False) -> None:
    one = run(of, "done")
    Review.objects.create(
        run=one, state="decided", content={}, content_hash="", verdict=verdict, reason=reason, is_error=is_error,
        decided_content={"reply": text}, decided_at=at, created_at=at,
    )  # fmt: skip


@pytest.fixture
def busy(db, post, owner, hubspot, at):
    """A week in which something happened, and the Monday after it."""
    of = integration()
    day = datetime(2026, 11, 25, 12, tzinfo=UTC)
    at(day)
    for _ in range(3):
        decide(of, "approved", day, "one two three four five " * 200)
    decide(of, "edited", day, "another text", is_error=True)
    decide(of, "rejected", day, reason="fact", is_error=True)
    decide(of, "approved", day - timedelta(days=14), "long ago")
    run(of, "waiting for review")
    Spent.objects.create(
        integration=of, on_day=day.date(), was_for="drafts", model="gpt-4o", part=0, cost_micros=1_230_000
    )
    silence.watch()
    refuse(hubspot)
    looking.look()
    at(hours=2)
    mend(hubspot)
    looking.look()
    silence.watch()
    return of


def test_a_week_is_counted(busy):
    found = digest.digest(MONDAY)

    assert (found.as_written, found.edited, found.rejected, found.unattended) == (3, 1, 1, 0)
    assert found.came == 7  # every record stands once, the one that waits too
    assert (found.waiting, found.cost_micros, found.words) == (1, 1_230_000, 3000)
    assert round(found.hours_saved, 2) == 1.25
    assert [(one.integration, one.decided, one.wrong, one.why) for one in found.wrong] == [
        ("follow-up-new-leads", 5, 2, {"fact": 1})
    ]
    assert found.notices == (
        "HubSpot no longer accepts our key, from Wed 25 November, 12:00 to Wed 25 November, 14:00.",
    )


def test_the_letter_comes_once_on_monday_morning(busy, post, at):
    post.letters.clear()
    at("2026-11-30T06:50:00+00:00")
    assert digest.send_due() == 0

    at(THE_NEXT)
    assert digest.send_due() == 1
    assert digest.send_due() == 0

    recipients, letter = post.letters[0]
    text = letter.get_content()
    assert recipients == ["priya@example.test"]
    assert letter["Subject"] == "Your week with Signoff: 4 answers went out"
    for line in (
        "3 as the AI wrote them, 1 edited, 0 on autopilot. 1 was rejected.",
        "You did not have to type 3,000 words: about 1.2 hours at 40 words a minute.",
        "The AI cost $1.23.",
        "2 of 5 drafts were wrong (a fact is wrong: 1).",
        "https://signoff.whitfield.example/health/week/?monday=2026-11-23",
    ):
        assert line in text
    assert "dana" not in text.lower()


def test_a_letter_that_does_not_leave_is_tried_again_with_the_same_name(busy, post, at):
    post.letters.clear()
    post.refuses = True
    at(THE_NEXT)
    assert digest.send_due() == 0
    post.refuses = False
    assert digest.send_due() == 0  # not at once
    at(minutes=6)
    assert digest.send_due() == 1
    assert post.letters[0][1]["Message-ID"].startswith(f"<week-2026-11-23-{Person.objects.get().pk}@")


def test_whoever_switched_it_off_or_lives_later_gets_none_yet(busy, post, at, owner):
    post.letters.clear()
    at(THE_NEXT)
    row = channels.own_channel(owner)
    channels.change(row, channels.as_wanted(row, zone="America/New_York"))
    assert digest.send_due() == 0

    row.refresh_from_db()
    channels.change(row, channels.as_wanted(row, zone="UTC", weekly=False))
    assert digest.send_due() == 0
    assert not WeeklyLetter.objects.exists()


def test_no_letter_about_a_week_in_which_nothing_happened(db, post, owner, at):
    at(THE_NEXT)
    assert digest.send_due() == 0
    assert post.letters == []


def test_the_last_week_is_the_one_that_is_over(at):
    at("2026-11-29T23:00:00+00:00")
    assert digest.last_monday() == date(2026, 11, 16)
    at("2026-11-30T00:00:00+00:00")
    assert digest.last_monday() == MONDAY == digest.last_monday(clock.now())
