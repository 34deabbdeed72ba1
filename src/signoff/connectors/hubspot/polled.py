"""
What is new, changed or moved at HubSpot, found by asking.

Search copies lag behind and turn up late and out of order, so passes overlap, and what is found is read again by its
id. "Modified" does not mean that anything of ours changed: any calculated property, note or write of our own raises
the stamp. A change counts when one of the fields that the integration reads got a new value since, by the history
that HubSpot keeps, and when it was not we who wrote it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from signoff.connectors.base import Event, Page, Record
from signoff.connectors.hubspot.answers import id_of, moment_of, property_of
from signoff.connectors.hubspot.asking import BATCH, BATCH_WITH_HISTORY, Asking
from signoff.connectors.hubspot.kinds import KINDS, OTHERWISE, Kind
from signoff.connectors.polling import Place, millis
from signoff.connectors.shapes import items, member
from signoff.core.clock import now

CREATED: Final = "createdate"
STAGE: Final = "dealstage"


@dataclass(frozen=True)
class Watch:
    """What a trigger looks for: records of a kind that are new, changed, or (deals) moved to another stage."""

    trigger: str
    kind: Kind
    what: Literal["created", "changed", "moved"]

    @property
    def stamp(self) -> str:
        return CREATED if self.what == "created" else self.kind.stamp


@dataclass(frozen=True)
class Entry:
    """One value that a property once got. `source` and `source_id` say who wrote it."""

    name: str
    value: str
    at: int
    source: str
    source_id: str


def changes(
    asking: Asking,
    watch: Watch,
    cursor: str | None,
    fields: Sequence[str],
    overlap: timedelta,
    settled: timedelta,
) -> Page:
    """Return what happened since the cursor; see `Connector.changes`."""
    moment = now()
    if cursor is None:
        return Page((), Place.first(moment).write())
    place = Place.read(cursor).begun(moment, overlap, settled)
    if place.high <= place.low:
        return Page((), cursor)
    size = BATCH if watch.what == "created" else BATCH_WITH_HISTORY
    found = asking.search(watch.kind.path, _question(watch.stamp, place, size))
    stamps = [(millis(moment_of(property_of(item, watch.stamp))), int(id_of(item))) for item in found]
    following, more = place.after(stamps, size)
    told = list(_read(asking, watch, [id_of(item) for item in found], fields, place.low))
    _tie(asking, watch.kind, [item for item, _ in told], fields)
    events = tuple(_event(watch, item, entry, fields) for item, entry in told)
    return Page(events, following.write(), more)


def read(asking: Asking, kind: Kind, id: str, fields: Sequence[str]) -> Record | None:
    """Return one record as it is now, or None when it is gone."""
    found = list(asking.records(kind.path, [id], _properties(None, kind, fields)))
    _tie(asking, kind, found, fields)
    return record_of(kind, found[0], fields) if found else None


def latest(asking: Asking, watch: Watch, most: int) -> list[Event]:
    """Return the latest records of a kind, the newest first; see `Connector.latest`."""
    question = {
        "sorts": [{"propertyName": watch.stamp, "direction": "DESCENDING"}],
        "properties": _properties(None, watch.kind, ()),
        "limit": most,
    }
    found = asking.search(watch.kind.path, question)
    return [
        Event(key_of(watch, id_of(item)), id_of(item), {"id": id_of(item)}, label_of(watch.kind, item))
        for item in found
    ]


def record_of(kind: Kind, item: Any, fields: Sequence[str]) -> Record:
    values = member(item, "properties") or {}
    names = fields or [name for name in values if not name.startswith("hs_")]
    linked = member(item, "linked") or {}
    return {"id": id_of(item)} | {
        name: linked.get(name) if _other(kind, name) else values.get(name) for name in names if name != "id"
    }


def label_of(kind: Kind, item: Any) -> str:
    """Return who or what a record is, as a person would say it."""
    names = [str(property_of(item, part) or "").strip() for part in kind.names]
    otherwise = property_of(item, OTHERWISE.get(kind.name, ""))
    return " ".join(name for name in names if name) or str(otherwise or f"{kind.name} {id_of(item)}")


def key_of(watch: Watch, id: str) -> str:
    """Return the key of a new record's event, however we heard of it."""
    return f"{watch.trigger}:{id}"


# Asking


def _question(stamp: str, place: Place, size: int) -> dict[str, Any]:
    """Return the question for the next records by their stamp; always for a first page, so no limit of 10,000."""
    if place.tie is None:
        filters = [
            {"propertyName": stamp, "operator": "GTE", "value": str(place.at)},
            {"propertyName": stamp, "operator": "LT", "value": str(place.high)},
        ]
        order = stamp
    else:
        filters = [
            {"propertyName": stamp, "operator": "EQ", "value": str(place.at)},
            {"propertyName": "hs_object_id", "operator": "GT", "value": str(place.tie)},
        ]
        order = "hs_object_id"
    return {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": order, "direction": "ASCENDING"}],
        "properties": [stamp],
        "limit": size,
    }


def _properties(watch: Watch | None, kind: Kind, fields: Sequence[str]) -> list[str]:
    otherwise = OTHERWISE.get(kind.name)
    own = [name for name in fields if not _other(kind, name)]
    moved = [STAGE] if watch and watch.what == "moved" else []
    return list(dict.fromkeys([*own, *kind.names, *([otherwise] if otherwise else ()), *moved, CREATED]))


def _read(
    asking: Asking, watch: Watch, ids: Sequence[str], fields: Sequence[str], since: int
) -> Iterator[tuple[Any, Entry | None]]:
    """Return the records that the trigger tells of, each with the change that it is about."""
    wanted = _properties(watch, watch.kind, fields)
    if watch.what == "created":
        for item in asking.records(watch.kind.path, ids, wanted):
            yield item, None
        return
    looked_at = (
        [STAGE] if watch.what == "moved" else [name for name in wanted if name in fields or not fields]
    )
    us: str | None = None
    asked = False
    for item in asking.records(watch.kind.path, ids, wanted, looked_at):
        history = member(item, "propertiesWithHistory")
        if not isinstance(history, Mapping):  # not told: then what it is now says whether it is new to us
            yield item, None
            continue
        entries = [entry for entry in _entries(history, looked_at) if entry.at >= since]
        if any(entry.source == "INTEGRATION" for entry in entries) and not asked:
            us, asked = asking.app_id(), True
        theirs = [e for e in entries if us is None or (e.source, e.source_id) != ("INTEGRATION", us)]
        if theirs:
            yield item, max(theirs, key=lambda entry: entry.at)


def _entries(history: Mapping[str, Any], names: Sequence[str]) -> Iterator[Entry]:
    for name in names:
        for told in items(history.get(name)):
            stamp = member(told, "timestamp")
            if stamp:
                source, id = str(member(told, "sourceType")), str(member(told, "sourceId"))
                yield Entry(name, str(member(told, "value") or ""), millis(moment_of(stamp)), source, id)


def _tie(asking: Asking, kind: Kind, found: Sequence[Any], fields: Sequence[str]) -> None:
    """Put into the records what the fields ask of the contact or company that belongs to each."""
    for other in KINDS.values():
        names = [name for name in fields if _other(kind, name) == other]
        if not names or not found:
            continue
        first = asking.first_tied(kind, [id_of(item) for item in found], other)
        properties = [name.partition(".")[2] for name in names]
        theirs = {id_of(one): one for one in asking.records(other.path, first.values(), properties)}
        for item in found:
            one = theirs.get(first.get(id_of(item), ""))
            linked = item.setdefault("linked", {})
            for name, property in zip(names, properties, strict=True):
                linked[name] = (
                    (id_of(one) if property == "id" else property_of(one, property)) if one else None
                )


def _other(kind: Kind, field: str) -> Kind | None:
    """Return the kind of record that a field belongs to, where it is another one: "company.name" of a deal."""
    other = KINDS.get(field.partition(".")[0]) if "." in field else None
    return None if other == kind else other


# Telling


def _event(watch: Watch, item: Any, entry: Entry | None, fields: Sequence[str]) -> Event:
    kind, record = watch.kind, record_of(watch.kind, item, fields)
    key = key_of(watch, record["id"])
    if entry is not None:
        # The same value can come back, so what makes it another event is when it was written.
        key = f"{key}:{entry.value}:{entry.at}" if watch.what == "moved" else f"{key}:{entry.at}"
        at: datetime | None = datetime.fromtimestamp(entry.at / 1000, UTC)
    else:
        if watch.what == "moved":
            key = f"{key}:{property_of(item, STAGE)}"
        elif watch.what == "changed":
            content = json.dumps(record, sort_keys=True, ensure_ascii=False)
            key = f"{key}:{hashlib.sha256(content.encode()).hexdigest()[:16]}"
        stamp = property_of(item, CREATED)
        at = moment_of(stamp) if stamp else None
    return Event(key, record["id"], record, label_of(kind, item), at)
