"""The owner's limits for a day park work; schedules start it; old runs are forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signoff.core import clock
from signoff.engine import verbs
from signoff.engine.jobs import advance
from signoff.integrations.apply import apply
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.review.models import Review
from signoff.runs import days, retention
from signoff.runs.models import Day, Run, Source

pytestmark = pytest.mark.django_db

FILE = """
name: limited
record: {RECORD}
prompt: {ai: openai-main, model: gpt-4o, task: Write one sentence about this.}
answer: {body: {type: text, max: 600}}
then:
  - hubspot-main.add_note: {body: answer.body}
limits: LIMITS
"""


def limited(house, limits, record="when: webhook"):
    result = apply([read_text(FILE.replace("LIMITS", limits).replace("RECORD", record))])
    assert not result.faults
    house.integration = Integration.objects.get(name="limited")
    verbs.switch(house.integration, True)
    return house


def test_what_goes_over_the_limit_of_a_day_is_parked_and_goes_on_the_next_day(house, monkeypatch):
    limited(house, "{per_day: 2}")
    run_ids = house.receive(house.lead(), house.lead(), house.lead())
    for run_id in run_ids:
        advance(run_id=run_id)
    assert sorted(Run.objects.values_list("state", flat=True)) == [
        "parked",
        "waiting for review",
        "waiting for review",
    ]

    tomorrow = days.today() + timedelta(days=1)
    monkeypatch.setattr(days, "today", lambda: tomorrow)
    advance(run_id=Run.objects.get(state="parked").pk)

    assert set(Run.objects.values_list("state", flat=True)) == {"waiting for review"}


def test_money_for_a_day_ends_the_day(house):
    limited(house, "{spend_per_day: 0.01 USD}")
    run_ids = house.receive(*[house.lead() for _ in range(2)])

    advance(run_id=run_ids[0])
    Day.objects.update(spent_micros=10_000)
    advance(run_id=run_ids[1])

    assert Run.objects.get(pk=run_ids[1]).state == "parked"


def test_a_run_that_is_begun_again_on_the_same_day_counts_once(house):
    limited(house, "{per_day: 1}")
    (run_id,) = house.receive(house.lead())
    advance(run_id=run_id)
    Run.objects.filter(pk=run_id).update(state="queued")

    advance(run_id=run_id)

    assert Run.objects.get(pk=run_id).state == "waiting for review"
    assert Day.objects.get().begun == 1


def test_a_schedule_starts_one_run_at_its_time_and_not_again(house):
    limited(house, "{}", record='schedule: "0 9 * * 1-5"')
    source = Source.objects.get(integration=house.integration)
    assert source.next_at > clock.now(), "a clock waits for its time"
    Source.objects.filter(pk=source.pk).update(next_at=clock.now() - timedelta(hours=30))

    verbs.poll()
    verbs.poll()

    run = Run.objects.get(integration=house.integration)
    assert set(run.record) == {"scheduled_at", "date", "weekday"}
    assert Source.objects.get(pk=source.pk).next_at > clock.now()


def test_forgetting_takes_the_words_and_leaves_the_counts(house):
    contact = house.lead()
    (run_id,) = house.receive(contact)
    advance(run_id=run_id)
    review = Review.objects.get(run_id=run_id)
    verbs.decide(review.pk, "rejected", house.owner, review.content_hash, reason="tone")
    run = Run.objects.get(pk=run_id)
    words = run.record["email"]
    Run.objects.filter(pk=run_id).update(finished_at=clock.now() - retention.KEEP - timedelta(days=1))

    assert retention.forget_old() == 1

    run = Run.objects.get(pk=run_id)
    kept = str(
        [run.record, run.answer, run.findings, run.label, run.timeline, Review.objects.get(run=run).content]
    )
    assert words not in kept
    assert run.state == "rejected"
    assert Review.objects.get(run=run).verdict == "rejected"


def test_what_is_under_way_is_not_forgotten(house):
    (run_id,) = house.receive(house.lead())

    assert retention.forget([run_id]) == 0
    assert Run.objects.get(pk=run_id).record


def test_a_fault_of_ours_stops_the_run_in_sight_and_tells_no_customers_words(house, monkeypatch):
    from signoff.runs import draft

    def broken(*args):
        raise ZeroDivisionError("ada@example.test")

    (run_id,) = house.receive(house.lead())
    monkeypatch.setattr(draft, "_conversation", broken)
    advance(run_id=run_id)
    run = Run.objects.get(pk=run_id)
    assert run.state == "failed"
    assert "ZeroDivisionError" in run.detail
    assert "ada@" not in run.detail
    monkeypatch.undo()

    assert verbs.resume(run_id, house.owner)
    advance(run_id=run_id)

    assert Run.objects.get(pk=run_id).state == "waiting for review"


def test_a_source_that_reads_something_else_begins_anew(house):
    source = Source.objects.get(integration=house.integration)
    Source.objects.filter(pk=source.pk).update(cursor="where it was")

    verbs.switch(house.integration, True)
    assert Source.objects.get(pk=source.pk).cursor == "where it was"
    Source.objects.filter(pk=source.pk).update(reads="another-app contact_created")
    verbs.switch(house.integration, True)

    assert Source.objects.get(pk=source.pk).cursor is None


def test_what_no_database_stores_does_not_stall_a_source():
    from signoff.runs.receive import storable

    assert storable({"a\x00": ["\ud800x", 1, None]}) == {"a": ["?x", 1, None]}
