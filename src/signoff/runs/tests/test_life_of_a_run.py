"""A record's whole way: drafted, reviewed, delivered; and every way in which it can be held up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signoff.connections.client import forget
from signoff.connections.models import Connection
from signoff.connections.standing import needs_sign_in
from signoff.core.errors import QuotaExhausted
from signoff.engine import verbs
from signoff.engine.jobs import advance
from signoff.pacing import pace
from signoff.pacing.models import Pace
from signoff.review.decide import DecisionRefused
from signoff.review.models import Review
from signoff.runs.models import Day, Delivery, Run
from signoff.runs.retrying import MOST_TRIES

pytestmark = pytest.mark.django_db


def approve(house, run_id):
    review = Review.objects.get(run_id=run_id)
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    Run.objects.filter(pk=run_id).update(deliver_at=None)  # the ten seconds are over
    return review


def deliver_without_answers(practice, run_id):
    """One pass of delivery in which HubSpot does everything and says nothing."""
    practice.control("hubspot", faults="hubspot.lost_answer=1")
    try:
        advance(run_id=run_id)
    finally:
        practice.control("hubspot", faults="mistakes=0")


def let_the_lease_end(run_id):
    long_ago = Run.objects.get(pk=run_id).received_at - timedelta(seconds=30)
    Delivery.objects.filter(run_id=run_id, state="transmitting").update(started_at=long_ago)


def test_an_approved_draft_lands_in_gmail_and_on_the_contact_once(house, work_off):
    contact = house.lead()
    (run_id,) = house.receive(contact)

    work_off()
    review = approve(house, run_id)
    work_off(also_later=True)

    run = Run.objects.get(pk=run_id)
    assert run.state == Run.State.DONE, run.timeline
    (draft,) = house.drafts_to(run.record["email"])
    assert draft["subject"] == review.content["subject"]
    assert draft["body"].replace("\r\n", "\n").strip() == review.content["body"].strip()
    assert len(house.notes_on(contact)) == 1
    assert house.contact(contact)["lead_intent"] == review.content["intent"]


def test_the_same_event_twice_is_one_run(house):
    contact = house.lead()

    first = house.receive(contact)
    second = house.receive(contact)

    assert len(first) == 1
    assert second == []


def test_nothing_leaves_before_the_time_to_undo_is_over(house, work_off):
    contact = house.lead()
    (run_id,) = house.receive(contact)
    work_off()
    review = Review.objects.get(run_id=run_id)
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)

    work_off()
    verbs.undo(review.pk, house.owner)

    run = Run.objects.get(pk=run_id)
    assert run.state == Run.State.WAITING
    assert house.drafts_to(run.record["email"]) == []
    assert not Delivery.objects.filter(run=run).exists()


def test_a_record_without_an_address_needs_you_and_names_the_field(house, work_off):
    contact = house.lead()
    (run_id,) = house.receive(contact, email="")

    work_off()

    run = Run.objects.get(pk=run_id)
    assert run.state == Run.State.NEEDS_YOU
    assert "email" in run.problem
    assert run.input_tokens == 0, "no money is spent on an answer that cannot go anywhere"


def test_a_decision_on_a_draft_that_changed_is_refused(house, work_off):
    (run_id,) = house.receive(house.lead())
    work_off()
    review = Review.objects.get(run_id=run_id)

    with pytest.raises(DecisionRefused, match="changed since"):
        verbs.decide(review.pk, "approved", house.owner, "0" * 64)

    assert Review.objects.get(pk=review.pk).state == "waiting"


def test_a_second_decision_says_who_was_first(house, work_off):
    (run_id,) = house.receive(house.lead())
    work_off()
    review = Review.objects.get(run_id=run_id)
    verbs.decide(review.pk, "rejected", house.owner, review.content_hash, reason="tone")

    with pytest.raises(DecisionRefused, match="Priya has rejected it already"):
        verbs.decide(review.pk, "approved", house.owner, review.content_hash)


def test_an_edit_goes_out_as_the_person_wrote_it(house, work_off):
    (run_id,) = house.receive(house.lead())
    work_off()
    review = Review.objects.get(run_id=run_id)
    body = "Dear customer,\n\n  two  spaces stay two.\n\nPriya"

    verbs.decide(review.pk, "edited", house.owner, review.content_hash, {"body": body})
    Run.objects.filter(pk=run_id).update(deliver_at=None)
    work_off(also_later=True)

    (draft,) = house.drafts_to(Run.objects.get(pk=run_id).record["email"])
    assert draft["body"].replace("\r\n", "\n").rstrip("\n") == body


def test_an_edit_that_does_not_fit_the_contract_is_refused(house, work_off):
    (run_id,) = house.receive(house.lead())
    work_off()
    review = Review.objects.get(run_id=run_id)

    with pytest.raises(DecisionRefused, match="subject"):
        verbs.decide(review.pk, "edited", house.owner, review.content_hash, {"subject": "x" * 200})


@pytest.mark.parametrize("reason", ["", "because"])
def test_a_rejection_needs_one_of_the_reasons(house, work_off, reason):
    (run_id,) = house.receive(house.lead())
    work_off()
    review = Review.objects.get(run_id=run_id)

    with pytest.raises(DecisionRefused, match="why"):
        verbs.decide(review.pk, "rejected", house.owner, review.content_hash, reason=reason)


def test_a_viewer_may_not_decide(house, work_off):
    from signoff.accounts.models import Person

    viewer = Person.objects.add("viewer@example.test", None, "viewer")
    (run_id,) = house.receive(house.lead())
    work_off()
    review = Review.objects.get(run_id=run_id)

    with pytest.raises(DecisionRefused, match="may not"):
        verbs.decide(review.pk, "approved", viewer, review.content_hash)


def test_a_refused_key_lets_runs_wait_and_go_on_by_themselves(house, work_off, practice):
    from signoff.connections.standing import check

    contact = house.lead()
    (run_id,) = house.receive(contact)
    work_off()
    approve(house, run_id)
    practice.control("hubspot", revoke_key=True)
    try:
        work_off(also_later=True)
        run = Run.objects.get(pk=run_id)
        assert run.state == Run.State.NEEDS_YOU
        assert run.problem == "HubSpot no longer accepts our key. Nothing is lost; the work waits."
        assert run.next_step == "Open Connections, choose HubSpot and paste a new key."
        told = [line["what"] for line in run.timeline]
        assert told.count(run.problem) == 1, "the note and the field were refused for the same reason"
        assert Connection.objects.get(name="hubspot-main").state == "needs you"
    finally:
        practice.control("hubspot", restore_key=True)

    connection = check(Connection.objects.get(name="hubspot-main"))
    assert connection.state == "working"
    assert verbs.mended(connection) == 1
    work_off(also_later=True)

    assert Run.objects.get(pk=run_id).state == Run.State.DONE
    assert len(house.drafts_to(Run.objects.get(pk=run_id).record["email"])) == 1
    assert len(house.notes_on(contact)) == 1


def test_work_that_comes_to_a_stopped_connection_is_told_why_it_stopped(house, work_off):
    (run_id,) = house.receive(house.lead())
    work_off()
    approve(house, run_id)
    needs_sign_in(Connection.objects.get(app="gmail"), QuotaExhausted("402", app="Gmail"))

    work_off(also_later=True)

    run = Run.objects.get(pk=run_id)
    assert run.state == Run.State.NEEDS_YOU
    assert run.problem == "The credit or spending limit at Gmail is used up. Nothing is lost; the work waits."
    assert run.next_step == "Add credit or raise the limit at Gmail, then press Test now under Connections."


def test_a_lost_answer_is_asked_for_and_not_sent_twice(house, work_off, practice):
    contact = house.lead()
    (run_id,) = house.receive(contact)
    work_off()
    approve(house, run_id)
    deliver_without_answers(practice, run_id)
    assert Delivery.objects.filter(run_id=run_id, state="transmitting").exists()
    let_the_lease_end(run_id)

    work_off(also_later=True)

    run = Run.objects.get(pk=run_id)
    assert run.state == Run.State.DONE, run.timeline
    assert len(house.notes_on(contact)) == 1
    assert len(house.drafts_to(run.record["email"])) == 1


def test_an_app_that_cannot_say_makes_the_run_uncertain_and_a_person_is_asked(
    house, work_off, practice, monkeypatch
):
    from signoff.connectors.base import Unknown
    from signoff.connectors.registry import connector_class

    monkeypatch.setattr(connector_class("hubspot"), "reconcile", lambda self, intent: Unknown("cannot say"))
    contact = house.lead()
    (run_id,) = house.receive(contact)
    work_off()
    approve(house, run_id)
    deliver_without_answers(practice, run_id)
    let_the_lease_end(run_id)
    work_off(also_later=True)
    assert Run.objects.get(pk=run_id).state == Run.State.UNCERTAIN
    assert "Say on the page of the run" in Run.objects.get(pk=run_id).next_step

    row = Delivery.objects.get(run_id=run_id, state="uncertain")
    assert verbs.settle(row.pk, True, house.owner)
    work_off(also_later=True)

    assert Run.objects.get(pk=run_id).state == Run.State.DONE
    assert len(house.notes_on(contact)) == 1


def test_an_app_that_cannot_even_be_asked_makes_the_run_uncertain_after_so_many_tries(
    house, work_off, practice, monkeypatch
):
    from signoff.connectors.registry import connector_class
    from signoff.core.errors import VendorDown

    def away(self, intent):
        raise VendorDown("HTTP 503", app="HubSpot")

    monkeypatch.setattr(connector_class("hubspot"), "reconcile", away)
    (run_id,) = house.receive(house.lead())
    work_off()
    approve(house, run_id)
    deliver_without_answers(practice, run_id)
    let_the_lease_end(run_id)
    before = Run.objects.get(pk=run_id).tries

    advance(run_id=run_id)

    asked_once = Run.objects.get(pk=run_id)
    assert (asked_once.state, asked_once.tries) == (Run.State.DELIVERING, before + 1)
    Run.objects.filter(pk=run_id).update(tries=MOST_TRIES - 1)
    work_off(also_later=True)
    assert Run.objects.get(pk=run_id).state == Run.State.UNCERTAIN


def test_a_delivery_that_waits_for_its_turn_has_not_failed(house, work_off, monkeypatch):
    (run_id,) = house.receive(house.lead())
    work_off()
    approve(house, run_id)
    Run.objects.filter(pk=run_id).update(deliver_at=None)

    def no_place(connection, **wanted):
        raise pace.TooFar(30.0)

    with monkeypatch.context() as patched:
        patched.setattr(pace, "take_place", no_place)
        for _ in range(MOST_TRIES + 1):
            advance(run_id=run_id)
    waiting = Run.objects.get(pk=run_id)
    work_off(also_later=True)

    assert (waiting.state, waiting.tries) == (Run.State.APPROVED, 0)
    assert Run.objects.get(pk=run_id).state == Run.State.DONE


def test_an_ai_that_asks_to_slow_down_delays_and_loses_nothing(house, work_off, practice):
    practice.control("openai", rpm=1)
    try:
        run_ids = house.receive(house.lead(), house.lead())
        for run_id in run_ids:
            advance(run_id=run_id)
        states = sorted(Run.objects.values_list("state", flat=True))
        assert states == ["queued", "waiting for review"]
        held = Connection.objects.get(name="openai-main").pace.held_until
        assert held is not None
    finally:
        practice.control("openai", rpm=100_000)
    Pace.objects.update(held_until=None)

    work_off(also_later=True)

    assert set(Run.objects.values_list("state", flat=True)) == {"waiting for review"}


def test_running_a_record_again_links_both_runs(house, work_off):
    contact = house.lead()
    (run_id,) = house.receive(contact)
    work_off()

    again = verbs.replay(run_id, house.owner)
    work_off()

    again.refresh_from_db()
    assert again.replay_of_id == run_id
    assert again.state == Run.State.WAITING
    assert "Run again" in Run.objects.get(pk=run_id).timeline[-1]["what"]


def test_a_second_copy_of_a_job_does_nothing(house, work_off):
    contact = house.lead()
    (run_id,) = house.receive(contact)
    work_off()
    approve(house, run_id)
    work_off(also_later=True)

    advance(run_id=run_id)
    advance(run_id=run_id)

    run = Run.objects.get(pk=run_id)
    assert run.state == Run.State.DONE
    assert len(house.drafts_to(run.record["email"])) == 1


def test_what_a_late_attempt_brings_back_changes_nothing(house):
    from signoff.runs import draft

    (run_id,) = house.receive(house.lead())
    first = draft.begin(run_id)
    answer = draft.ask(first)
    second = draft.begin(run_id)

    assert second is not None
    assert draft.keep_draft(answer) is False
    assert Run.objects.get(pk=run_id).state == Run.State.ASKING


def test_an_answer_that_could_not_be_used_is_paid_for_all_the_same(house, practice):
    (run_id,) = house.receive(house.lead())
    # The first answer does not fit, and asking again comes too soon for the app.
    practice.control("openai", mistakes={"share": 1.0, "kinds": ["refusal"]}, rpm=1)
    try:
        advance(run_id=run_id)
    finally:
        practice.control("openai", mistakes=0, rpm=100_000)

    run = Run.objects.get(pk=run_id)
    assert run.state == Run.State.QUEUED
    assert run.cost_micros > 0
    assert Day.objects.get(integration=run.integration).spent_micros == run.cost_micros


def test_attempts_at_one_record_end_where_they_have_cost_what_it_may_cost(house):
    (run_id,) = house.receive(house.lead())
    Run.objects.filter(pk=run_id).update(cost_micros=1_000_000)  # a dollar, where nothing else is stated

    advance(run_id=run_id)

    run = Run.objects.get(pk=run_id)
    assert run.state == Run.State.NEEDS_YOU
    assert "have cost $1.00 so far" in run.problem

    verbs.resume(run_id, house.owner)
    advance(run_id=run_id)

    assert Run.objects.get(pk=run_id).state == Run.State.WAITING


def test_an_approved_draft_whose_app_stays_away_goes_on_as_it_was_approved(house, work_off):
    (run_id,) = house.receive(house.lead())
    work_off()
    review = approve(house, run_id)
    gmail = Connection.objects.get(app="gmail")
    Connection.objects.filter(pk=gmail.pk).update(base_url="http://127.0.0.1:9")
    Run.objects.filter(pk=run_id).update(tries=MOST_TRIES - 1)

    advance(run_id=run_id)
    stopped = Run.objects.get(pk=run_id)
    Connection.objects.filter(pk=gmail.pk).update(base_url=gmail.base_url)
    forget(gmail)
    resumed = verbs.resume(run_id, house.owner)
    work_off(also_later=True)

    run = Run.objects.get(pk=run_id)
    assert (stopped.state, resumed) == (Run.State.NEEDS_YOU, True)
    assert stopped.problem == "Gmail cannot be reached, and we have stopped trying. Nothing is lost."
    assert stopped.next_step == "Press Try again when Gmail is reachable."
    assert run.state == Run.State.DONE, run.timeline
    assert Review.objects.get(run_id=run_id).verdict == "approved"
    (draft,) = house.drafts_to(run.record["email"])
    assert draft["subject"] == review.content["subject"]
