"""What an app tells us: the triggers it has, their events, page by page, and the records and files behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Trigger:
    """
    Something the app can tell us about: `name` is what stands behind `when:` in an integration file.

    `pushed`: the app tells us by itself, at the integration's address (`receive`). We then do not ask it
    (`changes`), unless it is `also_polled`: what the app forgot to tell is found, and told twice it is one run.
    `needs` are the permissions that the key must have for it, as with an action. `whole`: asked for what is new, the
    app tells the records too, rather than only that they are there (`Event.to_read`).
    """

    name: str
    label: str
    object: str
    fields: tuple[str, ...] = field(default_factory=tuple)
    pushed: bool = False
    also_polled: bool = False
    needs: tuple[str, ...] = ()
    whole: bool = True

    @property
    def polled(self) -> bool:
        """Say whether the app is asked for it."""
        return self.also_polled or not self.pushed


@dataclass(frozen=True)
class Event:
    """
    One thing that happened at an app and starts a run.

    `key` is the same whenever the same thing is told again (the vendor's event id, else made from the
    object and the content that matters). `label` is who or what it is about, as a person would say it.

    `to_read`: the app told us no more than that it happened, so the run begins by reading its record (`read`).
    `parties` are the app's names for who sent it, where the app lets us answer only for a while (`Window`).
    """

    key: str
    object_id: str
    record: Record
    label: str
    occurred_at: datetime | None = None
    to_read: bool = False
    parties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page of events and the cursor to ask with next time. `more`: ask again at once."""

    events: tuple[Event, ...]
    cursor: str
    more: bool = False


@dataclass(frozen=True)
class File:
    """A file at the app, whole."""

    media_type: str
    content: bytes = field(repr=False)
    name: str = ""
