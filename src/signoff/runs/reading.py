"""Reading: a record of which an app told us no more than its number is read before it is drafted."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from signoff.connections.client import client_for, named
from signoff.connections.models import Connection
from signoff.connections.standing import OWNERS, needs_sign_in, why_stopped
from signoff.connectors.registry import manifests
from signoff.core.errors import OutcomeUnknown, RateLimited, SignoffError, Unavailable
from signoff.pacing import pace
from signoff.runs.change import change, said
from signoff.runs.models import Run
from signoff.runs.pictures import keep, taken_out
from signoff.runs.receive import label_of, storable, wanted
from signoff.runs.retrying import MOST_TRIES, backoff
from signoff.runs.sources import fields_to_read
from signoff.runs.work import Held, Later, Work

log = structlog.get_logger()


@dataclass
class LeftOut:
    """The record is gone, or not one that the owner wants: no work follows from it."""

    work: Work
    why: str


def read(work: Work) -> Held | Later | LeftOut | None:
    """Read the record of a claimed run and store it; None: it is there. Of the run it changes nothing else."""
    run, source = work.run, work.definition.record
    connection = named(source.from_ or "")
    app = manifests()[connection.app].name
    if connection.state == Connection.State.NEEDS_YOU:
        return Held(work, why_stopped(connection), connection=connection)
    try:
        pace.take_place(connection)
        record = client_for(connection, work.definition.version_for(connection.name)).read(
            source.when or "", run.object_id, fields_to_read(work.definition)
        )
    except pace.TooFar:
        return Later(work, pace.stand_in_line(connection, f"integration {run.integration_id}"), None)
    except RateLimited as error:
        wait = error.retry_after_seconds or pace.SLOW_DOWN_SECONDS
        return Later(work, pace.hold(connection, wait, "asked us to slow down"), error)
    except (Unavailable, OutcomeUnknown) as error:
        if run.tries + 1 >= MOST_TRIES:
            return Held(work, error, connection=connection)
        given = error.retry_after_seconds if isinstance(error, Unavailable) else None
        pace.hold(connection, min(given or 1.0, 60.0), "cannot be reached")
        return Later(work, given or backoff(run.tries), error)
    except SignoffError as error:
        if isinstance(error, OWNERS):
            needs_sign_in(connection, error)
        return Held(work, error, connection=connection)
    pace.worked(connection)
    if record is None:
        return LeftOut(work, "gone before it was read")
    record = storable(record)
    if not wanted(record, source.only_if):
        return LeftOut(work, "only_if leaves it out")
    record, images = taken_out(record, work.definition.prompt.pictures)
    run.record, run.to_read = record, False
    run.label = (run.label or label_of(record))[:200]
    values = {"record": record, "label": run.label, "to_read": False, "tries": 0}
    if not change(run.pk, "asking", values, said("ok", f"Read it from {app}"), attempt=run.attempt):
        return LeftOut(work, "another attempt has it")
    keep(run.pk, images)
    return None


def leave_out(outcome: LeftOut) -> bool:
    """
    Take a run back of which no work follows, as if its source had been read with the same filter; True: it was.

    A later change of the record is another event.
    """
    run = outcome.work.run
    gone, _ = Run.objects.filter(pk=run.pk, state="asking", attempt=run.attempt, to_read=True).delete()
    log.info("left a record out", run=run.pk, why=outcome.why)
    return bool(gone)
