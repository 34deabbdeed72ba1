"""Company facts: prices, opening hours, policies, written once with the days on which they hold."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from signoff.integrations import drafts, usage
from signoff.integrations.facts import FACT_NAME
from signoff.integrations.writing import clean
from signoff.prompts.facts import Statement, day_in_words, read_statements
from signoff.prompts.models import Fact
from signoff.prompts.stating import state
from signoff.web.answers import see_other
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.words import Shown, named

MOST_STATEMENTS = 20


class Row(NamedTuple):
    """One fact in the list."""

    fact: Fact
    name: str
    today: list[tuple[str, str]]
    state: Shown
    later: list[str]
    used_by: list[str]


@needs("see")
def listing(request: HttpRequest) -> HttpResponseBase:
    """List the company facts: what holds today, what is to come, and who uses each."""
    used = usage.facts_used()
    rows = [_row(fact, used.get(fact.name, [])) for fact in Fact.objects.all()]
    return render(request, "web/facts.html", {"rows": rows, "tab": "facts", "here": "settings"})


@needs("build")
def new(request: HttpRequest) -> HttpResponseBase:
    """Write a new fact."""
    return _edited(request, None)


@needs("build")
def one(request: HttpRequest, fact: str) -> HttpResponseBase:
    """Change a fact, for all integrations at once."""
    found = Fact.objects.filter(name=fact).first()
    if found is None:
        raise Http404
    return _edited(request, found)


@needs("build")
def remove(request: HttpRequest, fact: str) -> HttpResponseBase:
    """Remove a fact that no integration uses, by POST."""
    if request.method == "POST":
        try:
            usage.forget_fact(fact, person_of(request))
        except usage.FactInUse as refused:
            who = {"who": ", ".join(refused.used_by)}
            say(request, _("It is used by %(who)s, so it stays. Take it out there first.") % who)
            return see_other(f"/settings/facts/{fact}/")
        say(request, _("It is gone."))
    return see_other("/settings/facts/")


def _row(fact: Fact, used_by: list[str]) -> Row:
    today = timezone.localdate()
    state_now = (
        Shown("ok", "circle-check", _("Holds today"))
        if fact.text
        else Shown("warn", "triangle-alert", _("Says nothing today"))
    )
    later = [
        _("%(when)s: %(text)s") % {"when": _span(one), "text": one.text.replace("\n", "; ")}
        for one in fact.said
        if not one.holds(today) and (one.from_on or today) > today
    ]
    return Row(fact, named(fact.name), _lines(fact.text), state_now, later, used_by)


def _lines(text: str) -> list[tuple[str, str]]:
    """Return a fact's text as a table: "Team: $149 a month" has a name and a value, another line only a value."""
    rows = []
    for line in text.splitlines():
        name, colon, value = line.partition(": ")
        rows.append((name, value) if colon else ("", line))
    return rows


def _span(one: Statement) -> str:
    parts = [_("from %(day)s") % {"day": day_in_words(one.from_on)}] if one.from_on else []
    parts += [_("until %(day)s") % {"day": day_in_words(one.until_on)}] if one.until_on else []
    return " ".join(parts) or _("always")


def _edited(request: HttpRequest, fact: Fact | None) -> HttpResponseBase:
    written = [(one.text, _iso(one.from_on), _iso(one.until_on)) for one in fact.said] if fact else []
    name = fact.name if fact else ""
    problem, status = "", 200
    if request.method == "POST":
        name = fact.name if fact else drafts.name_from(request.POST.get("name", ""))
        written = _written(request)
        problem = _kept(request, name, written, fact)
        if not problem:
            say(request, _("Saved, for all integrations that use it."))
            return see_other("/settings/facts/")
        status = 422
    page: dict[str, Any] = {
        "fact": fact,
        "name": named(name),
        "given_name": request.POST.get("name", ""),
        "statements": [*written, ("", "", "")] if written or fact else [("", "", "")],
        "used_by": usage.facts_used().get(name, []) if fact else [],
        "problem": problem,
        "tab": "facts",
        "here": "settings",
    }
    return render(request, "web/fact.html", page, status=status)


def _iso(day: Any) -> str:
    return day.isoformat() if day else ""


def _written(request: HttpRequest) -> list[tuple[str, str, str]]:
    rows = [
        tuple(clean(request.POST.get(f"{part}-{number}", "")).strip() for part in ("text", "from", "until"))
        for number in range(MOST_STATEMENTS)
    ]
    return [(text, first, last) for text, first, last in rows if text or first or last]


def _kept(request: HttpRequest, name: str, written: list[tuple[str, str, str]], fact: Fact | None) -> str:
    """Keep what was written; returns what is wrong with it, "" for nothing."""
    if not FACT_NAME.fullmatch(name):
        return _("Give it a name, for example: Prices.")
    if fact is None and Fact.objects.filter(name=name).exists():
        return _("There is a fact with this name already. Change that one.")
    if not written:
        return _("Write what it says.")
    rows = [{"text": text, "from": first, "until": last} for text, first, last in written]
    try:
        statements = read_statements(rows)
    except ValueError as error:
        return _("It %(what)s.") % {"what": str(error).replace("`", "“", 1).replace("`", "”", 1)}
    with transaction.atomic():
        state(name, statements, person_of(request))
    return ""
