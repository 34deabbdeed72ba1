"""Real records to try an integration on: the latest that an app has, and those that came to us before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from signoff.core.errors import SignoffError
from signoff.core.numbers import row_number
from signoff.integrations import offers
from signoff.integrations.definition import Definition
from signoff.integrations.models import Integration
from signoff.integrations.record_part import HANDED_IN
from signoff.runs.models import Run
from signoff.runs.sources import as_one, fields_to_read

OURS = 8


@dataclass(frozen=True)
class Sample:
    """One record that can be chosen: `key` is "app:ID" for one that is read then, "run:ID" for one of ours."""

    key: str
    label: str
    at: datetime | None


@dataclass(frozen=True)
class Records:
    """Records themselves, the newest first; `problem` says why an app could not be asked for (all of) them."""

    records: list[dict[str, Any]]
    problem: str = ""


def samples(data: Mapping[str, Any], integration: Integration | None = None) -> tuple[list[Sample], str]:
    """Return the records that a half-made integration can be tried on, and why its app could not be asked."""
    start = offers.start_of(data)
    told = offers.latest(start.connection, start.trigger) if start else offers.Told()
    found = [Sample(f"app:{event.object_id}", event.label, event.occurred_at) for event in told.found]
    seen = {event.object_id for event in told.found}
    runs = _runs(data, integration).order_by("-id").only("label", "received_at", "object_id", "integration")
    for run in runs[:OURS]:
        if not run.object_id or run.object_id not in seen:
            found.append(Sample(f"run:{run.pk}", run.label or str(run.pk), run.received_at))
            seen.add(run.object_id)
    return found, told.problem


def record_of(
    key: str, definition: Definition, data: Mapping[str, Any], integration: Integration | None = None
) -> dict[str, Any] | None:
    """Return the record that was chosen, None when it is gone. Raises the four families of errors."""
    kind, _, id = key.partition(":")
    number = row_number(id) if kind == "run" else None
    if number is not None:
        run = _runs(data, integration).filter(pk=number).first()
        return dict(run.record) if run else None
    start = offers.start_of(data)
    if kind != "app" or start is None or not id:
        return None
    record = offers.record_of(start.connection, start.trigger, id, fields_to_read(definition))
    return as_one([record]) if record is not None and definition.record.together else record


def draft_of(
    key: str, data: Mapping[str, Any], integration: Integration | None = None
) -> dict[str, Any] | None:
    """Return the draft that was handed in with the record that was chosen; None where none was."""
    kind, _, id = key.partition(":")
    number = row_number(id) if kind == "run" else None
    run = _runs(data, integration).filter(pk=number).first() if number is not None else None
    return run.given_draft if run else None


def latest_records(definition: Definition, integration: Integration, most: int) -> Records:
    """
    Return the latest records that an integration had, or would have had: those that came to us, then its app's own.

    An app is asked for each record; where it does not answer, those that are there are returned.
    """
    data = definition.model_dump(by_alias=True)
    runs = list(
        _runs(data, integration).filter(planted=False).order_by("-id").only("record", "object_id")[:most]
    )
    found = [dict(run.record) for run in runs if run.record]
    start = offers.start_of(data)
    if start is None or len(found) >= most:
        return Records(found)
    told = offers.latest(start.connection, start.trigger, most)
    known = {run.object_id for run in runs}
    for event in told.found:
        if len(found) >= most or event.object_id in known:
            continue
        try:
            record = offers.record_of(
                start.connection, start.trigger, event.object_id, fields_to_read(definition)
            )
        except SignoffError as error:
            return Records(found, error.owner_message)
        if record:
            found.append(record)
    return Records(found, told.problem)


def _runs(data: Mapping[str, Any], integration: Integration | None) -> Any:
    """Return the runs whose records came the same way: of this integration, or of others with the same beginning."""
    record = data.get("record") or {}
    rows = Run.objects.filter(erased_at=None)
    same = [integration.pk] if integration else []
    if record.get("from") and record.get("when") not in (None, *HANDED_IN):
        same += list(
            Integration.objects.filter(
                current__definition__record__from=record["from"],
                current__definition__record__when=record["when"],
            ).values_list("pk", flat=True)
        )
    return rows.filter(integration__in=same)
