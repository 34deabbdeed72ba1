"""The queue on the real database, as one worker and as two see it."""

from __future__ import annotations

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.jobs import Status

from signoff.engine.queue import (
    MOST_AT_ONCE,
    PRIORITIES,
    PRIORITY_BULK,
    PRIORITY_IDLE,
    PRIORITY_PERSON,
    TAKE,
    Queue,
)

pytestmark = pytest.mark.django_db(transaction=True)


def apart(story):
    """Run a coroutine in a thread of its own: a browser's tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()


@pytest.fixture(autouse=True)
def _empty(transactional_db):
    """Procrastinate's tables are not Django's, so nobody empties them between tests that commit."""
    for turn in (1, 2):
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
        if turn == 1:
            yield


def put(count: int = 1, priority: int = PRIORITY_BULK, due: str | None = None) -> list[int]:
    """Put jobs into the queue; `due` is an interval from now ("-1 hour", "1 day"), None: at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, scheduled_at, status) "
            "SELECT 'runs', 'advance', %s, '{\"run_id\": 1}', now() + %s::interval, 'todo' "
            "FROM generate_series(1, %s) RETURNING id",
            [priority, due, count],
        )
        return [row[0] for row in cursor.fetchall()]


def states() -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, status FROM procrastinate_jobs")
        return dict(cursor.fetchall())


def as_worker(story, concurrency: int = 64):
    """Run `story(queue, worker_id)` as a worker with connections of its own."""

    async def run():
        connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=2)
        await connector.open_async()
        try:
            queue = Queue(connector, concurrency)
            return await story(queue, await queue.register_worker())
        finally:
            await connector.close_async()

    return apart(run())


async def all_of(queue, worker):
    found = []
    while job := await queue.fetch_job(None, worker):
        found.append(job.id)
    return found


def test_a_persons_job_goes_first_and_then_the_oldest_whether_it_was_to_wait_or_not():
    waited = put(3, due="-1 minute")
    bulk = put(20)
    waited += put(2, due="-1 hour")
    idle = put(2, priority=PRIORITY_IDLE)
    person = put(2, priority=PRIORITY_PERSON)
    put(5, due="1 minute")
    put(5, priority=PRIORITY_PERSON, due="1 minute")

    assert as_worker(all_of) == [*person, *sorted(waited + bulk), *idle]


@pytest.mark.parametrize("seed", range(5))
def test_two_workers_share_all_that_is_due_and_nothing_twice(seed):
    chance = random.Random(seed)
    due = []
    for _ in range(12):
        when = chance.choice([None, "-1 second", "-1 day", "1 day"])
        some = put(chance.randint(1, 9), chance.choice(PRIORITIES), when)
        due += some if when != "1 day" else []

    async def both(queue, worker):
        other = Queue(queue.connector, 64)
        taken = await asyncio.gather(all_of(queue, worker), all_of(other, await other.register_worker()))
        return taken[0] + taken[1]

    assert sorted(as_worker(both)) == sorted(due)


def test_no_more_is_taken_than_there_is_room_for():
    put(40)

    async def begin_three(queue, worker):
        return [(await queue.fetch_job(None, worker)).id for _ in range(3)]

    as_worker(begin_three, concurrency=3)
    assert list(states().values()).count("doing") == 3


def test_a_small_burst_is_left_to_other_workers_too():
    put(MOST_AT_ONCE * 2)

    async def begin_one(queue, worker):
        await queue.fetch_job(None, worker)

    as_worker(begin_one)
    assert list(states().values()).count("doing") == MOST_AT_ONCE


def test_what_a_worker_took_and_did_not_begin_is_taken_over_when_it_ends():
    ids = put(5)

    async def end(queue, worker):
        await queue.fetch_job(None, worker)
        await queue.unregister_worker(worker)
        return {job.id for job in await queue.get_stalled_jobs(seconds_since_heartbeat=15)}

    assert as_worker(end) == set(ids)


def test_jobs_that_end_together_are_deleted_and_the_rest_is_untouched():
    ids = put(20)

    async def end_most(queue, worker):
        jobs = [await queue.fetch_job(None, worker) for _ in range(20)]
        await asyncio.gather(*(queue.finish_job(job, Status.SUCCEEDED, True) for job in jobs[:18]))
        # Done by another worker meanwhile: no error, nothing deleted that is not there.
        await queue.finish_job(jobs[0], Status.SUCCEEDED, True)
        await queue.retry_job(jobs[18])

    as_worker(end_most)

    assert states() == {ids[18]: "todo", ids[19]: "doing"}


def test_an_end_that_could_not_be_told_is_told_with_the_next_one():
    ids = put(2)

    async def fail_once(queue, worker):
        jobs = [await queue.fetch_job(None, worker) for _ in range(2)]
        good = queue.connector
        queue.connector = None  # the connection is gone for a moment
        with pytest.raises(AttributeError):
            await queue.finish_job(jobs[0], Status.SUCCEEDED, True)
        queue.connector = good
        await queue.finish_job(jobs[1], Status.SUCCEEDED, True)

    as_worker(fail_once)

    assert not set(ids) & set(states())


def test_what_is_not_due_is_not_read():
    """A line of ten thousand before a slow app: a look must not pass by all of them."""
    put(10_000, due="1 hour")
    ready = put(3)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE procrastinate_jobs")

    def rows_read() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute(
                "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_all_tables WHERE relname = 'procrastinate_jobs'"
            )
            return int(cursor.fetchone()[0])

    before = rows_read()
    assert as_worker(all_of) == ready
    assert rows_read() - before < 200


def test_no_job_of_ours_has_a_lock_or_a_priority_that_nobody_looks_for():
    import signoff.engine.jobs
    import signoff.engine.schedules  # noqa: F401

    ours = [task for task in app.tasks.values() if task.name in ("advance", "rescue", "sweep", "forget")]

    assert len(ours) == 4
    assert [task.name for task in app.tasks.values() if task.lock or task.priority not in PRIORITIES] == []


def test_a_look_reads_what_it_takes_also_for_a_priority_that_has_no_jobs():
    put(5000)
    put(500, due="1 day")
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE procrastinate_jobs"
        )  # with statistics, the planner once preferred the primary key
        words = {"priorities": list(PRIORITIES), "most": MOST_AT_ONCE, "worker_id": None}
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {TAKE}", words)
        [[plans]] = cursor.fetchall()

    steps = list(_steps(plans[0]["Plan"]))

    assert "engine_jobs_now" in [step.get("Index Name") for step in steps]
    assert max(step["Actual Rows"] * step["Actual Loops"] for step in steps) <= MOST_AT_ONCE * len(PRIORITIES)
    assert sum(step.get("Rows Removed by Filter", 0) for step in steps) == 0


def _steps(plan):
    yield plan
    for inner in plan.get("Plans", []):
        yield from _steps(inner)
