"""The worker: does the jobs in threads, reads the sources, and carries the schedule."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, LiteralString

import psycopg
import structlog
import uvloop
from asgiref.sync import sync_to_async
from django.db import close_old_connections
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException, UniqueViolation
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from signoff.engine.queue import Queue

log = structlog.get_logger()

CONCURRENCY = int(os.environ.get("SIGNOFF_CONCURRENCY", "64"))  # most threads wait for an AI and hold nothing
HEARTBEAT_SECONDS = 5.0
STALLED_SECONDS = 15.0
POLL_SECONDS = 0.5
WATCH_SECONDS = 4.0
WATCHERS = 3
DATABASE_WAIT_SECONDS = 1.0


def work() -> None:
    """
    Work until told to stop (SIGTERM, Ctrl-C); running jobs get 10 s to come to an end.

    A database that goes away for a while (a restart) is waited for.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work())


async def _work() -> None:
    loop = asyncio.get_running_loop()
    # Procrastinate runs its tasks in the loop's default executor, which has only six threads on two cores.
    loop.set_default_executor(ThreadPoolExecutor(CONCURRENCY + 8, thread_name_prefix="job"))
    app.job_manager.connector = _Lent()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    sources = asyncio.create_task(_again_and_again("reading the sources", _poll, POLL_SECONDS, stop))
    # Several, so that an app that takes a minute to answer does not keep us from asking another; one after the other,
    # so that they do with the same connection to the database.
    watch = [
        asyncio.create_task(
            _again_and_again("asking the apps", _watch, WATCH_SECONDS, stop, n * WATCH_SECONDS / WATCHERS)
        )
        for n in range(WATCHERS)
    ]
    while not stop.is_set():
        try:
            await _do_jobs(stop)
        except (ConnectorException, psycopg.OperationalError, PoolTimeout):
            log.warning("the database does not answer; trying again", seconds=DATABASE_WAIT_SECONDS)
        await _sleep(stop, DATABASE_WAIT_SECONDS)
    await asyncio.gather(sources, *watch, return_exceptions=True)


async def _do_jobs(stop: asyncio.Event) -> None:
    """Fetch and do jobs until told to stop. Raises when the database is gone."""
    # A second app for fetching jobs. The first keeps Django's connection, on which our tasks defer what follows,
    # inside their transactions.
    worker_app = app.with_connector(_connector())
    worker_app.job_manager = Queue(worker_app.connector, CONCURRENCY)
    async with worker_app.open_async():
        jobs = asyncio.create_task(
            worker_app.run_worker_async(
                concurrency=CONCURRENCY,
                install_signal_handlers=False,
                delete_jobs="successful",
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                fetch_job_polling_interval=2.0,
                shutdown_graceful_timeout=10,
                task_middleware=[_with_clean_connections],
            )
        )
        log.info("worker ready", concurrency=CONCURRENCY)
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({jobs, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        jobs.cancel()
        try:
            await jobs
        except asyncio.CancelledError:
            pass


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        pass


async def _again_and_again(
    what: str, do: Callable[[], None], seconds: float, stop: asyncio.Event, first_after: float = 0
) -> None:
    """
    Do something every so many seconds until told to stop, in a thread, for the first time after `first_after`.

    What is looked for (sources, connections) is claimed in its row, so any number of workers may look.
    """
    await _sleep(stop, first_after)
    while not stop.is_set():
        try:
            await asyncio.to_thread(do)
        except Exception:
            log.exception(f"{what} failed; it is tried again")
            await _sleep(stop, 2)
        await _sleep(stop, seconds)


def _with_clean_connections(call_next: Callable[[], Any], context: Any, worker: Any) -> Any:
    """Give the thread's database connection back to the pool after each job; what is logged in it names the job."""
    about = {"job": context.job.task_name}
    if "run_id" in context.job.task_kwargs:
        about["run"] = context.job.task_kwargs["run_id"]
    try:
        with structlog.contextvars.bound_contextvars(**about):
            return call_next()
    finally:
        close_old_connections()


class _Lent(DjangoConnector):
    """
    Django's connection as the schedule uses it: given back after each statement.

    The thread that it is used in would keep it for ever, for some milliseconds a second, which costs the server 5 MB;
    and after a restart of the database it would be a closed one, with nobody to open another.
    """

    async def execute_query_one_async(self, query: LiteralString, **given: Any) -> dict[str, Any]:
        return await sync_to_async(self._once_or_again)(query, given)

    def _once_or_again(self, query: LiteralString, given: dict[str, Any]) -> dict[str, Any]:
        """Ask on one connection, and on another if that was lost: an error here would end the worker."""
        try:
            return self._asked(query, given)
        except UniqueViolation:
            raise
        except ConnectorException:
            return self._asked(query, given)  # a tick that was stored is known, and is not stored twice

    def _asked(self, query: LiteralString, given: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.execute_query_one(query, **given)
        finally:
            close_old_connections()


def _poll() -> None:
    from signoff.engine import verbs

    close_old_connections()
    try:
        verbs.poll()
    finally:
        close_old_connections()


def _watch() -> None:
    from signoff.engine import watching

    close_old_connections()
    try:
        watching.watch()
    finally:
        close_old_connections()


def _connector() -> PsycopgConnector:
    """
    Return the worker's own asynchronous connection to the database, which is kept; another one listens.

    Fetching and finishing a job need not be on disk before we go on: after a power cut the job is simply done again,
    and a second copy does nothing. What a job does is committed on Django's connection, and that is on disk.
    """
    params = connector_params()
    options = params.pop("options", "")
    params |= {
        "prepare_threshold": 3,
        "options": f"{options} -c synchronous_commit=off".strip(),
    }
    return PsycopgConnector(kwargs=params, min_size=1, max_size=1, num_workers=1, pool_factory=_pool)


def _pool(**choices: Any) -> AsyncConnectionPool:
    """Return a pool that does not ask whether a connection is alive before each use; `_work` starts anew instead."""
    return AsyncConnectionPool(**{**choices, "check": None, "configure": _one_statement_is_one_transaction})


async def _one_statement_is_one_transaction(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.set_autocommit(True)
