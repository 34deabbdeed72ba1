"""Records that may wait go to the AI by batch; whatever crashes, each has one draft, and is handed in once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from conftest import EXAMPLE
from signoff.connections import client
from signoff.connections.models import Connection
from signoff.connectors.openai import batches as at_openai
from signoff.core import clock
from signoff.engine import batches as engine
from signoff.engine import verbs
from signoff.engine.jobs import advance
from signoff.integrations.apply import apply
from signoff.integrations.file import read_text
from signoff.review.models import Review
from signoff.runs import batches, days
from signoff.runs import draft as drafting
from signoff.runs.backlog import backlog
from signoff.runs.cost import cost_micros
from signoff.runs.models import Batch, Run, Spent
from signoff_sandbox.testing import OPENAI_KEY

pytestmark = pytest.mark.django_db
LIMITS = "limits: {per_day: 2000, spend_per_day: 5.00 USD}"
FILE = (EXAMPLE / "follow-up-new-leads.yaml").read_text()


@pytest.fixture
def lane(house):
    """The house, with drafts that may take a day, and a practice AI that is done with batches at once."""
    calm = {"faults": "mistakes=0", "batch_seconds": 0, "fail_batch_lines": 0, "enqueued_tokens": 2_000_000}
    house.practice.control(
        "openai", **calm, fail_no_more=True, clock_offset_seconds=0, rotate_key=OPENAI_KEY, billing=None
    )
    put(house, "limits: {may_take: 24h}")
    yield house
    house.practice.control(
        "openai", **calm, fail_no_more=True, clock_offset_seconds=0, rotate_key=OPENAI_KEY, billing=None
    )


def put(house, limits, more=""):
    result = apply([read_text(FILE.replace(LIMITS, limits) + more)])
    assert not result.faults, result.faults
    house.integration.refresh_from_db()


def come_in(lane, work_off, count=3):
    ids = lane.receive(*[lane.lead() for _ in range(count)])
    work_off()
    return ids


def tick():
    """A minute later, in which five have gone by and what was lost has been so for long."""
    Run.objects.filter(state="in a batch").update(changed_at=clock.now() - timedelta(minutes=6))
    Batch.objects.filter(state="submitting").update(submitting_at=clock.now() - timedelta(minutes=11))
    Batch.objects.update(claimed_until=None)
    engine.look_at_batches(0)


def ticks(count):
    for _ in range(count):
        tick()


def the_ai_is(state):
    Connection.objects.filter(name="openai-main").update(state=state)
    client.forget_all()  # as its change in any process lets all others forget it


def states(ids):
    return Counter(Run.objects.filter(pk__in=ids).values_list("state", flat=True))


def asked_of(lane, ids):
    """Return how often the practice AI was asked about each of these records."""
    mails = list(Run.objects.filter(pk__in=ids).values_list("record__email", flat=True))
    asked = Counter(one["record"]["email"] for one in lane.practice.books("openai")["answered"])
    return [asked[mail] for mail in mails]


def handed_in(lane):
    return len(lane.practice.books("openai")["batches"])


def test_records_wait_are_handed_in_together_and_come_back_as_drafts_at_half_the_price(lane, work_off):
    before = handed_in(lane)
    ids = come_in(lane, work_off)
    assert states(ids) == {"in a batch": 3}

    engine.look_at_batches(0)
    assert handed_in(lane) == before, "they wait for others"
    tick()
    tick()

    assert states(ids) == {"waiting for review": 3}
    assert handed_in(lane) == before + 1
    assert asked_of(lane, ids) == [1, 1, 1]
    assert Review.objects.filter(run_id__in=ids).count() == 3
    run = Run.objects.get(pk=ids[0])
    whole = cost_micros(run.model, run.input_tokens, run.output_tokens, run.cached_tokens)
    assert run.cost_micros == whole // 2 > 0
    assert sum(Spent.objects.values_list("cost_micros", flat=True)) == sum(
        Run.objects.filter(pk__in=ids).values_list("cost_micros", flat=True)
    )
    assert run.prompt_version
    assert Batch.objects.get().state == "over"
    assert lane.practice.books("openai")["files"] == [], "nothing is left there"


def test_the_time_it_may_take_is_told_and_kept(lane, work_off):
    lane.practice.control("openai", batch_seconds=100_000)
    ids = come_in(lane, work_off)
    (told,) = backlog()
    assert told.in_batches == 3
    assert timedelta(hours=23) < told.batches_by - clock.now() <= timedelta(hours=24)
    tick()

    Batch.objects.update(answer_by=clock.now() + timedelta(minutes=10))
    tick()
    assert Batch.objects.get().stopped_at is not None
    Run.objects.filter(pk__in=ids).update(answer_by=clock.now() - timedelta(seconds=1))
    tick()
    work_off()

    assert states(ids) == {"waiting for review": 3}
    assert asked_of(lane, ids) == [1, 1, 1]


class Died(BaseException):
    """As by `kill -9`: nothing in the code sees it."""


# Where it dies: before or after which step.
MOMENTS = {
    "after the batch is gathered": (batches, "gather", "after"),
    "after it says that it is handed in": (batches, "_question", "before"),
    "after the file is there": (at_openai, "begin", "before"),
    "after the app has it, before its answer is looked at": (at_openai, "begin", "after"),
    "before its name is written": (batches, "_has_begun", "before"),
    "after its name is written": (batches, "_has_begun", "after"),
    "after the answers are fetched": (batches, "collect", "after"),
    "after a draft is written, before the commit": (drafting, "keep_draft", "after"),
    "after the first draft is committed": (engine, "_take_in", "after"),
    "before the batch is closed": (batches, "close", "before"),
    "after the batch is closed, before the commit": (batches, "close", "after"),
    "before it is forgotten there": (batches, "forget", "before"),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_crash_at_any_step_loses_nothing_and_asks_nothing_twice(lane, work_off, monkeypatch, moment):
    module, name, side = MOMENTS[moment]
    real = getattr(module, name)
    before = handed_in(lane)
    ids = come_in(lane, work_off)

    def deadly(*args, **more):
        if side == "after":
            real(*args, **more)
        raise Died

    monkeypatch.setattr(module, name, deadly)
    with pytest.raises(Died):
        ticks(3)
    monkeypatch.setattr(module, name, real)
    ticks(5)

    assert states(ids) == {"waiting for review": 3}
    assert asked_of(lane, ids) == [1, 1, 1]
    assert handed_in(lane) == before + 1
    assert Review.objects.filter(run_id__in=ids).count() == 3
    assert not jobs()


def jobs():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'advance' AND status = 'todo'"
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize("fault", ["lost_answer", "late503"])
def test_a_batch_whose_answer_was_lost_is_found_and_not_handed_in_again(lane, work_off, fault):
    before = handed_in(lane)
    ids = come_in(lane, work_off)
    lane.practice.control("openai", fail_next={"fault": fault, "method": "POST", "path": "/v1/batches"})

    ticks(4)

    assert states(ids) == {"waiting for review": 3}
    assert handed_in(lane) == before + 1
    assert asked_of(lane, ids) == [1, 1, 1]


def test_a_batch_that_is_being_handed_in_is_not_looked_for_before_its_time(lane, work_off):
    come_in(lane, work_off)
    lane.practice.control(
        "openai", fail_next={"fault": "lost_answer", "method": "POST", "path": "/v1/batches"}
    )
    tick()

    engine.look_at_batches(0)

    assert Batch.objects.get().state == "submitting"


def test_two_ticks_at_once_hand_in_once_and_store_once(lane, work_off):
    ids = come_in(lane, work_off)
    Run.objects.update(changed_at=clock.now() - timedelta(minutes=6))
    batches.gather()
    (batch,) = Batch.objects.all()
    before = handed_in(lane)

    engine._submit(batch)
    engine._submit(batch)
    batch.refresh_from_db()
    got = batches.collect(batch)
    for run_id in ids:
        outcome = batches.take(batch, run_id, got.answers)
        engine._store(outcome)
        engine._store(outcome)

    assert handed_in(lane) == before + 1
    assert Review.objects.filter(run_id__in=ids).count() == 3
    assert sum(Spent.objects.values_list("drafts", flat=True)) == 3


def test_what_failed_is_asked_at_once_and_what_was_answered_is_not(lane, work_off):
    lane.practice.control("openai", fail_batch_lines=1)
    ids = come_in(lane, work_off)
    tick()
    tick()
    assert states(ids) == {"waiting for review": 2, "queued": 1}

    work_off()

    assert states(ids) == {"waiting for review": 3}
    assert asked_of(lane, ids) == [1, 1, 1]


def test_what_expired_is_asked_at_once(lane, work_off):
    lane.practice.control("openai", batch_seconds=48 * 3600)
    ids = come_in(lane, work_off, 6)
    tick()
    lane.practice.control("openai", clock_offset_seconds=24 * 3600 + 60)
    tick()
    work_off()

    assert states(ids) == {"waiting for review": 6}
    assert asked_of(lane, ids) == [1] * 6


def test_an_answer_that_does_not_fit_is_paid_for_and_asked_for_at_once(lane, work_off):
    lane.practice.control("openai", faults="mistakes=1,structural=1")
    (run_id,) = come_in(lane, work_off, 1)
    tick()
    tick()
    half = Run.objects.get(pk=run_id).cost_micros
    assert half > 0
    lane.practice.control("openai", faults="mistakes=0")

    work_off()

    assert states([run_id]) == {"waiting for review": 1}
    assert Run.objects.get(pk=run_id).cost_micros > half


def test_what_needs_no_person_is_delivered_once(lane, work_off):
    alone = FILE.replace("review:\n  by: [sales]\n  autopilot: {error_below: 5%, audit: 10%}", "review: none")
    alone = "\n".join(line for line in alone.splitlines() if "create_draft" not in line)
    result = apply([read_text(alone.replace(LIMITS, "limits: {may_take: 24h}"))])
    assert not result.faults, result.faults
    lane.integration.refresh_from_db()
    contact = lane.lead()
    ids = lane.receive(contact)
    work_off()
    ticks(2)

    work_off(also_later=True)

    assert states(ids) == {"done": 1}
    assert len(lane.notes_on(contact)) == 1
    assert asked_of(lane, ids) == [1]
    assert sum(Spent.objects.values_list("drafts", flat=True)) == 1


def test_the_run_says_by_when_its_answer_comes(lane, work_off):
    (run_id,) = come_in(lane, work_off, 1)

    (line,) = [one for one in Run.objects.get(pk=run_id).timeline if "with others" in one["what"]]

    assert "at the latest" in line["more"]


def test_a_full_waiting_room_is_waited_for(lane, work_off):
    lane.practice.control("openai", enqueued_tokens=10)
    ids = come_in(lane, work_off)
    tick()
    tick()
    lane.practice.control("openai", enqueued_tokens=2_000_000)
    tick()
    assert states(ids) == {"in a batch": 3}
    assert Batch.objects.count() == 1, "it rests"

    Batch.objects.update(over_at=clock.now() - timedelta(minutes=16))
    tick()
    tick()

    assert states(ids) == {"waiting for review": 3}
    assert asked_of(lane, ids) == [1, 1, 1]


def test_a_key_that_is_revoked_meanwhile_loses_nothing(lane, work_off):
    ids = come_in(lane, work_off)
    tick()
    lane.practice.control("openai", rotate_key="sk-another")
    tick()
    ai = Connection.objects.get(name="openai-main")
    assert ai.state == "needs you"
    tick()
    assert states(ids) == {"in a batch": 3}

    lane.practice.control("openai", rotate_key=OPENAI_KEY)
    the_ai_is("working")
    tick()

    assert states(ids) == {"waiting for review": 3}
    assert asked_of(lane, ids) == [1, 1, 1]


def test_a_key_that_is_refused_when_handing_in_lets_the_records_wait_for_their_owner(lane, work_off):
    ids = come_in(lane, work_off)
    lane.practice.control("openai", rotate_key="sk-another")

    tick()
    work_off()
    assert Connection.objects.get(name="openai-main").state == "needs you"
    tick()
    assert states(ids) == {"in a batch": 3}

    lane.practice.control("openai", rotate_key=OPENAI_KEY)
    the_ai_is("working")
    ticks(2)

    assert states(ids) == {"waiting for review": 3}
    assert asked_of(lane, ids) == [1, 1, 1]


def test_a_record_whose_time_is_over_while_the_key_is_refused_needs_its_owner(lane, work_off):
    ids = come_in(lane, work_off)
    the_ai_is("needs you")
    Run.objects.update(answer_by=clock.now() - timedelta(seconds=1))

    tick()
    work_off()

    assert states(ids) == {"needs you": 3}


def test_one_who_takes_answers_in_is_left_alone_with_them(lane, work_off):
    come_in(lane, work_off)
    tick()
    (batch,) = Batch.objects.all()

    assert batches.claim(batch)
    assert not batches.claim(batch)
    batches.release(batch)
    assert batches.claim(batch)


def test_what_goes_on_with_a_mended_connection_still_waits_and_what_a_person_presses_for_does_not(
    lane, work_off
):
    ids = lane.receive(*[lane.lead() for _ in range(2)])
    ai = Connection.objects.get(name="openai-main")
    the_ai_is("needs you")
    work_off()
    assert states(ids) == {"needs you": 2}
    the_ai_is("working")

    verbs.resume(ids[0], lane.owner)
    ai.refresh_from_db()
    verbs.mended(ai)
    work_off()

    assert states(ids) == {"waiting for review": 1, "in a batch": 1}


def test_what_a_person_asks_for_does_not_wait(lane, work_off):
    (run_id,) = come_in(lane, work_off, 1)
    tick()
    tick()

    again = verbs.replay(run_id, lane.owner)
    work_off()
    tried = verbs.trial(lane.integration, Run.objects.get(pk=run_id).record)

    assert states([again.pk]) == {"waiting for review": 1}
    assert tried.ok


def test_switching_off_meanwhile_lets_what_is_under_way_end(lane, work_off):
    ids = come_in(lane, work_off)
    tick()

    verbs.switch(lane.integration, False)
    tick()

    assert states(ids) == {"waiting for review": 3}


def test_a_run_that_is_deleted_meanwhile_is_not_missed(lane, work_off):
    ids = come_in(lane, work_off)
    tick()
    Run.objects.filter(pk=ids[0]).delete()

    tick()

    assert states(ids) == {"waiting for review": 2}
    assert Batch.objects.get().state == "over"


def test_a_second_copy_of_the_job_and_the_sweep_leave_a_waiting_record_alone(lane, work_off):
    (run_id,) = come_in(lane, work_off, 1)

    advance(run_id=run_id)

    assert states([run_id]) == {"in a batch": 1}
    assert not jobs()


def test_the_limit_of_drafts_a_day_holds(lane, work_off):
    put(lane, "limits: {may_take: 24h, per_day: 2}")

    ids = come_in(lane, work_off)

    assert states(ids) == {"in a batch": 2, "parked": 1}


def test_no_more_is_handed_in_than_the_day_may_cost(lane, work_off):
    put(lane, "limits: {may_take: 24h, spend_per_day: 0.01 USD}")
    before = handed_in(lane)
    ids = come_in(lane, work_off)
    days.spend(lane.integration.pk, 10_000, lane_limits(lane))

    tick()

    assert states(ids) == {"in a batch": 3}
    assert handed_in(lane) == before


def lane_limits(lane):
    from signoff.integrations.definition import definition_of

    return definition_of(lane.integration.current_id)[0].limits


@pytest.mark.parametrize("wrong", ["1h", "25h", "a day", "24", "0h"])
def test_a_time_that_is_none_is_refused(house, wrong):
    result = apply([read_text(FILE.replace(LIMITS, f"limits: {{may_take: {wrong}}}"))])

    assert "2h to 24h" in str(result.faults)


def test_an_ai_that_takes_no_batches_is_named(house):
    Connection.objects.filter(name="openai-main").update(settings={"provider": "groq"})

    result = apply([read_text(FILE.replace(LIMITS, "limits: {may_take: 24h}"))])

    assert "takes no batches" in str(result.faults)
