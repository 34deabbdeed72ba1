"""The versions of an integration: what changed in sentences, and the way back."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from signoff.engine import verbs
from signoff.integrations.definition import read_definition
from signoff.integrations.difference import differences
from signoff.integrations.models import Integration, Version
from signoff.web.answers import see_other
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.words import named

SHOWN = 50


class Row(NamedTuple):
    """One version: what it changed against the one before, and what going back to it would change now."""

    version: Version
    in_force: bool
    changed: list[str]
    back: list[str]


@needs("see")
def listing(request: HttpRequest, name: str) -> HttpResponseBase:
    """List the versions, the newest first."""
    integration = _integration(name)
    rows = list(integration.versions.select_related("made_by").order_by("-number")[: SHOWN + 1])
    before = {row.number: row for row in rows}
    current = integration.current
    told = [
        Row(
            row,
            current is not None and row.pk == current.pk,
            _between(before.get(row.number - 1), row),
            _between(current, row) if current is not None and row.pk != current.pk else [],
        )
        for row in rows[:SHOWN]
    ]
    page = {
        "integration": integration,
        "name": named(name),
        "rows": told,
        "here": "integrations",
        "tab": "versions",
    }
    return render(request, "web/versions.html", page)


@needs("see", to_write="build")
def one(request: HttpRequest, name: str, number: int) -> HttpResponseBase:
    """Show one version as its file; a POST puts it into force again, as a new version."""
    integration = _integration(name)
    version = get_object_or_404(integration.versions.select_related("made_by"), number=number)
    problems: list[str] = []
    if request.method == "POST":
        result = verbs.go_back(integration, number, person_of(request))
        if not result.faults:
            changed = result.applied[0].changed
            words = (
                _("Version %(n)s is in force again, as a new version.")
                if changed
                else _("It says that already.")
            )
            say(request, words % {"n": number} if changed else words)
            return see_other(f"/integrations/{name}/versions/")
        problems = [fault.what.replace("`", "") for fault in result.faults]
    current = integration.current
    page = {
        "integration": integration,
        "name": named(name),
        "version": version,
        "in_force": current is not None and version.pk == current.pk,
        "back": _between(current, version) if current is not None else [],
        "problems": problems,
        "here": "integrations",
        "tab": "versions",
    }
    return render(request, "web/version.html", page, status=422 if problems else 200)


def _integration(name: str) -> Integration:
    return get_object_or_404(Integration.objects.select_related("current").exclude(current=None), name=name)


def _between(before: Version | None, after: Version) -> list[str]:
    return differences(read_definition(before)[0], read_definition(after)[0]) if before is not None else []
