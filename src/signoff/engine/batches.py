"""
Records that may wait are handed to their AI together, and their answers taken in, by the clock.

Each tick does what there is to do and says nothing of its own: all state is in rows, so a tick that died half way is
gone on with by the next, and two at once do nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError, transaction
from procrastinate.contrib.django import app

from signoff.connections.models import Connection
from signoff.connectors.base import Collected
from signoff.core.errors import InputRejected
from signoff.engine.jobs import defer, judged, release_draft, to_person
from signoff.engine.schedules import QUEUE
from signoff.examples.wanted import chosen
from signoff.review.gate import Release, ToPerson
from signoff.runs import batches, holding
from signoff.runs.models import Batch, Run
from signoff.runs.work import Drafted, Held

log = structlog.get_logger()


@app.periodic(cron="* * * * * 41", periodic_id="batches")
@app.task(name="look_at_batches", queue=QUEUE, queueing_lock="look_at_batches")
def look_at_batches(timestamp: int) -> None:
    """Hand in what waits, fetch what is there, and let nothing wait for longer than its owner allows."""
    with transaction.atomic():
        defer(batches.late())
    for batch in batches.lost():
        _safely(batches.look_for, batch)
    for batch in batches.open_batches(Batch.State.SUBMITTED):
        if batch.connection.state != Connection.State.NEEDS_YOU:
            _safely(_collect, batch)
    batches.gather()
    for batch in batches.open_batches(Batch.State.INTENT):
        _safely(_submit, batch)


def _safely(step: Callable[[Batch], None], batch: Batch) -> None:
    """Do a step of one batch; a surprise in it does not keep the others waiting."""
    try:
        step(batch)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("a batch could not go on for a reason that nobody thought of", batch=batch.pk)


def _submit(batch: Batch) -> None:
    error = batches.submit(batch, chosen)
    if error is not None:
        with transaction.atomic():
            defer(batches.give_up(batch, error))


def _collect(batch: Batch) -> None:
    if not batches.claim(batch):
        return
    got = batches.collect(batch)
    if got is None:
        batches.release(batch)
        return
    waiting = Run.objects.filter(batch=batch, state=Run.State.BATCHED)
    for run_id in waiting.order_by("pk").values_list("pk", flat=True):
        _take_in(batch, run_id, got)
    with transaction.atomic():
        defer(batches.close(batch, got))
    batches.forget(batch)


def _take_in(batch: Batch, run_id: int, got: Collected) -> None:
    """Store the answer of one run, as any other draft; what has none is left for `close`."""
    try:
        outcome = batches.take(batch, run_id, got.answers)
        if outcome is not None:
            _store(outcome)
            return
        with transaction.atomic():
            defer(batches.unfit(batch, run_id, got.answers))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("an answer could not be taken in for a reason that nobody thought of", run=run_id)
        with transaction.atomic():
            defer(batches.ask_at_once(batch, [run_id], "The answer of the batch could not be used"))


def _store(outcome: Drafted) -> None:
    run = outcome.work.run
    verdict, made_by = judged(outcome)
    if isinstance(verdict, Release):
        try:
            with transaction.atomic():
                if not batches.is_still(outcome):
                    return
                if release_draft(outcome, verdict) is not None:
                    defer([run.pk])
                    return
        except InputRejected as error:
            with transaction.atomic():
                if batches.is_still(outcome):
                    holding.keep(Held(outcome.work, error, raw=outcome.raw, lines=outcome.lines))
            return
        verdict = ToPerson("It was changed while this was written.")
    with transaction.atomic():
        if batches.is_still(outcome):
            to_person(outcome, verdict, made_by)
