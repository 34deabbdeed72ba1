"""
What a person says of a delivery: that it was sent or was not, what goes out instead, and that it is tried again.

Every verb is a part of the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from signoff.connections.choosing import actions_of
from signoff.connectors.base import Approved
from signoff.connectors.registry import connector_class, manifests
from signoff.core import clock
from signoff.runs.change import change, said
from signoff.runs.models import Delivery, Run


def settle(delivery_id: int, was_sent: bool, who: str) -> Run | None:
    """
    Take a person's word on an uncertain delivery: it was sent, or it was not and goes out again.

    Part of the caller's transaction. Returns the run, or None if the delivery is not uncertain (any more).
    """
    row = Delivery.objects.select_related("run", "connection").filter(pk=delivery_id).first()
    if row is None:
        return None
    state = Delivery.State.CONFIRMED if was_sent else Delivery.State.INTENT
    finished_at = clock.now() if was_sent else None
    if not Delivery.objects.filter(pk=row.pk, state=Delivery.State.UNCERTAIN).update(
        problem="", state=state, finished_at=finished_at
    ):
        return None
    app = manifests()[row.connection.app].name
    if was_sent:
        line = said("ok", f"{who} looked in {app}: it was sent")
    else:
        line = said("info", f"{who} looked in {app}: it was not sent, so we send it again")
    left = Delivery.objects.filter(run=row.run, state=Delivery.State.UNCERTAIN).exists()
    after = Run.State.UNCERTAIN if left else Run.State.APPROVED
    change(
        row.run_id, "uncertain", {"state": after, "problem": "", "next_step": "", "deliver_at": None}, line
    )
    row.run.refresh_from_db()
    return row.run


def put_instead(delivery_id: int, approved: Approved, values: Sequence[str], who: str) -> Run | None:
    """
    Let one of the app's approved texts go out instead of a free one that came too late.

    Part of the caller's transaction. Returns the run, or None if the delivery does not wait for that (any more).
    Raises `InputRejected` when a blank is not filled as the app wants it.
    """
    row = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("run", "connection")
        .filter(pk=delivery_id, state=Delivery.State.FAILED)
        .first()
    )
    actions = actions_of(row.connection) if row else {}
    window = actions[row.action].window if row and row.action in actions else None
    if row is None or window is None or row.run.state != Run.State.NEEDS_YOU:
        return None
    params = {window.whom: row.params[window.whom], window.choose: approved.key, window.fill: list(values)}
    connector_class(row.connection.app).parse(actions[window.instead], params)
    Delivery.objects.filter(pk=row.pk).update(
        state=Delivery.State.INTENT, action=window.instead, params=params, problem="", receipt=""
    )
    goes_on = {
        "state": Run.State.APPROVED,
        "problem": "",
        "next_step": "",
        "detail": "",
        "waits_for_id": None,
    }
    line = said("info", f"{who} chose the template “{approved.label}” instead", approved.filled(values))
    if not change(row.run_id, "needs you", {**goes_on, "tries": 0, "finished_at": None}, line):
        raise LookupError("the run moved on while its row was locked")
    row.run.refresh_from_db()
    return row.run


def retry_failed(run: Run) -> int:
    """Make a run's refused deliveries ready to be sent again, in the caller's transaction."""
    return Delivery.objects.filter(run=run, state=Delivery.State.FAILED).update(
        state=Delivery.State.INTENT, problem="", receipt=""
    )
