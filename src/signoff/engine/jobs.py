"""
The jobs: each says only "advance run 7", and a second copy of it does nothing.

What a step of a run leads to is deferred in the transaction of the step: both are stored, or neither.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.types import JSONDict, TimeDeltaParams

from signoff.core import clock
from signoff.core.errors import InputRejected
from signoff.engine import tracing
from signoff.engine.queue import PRIORITY_BULK
from signoff.examples.wanted import chosen
from signoff.review import certificates
from signoff.review.fingerprint import Fingerprint, fingerprint_of
from signoff.review.gate import Release, ToPerson, gate
from signoff.review.models import Unattended
from signoff.review.opening import open_review
from signoff.runs import batches, context, holding, reading
from signoff.runs import deliver as delivering
from signoff.runs import draft as drafting
from signoff.runs.admitting import not_now
from signoff.runs.change import said
from signoff.runs.models import Delivery
from signoff.runs.releasing import release
from signoff.runs.stop import stop_run
from signoff.runs.work import Drafted, Held, Later, Parked, Work

log = structlog.get_logger()

QUEUE = "runs"


@app.task(name="advance", queue=QUEUE, retry=RetryStrategy(exponential_wait=2, max_attempts=10))
def advance(run_id: int) -> None:
    """
    Bring a run as far as it goes without a person or a wait.

    When the database is away the job is done again later. Any other surprise is ours: the run stops where everybody
    can see it, with all that it had, and can be tried again.
    """
    try:
        with tracing.step(run_id):
            work = drafting.begin(run_id)
            if work is None:
                _conclude(delivering.deliver(run_id))
            else:
                _draft(work)
    except (OperationalError, InterfaceError):
        connection.close()
        raise
    except Exception as error:
        log.exception("a run stopped for a reason that nobody thought of", run=run_id)
        stop_run(run_id, error)


def defer(run_ids: Iterable[int], *, after_seconds: float = 0, priority: int = PRIORITY_BULK) -> None:
    """Let runs advance, after the caller's transaction; all in one statement."""
    rows: list[JSONDict] = [{"run_id": run_id} for run_id in run_ids]
    if not rows:
        return
    # Milliseconds, because Procrastinate takes whole numbers only.
    wait: TimeDeltaParams | None = {"milliseconds": int(after_seconds * 1000)} if after_seconds > 0 else None
    advance.configure(priority=priority, schedule_in=wait).batch_defer(*rows)


def _draft(work: Work) -> None:
    """Draft a claimed run and store what came of it; a draft that needs no person is delivered at once."""
    unread = reading.read(work) if work.run.to_read else None
    if isinstance(unread, reading.LeftOut):
        reading.leave_out(unread)
        return
    kept_back: Held | Later | Parked | None = unread
    if kept_back is None and work.definition.context:
        kept_back = not_now(work) or context.fetch(work)
    if kept_back is None and batches.goes_by_batch(work):
        kept_back = batches.enter(work)
        if kept_back is None:
            return  # its answer comes with a batch
    if kept_back is None:
        work.examples = () if work.run.given_draft is not None else chosen(work)
    outcome = kept_back or drafting.ask(work)
    if not isinstance(outcome, Drafted):
        with transaction.atomic():
            if holding.keep(outcome) and isinstance(outcome, Later | Parked):
                defer([work.run.pk], after_seconds=outcome.seconds)
        return
    verdict, made_by = judged(outcome)
    if isinstance(verdict, Release):
        try:
            rows = release_draft(outcome, verdict)
        except InputRejected as error:
            with transaction.atomic():
                holding.keep(Held(work, error, raw=outcome.raw, lines=outcome.lines))
            return
        if rows is not None:
            _conclude(delivering.deliver_rows(work.run, rows))
            return
        verdict = ToPerson("It was changed while this was written.")
    with transaction.atomic():
        to_person(outcome, verdict, made_by)


def judged(outcome: Drafted) -> tuple[Release | ToPerson, Fingerprint]:
    """Return who decides on a draft, and what it was made by; that is nobody's question where no person reviews."""
    work = outcome.work
    made_by = Fingerprint("", {})
    is_given = work.run.given_draft is not None
    # What others write says nothing of how often the AI is wrong. Where they write all of it, it is counted by itself.
    if work.definition.review != "none" and not (is_given and work.definition.asked):
        made_by = fingerprint_of(
            work.run.integration_id, work.definition, work.ai, outcome.prompt.version, outcome.answer.model
        )
    if is_given and work.definition.review != "none":
        # No certificate is ever about it: what it was written by can change where nobody here sees it.
        return ToPerson("It was written elsewhere, so a person decides."), made_by
    return gate(work.definition, bool(outcome.findings or outcome.alarms), work.run, made_by), made_by


def release_draft(outcome: Drafted, verdict: Release) -> list[Delivery] | None:
    """
    Approve a draft that needs no person; None when what allowed it has ended meanwhile, or the run has moved on.

    What allows it is held still until the approval is stored: whatever ends it comes before that, and is seen here, or
    after, and brings the run back.
    """
    run, signed = outcome.work.run, verdict.certificate
    with transaction.atomic():
        if signed is not None and not certificates.hold_still(signed, verdict.current_id):
            return None
        values, lines = drafting.drafted(outcome)
        if signed is not None:
            lines.append(said("info", "It goes out on autopilot", verdict.why))
        rows = release(run, outcome.value, outcome.work.state, values, *lines, attempt=run.attempt)
        if rows is not None and signed is not None:
            Unattended.objects.create(run=run, certificate=signed, at=clock.now())
    return rows


def to_person(outcome: Drafted, verdict: ToPerson, made_by: Fingerprint) -> None:
    """Keep a draft for a person to decide on, in the caller's transaction."""
    if verdict.audit is not None:
        share = certificates.percent(verdict.audit.audit)
        outcome.lines.append(
            said("info", "Chosen by lot for a person to look at", f"{share} are, on autopilot.")
        )
    if drafting.keep_draft(outcome):
        open_review(
            outcome.work.run,
            outcome.value,
            fingerprint=made_by.hash,
            flagged=bool(outcome.findings or outcome.alarms),
            certificate=verdict.audit,
        )


def _conclude(done: delivering.Delivered | None) -> None:
    if done is None or done.is_done:
        return
    with transaction.atomic():
        if delivering.conclude(done) and done.again_in is not None:
            defer([done.run.pk], after_seconds=done.again_in)
