"""A text that the app has approved, in place of an answer that came too late: when, and which there are."""

from __future__ import annotations

from signoff.connections.choosing import actions_of
from signoff.connections.client import client_for
from signoff.connections.models import Connection
from signoff.connectors.base import Approved
from signoff.connectors.registry import manifests
from signoff.pacing import pace
from signoff.runs.models import Delivery, Run


def can_be_replaced(delivery: Delivery, run: Run) -> bool:
    """Say whether an approved text may be sent in place of what a delivery could not send."""
    if delivery.state != Delivery.State.FAILED or run.state != Run.State.NEEDS_YOU:
        return False
    if delivery.connection.app not in manifests():
        return False
    action = actions_of(delivery.connection).get(delivery.action)
    return action is not None and action.window is not None


def approved(connection: Connection) -> list[Approved]:
    """Return the texts that the app has approved for this account. Raises the four error families."""
    try:
        pace.take_place(connection)
    except pace.TooFar:
        pass  # a person waits, and one question more is no burst
    return client_for(connection).approved()
