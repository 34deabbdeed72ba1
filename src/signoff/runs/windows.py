"""
How long somebody may still be answered freely, where an app sets a time for it.

Kept is only when somebody last wrote to a connection, under a hash of the app's name for them, for a few days.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection as db

from signoff.connections.models import Connection
from signoff.connectors.base import Action, Event
from signoff.connectors.registry import connector_class, manifests
from signoff.core import clock
from signoff.core.errors import SignoffError, WindowClosed
from signoff.runs.models import LastWord

# An answer that leaves in the last moment can come too late, and two clocks never agree to the second.
MARGIN = timedelta(minutes=2)
KEEP = timedelta(days=7)


def heard(connection: Connection, events: Iterable[Event]) -> None:
    """Note when somebody wrote to a connection, in the caller's transaction; what is told late changes nothing."""
    latest: dict[str, datetime] = {}
    for event in events:
        if event.occurred_at is None:
            continue
        for party in event.parties:
            key = _key(connection, party)
            latest[key] = max(latest.get(key, event.occurred_at), event.occurred_at)
    if not latest:
        return
    rows = [(connection.pk, key, latest[key]) for key in sorted(latest)]
    with db.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO runs_lastword AS word (connection_id, whom, at) VALUES (%s, %s, %s) "
            "ON CONFLICT (connection_id, whom) DO UPDATE SET at = GREATEST(word.at, EXCLUDED.at)",
            rows,
        )


def closes_at(connection: Connection, action: Action, params: Mapping[str, Any]) -> datetime | None:
    """
    Return until when an action is allowed; None where the app sets no time for it, or nobody was heard of.

    `params` are plain data. Raises `InputRejected` when they do not fit the action.
    """
    if action.window is None:
        return None
    parsed = connector_class(connection.app).parse(action, params)
    whom = _key(connection, str(getattr(parsed, action.window.whom)))
    at = LastWord.objects.filter(connection=connection, whom=whom).values_list("at", flat=True).first()
    return None if at is None else at + action.window.lasts


def refusal(connection: Connection, action: Action, params: Mapping[str, Any]) -> SignoffError | None:
    """Return why an action is not allowed at this moment, None where it is."""
    if action.window is None:
        return None
    try:
        end = closes_at(connection, action, params)
    except SignoffError as error:
        return error
    if end is not None and clock.now() < end - MARGIN:
        return None
    hours = round(action.window.lasts.total_seconds() / 3600)
    when = "and no message of theirs has come to us" if end is None else "and that time is over"
    return WindowClosed(
        f"{connection.app}.{action.name}: the window has closed"
        if end
        else f"{connection.app}.{action.name}: nobody was heard of",
        app=manifests()[connection.app].name,
        owner_message=f"{{app}} allows a free message only within {hours} hours of the customer's last one, {when}. "
        "Nothing was sent.",
        next_step="Open the run and choose an approved template to send instead.",
    )


def forget_old() -> int:
    """Forget who wrote so long ago that it opens nothing any more; returns how many."""
    count, _ = LastWord.objects.filter(at__lt=clock.now() - KEEP).delete()
    return count


def _key(connection: Connection, party: str) -> str:
    return hashlib.sha256(f"{connection.pk}:{party}".encode()).hexdigest()
