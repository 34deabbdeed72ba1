"""The process that takes in a spreadsheet is killed at every moment: each row is in once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from conftest import furnish
from signoff.engine import uploads as engine
from signoff.engine.schedules import sweep
from signoff.runs import uploads
from signoff.runs.models import Run
from signoff.runs.tests import tables
from signoff.runs.tests.crash_upload import MOMENTS

pytestmark = pytest.mark.django_db(transaction=True)

CRASH = Path(__file__).with_name("crash_upload.py")
ROWS = 90


def kill_at(moment, batch, upload):
    """Take in the upload in a process of its own that kills itself at this moment of this batch."""
    database = settings.DATABASES["default"]
    url = f"postgres://{database['USER']}@{quote(database['HOST'], safe='')}/{database['NAME']}"
    source = str(Path(__file__).parents[3])
    result = subprocess.run(
        [sys.executable, str(CRASH), moment, str(batch), str(upload.pk)],
        env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": source},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert result.returncode == -signal.SIGKILL, result.stderr[-2000:]


@pytest.fixture(autouse=True)
def _no_jobs_of_other_tests():
    tables.delete_jobs()


def job_runs():
    with connection.cursor() as cursor:
        cursor.execute("SELECT (args->>'run_id')::bigint FROM procrastinate_jobs WHERE task_name = 'advance'")
        return sorted(row[0] for row in cursor.fetchall())


def assert_each_once(upload):
    upload.refresh_from_db()
    runs = Run.objects.filter(integration=upload.integration)
    assert (upload.state, runs.count(), uploads.progress(upload).taken) == ("done", ROWS, ROWS)
    assert len({run.record["email"] for run in runs}) == ROWS
    assert job_runs() == sorted(runs.values_list("pk", flat=True))
    assert all(row.run.record["email"] == row.values[0] for row in upload.rows.select_related("run"))


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_in_the_middle_loses_and_repeats_no_row(practice, moment):
    furnish(practice)
    upload = tables.handed_in(data=tables.many(ROWS))
    engine.start(upload)

    kill_at(moment, 3, upload)
    upload.refresh_from_db()
    taken = uploads.progress(upload).taken
    assert taken == (60 if moment == "after the commit" else 40)
    assert Run.objects.filter(integration=upload.integration).count() == taken

    engine.take_in(upload.pk)  # the job, taken over
    assert_each_once(upload)


def test_two_at_once_take_each_row_in_once(practice, monkeypatch):
    monkeypatch.setattr(uploads, "BATCH", 7)
    furnish(practice)
    upload = tables.handed_in(data=tables.many(ROWS))
    engine.start(upload)

    def take_in(number):
        try:
            engine.take_in(upload.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(take_in, range(4)))

    assert_each_once(upload)


def test_an_upload_without_a_job_gets_one(practice):
    furnish(practice)
    upload = tables.handed_in(data=tables.many(3))
    engine.start(upload)
    tables.delete_jobs()

    sweep(0)
    sweep(0)

    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'upload_id' FROM procrastinate_jobs WHERE task_name = 'take_in'")
        assert cursor.fetchall() == [(str(upload.pk),)]
