"""
Procrastinate's queue, asked for several jobs at once and told of several ends at once.

Its own way costs two statements for each job, and looks for the next one past all those whose time has not come: with
a hundred thousand records in line before a slow app, each look would read a hundred thousand rows. Here each look reads
what it takes, by two indexes of ours (`migrations/0001_due_jobs.py`), and what is done is deleted together.

What a worker took and did not begin is held by it like what it began: when it ends or dies, the next one takes it over.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any

from procrastinate.connector import BaseConnector
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.types import JSONDict

PRIORITY_PERSON = 10  # what a person waits for goes before what came in bulk
PRIORITY_BULK = 0
PRIORITY_IDLE = -10  # what may wait for a quiet moment
PRIORITIES = (PRIORITY_PERSON, PRIORITY_BULK, PRIORITY_IDLE)
MOST_AT_ONCE = 8  # few, so that two workers share a small burst
TOGETHER_SECONDS = 0.03  # so long the first that ends waits for others, that one statement may tell of all

# The oldest of what is due, whether it was to wait or not: neither kind can keep the other from its turn. Jobs with a
# lock are Procrastinate's own business; we have none (`defer` gives none, and a test looks). BETWEEN and not "=": with
# "=" PostgreSQL takes the order by id alone, walks the primary key, and reads every job for a priority that has none.
TAKE = """
WITH due AS (
    SELECT found.id FROM unnest(%(priorities)s::int[]) AS wanted(priority), LATERAL (
        (SELECT id FROM (
            SELECT id FROM procrastinate_jobs
            WHERE status = 'todo' AND scheduled_at IS NULL AND priority BETWEEN wanted.priority AND wanted.priority
            ORDER BY priority, id LIMIT %(most)s FOR UPDATE SKIP LOCKED) AS at_once)
        UNION ALL
        (SELECT id FROM (
            SELECT id FROM procrastinate_jobs
            WHERE status = 'todo' AND scheduled_at <= now() AND priority = wanted.priority
            ORDER BY scheduled_at LIMIT %(most)s FOR UPDATE SKIP LOCKED) AS in_time)
    ) AS found
    ORDER BY wanted.priority DESC, found.id LIMIT %(most)s
)
UPDATE procrastinate_jobs AS job SET status = 'doing', worker_id = %(worker_id)s
FROM due WHERE job.id = due.id
RETURNING job.id, job.status, job.task_name, job.priority, job.lock, job.queueing_lock, job.args, job.scheduled_at,
    job.queue_name, job.attempts, job.worker_id
"""
FORGET = "DELETE FROM procrastinate_jobs WHERE id = ANY(%(ids)s) AND status IN ('todo', 'doing')"


class _Job(Job):
    """A job that says in few words what it is: Procrastinate asks four times a job, for a log that nobody reads."""

    def log_context(self) -> JSONDict:
        """Return what a log line holds of it: what it is for, and not the whole row."""
        return {"id": self.id, "call_string": self.call_string, "attempts": self.attempts}


class Queue(JobManager):
    """The jobs as one worker sees them; it has room for `concurrency` at once."""

    def __init__(self, connector: BaseConnector, concurrency: int) -> None:
        super().__init__(connector)
        self._concurrency = concurrency
        self._taken: deque[Job] = deque()
        self._begun: set[int] = set()
        self._ended: list[int] = []
        self._telling: asyncio.Task[None] | None = None

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Return the next job that is due, None when there is none; takes others along that there is room for."""
        if not self._taken:
            room = max(1, self._concurrency - len(self._begun))
            rows = await self.connector.execute_query_all_async(
                TAKE, priorities=list(PRIORITIES), most=min(MOST_AT_ONCE, room), worker_id=worker_id
            )
            self._taken.extend(sorted(map(_Job.from_row, rows), key=_turn))
        if not self._taken:
            return None
        job = self._taken.popleft()
        self._begun.add(job.id or 0)
        return job

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """
        Note that a job is over, together with all that end while the database is being told of others.

        A job that is not there any more was taken over and done by another worker, which is all the same.
        """
        self._begun.discard(job.id or 0)
        if not delete_job:
            await super().finish_job(job, status, delete_job)
            return
        self._ended.append(job.id or 0)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())
        await asyncio.shield(self._telling)

    async def retry_job(self, job: Job, *choices: Any, **more: Any) -> None:
        """Put a job back into the queue."""
        self._begun.discard(job.id or 0)
        await super().retry_job(job, *choices, **more)

    async def _tell(self) -> None:
        while self._ended:
            await asyncio.sleep(TOGETHER_SECONDS)
            ids, self._ended = self._ended, []
            try:
                await self.connector.execute_query_async(FORGET, ids=ids)
            except BaseException:
                self._ended += ids  # told with the next ones, if there is a next time for this worker
                raise


def _turn(job: Job) -> tuple[int, int]:
    return -job.priority, job.id or 0
