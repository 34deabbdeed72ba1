"""The schedule's connection to the database: lent for a statement, and another one when it was lost."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.periodic import PeriodicDeferrer

from signoff.engine import schedules  # noqa: F401  # registers what comes by the clock
from signoff.engine.worker import _Lent

pytestmark = pytest.mark.django_db(transaction=True)


def run(coroutine):
    """Run it in a thread of its own: in this one a browser's loop may be running."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, coroutine).result()


@contextmanager
def lent():
    before, app.job_manager.connector = app.job_manager.connector, _Lent()
    try:
        yield
    finally:
        app.job_manager.connector = before


def test_what_the_deferrer_asks_leaves_no_connection_with_its_thread():
    async def one_tick() -> bool:
        deferrer = PeriodicDeferrer(app.periodic_registry)
        await deferrer.defer_jobs(deferrer.get_previous_tasks(at=1_800_000_000.0))
        return await sync_to_async(lambda: connection.connection is None)()

    with lent():
        assert run(one_tick())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_periodic_defers WHERE defer_timestamp > 1799000000"
        )
        assert cursor.fetchone()[0] > 5


@pytest.mark.parametrize(("error", "asked"), [(ConnectorException, 2), (UniqueViolation, 1)])
def test_a_lost_connection_is_replaced_once_and_a_refusal_is_passed_on(monkeypatch, error, asked):
    count = []

    def fails(self, query, **given):
        count.append(query)
        if error is UniqueViolation:
            raise UniqueViolation(constraint_name="queueing_lock", queueing_lock="x")
        if len(count) == 1:
            raise error
        return {"id": 7}

    monkeypatch.setattr("signoff.engine.worker.DjangoConnector.execute_query_one", fails)

    if error is UniqueViolation:
        with pytest.raises(UniqueViolation):
            run(_Lent().execute_query_one_async("SELECT 1"))
    else:
        assert run(_Lent().execute_query_one_async("SELECT 1")) == {"id": 7}
    assert len(count) == asked
