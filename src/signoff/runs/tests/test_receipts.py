"""What an app says later of what we sent: an unsure delivery becomes a fact, and nothing else is stirred."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.connectors.base import Receipt
from signoff.core.errors import QuotaExhausted, WindowClosed
from signoff.engine import verbs
from signoff.integrations.pushing import Heard
from signoff.review.models import Review
from signoff.runs.models import Delivery, Run
from signoff.runs.receipts import what_follows

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MARKER = "so-1-0-0123abcd"


def row(state="transmitting", *, attempt=1, external_id="", receipt="", started_at=NOON):
    return Delivery(
        state=state,
        attempt=attempt,
        external_id=external_id,
        receipt=receipt,
        started_at=started_at,
        marker=MARKER,
    )


def receipt(state, external_id="A", at=NOON, why=None, marker=MARKER):
    return Receipt(marker, external_id, state, at, why)


def taken(delivery, told):
    """Change an unsaved delivery as `take` changes a saved one."""
    step = what_follows(delivery, told)
    if step is not None:
        delivery.external_id, delivery.receipt = told.external_id, told.state
        delivery.state = {"confirm": "confirmed", "fail": "failed", "note": delivery.state}[step]
    return step


GOOD = ("sent", "delivered", "read")


@given(st.lists(st.sampled_from(GOOD), min_size=1), st.sampled_from(["transmitting", "uncertain"]))
def test_in_any_order_and_number_the_furthest_stands(states, begun):
    delivery = row(begun)

    for state in states:
        taken(delivery, receipt(state))

    assert delivery.state == "confirmed"
    assert delivery.receipt == max(states, key=GOOD.index)


@given(st.lists(st.sampled_from(["sent", "failed"]), min_size=1).filter(lambda states: "failed" in states))
def test_what_failed_stays_failed_whatever_else_is_told_of_it(states):
    delivery = row()

    for state in states:
        taken(delivery, receipt(state))

    assert delivery.state == "failed"


@given(st.lists(st.sampled_from([*GOOD, "failed"]), min_size=1))
def test_the_same_told_twice_changes_nothing_the_second_time(states):
    delivery = row()
    for state in states:
        taken(delivery, receipt(state))

    assert what_follows(delivery, receipt(states[-1])) is None


@given(st.lists(st.sampled_from([*GOOD, "failed"]), max_size=6), st.booleans())
def test_what_is_told_late_of_a_failed_attempt_does_not_touch_the_next(states, is_known_as_other):
    later = NOON + timedelta(minutes=3)
    delivery = row(attempt=3, external_id="B" if is_known_as_other else "A", started_at=later)

    for state in states:
        assert taken(delivery, receipt(state)) is None
    taken(delivery, receipt("sent", "C", at=later))

    assert (delivery.state, delivery.external_id) == ("confirmed", "C")


def test_a_failure_after_it_has_arrived_is_not_believed():
    delivery = row()
    taken(delivery, receipt("delivered"))

    assert what_follows(delivery, receipt("failed")) is None


def test_what_was_to_be_sent_again_and_was_sent_after_all_is_not_sent_twice():
    assert what_follows(row("intent"), receipt("sent")) == "confirm"
    assert what_follows(row("intent"), receipt("failed")) is None
    assert what_follows(row("intent", attempt=0), receipt("sent")) is None


@pytest.fixture
def delivered(house, work_off):
    """A run that was approved, and its three deliveries set to a state: `delivered("uncertain", "confirmed", …)`."""

    def make(*states, run_state):
        (run_id,) = house.receive(house.lead())
        work_off()
        review = Review.objects.get(run_id=run_id)
        verbs.decide(review.pk, "approved", house.owner, review.content_hash)
        run = Run.objects.get(pk=run_id)
        rows = list(run.deliveries.select_related("connection").order_by("position"))
        for delivery, state in zip(rows, states, strict=True):
            Delivery.objects.filter(pk=delivery.pk).update(
                state=state, attempt=1, started_at=NOON, external_id="A" if state == "confirmed" else ""
            )
        Run.objects.filter(pk=run_id).update(state=run_state, deliver_at=None)
        return run, rows

    return make


def hear(delivery, state, why=None, marker=None):
    told = receipt(state, why=why, marker=marker or delivery.marker)
    return verbs.hear([Heard(delivery.connection, receipts=(told,))])


def test_a_receipt_lets_an_unsure_run_be_done(delivered, work_off):
    run, rows = delivered("confirmed", "uncertain", "confirmed", run_state="uncertain")

    assert hear(rows[1], "sent").receipts == 1
    work_off(also_later=True)

    run.refresh_from_db()
    assert run.state == "done", run.timeline
    assert "HubSpot says: it was sent" in [line["what"] for line in run.timeline]
    assert Delivery.objects.get(pk=rows[1].pk).external_id == "A"


def test_while_another_is_unsure_the_run_stays_so(delivered, work_off):
    run, rows = delivered("uncertain", "uncertain", "confirmed", run_state="uncertain")

    hear(rows[1], "delivered")
    work_off(also_later=True)

    run.refresh_from_db()
    assert run.state == "uncertain"
    hear(rows[0], "delivered")
    work_off(also_later=True)
    run.refresh_from_db()
    assert run.state == "done"


def test_one_that_failed_after_it_was_done_is_told_to_the_owner_and_not_sent_again(delivered, work_off):
    run, rows = delivered("confirmed", "confirmed", "confirmed", run_state="done")

    hear(rows[2], "failed", WindowClosed("131047", app="WhatsApp"))
    again = hear(rows[2], "failed", WindowClosed("131047", app="WhatsApp"))
    work_off(also_later=True)

    run.refresh_from_db()
    assert again.receipts == 0
    assert run.state == "needs you"
    assert "24 hours" in run.problem
    assert "template" in run.next_step
    assert [line["kind"] for line in run.timeline].count("bad") == 1
    assert Delivery.objects.get(pk=rows[2].pk).state == "failed"


def test_a_failure_that_is_the_connections_lets_the_connection_need_its_owner(delivered):
    run, rows = delivered("confirmed", "confirmed", "uncertain", run_state="uncertain")

    hear(rows[2], "failed", QuotaExhausted("131042", app="Gmail"))

    run.refresh_from_db()
    assert (run.state, run.waits_for_id) == ("needs you", rows[2].connection_id)
    rows[2].connection.refresh_from_db()
    assert rows[2].connection.state == "needs you"


def test_pressing_try_again_after_a_failure_sends_it_once(delivered, work_off, house):
    run, rows = delivered("confirmed", "confirmed", "confirmed", run_state="done")
    hear(rows[2], "failed")

    verbs.resume(run.pk, house.owner)
    hear(rows[2], "failed")  # the app tells it once more
    work_off(also_later=True)

    run.refresh_from_db()
    assert run.state == "done", run.timeline
    assert len(house.drafts_to(run.record["email"])) == 1


def test_it_arrived_and_it_was_read_stand_in_the_timeline_once(delivered):
    run, rows = delivered("confirmed", "confirmed", "confirmed", run_state="done")

    for state in ("sent", "delivered", "delivered", "read", "sent"):
        hear(rows[0], state)

    run.refresh_from_db()
    said = [line["what"] for line in run.timeline if "says" in line["what"]]
    assert said == ["HubSpot says: it has arrived", "HubSpot says: it was read"]
    assert run.state == "done"


def test_a_receipt_of_another_connection_or_of_no_delivery_is_left_alone(delivered):
    run, rows = delivered("uncertain", "confirmed", "confirmed", run_state="uncertain")

    stranger = [Heard(rows[2].connection, receipts=(receipt("sent", marker=rows[0].marker),))]

    assert verbs.hear(stranger).receipts == 0
    assert hear(rows[0], "sent", marker="so-999999-0-0123abcd").receipts == 0
    assert hear(rows[0], "sent", marker="' OR 1=1").receipts == 0
    run.refresh_from_db()
    assert run.state == "uncertain"
