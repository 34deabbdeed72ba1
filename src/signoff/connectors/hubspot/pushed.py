"""
What HubSpot tells us by itself: arrays of events, signed, up to a hundred at a time, in any order and at times twice.

An event says no more than which record it is about, so the record is read when its run begins. New records are told
this way; what changes is found by asking, because HubSpot tells each field by itself and does not say which run of
ours has seen it. Source: https://developers.hubspot.com/docs/api-reference/latest/webhooks
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from signoff.connectors.base import Event
from signoff.connectors.hubspot.polled import Watch, key_of
from signoff.connectors.push import Push, Unreadable
from signoff.connectors.shapes import member, whole_number


def receive(push: Push, watch: Watch) -> list[Event]:
    """Return the new records of this kind that a request tells of, each once, for the account in `push`."""
    found = {}
    for told in _events(push):
        id = str(member(told, "objectId") or "")
        ours = str(member(told, "portalId")) == push.account_id
        if ours and id.isdigit() and _is_new(told, watch):
            found[id] = Event(key_of(watch, id), id, {"id": id}, "", _moment(told), to_read=True)
    return list(found.values())


def _events(push: Push) -> Iterator[Any]:
    said = push.json()
    if not isinstance(said, list):
        raise Unreadable("HubSpot sends a list of events, and this is none.")
    yield from (told for told in said if isinstance(told, dict))


def _is_new(told: Any, watch: Watch) -> bool:
    """Say whether an event is about a new record of this kind, in HubSpot's older words or its newer ones."""
    type = member(told, "subscriptionType")
    if type == "object.creation":
        return bool(member(told, "objectTypeId") == watch.kind.type_id)
    return bool(type == f"{watch.kind.name}.creation")


def _moment(told: Any) -> datetime | None:
    millis = whole_number(member(told, "occurredAt"), 0)
    try:
        return datetime.fromtimestamp(millis / 1000, UTC) if millis else None
    except (ValueError, OverflowError, OSError):
        return None
