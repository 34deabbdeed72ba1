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
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from signoff.connections.choosing import actions_of
from signoff.connections.client import client_for
from signoff.connections.models import Connection
from signoff.connections.standing import OWNERS, needs_sign_in, why_stopped
from signoff.connectors.base import Action, Connector, Intent, NotSent, Sent, Unknown, Written
from signoff.connectors.registry import connector_class, manifests
from signoff.core import clock
from signoff.core.errors import (
    InputRejected,
    OutcomeUnknown,
    RateLimited,
    SignoffError,
    Unavailable,
)
from signoff.integrations.definition import definition_of
from signoff.pacing import pace
from signoff.pacing.idle import give_back_connection
from signoff.runs import ledger, windows
from signoff.runs.change import change, said
from signoff.runs.models import Delivery, Run
from signoff.runs.retrying import MOST_TRIES, backoff

LEASE_SECONDS = 10.0
TAKE_OVER_SECONDS = 15.0
SAY_WHETHER = "Say on the page of the run whether it was sent."


@dataclass
class Delivered:
    """
    What came of one pass over a run's deliveries.

    `again_in` seconds, None when nothing is left to do; `lines` are words for the timeline that no statement has
    carried yet; `is_done`: the last confirmation has closed the run.
    """

    run: Run
    again_in: float | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)
    is_done: bool = False
    is_decided: bool = True  # False: the time to undo is not over
    has_failed: bool = (
        False  # an app failed in this pass: only that counts as a try, waiting for one's turn does not
    )
    why: tuple[str, str] | None = None  # what keeps it from going on, and what the owner does about it

    def again(self, seconds: float) -> None:
        """Come again in so many seconds, or sooner if something else wants it sooner."""
        self.again_in = seconds if self.again_in is None else min(self.again_in, seconds)

    def try_again(self, seconds: float | None) -> None:
        """Come again because an app failed: after so many seconds, or ever later where it names none."""
        self.has_failed = True
        self.again(seconds or backoff(self.run.tries))

    @property
    def is_last_try(self) -> bool:
        """Say whether a failure now is one too many."""
        return self.run.tries + 1 >= MOST_TRIES

    def held(self, problem: str, next_step: str) -> None:
        """Say what keeps a delivery from going on; where the same keeps several, it stands in the timeline once."""
        if (problem, next_step) != self.why:
            self.lines.append(said("bad", problem, next_step))
        self.why = self.why or (problem, next_step)


def deliver(run_id: int) -> Delivered | None:
    """
    Bring an approved run's deliveries as far as they go now; None when there is nothing to do.

    Safe to call twice, at once, and after any crash.
    """
    run = (
        Run.objects.defer("timeline", "record", "answer", "findings", "raw_answer").filter(pk=run_id).first()
    )
    if run is None or run.state not in (Run.State.APPROVED, Run.State.DELIVERING):
        return None
    if run.deliver_at is not None and run.deliver_at > clock.now():
        # The time in which the person may still undo is not over; another job comes at its end.
        wait = (run.deliver_at - clock.now()).total_seconds()
        return Delivered(run, again_in=max(0.05, wait), is_decided=False)
    return deliver_rows(run, list(run.deliveries.select_related("connection").order_by("position")))


def deliver_rows(run: Run, rows: Sequence[Delivery]) -> Delivered:
    """Bring these deliveries of an approved run as far as they go now."""
    done = Delivered(run)
    for row in rows:
        _one(row, done)
    return done


def conclude(done: Delivered) -> bool:
    """
    Store what became of the run after a pass, in the caller's transaction; False when it has moved on.

    Says nothing where the last confirmation has said it all.
    """
    run = done.run
    if done.is_done or not done.is_decided:
        return True
    begun = (Run.State.APPROVED, Run.State.DELIVERING)
    if done.again_in is not None:
        return change(run.pk, begun, {"tries": run.tries + done.has_failed}, *done.lines)
    states = set(run.deliveries.values_list("state", flat=True))
    if Delivery.State.UNCERTAIN in states:
        unsure = {"state": Run.State.UNCERTAIN, "problem": _unsure(run), "next_step": SAY_WHETHER}
        return change(run.pk, begun, unsure, *done.lines)
    if states & {Delivery.State.FAILED, Delivery.State.INTENT}:
        # It was approved, and goes on from there: asking the AI once more would undo what a person decided.
        held = {"state": Run.State.NEEDS_YOU, "resume_as": Run.State.APPROVED, **_problem(done)}
        return change(run.pk, begun, held, *done.lines)
    if Delivery.State.TRANSMITTING in states:
        return False
    values = {
        "state": Run.State.DONE,
        "finished_at": clock.now(),
        "problem": "",
        "next_step": "",
        "detail": "",
    }
    if not states:
        words = "Whoever handed the record in can fetch it, or is told."
        done.lines.append(said("ok", "The answer is ready to go back", words))
    return change(run.pk, begun, {**values, "waits_for_id": None}, *done.lines)


def _one(row: Delivery, done: Delivered) -> None:
    """Bring one delivery as far as it goes."""
    if row.state not in (Delivery.State.INTENT, Delivery.State.TRANSMITTING):
        return
    action = actions_of(row.connection).get(row.action)
    if action is None:
        return _not_offered(row, done)
    if row.state == Delivery.State.TRANSMITTING:
        _take_over(row, action, done)
        if row.state != Delivery.State.INTENT:
            return
    if row.connection.state == Connection.State.NEEDS_YOU:
        return _refused(row, why_stopped(row.connection), done)
    _send(row, action, done)


def _not_offered(row: Delivery, done: Delivered) -> None:
    """Let a delivery wait whose action is not there any more; one that was begun may have happened."""
    what = f"{row.connection.name} is not allowed to use {row.action} any more."
    if row.state == Delivery.State.TRANSMITTING:
        if ledger.seconds_since_begun(row) < TAKE_OVER_SECONDS:
            return done.again(TAKE_OVER_SECONDS)
        problem = f"{what} It may or may not have arrived. Look in {_app(row)}, then tell us."
        if ledger.set_state(row, Delivery.State.UNCERTAIN, problem=problem):
            done.lines.append(said("bad", f"Sent to {_app(row)}, no answer back", problem))
        return None
    error = InputRejected(
        f"{row.action}: not among the actions",
        app=_app(row),
        owner_message=f"{what} Nothing was sent.",
        next_step="Choose it again at the connection, or say in the integration where answers go instead.",
    )
    return _refused(row, error, done)


def _send(row: Delivery, action: Action, done: Delivered) -> None:
    # Looked at again at this moment: a review can take longer than the app allows.
    too_late = windows.refusal(row.connection, action, row.params)
    if too_late is not None:
        return _refused(row, too_late, done)
    try:
        pace.take_place(row.connection)
    except pace.TooFar:
        return done.again(pace.stand_in_line(row.connection, "deliveries"))
    send_before = time.time() + LEASE_SECONDS
    if not ledger.begin_sending(row):
        # Another worker has it: look again later whether it came through.
        return done.again(TAKE_OVER_SECONDS)
    give_back_connection()
    client = _client(row, done.run)
    client.door.send_before = send_before
    try:
        written = client.perform(row.action, row.params, row.marker)
    except SignoffError as error:
        return _not_written(row, action, error, done)
    pace.worked(row.connection)
    pace.heed(row.connection, client)
    _confirm(row, written, action, done)


def _client(row: Delivery, run: Run) -> Connector:
    """Return the connector of a delivery, in the version of the app's API that its integration asks for."""
    return client_for(row.connection, definition_of(run.version_id)[0].version_for(row.connection.name))


def _not_written(row: Delivery, action: Action, error: SignoffError, done: Delivered) -> None:
    """Decide by the error's family how a delivery goes on that was not confirmed."""
    if isinstance(error, OutcomeUnknown) and action.repeatable:
        if done.is_last_try:
            return _given_up(row, "does not answer", "answers again", done)
        ledger.set_state(row, Delivery.State.INTENT, problem=error.owner_message)
        return done.try_again(None)
    if isinstance(error, OutcomeUnknown):
        # Asked at once, the app may not have finished yet. We come back and ask when nothing can be on its way.
        words = "We ask it whether it has it before we go on."
        done.lines.append(said("warn", f"{_app(row)} did not answer", words))
        return done.again(TAKE_OVER_SECONDS)
    if isinstance(error, RateLimited):
        named = error.retry_after_seconds
        if error.of_one and named is None and done.is_last_try:
            return _given_up(row, "takes nothing more for this recipient", "takes more for them", done)
        ledger.set_state(row, Delivery.State.INTENT, problem=error.owner_message if error.of_one else "")
        if error.of_one:  # who names the time has not failed: it is to be waited for
            return done.try_again(4.0 ** min(done.run.tries, 4)) if named is None else done.again(named)
        wait = named or pace.SLOW_DOWN_SECONDS
        return done.again(pace.hold(row.connection, wait, "asked us to slow down"))
    if isinstance(error, Unavailable):
        if done.is_last_try:
            return _given_up(row, "cannot be reached", "is reachable", done)
        ledger.set_state(row, Delivery.State.INTENT, problem=error.owner_message)
        pace.hold(row.connection, error.retry_after_seconds, "cannot be reached")
        return done.try_again(error.retry_after_seconds)
    return _refused(row, error, done)


def _given_up(row: Delivery, what: str, until: str, done: Delivered) -> None:
    """Let a delivery that may be sent anew wait for a person, after as many tries as there are."""
    away = f"{_app(row)} {what}, and we have stopped trying. Nothing is lost."
    ledger.set_state(row, Delivery.State.INTENT, problem=away)
    done.held(away, f"Press Try again when {_app(row)} {until}.")


def _take_over(row: Delivery, action: Action, done: Delivered) -> None:
    """Find out what became of a delivery whose worker is gone; `row.state` says how it stands afterwards."""
    age = ledger.seconds_since_begun(row)
    if 0 <= age < TAKE_OVER_SECONDS:
        return done.again(TAKE_OVER_SECONDS - age + 0.1)
    if action.repeatable:
        ledger.set_state(row, Delivery.State.INTENT)
        return None
    intent = Intent(row.action, row.params, row.marker, row.started_at or done.run.received_at)
    try:
        pace.take_place(row.connection)
        outcome = _client(row, done.run).reconcile(intent)
    except pace.TooFar:
        return done.again(pace.stand_in_line(row.connection, "deliveries"))
    except Unavailable as error:
        if not done.is_last_try:
            return done.try_again(error.retry_after_seconds)
        outcome = Unknown(str(error))
    except SignoffError as error:
        if isinstance(error, OWNERS):
            needs_sign_in(row.connection, error)
        outcome = Unknown(str(error))
    match outcome:
        case Sent(external_id):
            words = "It was not sent twice."
            done.lines.append(said("info", f"Asked {_app(row)} whether it arrived: yes", words))
            _confirm(row, Written(id=external_id), action, done)
        case NotSent():
            if ledger.set_state(row, Delivery.State.INTENT):
                words = "So we send it now."
                done.lines.append(said("info", f"Asked {_app(row)} whether it arrived: no", words))
        case Unknown():
            problem = (
                f"{_app(row)} did not answer. It may or may not have arrived, and we have not sent it again. "
                + (
                    f"If it has, {_app(row)} tells us, and this goes on by itself. "
                    if tells_later(row)
                    else ""
                )
                + f"Look in {_app(row)}, then tell us."
            )
            if ledger.set_state(row, Delivery.State.UNCERTAIN, problem=problem):
                done.lines.append(said("bad", f"Sent to {_app(row)}, no answer back", problem))


def tells_later(row: Delivery) -> bool:
    """Say whether the app tells us later, by itself, what became of something we sent."""
    return connector_class(row.connection.app).receipts.__func__ is not Connector.receipts.__func__  # type: ignore[attr-defined]


def _refused(row: Delivery, error: SignoffError, done: Delivered) -> None:
    """Let a delivery wait for whoever can put it right; nothing was written at the app."""
    waits_for = None
    if isinstance(error, OWNERS):
        waits_for = row.connection
        if row.connection.state != Connection.State.NEEDS_YOU:
            needs_sign_in(row.connection, error)
    ledger.set_state(row, Delivery.State.FAILED, problem=f"{error.owner_message} {error.next_step}")
    detail = f"{type(error).__name__}: {error}"
    Run.objects.filter(pk=row.run_id).update(detail=detail, resume_as="approved", waits_for=waits_for)
    done.held(error.owner_message, error.next_step)


def _confirm(row: Delivery, written: Written, action: Action, done: Delivered) -> None:
    line = said("ok", f"{_app(row)}: {action.label}", written.note or "Done, and confirmed by the app.")
    done.is_done = ledger.confirm(row, written, [*done.lines, line])
    done.lines.clear()


def _unsure(run: Run) -> str:
    """Return what is not known of a run's deliveries."""
    rows = run.deliveries.filter(state=Delivery.State.UNCERTAIN).order_by("position")
    return rows.values_list("problem", flat=True).first() or ""


def _problem(done: Delivered) -> dict[str, Any]:
    """Return what keeps a run from being done, and what its owner does about it."""
    if done.why is not None:
        return {"problem": done.why[0], "next_step": done.why[1]}
    problems = done.run.deliveries.exclude(problem="").values_list("problem", flat=True)
    return {"problem": problems[0] if problems else "", "next_step": "Open the run and press Try again."}


def _app(row: Delivery) -> str:
    return manifests()[row.connection.app].name
