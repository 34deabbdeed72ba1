"""
Reading record sources: what is new at an app becomes runs, and the cursor moves in the same commit.

A source is claimed before its app is asked, so two workers do not read the same one. If a worker dies in between,
the claim ends by itself and the next one reads from the old cursor: events seen twice are one run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from signoff.connections.client import client_for, manifest_of
from signoff.connections.models import Connection
from signoff.connections.standing import needs_sign_in
from signoff.connectors.base import Event, Page
from signoff.connectors.registry import DESCRIBED, manifests
from signoff.core import clock
from signoff.core.errors import Refused, SignoffError, Unavailable
from signoff.integrations import pushing
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration
from signoff.integrations.record_part import HANDED_IN
from signoff.pacing import pace
from signoff.runs.change import change, said
from signoff.runs.models import Delivery, Run, Source
from signoff.runs.receive import receive, storable, wanted

POLL_EVERY = timedelta(seconds=10)
PRACTICE_POLL_EVERY = timedelta(seconds=1)
CLAIM_FOR = timedelta(seconds=90)
MOST_PAGES = 20
MOST_TOGETHER = 200
HELD = "This came in before Signoff was put back to a backup, and may have been dealt with then. Nothing is lost."
HELD_NEXT = "Look in your apps. If it was not dealt with, press Try again."


@dataclass(frozen=True)
class Read:
    """A page that was read from a source, not stored yet."""

    source: Source
    page: Page
    words: str


def due() -> list[Source]:
    """Claim the sources whose time has come, and return them."""
    now = clock.now()
    ready = Source.objects.filter(
        Q(claimed_until=None) | Q(claimed_until__lt=now), next_at__lte=now, integration__is_on=True
    )
    claimed = []
    for source in ready.select_related("integration__current")[:50]:
        if ready.filter(pk=source.pk).update(claimed_until=now + CLAIM_FOR):
            claimed.append(source)
    return claimed


def read(source: Source) -> Read | None:
    """Ask a source's app what is new; None when it could not be asked (noted in the source)."""
    definition = _definition(source.integration)
    if definition.record.when is None:
        return Read(source, _clock_page(source), "It was time")
    connection = Connection.objects.filter(name=definition.record.from_).first()
    if connection is None or connection.state == Connection.State.NEEDS_YOU:
        # One source that cannot be read must not keep the others from being read.
        _later(source, connection.problem if connection else f"{definition.record.from_} is not connected.")
        return None
    try:
        pace.take_place(connection)
        client = client_for(connection, definition.version_for(connection.name))
        page = client.changes(definition.record.when or "", source.cursor, fields_to_read(definition))
    except pace.TooFar:
        # To have to wait says nothing of whether it can be read: after an outage it is waited for longer and longer.
        _later(source, source.problem)
        return None
    except SignoffError as error:
        if isinstance(error, Refused):
            needs_sign_in(connection, error)
        elif isinstance(error, Unavailable):
            pace.hold(connection, error.retry_after_seconds, "could not be read")
        _later(source, error.owner_message)
        return None
    pace.worked(connection)
    pace.heed(connection, client)
    if connection.app.startswith(DESCRIBED) and page.events:
        kept = _not_written_here(connection, page.events)
        if kept is None:
            _later(source, "")  # something is being written there: what it becomes is known in a moment
            return None
        page = replace(page, events=kept)
    app = manifests()[connection.app].name
    trigger = (definition.record.when or "").replace("_", " ")
    return Read(source, page, f"{app} told us: {trigger}")


def fields_to_read(definition: Definition) -> tuple[str, ...]:
    """Return the fields to ask the app for: those the AI may see, pictures too, and those the filter looks at."""
    fields = definition.record.fields
    more = [*definition.prompt.pictures, *definition.record.only_if]
    return tuple(dict.fromkeys([*fields, *more])) if fields else ()


def _not_written_here(connection: Connection, events: tuple[Event, ...]) -> tuple[Event, ...] | None:
    """
    Leave out what we wrote at an app ourselves; None while it cannot be told, because something is being written.

    Other connectors know by a mark what Signoff has made. An app that is known by its document alone may have no field
    for one, and there the ledger knows it by the id that the app gave.
    """
    written = Delivery.objects.filter(connection=connection)
    if written.filter(state=Delivery.State.TRANSMITTING).exists():
        return None
    ids = [event.object_id[:200] for event in events]
    ours = set(written.filter(external_id__in=ids).values_list("external_id", flat=True))
    return tuple(event for event in events if event.object_id[:200] not in ours)


def store(found: Read) -> list[Run]:
    """Store a page and move the cursor, in the caller's transaction; returns the new runs."""
    source = found.source
    definition = _definition(source.integration)
    events = events_for(definition, found.page.events)
    if definition.record.together:
        events = _together(source, events)
    # Pages overlap, so most events were seen before; an insert that finds that out uses up a run's number each time.
    keys = [event.key[:200] for event in events]
    known = set(
        Run.objects.filter(integration=source.integration, dedupe_key__in=keys).values_list(
            "dedupe_key", flat=True
        )
    )
    events = [event for event in events if event.key[:200] not in known]
    moved = Source.objects.filter(pk=source.pk, read_at=source.read_at).update(
        cursor=found.page.cursor,
        read_at=clock.now(),
        problem="",
        problem_since=None,
        claimed_until=None,
        next_at=clock.now() if found.page.more else next_reading(source.integration),
    )
    if not moved:
        return []  # somebody else read on from here; their events are the same
    runs = receive(source.integration, events, found.words)
    return runs if source.hold_before is None else _without_held(source, source.hold_before, events, runs)


def _without_held(source: Source, before: datetime, events: Iterable[Event], runs: list[Run]) -> list[Run]:
    """
    Keep what happened before a restore for somebody to look at, and return the others.

    A backup does not know what was done after it, and the app tells of all of that once more.
    """
    catching_up = source.read_at is None or source.read_at < before
    old = {
        event.key[:200]
        for event in events
        if (event.occurred_at < before if event.occurred_at is not None else catching_up)
    }
    for run in runs:
        if run.dedupe_key in old:
            values = {
                "state": Run.State.NEEDS_YOU,
                "resume_as": "queued",
                "problem": HELD,
                "next_step": HELD_NEXT,
            }
            change(run.pk, Run.State.QUEUED, values, said("warn", HELD, HELD_NEXT))
    return [run for run in runs if run.dedupe_key not in old]


def events_for(definition: Definition, events: Iterable[Event]) -> list[Event]:
    """Return the events that the owner wants, as they can be stored; what is still to be read is asked later."""
    return [
        replace(event, record=storable(event.record), label=storable(event.label))
        for event in events
        if event.to_read or wanted(event.record, definition.record.only_if)
    ]


def as_one(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the record of all that was found at one time, as `record.together` wants it."""
    return {"count": len(records), "records": [dict(record) for record in records]}


def _together(source: Source, events: Sequence[Event]) -> list[Event]:
    """
    Return one event for all of them (one for each 200), without those that the time before has brought.

    Pages overlap, and the runs of such a source are not known by their events' own keys.
    """
    before = Run.objects.filter(integration=source.integration).order_by("-id").first()
    told = {one.get("id") for one in (before.record.get("records") or [])} if before else set()
    fresh = [
        event
        for event in events
        if event.object_id not in told
        or (
            event.occurred_at is not None
            and source.read_at is not None
            and event.occurred_at > source.read_at
        )
    ]
    found = []
    for start in range(0, len(fresh), MOST_TOGETHER):
        part = fresh[start : start + MOST_TOGETHER]
        key = hashlib.sha256("\n".join(event.key for event in part).encode()).hexdigest()
        record = as_one([{"id": event.object_id, **event.record} for event in part])
        label = part[0].label if len(part) == 1 else f"{len(part)} records"
        found.append(Event(f"together:{key}", "", record, label, part[-1].occurred_at))
    return found


def begin(integration: Integration) -> None:
    """Start to read an integration's source from now on (a source that was read before goes on where it was)."""
    definition = _definition(integration)
    if not _is_polled(definition):
        Source.objects.filter(integration=integration).delete()  # one that was read before
        return
    # A new source is read at once, so that it knows from where to go on; a clock waits for its time.
    first = next_reading(integration) if definition.record.when is None else clock.now()
    reads = f"{definition.record.from_ or ''} {definition.record.when or 'schedule'}"
    # Another source, or something else that happens there: its cursor means nothing here.
    Source.objects.filter(integration=integration).exclude(reads=reads).update(cursor=None)
    begun = {"next_at": first, "claimed_until": None, "reads": reads, "problem": "", "problem_since": None}
    Source.objects.update_or_create(integration=integration, defaults=begun)


def _is_polled(definition: Definition) -> bool:
    """Say whether we ask for the records, rather than being told."""
    if definition.record.when is None:
        return True
    app = Connection.objects.filter(name=definition.record.from_).values_list("app", flat=True).first()
    trigger = pushing.trigger_of(definition, app) if app else None
    return definition.record.when not in HANDED_IN and (trigger is None or trigger.polled)


def next_reading(integration: Integration) -> datetime:
    """Return when a source is read next: by the owner's schedule, else soon (practice apps: each second)."""
    definition = _definition(integration)
    if definition.record.schedule is not None:
        from croniter import croniter

        local = timezone.localtime(clock.now())
        following: datetime = croniter(definition.record.schedule, local).get_next(datetime)
        return following
    connection = Connection.objects.filter(name=definition.record.from_).first()
    if connection is None or connection.app not in manifests():
        return clock.now() + POLL_EVERY
    if "//127.0.0.1" in connection.base_url:
        return clock.now() + PRACTICE_POLL_EVERY
    seldom = manifest_of(connection).limits.seconds_between_looks
    return clock.now() + (timedelta(seconds=seldom) if seldom else POLL_EVERY)


def _clock_page(source: Source) -> Page:
    """Return the one event of a schedule: its time. Times that were missed while nothing ran are one event."""
    at = timezone.localtime(source.next_at)
    record = {"scheduled_at": at.isoformat(), "date": at.date().isoformat(), "weekday": f"{at:%A}"}
    event = Event(f"schedule:{source.next_at.isoformat()}", "", record, f"{at:%A %H:%M}", source.next_at)
    return Page((event,), cursor="")


def _later(source: Source, problem: str) -> None:
    now = clock.now()
    Source.objects.filter(pk=source.pk).update(
        problem=problem,
        problem_since=(source.problem_since or now) if problem else None,
        claimed_until=None,
        next_at=now + timedelta(seconds=15),
    )


def _definition(integration: Integration) -> Definition:
    if integration.current is None:
        raise LookupError(f"integration {integration.name} has no version")
    return read_definition(integration.current)[0]
