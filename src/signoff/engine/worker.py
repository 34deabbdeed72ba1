"""The worker: does the jobs in threads, reads the sources, and carries the schedule."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from django.db import close_old_connections
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app

log = structlog.get_logger()

CONCURRENCY = int(os.environ.get("SIGNOFF_CONCURRENCY", "64"))  # most threads wait for an AI and hold nothing
HEARTBEAT_SECONDS = 5.0
STALLED_SECONDS = 15.0
POLL_SECONDS = 0.5


def work() -> None:
    """Work until told to stop (SIGTERM, Ctrl-C); running jobs get 10 s to come to an end."""
    asyncio.run(_work())


async def _work() -> None:
    loop = asyncio.get_running_loop()
    # Procrastinate runs its tasks in the loop's default executor, which has only six threads on two cores.
    loop.set_default_executor(ThreadPoolExecutor(CONCURRENCY + 8, thread_name_prefix="job"))
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    # A second app for fetching jobs. The first keeps Django's connection, on which our tasks defer what follows,
    # inside their transactions.
    worker_app = app.with_connector(_connector())
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
        sources = asyncio.create_task(_read_sources(stop))
        log.info("worker ready", concurrency=CONCURRENCY)
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({jobs, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        jobs.cancel()
        await asyncio.gather(jobs, sources, return_exceptions=True)
        if not stopped.done():
            stopped.cancel()
        if jobs.done() and not jobs.cancelled() and jobs.exception():
            raise jobs.exception() or RuntimeError


async def _read_sources(stop: asyncio.Event) -> None:
    """Look twice a second for sources whose time has come. Sources are claimed in their rows, so many may look."""
    while not stop.is_set():
        try:
            await asyncio.to_thread(_poll)
        except Exception:
            log.exception("reading the sources failed; it is tried again")
            await asyncio.sleep(2)
        try:
            await asyncio.wait_for(stop.wait(), POLL_SECONDS)
        except TimeoutError:
            pass


def _with_clean_connections(call_next: Callable[[], Any], context: Any, worker: Any) -> Any:
    """Give the thread's database connection back to the pool after each job."""
    try:
        return call_next()
    finally:
        close_old_connections()


def _poll() -> None:
    from signoff.engine import verbs

    close_old_connections()
    try:
        verbs.poll()
    finally:
        close_old_connections()


def _connector() -> PsycopgConnector:
    """Return the worker's own asynchronous connection to the database: few connections, kept."""
    from procrastinate.contrib.django.utils import connector_params

    params = connector_params()
    params.pop("pool", None)
    return PsycopgConnector(kwargs=params, min_size=1, max_size=4)
