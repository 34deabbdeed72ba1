"""Forgetting: what a finished run held of people is erased after a time, or at once when somebody asks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection as db

from signoff.core import clock
from signoff.runs.models import Run, Upload, UploadRow

KEEP = timedelta(days=int(os.environ.get("SIGNOFF_KEEP_DAYS", "90")))
KEEP_UNBEGUN = timedelta(days=7)  # a spreadsheet that nobody went on with
BATCH = 500
OVER = ("done", "rejected", "failed", "planted", "left")


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
    Erase what these runs hold of people: record, pictures, answer, findings, label, what was sent, and the rows of
    spreadsheets that they came from; returns how many. What an app said of it is quoted, and goes too.

    That they ran, when, and with what verdict stays: counts and error rates are not people. A run that is still under
    way is left alone.
    """
    ids = list(run_ids)
    with db.cursor() as cursor:
        cursor.execute(
            """
            WITH gone AS (
                UPDATE runs_run SET record = '{}', answer = NULL, given_draft = NULL, findings = '[]', alarms = '[]',
                    raw_answer = '', label = '', note = NULL, problem = '', next_step = '',
                    object_id = '', erased_at = clock_timestamp(), timeline = (
                        SELECT COALESCE(jsonb_agg((line - 'more') || jsonb_build_object(
                            'what', regexp_replace(line->>'what', '“[^”]*”', '“…”', 'g'))), '[]')
                        FROM jsonb_array_elements(timeline) AS line
                    )
                WHERE id = ANY(%s) AND state = ANY(%s) RETURNING id
            ), sent AS (
                UPDATE runs_delivery SET params = '{}', problem = '' FROM gone WHERE run_id = gone.id
            ), uploaded AS (
                UPDATE runs_uploadrow SET "values" = '[]', why = '' FROM gone WHERE run_id = gone.id
            ), pictures AS (
                DELETE FROM runs_picture USING gone WHERE run_id = gone.id
            ), planted AS (
                UPDATE review_planted SET was = '', now = '' FROM gone WHERE run_id = gone.id
            )
            UPDATE review_review SET content = '{}', decided_content = NULL, first_content = NULL, drift = '[]',
                words = NULL FROM gone WHERE run_id = gone.id
            """,
            [ids, list(OVER)],
        )
        cursor.execute("SELECT count(*) FROM runs_run WHERE id = ANY(%s) AND erased_at IS NOT NULL", [ids])
        (count,) = cursor.fetchone() or (0,)
    return int(count)


def forget_old_uploads() -> int:
    """
    Erase what old uploads still hold when their runs are erased: rows that were left out, and names; returns how many.

    One that never began is deleted after 7 days.
    """
    unbegun = Upload.objects.filter(state=Upload.State.PREVIEW, made_at__lt=clock.now() - KEEP_UNBEGUN)
    count = 0
    for upload in unbegun[:BATCH]:
        upload.rows.all().delete()
        upload.delete()
        count += 1
    over = Upload.objects.filter(finished_at__lt=clock.now() - KEEP, erased_at=None)
    for upload in over.order_by("finished_at")[:BATCH]:
        count += _erase_rows_without_runs(upload)
    return count


def forget_upload(upload: Upload) -> int:
    """
    Erase an upload with all that has come of it, as far as it is over; returns how many runs are still under way.

    One that never began is deleted. One that is being taken in is stopped first.
    """
    if upload.state == Upload.State.PREVIEW:
        upload.rows.all().delete()
        upload.delete()
        return 0
    Upload.objects.filter(pk=upload.pk, state=Upload.State.TAKING).update(
        state=Upload.State.STOPPED, finished_at=clock.now()
    )
    taken = upload.rows.filter(state=UploadRow.State.TAKEN)
    ids = list(taken.exclude(run=None).values_list("run_id", flat=True))
    for start in range(0, len(ids), BATCH):
        forget(ids[start : start + BATCH])
    _erase_rows_without_runs(upload)
    return upload.rows.filter(state=UploadRow.State.TAKEN, run__erased_at=None).exclude(run=None).count()


def _erase_rows_without_runs(upload: Upload) -> bool:
    """Erase the rows of an upload that no run is kept for; True when nothing of anybody is left in it."""
    kept = upload.rows.filter(state=UploadRow.State.TAKEN, run__isnull=False, run__erased_at=None)
    upload.rows.exclude(pk__in=kept.values("pk")).update(values=[], why="")
    if kept.exists():
        return False
    # The names of columns too: in a file without any, the first record may have been taken for them.
    blank: dict[str, Any] = {name: {} for name in ("layout", "mapping", "choices")}
    blank |= {"name": "", "data": None, "erased_at": clock.now()}
    return bool(Upload.objects.filter(pk=upload.pk, erased_at=None).update(**blank))
