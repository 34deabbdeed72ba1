"""
When each connection is asked whether it works: every quarter of an hour, before work, and soon after a refusal.

The row says when, and whoever claims it asks; any number of workers do it once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from signoff.connections.models import Connection, Watch
from signoff.connectors.registry import manifests
from signoff.core import clock

EVERY = timedelta(minutes=15)
AFTER_A_REFUSAL = timedelta(minutes=1)
AFTER_ANOTHER = timedelta(minutes=5)  # the app says that the key works, and refuses what we do with it
FRESH = timedelta(minutes=5)  # before work it is asked if it was not asked for so long
CLAIM_FOR = timedelta(minutes=3)  # longer than a check can take
SELDOM_SECONDS = 30.0  # in one process: a burst of records asks the database once in so long
MOST_LOOKED_AT = 20  # others may claim them first


def begin(connection: Connection) -> None:
    """Watch a connection that has just been tested."""
    due = {"due_at": clock.now() + EVERY, "before_work": False, "claimed_until": None}
    Watch.objects.update_or_create(connection=connection, defaults=due)


def watch_all() -> None:
    """Watch the connections that nobody watches (one made by an older Signoff, a row that was lost)."""
    for row in Connection.objects.filter(watch=None):
        Watch.objects.get_or_create(connection=row)


def due() -> Watch | None:
    """
    Claim a connection whose time has come, the longest due first; None where there is none. Then say `asked`.

    Where nobody can be asked, what a delivery found out holds until the owner says otherwise.
    """
    now = clock.now()
    silent = [app for app, manifest in manifests().items() if not manifest.auth.can_be_asked]
    free = Watch.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now), due_at__lte=now)
    ready = free.exclude(connection__app__in=silent).select_related("connection").order_by("due_at")
    for one in ready[:MOST_LOOKED_AT]:
        # By the row's own columns only: of two that claim it at once, the second then sees the first one's claim.
        if free.filter(pk=one.pk).update(claimed_until=now + CLAIM_FOR):
            one.claimed_until = now + CLAIM_FOR
            return one
    return None


def asked(claimed: Watch, connection: Connection) -> None:
    """Say that a claimed connection was asked, and how it is now; what made it due meanwhile still counts."""
    wait = EVERY if connection.state == Connection.State.WORKING else AFTER_A_REFUSAL
    mine = Watch.objects.filter(pk=claimed.pk, claimed_until=claimed.claimed_until)
    mine.filter(due_at=claimed.due_at).update(due_at=clock.now() + wait, before_work=False)
    mine.update(claimed_until=None)


def before_work(names: Iterable[str]) -> None:
    """Have connections asked now because work has come for them, unless they were asked a moment ago."""
    now = time.monotonic()
    with _lock:
        wanted = [name for name in names if name not in _looked or now - _looked[name] > SELDOM_SECONDS]
        _looked.update(dict.fromkeys(wanted, now))
    if not wanted:
        return
    stale = Q(connection__checked_at=None) | Q(connection__checked_at__lt=clock.now() - FRESH)
    Watch.objects.filter(stale, connection__name__in=wanted).update(due_at=clock.now(), before_work=True)


def look_now(connection: Connection) -> None:
    """Have a connection asked now."""
    _due(connection, clock.now())


def again_soon(connection: Connection) -> None:
    """Have a connection asked soon that has just been refused: by itself it may be mended at any moment."""
    mended = Connection.objects.filter(pk=connection.pk).values_list("mended_at", flat=True).first()
    now = clock.now()
    again = mended is not None and mended > now - AFTER_ANOTHER
    _due(connection, now + (AFTER_ANOTHER if again else AFTER_A_REFUSAL))


def forget_all() -> None:
    """Forget for whom work has come lately (a test's database is another one each time)."""
    with _lock:
        _looked.clear()


def _due(connection: Connection, at: datetime) -> None:
    Watch.objects.filter(pk=connection.pk, due_at__gt=at).update(due_at=at)


_looked: dict[str, float] = {}
_lock = threading.Lock()
