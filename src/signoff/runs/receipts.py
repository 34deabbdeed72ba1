"""
What an app tells us later of something we sent: an unsure delivery becomes a fact.

A receipt comes twice, late, and before the answer to the sending itself. So each is held against the row as it is
at that moment, and what it cannot add is left alone. Nothing is ever sent again because of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Literal

from signoff.connections.models import Connection
from signoff.connections.standing import OWNERS, needs_sign_in
from signoff.connectors.base import Receipt
from signoff.connectors.registry import manifests
from signoff.core import clock
from signoff.core.errors import InputRejected
from signoff.runs.change import change, said
from signoff.runs.models import Delivery, Run

MARKER = re.compile(r"so-\d+-\d+-[0-9a-f]{8}")
ORDER = ("", "sent", "delivered", "read")
CLOCKS_DIFFER_BY = timedelta(seconds=5)
WORDS = {"sent": "it was sent", "delivered": "it has arrived", "read": "it was read"}


def take(connection: Connection, receipts: Iterable[Receipt]) -> tuple[list[int], int]:
    """
    Note what the app says of deliveries of this connection, in the caller's transaction.

    Returns the runs that can go on now, and how many receipts told something new.
    """
    mine = [receipt for receipt in receipts if MARKER.fullmatch(receipt.marker)]
    # In one order everywhere: two requests that name the same deliveries wait for each other, and never in a circle.
    mine.sort(key=lambda receipt: (receipt.marker, receipt.at))
    ids: list[int] = []
    count = 0
    for receipt in mine:
        row = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("run")
            .filter(connection=connection, marker=receipt.marker)
            .first()
        )
        step = None if row is None else what_follows(row, receipt)
        if row is None or step is None:
            continue
        count += 1
        if step == "note":
            _note(row, receipt)
        elif step == "confirm":
            _confirm(row, receipt)
            ids.append(row.run_id)
        else:
            _fail(row, receipt)
            ids.append(row.run_id)
    return list(dict.fromkeys(ids)), count


def what_follows(row: Delivery, receipt: Receipt) -> Literal["confirm", "fail", "note"] | None:
    """Return what a receipt changes in a delivery as it is now; None: nothing (any more). Pure."""
    State = Delivery.State
    if row.attempt == 0 or row.state == State.SKIPPED:
        return None
    failed = receipt.state == "failed"
    if row.state == State.CONFIRMED:
        if row.external_id and receipt.external_id != row.external_id:
            return None  # of an earlier attempt
        if failed:
            return None if row.receipt in ("delivered", "read") else "fail"
        return "note" if ORDER.index(receipt.state) > ORDER.index(row.receipt) else None
    if row.state == State.FAILED:
        # What the app has told us to have failed stays so: "sent" often comes before it, and may arrive after it.
        return None if failed or row.receipt == "failed" else "confirm"
    if row.external_id and _is_of_an_earlier_attempt(row, receipt):
        return None
    if failed:
        return None if row.state == State.INTENT else "fail"
    return "confirm"


def _is_of_an_earlier_attempt(row: Delivery, receipt: Receipt) -> bool:
    """Say whether a receipt is of an attempt that failed before this one; `external_id` is still that one's."""
    if receipt.external_id == row.external_id:
        return True
    return row.started_at is not None and receipt.at < row.started_at - CLOCKS_DIFFER_BY


def _note(row: Delivery, receipt: Receipt) -> None:
    Delivery.objects.filter(pk=row.pk).update(
        receipt=receipt.state, external_id=receipt.external_id[:200] or row.external_id
    )
    if receipt.state != "sent":  # that it was sent stands there already
        change(row.run_id, tuple(Run.State.values), {}, _said(row, receipt))


def _confirm(row: Delivery, receipt: Receipt) -> None:
    Delivery.objects.filter(pk=row.pk).update(
        state=Delivery.State.CONFIRMED,
        external_id=receipt.external_id[:200],
        receipt=receipt.state,
        problem="",
        finished_at=clock.now(),
    )
    values: dict[str, Any] = {}
    open_states = (Delivery.State.UNCERTAIN, Delivery.State.FAILED)
    others = Delivery.objects.filter(run=row.run_id, state__in=open_states)
    if row.run.state in (Run.State.UNCERTAIN, Run.State.NEEDS_YOU) and not others.exists():
        values = {
            "state": Run.State.APPROVED,
            "problem": "",
            "next_step": "",
            "detail": "",
            "deliver_at": None,
        }
        values["waits_for_id"] = None
    change(row.run_id, row.run.state, values, _said(row, receipt))


def _fail(row: Delivery, receipt: Receipt) -> None:
    app = manifests()[row.connection.app].name
    why = receipt.why or InputRejected(
        "the app says that it failed",
        app=app,
        owner_message="{app} could not deliver it, and does not say why.",
        next_step="Look in {app}, then press Try again.",
    )
    Delivery.objects.filter(pk=row.pk).update(
        state=Delivery.State.FAILED,
        external_id=receipt.external_id[:200],
        receipt="failed",
        problem=f"{why.owner_message} {why.next_step}",
        finished_at=clock.now(),
    )
    line = said("bad", why.owner_message, why.next_step, at=receipt.at)
    if row.run.erased_at is not None:  # it holds nothing any more that could be sent again
        change(row.run_id, row.run.state, {}, line)
        return
    waits_for = None
    if isinstance(why, OWNERS):
        waits_for = row.connection_id
        needs_sign_in(row.connection, why)
    values: dict[str, Any] = {
        "problem": why.owner_message,
        "next_step": why.next_step,
        "detail": f"{type(why).__name__}: {why}",
        "resume_as": "approved",
        "waits_for_id": waits_for,
        "finished_at": None,
    }
    still_unsure = Delivery.objects.filter(run=row.run_id, state=Delivery.State.UNCERTAIN).exists()
    if row.run.state in (Run.State.DONE, Run.State.UNCERTAIN) and not still_unsure:
        values["state"] = Run.State.NEEDS_YOU
    change(row.run_id, row.run.state, values, line)


def _said(row: Delivery, receipt: Receipt) -> dict[str, Any]:
    return said("ok", f"{manifests()[row.connection.app].name} says: {WORDS[receipt.state]}", at=receipt.at)
