"""
Taking in spreadsheets as jobs: each says only "take in upload 7", and goes on behind the last row that is in.

A command that uploads helps with it, so that the rows are in when it ends, also where no worker runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.engine.jobs import defer
from signoff.integrations.models import Integration
from signoff.runs import handing_in, uploads
from signoff.runs.models import Upload
from signoff.runs.retention import forget_upload
from signoff.runs.uploads import Preview
from signoff.sheets.tables import Choices

log = structlog.get_logger()

QUEUE = "uploads"
STOPPED_BY_US = (
    "Something went wrong on our side. The rows before are in, each once, and nothing is lost. "
    "Press Go on to try again."
)


@app.task(name="take_in", queue=QUEUE, retry=RetryStrategy(exponential_wait=2, max_attempts=10))
def take_in(upload_id: int) -> None:
    """
    Take in the rows of an upload, batch by batch; a second copy of the job does nothing twice.

    When the database is away the job is done again later. After any other surprise the upload stands still where
    everybody can see it, with all that is in, and can go on.
    """
    try:
        while _one_batch(upload_id):
            pass
    except (OperationalError, InterfaceError):
        connection.close()
        raise
    except Exception:
        log.exception(
            "a spreadsheet could not be taken in for a reason that nobody thought of", upload=upload_id
        )
        uploads.stop(upload_id, STOPPED_BY_US)


def start(upload: Upload, person: Person | None = None) -> Preview:
    """Let an upload begin; stored, with its job, when this returns. Raises `UploadRefused`."""
    with transaction.atomic():
        begun = uploads.begin(upload, person)
        take_in.defer(upload_id=upload.pk)
        what = f"spreadsheet for {upload.integration.name}"
        note(person or "command line", "uploaded", what, {"upload": upload.pk, "records": begun.takes_in})
    return begun


def take_table(
    integration: Integration,
    name: str,
    data: bytes,
    *,
    choices: Choices | None = None,
    columns: Sequence[str] = (),
    repeat: str = "",
    person: Person | None = None,
    dry_run: bool = False,
) -> Preview:
    """
    Hand in a table and let it begin, in one: all of it, or nothing is kept. With `dry_run` nothing is kept at all.

    `columns` are "column=field" where names do not say it. Raises `TableRefused`, `UploadRefused`.
    """
    with transaction.atomic():
        upload = handing_in.hand_in(integration, name, data, choices=choices, person=person)
        mapping = handing_in.mapping_with(upload, columns)
        handing_in.choose(upload, mapping, repeat)
        if not dry_run:
            return start(upload, person)
        found = uploads.preview(upload)
        transaction.set_rollback(True)
    return found


def stop(upload: Upload, person: Person | None = None) -> bool:
    """Take in no more rows; what is in stays in. False when it was over."""
    with transaction.atomic():
        if not uploads.stop(upload.pk):
            return False
        note(person or "command line", "stopped", f"upload {upload.pk}")
    return True


def go_on(upload: Upload, person: Person | None = None) -> bool:
    """Let a stopped upload go on behind the last row that is in; False when it does not wait for that."""
    with transaction.atomic():
        if not uploads.go_on(upload.pk):
            return False
        take_in.defer(upload_id=upload.pk)
        note(person or "command line", "let go on", f"upload {upload.pk}")
    return True


def erase(upload: Upload, person: Person | None = None) -> int:
    """Erase an upload and what has come of it, as far as that is over; returns how many runs are under way."""
    with transaction.atomic():
        upload_id = upload.pk
        left = forget_upload(upload)
        note(person or "command line", "erased", f"upload {upload_id}", {"left": left})
    return left


def drive(upload: Upload, progress: Callable[[int, int], None]) -> None:
    """Help with an upload until its rows are in, and tell how far it is: rows done, of how many."""
    while True:
        _one_batch(upload.pk)
        upload.refresh_from_db()
        progress(upload.rows.exclude(state="waiting").count(), upload.count)
        if upload.state != Upload.State.TAKING:
            return


def _one_batch(upload_id: int) -> bool:
    """Take in the next rows and let them begin, in one commit; False when there are no more."""
    with transaction.atomic():
        batch = uploads.take(upload_id)
        if batch is None:
            return False
        defer(run.pk for run in batch.runs)
    return not batch.is_last
