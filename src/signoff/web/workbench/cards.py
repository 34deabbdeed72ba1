"""What the cards of the builder share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from signoff.connections.models import Connection
from signoff.connectors.base import Model
from signoff.connectors.manifest import Manifest
from signoff.integrations import offers
from signoff.integrations.drafts import Fault
from signoff.web.outline import APP_ICONS
from signoff.web.words import ends

Data = Mapping[str, Any]
Group = tuple[str, list[tuple[str, str]]]


class Hint(NamedTuple):
    """A remark of the coach, and the button that follows it where there is one."""

    quote: str
    says: str
    mend: str
    press: str
    button: str


def faults_of(faults: Sequence[Fault], part: str, *but: tuple[str | int, ...]) -> list[str]:
    """Return what is wrong with a part, without what stands at one of its pieces."""
    return [
        one.what
        for one in faults
        if one.part == part and not any(one.path[: len(piece)] == piece for piece in but)
    ]


def faults_at(faults: Sequence[Fault], *path: str | int) -> list[str]:
    """Return what is wrong at one place of the file, and below it."""
    return [one.what for one in faults if one.path[: len(path)] == path]


def icon_of(manifest: Manifest | None) -> str:
    """Return the picture of an app."""
    return APP_ICONS.get(manifest.kind, "plug") if manifest else "webhook"


def named_app(row: Connection) -> str:
    """Return an app with the name of its connection: "HubSpot (hubspot-main)"."""
    return f"{offers.app_name(row)} ({row.name})"


def model_choices(row: Connection, found: Sequence[Model]) -> list[tuple[str, str]]:
    """Return the models of an AI to choose from: one that ends says when, before anybody builds on it."""
    return [
        (
            f"{row.name} {one.id}",
            _("%(model)s (ends %(day)s)") % {"model": one.id, "day": ends(one.ends_on)}
            if one.ends_on
            else one.id,
        )
        for one in found
    ]


def offer(groups: list[Group], value: str, word: str) -> None:
    """Let a value that is chosen be among the choices, though nothing offers it any more: then it is named as wrong."""
    if not any(value == one for _name, pairs in groups for one, _word in pairs):
        groups.append((_("Chosen before"), [(value, word)]))
