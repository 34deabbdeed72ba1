"""Until when a connection works, by what the app says and by what its vendor does with every key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from signoff.connections.client import manifest_of
from signoff.connections.models import Connection
from signoff.connectors.manifest import Life
from signoff.connectors.registry import manifests
from signoff.core import clock

SOON = timedelta(days=30)
PERHAPS_SOON = timedelta(days=3)
IDLE = timedelta(days=7)  # so long without a good answer before a rule about unused keys is spoken of


@dataclass(frozen=True)
class End:
    """
    The end of a connection. `is_certain`: the app has named it; else it is a rule of its vendor that may not apply.

    `why` and `what_next` are for the owner, and empty where the date says it all.
    """

    at: datetime
    is_certain: bool = True
    why: str = ""
    what_next: str = ""

    def is_soon(self) -> bool:
        """Say whether it is time to do something: a month before, or three days where it may not come at all."""
        return self.at - clock.now() < (SOON if self.is_certain else PERHAPS_SOON)


def ends_on(connection: Connection) -> End | None:
    """
    Return the earliest end that is known of a connection, None where none is known.

    A vendor's rules are those of its own servers: they say nothing of another provider at another address.
    """
    ends = [End(at) for at in (connection.ends_at, connection.sign_in_ends_at) if at is not None]
    manifest = manifest_of(connection) if connection.app in manifests() else None
    for life in manifest.auth.lives if manifest and not connection.base_url else ():
        end = _by_rule(connection, life)
        if end is not None:
            ends.append(end)
    return min(ends, key=lambda end: end.at, default=None)


def _by_rule(connection: Connection, life: Life) -> End | None:
    """Return the end that a vendor's rule sets, None where it does not apply."""
    if any(connection.settings.get(name) in values for name, values in life.unless.items()):
        return None
    worked_at = connection.checked_at or connection.key_since
    if life.since == "use":
        if clock.now() - worked_at < IDLE:
            return None
        return End(worked_at + timedelta(days=life.days), False, life.why, life.what_next)
    at = connection.key_since + timedelta(days=life.days)
    if worked_at > at:
        return None  # it has outlived the rule
    return End(at, False, life.why, life.what_next)
