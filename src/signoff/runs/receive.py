"""Receiving: an event is stored before it is acknowledged, and the same event twice is one run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from signoff.connections import watch
from signoff.connectors.base import Event, Record
from signoff.core import clock
from signoff.integrations.definition import definition_of
from signoff.integrations.models import Integration
from signoff.integrations.references import look_up
from signoff.runs.change import said
from signoff.runs.models import Run
from signoff.runs.pictures import keep, taken_out

LABEL_FIELDS = (
    ("firstname", "lastname"),
    ("first_name", "last_name"),
    ("name",),
    ("full_name",),
    ("dealname",),
    ("customer",),
    ("email",),
    ("subject",),
    ("lead_id",),
    ("order_id",),
    ("id",),
)

MOST_DEPTH = 40
NOT_STORABLE = "The record holds a character that cannot be stored"


def receive(integration: Integration, events: Sequence[Event], words: str) -> list[Run]:
    """
    Store events as runs that wait for their turn; returns the ones that are new, in one statement.

    `words` says in the timeline where they came from ("HubSpot told us about a new contact").
    """
    if integration.current_id is None:
        raise LookupError(f"integration {integration.name} has no version")
    now = clock.now()
    definition = definition_of(integration.current_id)[0]
    pictures = definition.prompt.pictures
    taken = {event.key[:200]: taken_out(event.record, pictures) for event in events} if pictures else {}
    runs = [
        Run(
            integration=integration,
            version_id=integration.current_id,
            dedupe_key=event.key[:200],
            object_id=event.object_id[:200],
            label=(event.label or ("" if event.to_read else label_of(event.record)))[:200],
            record=taken[event.key[:200]][0] if pictures else event.record,
            to_read=event.to_read,
            received_at=now,
            changed_at=now,
            timeline=[said("ok", words, f"Record {event.object_id}." if event.object_id else None, at=now)],
        )
        for event in unique(events)
    ]
    fresh = _insert(runs)
    for run in fresh if pictures else ():
        keep(run.pk, taken[run.dedupe_key][1])
    if fresh:
        names = definition.connections()
        # After the commit, so that no row of a connection is held for as long as this transaction lasts.
        transaction.on_commit(lambda: watch.before_work(names), robust=True)
    return fresh


def find(integration: Integration, key: str) -> Run | None:
    """Return the run of an event that was received before."""
    return Run.objects.filter(integration=integration, dedupe_key=key[:200]).first()


def wanted(record: Record, only_if: Mapping[str, Any]) -> bool:
    """Say whether a record passes the owner's filter: each named field equals the value, or one of the values."""
    for field, allowed in only_if.items():
        value = look_up(record, field)
        options = allowed if isinstance(allowed, list | tuple) else [allowed]
        if not any(_same(value, option) for option in options):
            return False
    return True


def key_of(source: str, record: Mapping[str, Any]) -> str:
    """Return the dedupe key of a record that came without an id: a hash of where it came from and what it says."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=False, default=str)
    return "hash:" + hashlib.sha256(f"{source}\n{text}".encode()).hexdigest()


def label_of(record: Mapping[str, Any]) -> str:
    """Return who or what a record is about, as a person would say it."""
    for names in LABEL_FIELDS:
        words = [str(record[name]).strip() for name in names if isinstance(record.get(name), str | int)]
        if any(words):
            return " ".join(word for word in words if word)
    return "A record"


def storable(value: Any) -> Any:
    """Return a value without the characters that no database stores: NUL, and halves of a surrogate pair."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Mapping):
        return {storable(name): storable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [storable(inner) for inner in value]
    return value


def unstorable(record: dict[str, Any]) -> str | None:
    """Say why a record cannot be stored, or None. Walks it without recursion."""
    stack: list[tuple[Any, int]] = [(record, 1)]
    while stack:
        value, level = stack.pop()
        if isinstance(value, dict | list):
            if level > MOST_DEPTH:
                return f"The record is too deep: it may have {MOST_DEPTH} levels."
            if isinstance(value, dict):
                stack += [(name, level) for name in value]
                value = list(value.values())
            stack += [(inner, level + 1) for inner in value]
        elif isinstance(value, str):
            if "\x00" in value:
                return f"{NOT_STORABLE} (NUL)."
            if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
                return f"{NOT_STORABLE} (half of a pair)."
    return None


def unique(events: Iterable[Event]) -> list[Event]:
    """Return the events without the ones that have a key seen earlier among them."""
    return list({event.key: event for event in reversed(list(events))}.values())[::-1]


def _insert(runs: list[Run]) -> list[Run]:
    """Insert what does not exist yet, also when another process inserts the same at this moment."""
    if not runs:
        return []
    from django.db import connection as db
    from psycopg.types.json import Jsonb

    one = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    values: list[Any] = []
    for run in runs:
        values += [
            run.integration_id, run.version_id, run.dedupe_key, run.object_id, run.label, Jsonb(run.record),
            Jsonb(run.timeline), run.received_at, run.changed_at, run.to_read,
        ]  # fmt: skip
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO runs_run (integration_id, version_id, dedupe_key, object_id, label, record, timeline, "  # noqa: S608
            f"received_at, changed_at, to_read) VALUES {', '.join([one] * len(runs))} "
            "ON CONFLICT (integration_id, dedupe_key) DO NOTHING RETURNING id, dedupe_key",
            values,
        )
        ids = {key: pk for pk, key in cursor.fetchall()}
    fresh = []
    for run in runs:
        if run.dedupe_key in ids:
            run.pk = ids[run.dedupe_key]
            run._state.adding = False
            fresh.append(run)
    return fresh


def _same(value: Any, option: Any) -> bool:
    if isinstance(option, bool) or isinstance(value, bool):
        return str(value).lower() == str(option).lower()
    return value == option or (value is not None and option is not None and str(value) == str(option))
