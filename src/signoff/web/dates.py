"""Dates that matter: models, versions of apps' APIs and keys, when they end and whom that stops; also as a calendar."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signoff.connectors.registry import manifests
from signoff.core import clock
from signoff.versions import changelogs, look, quarterly, subscriptions
from signoff.versions.calendar import Use, announced, keys, today, uses, with_snapshots
from signoff.versions.models import Changelog, Looked
from signoff.versions.wording import known_by
from signoff.web.answers import see_other
from signoff.web.errors import only_by_button
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.words import day, ends, named

ADDRESS = "/health/versions/"
ANNOUNCED_DAYS = 90  # as by the first notice of it
TONES = {"ok": "calendar", "warn": "clock-alert", "bad": "circle-alert"}


class Line(NamedTuple):
    """One end on a page: how near, what, when, whom it stops; `compare` are the pages that try a replacement."""

    use: Use
    tone: str
    icon: str
    what: str
    headline: str
    known_by: str
    is_over: bool
    stops: list[str]
    idle: list[str]
    compare: list[tuple[str, str]]


@needs("see")
def dates(request: HttpRequest) -> HttpResponseBase:
    """Show what ends when, whom it stops, and how that is known."""
    found = with_snapshots(uses())
    lines = [
        line_of(use) for use in sorted([*found, *keys()], key=_soonest) if use.ending and use.integrations
    ]
    page = {
        "lines": lines,
        "next": _next(lines),
        "endless": [use for use in found if not use.ending],
        "unused": [use for use in found if use.ending and not use.integrations],
        "announced": announced(),
        "news": [(row, manifests()[row.app].name) for row in changelogs.lately() if row.app in manifests()],
        "looked": Looked.objects.select_related("connection").order_by("connection__name"),
        "changelogs": [
            (row, manifests()[row.app].name) for row in Changelog.objects.all() if row.app in manifests()
        ],
        "subscription": subscriptions.has_one(person_of(request)),
        "quarter_due": quarterly.due(),
        "now": clock.now(),
        "here": "health",
    }
    return render(request, "web/dates.html", page)


@needs("build")
def look_now(request: HttpRequest) -> HttpResponseBase:
    """Ask every AI for its models and read the changelogs, by POST."""
    if request.method != "POST":
        return only_by_button(request, ADDRESS)
    count, new = look.look_at_models(now=True), changelogs.read_all(now=True)
    words = ngettext(
        "%(n)s AI was asked for its models.", "%(n)s AIs were asked for their models.", count
    ) % {"n": count}
    if new:
        words += " " + ngettext(
            "%(n)s new entry in a changelog names what you use.",
            "%(n)s new entries in changelogs name what you use.",
            new,
        ) % {"n": new}
    say(request, words)
    return see_other(ADDRESS)


@needs("see")
def subscribe(request: HttpRequest) -> HttpResponseBase:
    """Make an address for this person's calendar program, by POST; it is shown once."""
    if request.method != "POST":
        return only_by_button(request, ADDRESS)
    if request.POST.get("do") == "end":
        subscriptions.unsubscribe(person_of(request))
        say(request, _("The address opens nothing any more."))
        return see_other(ADDRESS)
    address = subscriptions.subscribe(person_of(request)).reveal()
    answer = render(request, "web/dates_address.html", {"address": address, "here": "health"})
    answer["Cache-Control"] = "no-store"
    return answer


def ending_for(integration: str, within_days: int = ANNOUNCED_DAYS) -> list[Line]:
    """Return which models and versions that an integration uses end within so many days, or did; the soonest first."""
    found = [use for use in uses() if use.ending and integration in use.integrations]
    return [line_of(use) for use in found if (use.days_left() or 0) <= within_days]


def as_calendar(request: HttpRequest) -> HttpResponse:
    """Give the dates to a calendar program that has a person's address; to nobody else."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET"})
    if subscriptions.subscriber(request.GET.get("key", "")) is None:
        words = _(
            "This address opens nothing (any more). Make a new one in Signoff, under Health, Dates that matter."
        )
        return HttpResponse(f"{words}\n", status=410, content_type="text/plain; charset=utf-8")
    answer = HttpResponse(subscriptions.as_ics(), content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Disposition"] = 'inline; filename="signoff.ics"'
    return answer


def line_of(use: Use) -> Line:
    """Return one end as pages show it."""
    left = use.days_left()
    is_over = bool(use.ending and use.ending.is_over) or (left is not None and left <= 0)
    near = is_over or (left is not None and left <= 14)
    tone = "bad" if near else "warn" if left is None or left <= 60 else "ok"
    compare = []
    if use.kind == "model" or (use.kind == "version" and use.ending and use.ending.replacement):
        compare = [(named(name), f"/integrations/{name}/drill/") for name in use.stops or use.integrations]
    return Line(
        use,
        tone,
        TONES[tone],
        _what(use),
        _headline(use, is_over),
        known_by(use.ending.source) if use.ending else "",
        is_over,
        [named(name) for name in use.stops],
        [named(name) for name in use.integrations if name not in use.stops],
        compare,
    )


def _what(use: Use) -> str:
    if use.kind == "model":
        return _("AI model %(what)s of %(app)s") % {"what": use.what, "app": use.app}
    if use.kind == "version":
        return _("%(app)s’s API, version %(what)s") % {"what": use.what, "app": use.app}
    return (_("Perhaps the key of %(what)s") if use.perhaps else _("Key of %(what)s")) % {"what": use.what}


def _headline(use: Use, is_over: bool) -> str:
    """Return in a sentence what ends when: "AI model gpt-4o of OpenAI ends on Thu 14 January 2027, in 49 days"."""
    on = use.ending.on if use.ending else None
    if on is None:
        return _("%(what)s is being retired; no day is named") % {"what": _what(use)}
    if is_over:
        return _("%(what)s ended on %(day)s") % {"what": _what(use), "day": day(on)}
    return _("%(what)s ends on %(when)s") % {"what": _what(use), "when": ends(on)}


def _next(lines: list[Line]) -> str:
    """Return in a sentence what stops something next."""
    stopping = [line for line in lines if line.stops and not line.use.perhaps]
    if not stopping:
        return _("Nothing that is switched on has a known end.")
    line = stopping[0]
    left = line.use.days_left()
    is_over = bool(line.use.ending and line.use.ending.is_over) or (left is not None and left < 0)
    named_so = {"what": line.what, "n": left}
    if is_over:
        return _("%(what)s has ended.") % named_so
    if left is None:
        return _("%(what)s is being retired.") % named_so
    if left == 0:
        return _("%(what)s ends today.") % named_so
    return ngettext("%(what)s ends in %(n)s day.", "%(what)s ends in %(n)s days.", left) % named_so


def _soonest(use: Use) -> tuple[bool, object]:
    return (use.ending is None, (use.ending.on if use.ending and use.ending.on else today()))
