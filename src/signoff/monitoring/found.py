"""One matter that is so at this moment, and who finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from signoff.connections.models import Connection
from signoff.connectors.registry import app_name
from signoff.monitoring.models import Notice, Urgency

MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Found:
    """One matter that is so at this moment; the fields are those of a `Notice`."""

    key: str
    urgency: Urgency
    subject: str
    title: str
    text: str
    button: str = ""
    address: str = ""
    waiting: int = 0
    step: int = 0
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Source:
    """Who finds matters whose keys begin with `scope`, and says of one that is over how it ended."""

    scope: str
    find: Callable[[], Iterable[Found]]
    over: Callable[[Notice], str]


def app_of(row: Connection) -> str:
    """Return the name of a connection's app as its owner knows it."""
    return app_name(row.app)


def pk_of(notice: Notice) -> int:
    """Return the number of the row that a notice is about, which ends its key."""
    return int(notice.key.rpartition(":")[2])
