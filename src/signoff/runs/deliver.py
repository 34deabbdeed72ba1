"""
Delivering: what was approved goes to each destination once, whatever crashes.

The ledger (`Delivery`) is written before anything is sent. A row found `transmitting` belongs to a worker that died
or froze: the app is asked whether it has the thing before it is sent again, and if the app cannot say, a person is.

Two clocks keep a frozen worker from sending what another has taken over: it may send only within `LEASE_SECONDS`
after it wrote `transmitting` (the door looks at the time just before the bytes go out), and nobody takes over before
`TAKE_OVER_SECONDS`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


from signoff.connections.client import client_for
from signoff.connections.connect import needs_sign_in
from signoff.connections.models import Connection
from signoff.connectors.base import Action, Intent, NotSent, Sent, Unknown
from signoff.connectors.registry import connector_class, manifests
from signoff.core import clock
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    SignoffError,
    Unavailable,
)
from signoff.integrations.definition import read_definition
from signoff.integrations.references import Missing, render
from signoff.pacing import pace
from signoff.pacing.idle import give_back_connection
from signoff.runs.change import change, said
from signoff.runs.draft import MOST_TRIES, backoff
from signoff.runs.models import Delivery, Run

LEASE_SECONDS = 10.0
TAKE_OVER_SECONDS = 15.0


@dataclass
class Delivered:
    """What came of one pass over a run's deliveries: `again_in` seconds, or None when nothing is left to do."""

    run: Run
    again_in: float | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)


def release(
    run: Run, content: Mapping[str, Any], expected: str, deliver_at: Any, *lines: Mapping[str, Any]
) -> bool:
    """
    Write the ledger for an approved answer, in the caller's transaction; False when the run has moved on.

    What goes out is fixed here, rendered from the content that was decided on.
    """
    definition, _ = read_definition(run.version)
    values = {"state": Run.State.APPROVED, "deliver_at": deliver_at, "answer": dict(content), "tries": 0}
    if not change(run.pk, expected, values, *lines):
        return False
    names = {step.connection for step in definition.then}
    connections = {c.name: c for c in Connection.objects.filter(name__in=names)}
    rows = []
    for position, step in enumerate(definition.then):
        try:
            params = render(step.params, run.record, content)
        except Missing as error:
            raise InputRejected(
                f"{error}",
                field=error.reference.field,
                owner_message=f"The record has no “{error.reference.field}”.",
            ) from error
        rows.append(
            Delivery(
                run=run,
                position=position,
                connection=connections[step.connection],
                action=step.action,
                params=_without_empty(params),
                marker=f"so-{run.pk}-{position}-{_short(run)}",
            )
        )
    # A decision that was undone left its ledger behind; this is the new one.
    Delivery.objects.filter(run=run, state=Delivery.State.INTENT).delete()
    Delivery.objects.bulk_create(rows)
    return True


def deliver(run_id: int) -> Delivered | None:
    """
    Bring an approved run's deliveries as far as they go now; None when there is nothing to do.

    Safe to call twice, at once, and after any crash.
    """
    run = Run.objects.select_related("version").filter(pk=run_id).first()
    if run is None or run.state not in (Run.State.APPROVED, Run.State.DELIVERING):
        return None
    if run.deliver_at is not None and run.deliver_at > clock.now():
        # The time in which the person may still undo is not over; the job made for its end is still to come.
        return Delivered(run, again_in=max(0.05, (run.deliver_at - clock.now()).total_seconds()))
    if run.state == Run.State.APPROVED and not change(run.pk, "approved", {"state": Run.State.DELIVERING}):
        return None
    done = Delivered(run)
    for row in run.deliveries.select_related("connection").order_by("position"):
        wait = _one(row, done)
        if wait is not None:
            done.again_in = wait if done.again_in is None else min(done.again_in, wait)
    return done


def conclude(done: Delivered) -> bool:
    """Store what became of the run after a pass, in the caller's transaction; False when it has moved on."""
    run = done.run
    states = set(run.deliveries.values_list("state", flat=True))
    if done.again_in is not None:
        if run.state == Run.State.APPROVED and not done.lines:
            return True
        return change(
            run.pk, "delivering", {"state": Run.State.DELIVERING, "tries": run.tries + 1}, *done.lines
        )
    if Delivery.State.UNCERTAIN in states:
        return change(run.pk, "delivering", {"state": Run.State.UNCERTAIN, **_problem(run)}, *done.lines)
    if Delivery.State.FAILED in states or Delivery.State.INTENT in states:
        return change(run.pk, "delivering", {"state": Run.State.NEEDS_YOU, **_problem(run)}, *done.lines)
    if Delivery.State.TRANSMITTING in states:
        return False
    values = {
        "state": Run.State.DONE,
        "finished_at": clock.now(),
        "problem": "",
        "next_step": "",
        "detail": "",
    }
    return change(run.pk, "delivering", {**values, "waits_for_id": None}, *done.lines)


def settle(delivery_id: int, was_sent: bool, who: str) -> Run | None:
    """
    Take a person's word on an uncertain delivery: it was sent, or it was not and goes out again.

    Part of the caller's transaction. Returns the run, or None if the delivery is not uncertain (any more).
    """
    row = Delivery.objects.select_related("run", "connection").filter(pk=delivery_id).first()
    if row is None:
        return None
    new = (
        {"state": Delivery.State.CONFIRMED, "finished_at": clock.now()}
        if was_sent
        else {"state": Delivery.State.INTENT}
    )
    if not Delivery.objects.filter(pk=row.pk, state=Delivery.State.UNCERTAIN).update(problem="", **new):
        return None
    app = manifests()[row.connection.app].name
    if was_sent:
        line = said("ok", f"{who} looked in {app}: it was sent")
    else:
        line = said("info", f"{who} looked in {app}: it was not sent, so we send it again")
    left = Delivery.objects.filter(run=row.run, state=Delivery.State.UNCERTAIN).exists()
    state = Run.State.UNCERTAIN if left else Run.State.APPROVED
    change(
        row.run_id, "uncertain", {"state": state, "problem": "", "next_step": "", "deliver_at": None}, line
    )
    row.run.refresh_from_db()
    return row.run


def _one(row: Delivery, done: Delivered) -> float | None:
    """Bring one delivery as far as it goes; returns after how many seconds to come again, None for not at all."""
    action = connector_class(row.connection.app).actions()[row.action]
    if row.state == Delivery.State.TRANSMITTING:
        wait = _take_over(row, action, done)
        if wait is not None or row.state != Delivery.State.INTENT:
            return wait
    if row.state != Delivery.State.INTENT:
        return None
    if row.connection.state == Connection.State.NEEDS_YOU:
        _owner(row, CredentialRejected("the connection needs its owner", app=_app(row)), done)
        return None
    return _send(row, action, done)


def _send(row: Delivery, action: Action, done: Delivered) -> float | None:
    try:
        reservation = pace.reserve(row.connection)
    except pace.TooFar as far:
        return far.seconds
    if reservation.wait_seconds:
        give_back_connection()
        time.sleep(reservation.wait_seconds)
    started = clock.now()
    claimed = Delivery.objects.filter(pk=row.pk, state=Delivery.State.INTENT, attempt=row.attempt).update(
        state=Delivery.State.TRANSMITTING, attempt=row.attempt + 1, started_at=started
    )
    if not claimed:
        return TAKE_OVER_SECONDS  # another worker has it: look again later whether it came through
    row.attempt += 1
    row.started_at = started
    send_before = time.time() + LEASE_SECONDS
    give_back_connection()
    client = client_for(row.connection)
    client.door.send_before = send_before
    try:
        written = client.perform(row.action, row.params, row.marker)
    except OutcomeUnknown as error:
        if action.repeatable:
            _set(row, Delivery.State.INTENT, problem=error.owner_message)
            return backoff(done.run.tries)
        # Asked at once, the app may not have finished yet. We come back and ask when nothing can be on its way.
        done.lines.append(
            said("warn", f"{_app(row)} did not answer", "We ask it whether it has it before we go on.")
        )
        return TAKE_OVER_SECONDS
    except RateLimited as error:
        _set(row, Delivery.State.INTENT)
        return pace.hold(
            row.connection, error.retry_after_seconds or pace.SLOW_DOWN_SECONDS, "asked us to slow down"
        )
    except Unavailable as error:
        _set(row, Delivery.State.INTENT, problem=error.owner_message)
        if done.run.tries + 1 >= MOST_TRIES:
            done.lines.append(said("bad", error.owner_message, "Press Try again when it is reachable."))
            return None
        pace.hold(row.connection, min(error.retry_after_seconds or 1.0, 60.0), "cannot be reached")
        return error.retry_after_seconds or backoff(done.run.tries)
    except SignoffError as error:
        _owner(row, error, done)
        return None
    _confirm(row, written.id, written.link or "", action, done)
    return None


def _take_over(row: Delivery, action: Action, done: Delivered) -> float | None:
    """Find out what became of a delivery whose worker is gone. Sets `row.state`; returns a wait, or None."""
    age = (clock.now() - (row.started_at or clock.now())).total_seconds()
    if 0 <= age < TAKE_OVER_SECONDS:
        return TAKE_OVER_SECONDS - age + 0.1
    if action.repeatable:
        _set(row, Delivery.State.INTENT, expected=Delivery.State.TRANSMITTING)
        return None
    client = client_for(row.connection)
    intent = Intent(row.action, row.params, row.marker, row.started_at or done.run.received_at)
    try:
        pace.reserve(row.connection)
        outcome = client.reconcile(intent)
    except pace.TooFar as far:
        return far.seconds
    except Unavailable as error:
        return error.retry_after_seconds or backoff(done.run.tries)
    except (CredentialRejected, PermissionMissing, QuotaExhausted) as error:
        needs_sign_in(row.connection, error)
        outcome = Unknown(error.owner_message)
    except SignoffError as error:
        outcome = Unknown(str(error))
    match outcome:
        case Sent(external_id):
            done.lines.append(
                said("info", f"Asked {_app(row)} whether it arrived: yes", "It was not sent twice.")
            )
            _confirm(row, external_id, "", action, done)
        case NotSent():
            if _set(row, Delivery.State.INTENT, expected=Delivery.State.TRANSMITTING):
                done.lines.append(
                    said("info", f"Asked {_app(row)} whether it arrived: no", "So we send it now.")
                )
        case Unknown():
            problem = (
                f"{_app(row)} did not answer. It may or may not have arrived, and we have not sent it again. "
                f"Look in {_app(row)}, then tell us."
            )
            if _set(row, Delivery.State.UNCERTAIN, expected=Delivery.State.TRANSMITTING, problem=problem):
                done.lines.append(said("bad", f"Sent to {_app(row)}, no answer back", problem))
    return None


def _owner(row: Delivery, error: SignoffError, done: Delivered) -> None:
    """Let a delivery wait for its owner; nothing was written at the app."""
    if isinstance(error, CredentialRejected | PermissionMissing | QuotaExhausted):
        needs_sign_in(row.connection, error) if row.connection.state != Connection.State.NEEDS_YOU else None
        Run.objects.filter(pk=row.run_id).update(waits_for=row.connection)
    _set(row, Delivery.State.FAILED, problem=f"{error.owner_message} {error.next_step}")
    Run.objects.filter(pk=row.run_id).update(detail=f"{type(error).__name__}: {error}", resume_as="approved")
    done.lines.append(said("bad", error.owner_message, error.next_step))


def retry_failed(run: Run) -> int:
    """Make a run's refused deliveries ready to be sent again, in the caller's transaction."""
    return Delivery.objects.filter(run=run, state=Delivery.State.FAILED).update(
        state=Delivery.State.INTENT, problem=""
    )


def _confirm(row: Delivery, external_id: str, link: str, action: Action, done: Delivered) -> None:
    _set(
        row, Delivery.State.CONFIRMED, external_id=external_id, link=link, finished_at=clock.now(), problem=""
    )
    done.lines.append(said("ok", f"{_app(row)}: {action.label}", "Done, and confirmed by the app."))


def _set(row: Delivery, state: str, expected: str = Delivery.State.TRANSMITTING, **values: Any) -> bool:
    """Change a ledger row that is as we know it: same state, same attempt."""
    changed = Delivery.objects.filter(
        pk=row.pk, attempt=row.attempt, state__in=[expected, Delivery.State.INTENT]
    ).update(state=state, **values)
    if changed:
        row.state = state
    return bool(changed)


def _problem(run: Run) -> dict[str, Any]:
    problems = [p for p in run.deliveries.exclude(problem="").values_list("problem", flat=True) if p]
    return {"problem": problems[0] if problems else "", "next_step": "Open the run and choose what to do."}


def _app(row: Delivery) -> str:
    return manifests()[row.connection.app].name


def _short(run: Run) -> str:
    import hashlib

    return hashlib.sha256(f"{run.pk}:{run.dedupe_key}:{run.received_at.isoformat()}".encode()).hexdigest()[:8]


def _without_empty(params: Any) -> Any:
    """Leave out optional parameters that the answer left empty."""
    return {name: value for name, value in params.items() if value is not None}
