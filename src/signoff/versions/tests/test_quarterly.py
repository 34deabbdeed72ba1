"""The quarterly review: made from the facts, signed as it was seen, kept."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from signoff.accounts.audit import examine
from signoff.accounts.models import AuditEntry, Person
from signoff.accounts.people import remove
from signoff.accounts.tokens import make_token
from signoff.connections.models import Connection
from signoff.core import clock
from signoff.engine import verbs
from signoff.proving.cases import keep_latest
from signoff.proving.models import Case
from signoff.review.models import Opened, Review
from signoff.versions import quarterly
from signoff.versions.calendar import uses
from signoff.versions.models import QuarterlyReview
from signoff.versions.quarterly import NotSigned

pytestmark = pytest.mark.django_db


def found(section, what=None):
    return [one for one in quarterly.points() if one.section == section and what in (None, one.what)]


def sign(person, points=None, remarks=""):
    points = quarterly.points() if points is None else points
    return quarterly.sign(person, quarterly.seen_as(points), [one.key for one in points if one.look], remarks)


@pytest.mark.parametrize(
    ("day", "quarter", "due"),
    [
        (date(2026, 1, 1), "2026-Q1", date(2026, 4, 1)),
        (date(2026, 9, 30), "2026-Q3", date(2026, 10, 1)),
        (date(2026, 12, 31), "2026-Q4", date(2027, 1, 1)),
    ],
)
def test_a_review_is_due_on_the_first_day_after_its_quarter(day, quarter, due):
    assert quarterly.quarter_of(day) == quarter
    assert quarterly.due_on(quarter) == due


def test_nothing_is_due_for_a_quarter_in_which_nothing_ran(house, monkeypatch):
    assert quarterly.due() is None

    later = datetime.fromisoformat("2027-01-01T00:30:00+00:00")
    monkeypatch.setattr(clock, "now", lambda: later)
    assert quarterly.due() == "2026-Q4"
    sign(house.owner)
    assert quarterly.due() is None


def test_connections_that_nothing_uses_want_a_look(house):
    Connection.objects.create(name="slack-main", app="slack", sealed=b"")

    (idle,) = found("connections", "slack-main (Slack)")
    (used,) = found("connections", "hubspot-main (HubSpot)")

    assert idle.look
    assert "No integration uses it" in idle.says
    assert not used.look
    assert "used by 1 integration" in used.says


def test_rights_that_no_integration_needs_are_named(house):
    (hubspot,) = found("rights", "hubspot-main")

    assert hubspot.look
    assert (
        "deals" in hubspot.says
    )  # the key may write deals, and the follow-up touches contacts and notes only
    assert not found("rights", "openai-main")


def test_what_ends_soon_wants_a_look_and_what_ends_late_is_left_out(house):
    (model,) = found("versions")

    assert model.look
    assert model.what == "The AI model gpt-4o"
    assert "follow-up-new-leads" in model.says


def test_a_day_is_one_day(house, monkeypatch):
    ending = next(one.ending for one in uses() if one.ending and one.ending.on)
    monkeypatch.setattr(quarterly, "today", lambda: ending.on - timedelta(days=1))

    assert any("in 1 day (" in one.says for one in found("versions"))


def test_a_test_set_that_is_older_than_the_prompt_wants_a_look(house, work_off):
    assert found("tests")[0].look
    house.receive(house.lead())
    work_off()
    review = Review.objects.get()
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    keep_latest(house.integration, house.owner)
    assert not found("tests")[0].look

    Case.objects.update(made_at=clock.now() - timedelta(days=400))
    (old,) = found("tests")
    assert old.look
    assert "Add later ones" in old.says


def test_people_and_programs_that_were_not_here_for_long_want_a_look(house):
    away = Person.objects.add("ben@example.test", "a long enough password", "reviewer", "Ben")
    Person.objects.filter(pk=away.pk).update(created_at=clock.now() - timedelta(days=100))
    make_token("old script", house.owner, ["read"])
    house.owner.tokens.update(created_at=clock.now() - timedelta(days=100))

    looks = {one.what: one for one in found("people") if one.look}

    assert "Have they left?" in looks["Ben (Reviewer)"].says
    assert "never used" in looks["key “old script”"].says
    assert not [one for one in found("people") if one.what.startswith("Priya") and one.look]


def test_who_left_is_named(house):
    gone = Person.objects.add("ben@example.test", "a long enough password", "reviewer", "Ben")
    remove(gone, house.owner)

    (left,) = [one for one in found("people") if "left" in one.what]
    assert left.what == "ben@example.test left"
    assert "by Priya" in left.says


def test_spending_and_error_rates_stand_there(house, work_off):
    house.receive(house.lead())
    work_off()
    Review.objects.update(flagged=False)  # which lead comes is another matter
    review = Review.objects.get()
    a_while_ago = clock.now() - timedelta(minutes=5)
    Opened.objects.create(review=review, person=house.owner, content_hash=review.content_hash, at=a_while_ago)
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)

    assert found("errors")[0].says.startswith("0 of 1 draft was wrong")
    assert "in 92 days" in found("spending")[0].says


def test_what_was_signed_is_kept_as_it_was_seen_and_the_trail_holds_its_hash(house):
    points = quarterly.points()
    row = sign(house.owner, points, "Deals right to be taken away.")

    assert [one["what"] for one in row.points] == [one.what for one in points]
    assert all(one["looked_at"] for one in row.points if one["look"])
    entry = AuditEntry.objects.get(did="signed the quarterly review")
    assert (entry.who, entry.what) == ("Priya", row.quarter)
    assert entry.details["hash"] == quarterly.digest(row)
    assert quarterly.is_as_signed(row)
    assert examine().problem == ""
    QuarterlyReview.objects.update(remarks="Nothing.")
    assert not quarterly.is_as_signed(QuarterlyReview.objects.get())


def test_only_an_owner_signs(house):
    other = Person.objects.add("bea@example.test", "a long enough password", "builder", "Bea")

    with pytest.raises(NotSigned, match="Only an owner"):
        sign(other)


def test_a_list_that_has_changed_is_not_signed(house):
    points = quarterly.points()
    Connection.objects.create(name="slack-main", app="slack", sealed=b"")

    with pytest.raises(NotSigned, match="has changed"):
        sign(house.owner, points)

    assert not QuarterlyReview.objects.exists()


def test_a_figure_that_has_grown_is_no_other_list(house, work_off):
    house.receive(house.lead())
    work_off()
    points = quarterly.points()
    review = Review.objects.get()
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)

    assert quarterly.seen_as(points) == quarterly.seen_as(quarterly.points())


def test_what_wants_a_look_must_be_ticked(house):
    points = quarterly.points()
    with pytest.raises(NotSigned, match="Not everything"):
        quarterly.sign(house.owner, quarterly.seen_as(points), [])


def test_a_quarter_is_signed_once(house):
    sign(house.owner)
    with pytest.raises(NotSigned, match="signed already"):
        sign(house.owner)

    assert QuarterlyReview.objects.count() == 1
    assert AuditEntry.objects.filter(did="signed the quarterly review").count() == 1
