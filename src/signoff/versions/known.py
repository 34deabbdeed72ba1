"""When what we use ends, by everything that is known of it: manifests, the apps' own answers, vendors' rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from signoff.connections.client import manifest_of
from signoff.connections.models import Connection, Foretold
from signoff.connectors.base import AiConnector
from signoff.connectors.manifest import Api, End
from signoff.connectors.registry import connector_class
from signoff.core import clock

STALE = timedelta(days=7)  # what an app told of an end and has not told again for so long is told no more


@dataclass(frozen=True)
class Ending:
    """
    The end of a version or a model. `on` is None where the app has named no day; `says` is then what it says.

    `source` tells where that is from, `checked_on` when it was looked at last. `is_over`: it is refused already, or
    another one answers in its place.
    """

    on: date | None
    source: str
    checked_on: date
    replacement: str = ""
    says: str = ""
    is_over: bool = False

    def days_left(self, today: date) -> int | None:
        return (self.on - today).days if self.on else None


def model_end(connection: Connection, model: str) -> End | None:
    """Return when a model of this connection's AI stops by its manifest; None where nothing is known."""
    cls = connector_class(connection.app)
    return cls.end_of(model, connection.settings) if issubclass(cls, AiConnector) else None


def foretold() -> dict[int, list[Foretold]]:
    """Return what apps have told by the way, by connection."""
    found: dict[int, list[Foretold]] = {}
    for row in Foretold.objects.filter(last_on__gte=clock.now().date() - STALE):
        found.setdefault(row.connection_id, []).append(row)
    return found


def models_ending(
    connection: Connection, asked: Mapping[str, list[str]]
) -> list[tuple[str, date, str, list[str]]]:
    """Return which of the models that are `asked`, and by whom, have a last day: model, day, replacement, by whom."""
    told = foretold().get(connection.pk, [])
    known = [(model, end_of_model(connection, model, told), users) for model, users in asked.items()]
    return [(model, end.on, end.replacement, users) for model, end, users in known if end and end.on]


def end_of_model(connection: Connection, model: str, told: Iterable[Foretold]) -> Ending | None:
    """
    Return the end of a model: a refusal first, then the day in the app's own list, then the manifest's.

    The list wins over the manifest, because the app changes its mind faster than we release.
    """
    said = {row.source: row for row in told if row.what == model}
    listed = said.get(Foretold.Source.MODELS)
    known = model_end(connection, model)
    instead = known.replacement if known else ""
    ending = None
    if listed is not None and listed.ends_on is not None:
        ending = Ending(listed.ends_on, listed.get_source_display(), listed.last_on, instead)
    elif known is not None:
        ending = Ending(known.on, known.source, manifest_of(connection).api.checked_on, instead)
    gone = said.get(Foretold.Source.GONE)
    if gone is not None:
        day = min(gone.first_on, ending.on) if ending and ending.on else gone.first_on
        return Ending(day, gone.get_source_display(), gone.last_on, instead, is_over=True)
    return ending


def end_of_version(connection: Connection, version: str, told: Iterable[Foretold]) -> Ending | None:
    """Return the end of a version of an app's API: what its answers say first, then the manifest's dates and rules."""
    api = manifest_of(connection).api
    said: Mapping[str, Foretold] = {row.source: row for row in told if row.what == version}
    instead = replacement(api, version)
    served = said.get(Foretold.Source.SERVED)
    known = api.end_of_version(version)
    if served is not None:
        day = min(served.first_on, known.on) if known else served.first_on
        return Ending(
            day, served.get_source_display(), served.last_on, instead, f"{served.says}.", is_over=True
        )
    sunset = said.get(Foretold.Source.SUNSET)
    if sunset is not None:
        return Ending(sunset.ends_on, sunset.get_source_display(), sunset.last_on, instead)
    if known is not None:
        # What the connector does not speak yet is no replacement that could be tried.
        next_one = (
            f"A newer Signoff will speak {known.replacement}." if known.replacement and not instead else ""
        )
        return Ending(known.on, known.source, api.checked_on, instead, next_one)
    for source in (Foretold.Source.DEPRECATION, Foretold.Source.WARNING):
        row = said.get(source)
        if row is not None:
            return Ending(None, row.get_source_display(), row.last_on, instead, row.says)
    return None


def replacement(api: Api, version: str) -> str:
    """Return the version that lives longest of those the connector speaks, "" where none outlives this one."""

    def lives_until(one: str) -> date:
        end = api.end_of_version(one)
        return end.on if end else date.max

    best = max(api.versions(), key=lives_until)
    return best if best != version and lives_until(best) > lives_until(version) else ""
