"""Forgetting: what a finished run held of people is erased after a time, or at once when somebody asks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta

from django.db import connection as db

from signoff.core import clock
from signoff.runs.models import Run

KEEP = timedelta(days=int(os.environ.get("SIGNOFF_KEEP_DAYS", "90")))
BATCH = 500
OVER = ("done", "rejected", "failed")


def forget_old(most: int = 10_000) -> int:
    """Erase the contents of runs that ended longer ago than `SIGNOFF_KEEP_DAYS` (90); returns how many."""
    count = 0
    while count < most:
        ids = list(
            Run.objects.filter(finished_at__lt=clock.now() - KEEP, erased_at=None, state__in=OVER)
            .order_by("finished_at")
            .values_list("pk", flat=True)[:BATCH]
        )
        if not ids:
            break
        count += forget(ids)
    return count


def forget(run_ids: Sequence[int]) -> int:
    """
    Erase what these runs hold of people: record, pictures, answer, findings, label and what was sent; returns how many.

    That they ran, when, and with what verdict stays: counts and error rates are not people. A run that is still under
    way is left alone.
    """
    ids = list(run_ids)
    with db.cursor() as cursor:
        cursor.execute(
            """
            WITH gone AS (
                UPDATE runs_run SET record = '{}', answer = NULL, findings = '[]', alarms = '[]',
                    raw_answer = '', label = '',
                    object_id = '', erased_at = clock_timestamp(), timeline = (
                        SELECT COALESCE(jsonb_agg(line - 'more'), '[]') FROM jsonb_array_elements(timeline) AS line
                    )
                WHERE id = ANY(%s) AND state = ANY(%s) RETURNING id
            ), sent AS (
                UPDATE runs_delivery SET params = '{}' FROM gone WHERE run_id = gone.id
            ), pictures AS (
                DELETE FROM runs_picture USING gone WHERE run_id = gone.id
            )
            UPDATE review_review SET content = '{}', decided_content = NULL FROM gone WHERE run_id = gone.id
            """,
            [ids, list(OVER)],
        )
        cursor.execute("SELECT count(*) FROM runs_run WHERE id = ANY(%s) AND erased_at IS NOT NULL", [ids])
        (count,) = cursor.fetchone() or (0,)
    return int(count)
