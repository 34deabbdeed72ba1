"""A replacement for a model or an API version: tried on reviewed records, compared, changed over, taken back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from signoff.accounts.audit import note
from signoff.connections.client import manifest_of
from signoff.connections.models import Connection
from signoff.core.money import dollars
from signoff.engine import drills as running
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.proving.models import Replay
from signoff.review.models import Review
from signoff.versions import calendar, drills
from signoff.versions.drills import DrillRefused
from signoff.versions.models import Drill
from signoff.web.answers import see_other
from signoff.web.dates import ending_for
from signoff.web.proving import other_models
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.words import named

SHOWN = 20
ENDING_DAYS = 183  # half a year, as the quarterly review looks ahead


@needs("see", to_write="build")
def listing(request: HttpRequest, name: str) -> HttpResponseBase:
    """Show what could replace what ends, and what was tried; a POST begins to try one."""
    integration = _integration(name)
    if request.method == "POST":
        try:
            row = running.start(integration, **_chosen(request), person=person_of(request))
        except DrillRefused as refused:
            return _listing(request, integration, str(refused), 422)
        return see_other(f"/integrations/{name}/drill/{row.pk}/")
    return _listing(request, integration, "", 200)


@needs("see", to_write="build")
def one(request: HttpRequest, name: str, drill_id: int) -> HttpResponseBase:
    """Show a drill, both side by side; a POST stops it, changes over, or takes that back."""
    integration = _integration(name)
    row = get_object_or_404(
        Drill.objects.select_related("integration", "version", "proof", "made_by"),
        pk=drill_id,
        integration=integration,
    )
    here = f"/integrations/{name}/drill/{row.pk}/"
    problem = ""
    if request.method == "POST":
        try:
            _do(request, row)
            return see_other(here)
        except DrillRefused as refused:
            problem = str(refused)
    return render(request, "web/drill.html", _page(integration, row, problem), status=409 if problem else 200)


def _do(request: HttpRequest, row: Drill) -> None:
    person = person_of(request)
    match request.POST.get("do"):
        case "stop":
            if drills.stop(row):
                note(person, "stopped a drill of", f"integration {row.integration.name}", {"drill": row.pk})
                say(request, _("Stopped. Nothing was changed."))
        case "switch":
            running.switch(row, person)
            say(request, _("Changed over. Every draft waits for a person until enough of them were right."))
        case "back":
            running.roll_back(row, person)
            say(request, _("Taken back. What was in force before is in force again."))


def _chosen(request: HttpRequest) -> dict[str, Any]:
    """Return what was chosen on the page: a model as "connection/model", or a version as "connection version"."""
    version = request.POST.get("version", "")
    if version:
        at, _space, wanted = version.partition(" ")
        return {"api_version": wanted, "connection": at}
    typed = request.POST.get("typed", "").strip()
    at, _slash, model = request.POST.get("model", "").partition("/")
    if typed:
        return {"model": typed, "connection": ""}
    return {"model": model, "connection": at}


def _listing(request: HttpRequest, integration: Integration, problem: str, status: int) -> HttpResponseBase:
    assert integration.current is not None  # noqa: S101  # `_integration` has looked
    definition = read_definition(integration.current)[0]
    asked = definition.asked
    ai, own = (asked.ai, asked.model) if asked else ("", "")
    used = [use for use in calendar.uses() if integration.name in use.integrations]
    model = next((use for use in used if use.kind == "model" and use.what == own), None)
    suggested = model.ending.replacement if model and model.ending else ""
    groups = [
        (group, [(value if "/" in value else f"{ai}/{value}", label) for value, label in found])
        for group, found in (other_models(ai, own) if asked else ())
    ]
    offered = {value for _group, found in groups for value, _label in found}
    page = {
        "integration": integration,
        "name": named(integration.name),
        "ending": ending_for(integration.name, ENDING_DAYS),
        "model": own,
        "ai": ai,
        "groups": groups,
        "suggested": f"{ai}/{suggested}" if suggested else "",
        "suggested_name": suggested,
        "is_offered": f"{ai}/{suggested}" in offered,
        "versions": _versions(definition),
        "records": min(
            drills.RECORDS,
            Review.objects.filter(run__integration=integration, state="decided", run__erased_at=None).count(),
        ),
        "rows": [
            (row, drills.report(row))
            for row in Drill.objects.filter(integration=integration).select_related("proof", "made_by")[
                :SHOWN
            ]
        ],
        "problem": problem,
        "here": "integrations",
        "tab": "drill",
    }
    return render(request, "web/drills.html", page, status=status)


def _versions(definition: Any) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the connections whose API has other versions: name, the present one, and the others to choose from."""
    found = []
    for row in Connection.objects.filter(name__in=definition.connections()).order_by("name"):
        api = manifest_of(row).api
        now = definition.version_for(row.name) or api.version
        if api.speaks:
            others = [
                (f"{row.name} {one}", one) for one in sorted(api.versions(), reverse=True) if one != now
            ]
            found.append((row.name, now, others))
    return found


def _page(integration: Integration, row: Drill, problem: str) -> dict[str, Any]:
    told = drills.report(row)
    replays = list(row.proof.replays.values_list("state", flat=True)) if row.proof else []
    left = sum(state in (Replay.State.WAITING, Replay.State.ASKING) for state in replays)
    current = integration.current
    return {
        "integration": integration,
        "name": named(integration.name),
        "drill": row,
        "told": told,
        "running": row.state == Drill.State.RUNNING,
        "done": len(replays) - left,
        "everything": len(replays),
        "columns": [
            _column(one) for one in (told.get("now"), told.get("replacement")) if one and "cases" in one
        ],
        "reviewed": told.get("reviewed"),
        "checks": told.get("checks", []),
        "may_switch": row.state == Drill.State.DONE
        and (row.switched_at is None or row.rolled_back_at is not None)
        and current is not None
        and current.hash == row.version.hash,
        "is_in_force": row.switched_at is not None
        and row.rolled_back_at is None
        and current is not None
        and current.number == row.switched_to,
        "problem": problem,
        "here": "integrations",
        "tab": "drill",
    }


def _column(figures: dict[str, Any]) -> dict[str, Any]:
    near = figures["closeness"]
    return {
        "label": figures["model"],
        "errors": figures["errors"],
        "cases": figures["cases"],
        "lines": [
            (_("Does not fit the form"), figures["unfit"]),
            (_("Says what the record does not"), figures["flagged"]),
            (_("Another choice, amount or date"), figures["wrong"]),
            (_("Says again what was rejected"), figures["repeated"]),
            (_("Could not be asked"), figures["failed"]),
        ],
        "closeness": "–" if near is None else f"{near:.0%}",
        "each": dollars(figures["cost_each_micros"]),
        "seconds": _("%(n)s s") % {"n": f"{figures['seconds']:.1f}"},
    }


def _integration(name: str) -> Integration:
    return get_object_or_404(Integration.objects.select_related("current").exclude(current=None), name=name)
