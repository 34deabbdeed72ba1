"""Recipes: choose one, see what it needs, connect that, and go on in the builder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from signoff.connectors.manifest import Manifest
from signoff.connectors.registry import manifests
from signoff.integrations import drafts
from signoff.integrations.definition import REPLY
from signoff.recipes.fitting import Fitted, Used, fit
from signoff.recipes.shelf import RECIPES, TASKS, Recipe, app_of, recipe, search
from signoff.web.answers import see_other
from signoff.web.rights import needs, person_of
from signoff.web.words import named
from signoff.web.workbench.cards import icon_of

MOST_WORDS = 80


class Stop(NamedTuple):
    """One place on the way of a record: a picture and a word."""

    icon: str
    word: str


class Row(NamedTuple):
    """A recipe in the gallery, with the way of its record."""

    recipe: Recipe
    way: list[Stop]
    task: str
    is_ready: bool


class Needed(NamedTuple):
    """An app that a file needs: what the owner has, or where to connect it."""

    use: Used
    tone: str
    icon: str
    says: str
    address: str
    button: str


@needs("build")
def gallery(request: HttpRequest) -> HttpResponseBase:
    """Show the recipes, all of them or those that were searched for."""
    words, app, task = (request.GET.get(name, "")[:MOST_WORDS].strip() for name in ("q", "app", "task"))
    app = app if app in manifests() else ""
    task = task if task in TASKS else ""
    rows = [
        Row(one, way_of(one.data), task_words(one.task), fit(one.data).is_ready)
        for one in search(words, app, task)
    ]
    used = {key for one in RECIPES for key in one.apps}
    page = {
        "rows": rows,
        "all": len(RECIPES),
        "q": words,
        "app": app,
        "task": task,
        "apps": [one for key, one in manifests().items() if key in used],
        "tasks": [(key, task_words(key)) for key in TASKS],
        "here": "integrations",
    }
    return render(request, "web/recipes.html", page)


@needs("build")
def one(request: HttpRequest, recipe: str) -> HttpResponseBase:
    """Show what a recipe does and what it needs; a POST begins a draft with it."""
    found = _recipe(recipe)
    fitted = fit(found.data)
    if request.method == "POST":
        data = fitted.data
        data["name"] = drafts.free_name(str(data["name"]))
        begun = drafts.begin(data, person_of(request))
        return see_other(f"/integrations/drafts/{begun.pk}/")
    page = {
        "recipe": found,
        "way": way_of(found.data),
        "needed": needed(fitted, request.path),
        "is_ready": fitted.is_ready,
        "task": task_words(found.task),
        "ask": found.data["prompt"]["task"],
        "answer": [named(name) for name in found.data["answer"]],
        "reviewed": found.data["review"] != "none",
        "here": "integrations",
    }
    return render(request, "web/recipe.html", page)


def way_of(data: Mapping[str, Any], names: Mapping[str, str] | None = None) -> list[Stop]:
    """
    Return the way of a record: where it comes from, the AI, the checks, a person, and where the answer goes.

    `names` are the apps of connections by their names, where a name does not tell it by itself.
    """
    record, then = data.get("record") or {}, data.get("then")
    steps = [then] if then == REPLY else then if isinstance(then, list) else []
    stops = [
        _source(record, names or {}),
        _app(str((data.get("prompt") or {}).get("ai") or ""), names or {}, "sparkles"),
    ]
    stops.append(Stop("shield-check", _("Checks")))
    if data.get("review") != "none":
        stops.append(Stop("user-check", _("You")))
    places = [
        "" if step == REPLY else next(iter(step), "") if isinstance(step, dict) else "" for step in steps
    ]
    for name in dict.fromkeys(place.partition(".")[0] for place in places):
        stops.append(
            _app(name, names or {})
            if name
            else Stop("table" if record.get("when") == "upload" else "reply", _back(record))
        )
    return stops


def needed(fitted: Fitted, back: str) -> list[Needed]:
    """Return what a file needs, each with what to do about it; `back` is the page to come back to."""
    return [_needed(use, back) for use in fitted.uses]


def task_words(task: str) -> str:
    """Return what a recipe is for, in the language of the page."""
    return _(TASKS[task])  # type: ignore[index]  # whoever asks has looked


def _needed(use: Used, back: str) -> Needed:
    query = urlencode({"next": back})
    if use.row is None:
        new = f"/connections/new/{use.app.key}/?{query}"
        if use.app.kind == "ai":
            return Needed(
                use, "warn", "plug", _("Not connected yet. Any AI will do."), new, _("Connect an AI")
            )
        says = (
            _("Not connected yet. Any mailbox will do as well.")
            if use.app.kind == "mail"
            else _("Not connected yet.")
        )
        return Needed(use, "warn", "plug", says, new, _("Connect %(app)s") % {"app": use.app.name})
    there = f"/connections/{use.row.pk}/"
    if use.row.state == use.row.State.NEEDS_YOU:
        return Needed(
            use, "bad", "circle-alert", use.row.problem or _("It needs you."), there, _("Look at it")
        )
    if use.lacks:
        lacks = _("Its key may not do this yet: %(what)s.") % {"what": ", ".join(use.lacks)}
        return Needed(
            use,
            "bad",
            "circle-alert",
            lacks,
            f"/connections/new/{use.row.app}/?replace={use.row.pk}&{query}",
            _("Give it the permission"),
        )
    return Needed(use, "ok", "circle-check", _("Connected as %(name)s.") % {"name": use.row.name}, "", "")


def _recipe(key: str) -> Recipe:
    found = recipe(key)
    if found is None:
        raise Http404
    return found


def _source(record: Mapping[str, Any], names: Mapping[str, str]) -> Stop:
    if record.get("from"):
        return _app(str(record["from"]), names)
    if record.get("when") == "webhook":
        return Stop("globe", _("A form or program"))
    if record.get("when") == "upload":
        return Stop("table", _("Your table"))
    return Stop("clock", _("The clock"))


def _back(record: Mapping[str, Any]) -> str:
    return _("Your table") if record.get("when") == "upload" else _("Whoever asked")


def _app(connection: str, names: Mapping[str, str], icon: str = "") -> Stop:
    app = names.get(connection) or app_of(connection)
    manifest: Manifest | None = manifests().get(app)
    return Stop(icon or icon_of(manifest), manifest.name if manifest else connection or _("An app"))
