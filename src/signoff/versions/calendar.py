"""The calendar: every API version and model that is in use, when it ends, and which integrations stop then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from django.utils import timezone

from signoff.connections.client import manifest_of
from signoff.connections.ending import ends_on
from signoff.connections.models import Connection
from signoff.connectors.registry import manifests
from signoff.core import clock
from signoff.integrations.definition import Definition, definition_of, read_definition
from signoff.integrations.models import Integration
from signoff.runs.models import Run
from signoff.versions.known import Ending, end_of_model, end_of_version, foretold

LATEST_RUNS = 300  # of each integration, looked at for the snapshots that answered

Kind = Literal["model", "version", "key"]


@dataclass(frozen=True)
class Snapshot:
    """What an AI said its answers came from: how many of the latest, and when the last."""

    model: str
    answers: int
    last_at: datetime


@dataclass(frozen=True)
class Use:
    """
    One thing that integrations need and that can end: a model, a version of an app's API, a key.

    `integrations` use it, those in `stops` are switched on. `perhaps`: its end may not come at all.
    """

    kind: Kind
    connection: Connection
    app: str
    what: str
    integrations: tuple[str, ...]
    stops: tuple[str, ...]
    ending: Ending | None
    snapshots: tuple[Snapshot, ...] = ()
    perhaps: bool = False

    def days_left(self) -> int | None:
        return self.ending.days_left(today()) if self.ending else None


@dataclass
class _Seen:
    integrations: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)


def today() -> date:
    return timezone.localtime(clock.now()).date()


def uses() -> list[Use]:
    """Return the models and versions in use, what ends soonest first; what has no known end comes last."""
    rows = {row.name: row for row in Connection.objects.order_by("name")}
    told = foretold()
    models: dict[tuple[str, str], _Seen] = {}
    versions: dict[tuple[str, str], _Seen] = {(name, _own(row)): _Seen() for name, row in rows.items()}
    for integration in Integration.objects.select_related("current").exclude(current=None).order_by("name"):
        assert integration.current is not None  # noqa: S101  # left out above
        definition = read_definition(integration.current)[0]
        for name in definition.connections() & rows.keys():
            version = definition.version_for(name) or _own(rows[name])
            _count(versions.setdefault((name, version), _Seen()), integration)
        for name, model in _asked(definition):
            if name in rows:
                _count(models.setdefault((name, model), _Seen()), integration)
    found = [
        Use("model", rows[name], _app(rows[name]), model, tuple(seen.integrations), tuple(seen.stops),
            end_of_model(rows[name], model, told.get(rows[name].pk, ())))
        for (name, model), seen in models.items()
    ]  # fmt: skip
    for (name, version), seen in versions.items():
        row = rows[name]
        if not seen.integrations and any(other == name for other, one in versions if one != version):
            continue  # its integrations all ask for another version
        ending = end_of_version(row, version, told.get(row.pk, ()))
        found.append(
            Use("version", row, _app(row), version, tuple(seen.integrations), tuple(seen.stops), ending)
        )
    return sorted(found, key=_by_end)


def keys() -> list[Use]:
    """Return the keys and sign-ins that end, as uses of the calendar."""
    from signoff.integrations.usage import uses as used_by

    connections = list(Connection.objects.order_by("name"))
    using = used_by(connections)
    found = []
    for row in connections:
        end = ends_on(row)
        if end is None:
            continue
        all_of_it = tuple(use.integration for use in using[row.name])
        stops = tuple(use.integration for use in using[row.name] if use.is_on)
        ending = Ending(
            timezone.localtime(end.at).date(),
            "the app" if end.is_certain else "a rule of its vendor",
            timezone.localtime(row.checked_at or row.key_since).date(),
            says=" ".join(filter(None, (end.why, end.what_next))),
            is_over=end.at <= clock.now(),
        )
        found.append(
            Use("key", row, _app(row), row.name, all_of_it, stops, ending, perhaps=not end.is_certain)
        )
    return sorted(found, key=_by_end)


def with_snapshots(found: list[Use]) -> list[Use]:
    """Return the uses with what answered for each model, by the latest runs of its integrations."""
    seen: dict[tuple[str, str], dict[str, Snapshot]] = {}
    names = {name for use in found if use.kind == "model" for name in use.integrations}
    for pk in Integration.objects.filter(name__in=names).values_list("pk", flat=True):
        latest = Run.objects.filter(integration=pk).order_by("-id")
        for version_id, model, at in latest.values_list("version_id", "model", "received_at")[:LATEST_RUNS]:
            if not model:
                continue
            asked = definition_of(version_id)[0].asked
            if asked is None:
                continue
            of_it = seen.setdefault((asked.ai, asked.model), {})
            known = of_it.get(model)
            of_it[model] = (
                Snapshot(model, known.answers + 1, max(at, known.last_at))
                if known
                else Snapshot(model, 1, at)
            )
    return [
        replace(use, snapshots=tuple(seen.get((use.connection.name, use.what), {}).values()))
        if use.kind == "model"
        else use
        for use in found
    ]


def as_document(found: list[Use]) -> dict[str, Any]:
    """Return the calendar as JSON data."""
    return {"as_of": today().isoformat(), "uses": [_document(use) for use in found]}


def announced() -> list[tuple[str, str, date, str, str]]:
    """Return other ends that connected apps have announced: app, what, day, replacement, source; soonest first."""
    apps = set(Connection.objects.values_list("app", flat=True))
    used = {(use.connection.app, use.what) for use in uses()}
    found = []
    for key, manifest in manifests().items():
        for end in manifest.api.ends if key in apps else ():
            version = end.what.rpartition(" ")[2]
            if end.on >= today() and (key, end.what) not in used and (key, version) not in used:
                found.append((manifest.name, end.what, end.on, end.replacement, end.source))
    return sorted(found, key=lambda one: (one[2], one[0], one[1]))


def _document(use: Use) -> dict[str, Any]:
    ending = use.ending
    return {
        "kind": use.kind,
        "connection": use.connection.name,
        "app": use.app,
        "what": use.what,
        "ends_on": ending.on.isoformat() if ending and ending.on else None,
        "in_days": use.days_left(),
        "over": bool(ending and (ending.is_over or (ending.on and ending.on <= today()))),
        "perhaps": use.perhaps,
        "says": ending.says if ending else "",
        "source": ending.source if ending else None,
        "checked_on": ending.checked_on.isoformat() if ending else None,
        "replacement": ending.replacement if ending else "",
        "integrations": list(use.integrations),
        "stops": list(use.stops),
        "snapshots": [
            {"model": one.model, "answers": one.answers, "last_at": one.last_at.isoformat()}
            for one in use.snapshots
        ],
    }


def _asked(definition: Definition) -> Iterator[tuple[str, str]]:
    own, second = definition.asked, definition.checks.second_opinion
    asked = {(own.ai, own.model)} if own else set()
    at = (second.ai or definition.prompt.ai) if second else None
    if second and at:
        asked.add((at, second.model))
    return iter(sorted(asked))


def _count(seen: _Seen, integration: Integration) -> None:
    seen.integrations.append(integration.name)
    if integration.is_on:
        seen.stops.append(integration.name)


def _own(row: Connection) -> str:
    return manifest_of(row).api.version if row.app in manifests() else ""


def _app(row: Connection) -> str:
    return manifest_of(row).name if row.app in manifests() else row.app


def _by_end(use: Use) -> tuple[bool, date, str, str]:
    on = use.ending.on if use.ending else None
    if use.ending and on is None:
        on = today()  # being retired without a day: better looked at now
    return on is None, on or date.max, use.connection.name, use.what
