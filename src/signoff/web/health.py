"""Health: what waits, who works, which apps answer, and the dates that matter."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from signoff.accounts.tokens import ending
from signoff.connections.ending import ends_on
from signoff.connections.models import Connection
from signoff.connectors.registry import manifests
from signoff.core import clock
from signoff.engine.pulse import workers_alive
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.integrations.usage import uses
from signoff.runs.backlog import backlog
from signoff.runs.models import Run
from signoff.web.connections import stops_on
from signoff.web.notices import for_health
from signoff.web.rights import needs
from signoff.web.words import Shown, named, run_state

MOST_COUNTED = 10_000


class Waiting(NamedTuple):
    state: Shown
    value: str
    records: str
    oldest: datetime | None


class Date(NamedTuple):
    """A day on which something we use ends."""

    on: date | datetime
    what: str
    what_next: str
    address: str


@needs("see")
def health(request: HttpRequest) -> HttpResponse:
    """Show how the work stands."""
    waiting = [
        _waiting(state)
        for state in ("queued", "asking", "in a batch", "waiting for review", "approved", "delivering")
    ]
    alive = workers_alive()
    busy = any(row.oldest for row in waiting if row.value != "waiting for review")
    used, others = dates()
    return render(
        request,
        "web/health.html",
        {
            "waiting": waiting,
            "alive": alive,
            "stands_still": busy and not alive,
            "connections": Connection.objects.order_by("name"),
            "backlog": backlog(),
            "dates": used,
            "other_dates": others,
            **for_health(),
            "now": clock.now(),
            "here": "health",
        },
    )


def _waiting(state: str) -> Waiting:
    runs = Run.objects.filter(state=state)
    count = runs[: MOST_COUNTED + 1].count()
    oldest = runs.order_by("id").values_list("changed_at", flat=True).first() if count else None
    return Waiting(
        run_state(state), state, f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}", oldest
    )


def dates() -> tuple[list[Date], list[Date]]:
    """Return the ends that touch what we use, soonest first; and the others still to come."""
    connections = list(Connection.objects.all())
    apps = {row.app for row in connections}
    models = _models_used()
    touching = _keys(connections) + _programs()
    others = []
    for app in manifests().values():
        for end in app.api.ends:
            users = models.get(end.what, [])
            next_one = _("Replacement: %(what)s") % {"what": end.replacement} if end.replacement else ""
            entry = Date(
                end.on, f"{app.name} {end.what}", next_one, f"/integrations/{users[0]}/" if users else ""
            )
            if users:
                what = _("%(what)s, used by %(who)s") % {
                    "what": entry.what,
                    "who": ", ".join(map(named, users)),
                }
                touching.append(entry._replace(what=what))
            elif app.key in apps and end.on >= timezone.localdate():
                others.append(entry)
    return sorted(touching, key=_day), sorted(others, key=_day)


def _keys(connections: list[Connection]) -> list[Date]:
    """Return the ends of keys and sign-ins, with what stops then."""
    found = []
    used = uses(connections)
    for row in connections:
        end = ends_on(row)
        if end is None:
            continue
        what = _("Key of %(name)s") if end.is_certain else _("Perhaps the key of %(name)s")
        stopping = [use.integration for use in used[row.name] if use.is_on]
        next_one = f"{stops_on(len(stopping), end)}. {_('Renew it.')}" if stopping else _("Renew it")
        found.append(Date(end.at, what % {"name": row.name}, next_one, f"/connections/{row.pk}/"))
    return found


def _programs() -> list[Date]:
    """Return the ends of our own keys that programs use, when they are near."""
    what = _("Key for %(name)s, a program")
    return [
        Date(row.ends_at, what % {"name": row.name}, _("Make a new one"), "/settings/tokens/")
        for row in ending()
        if row.ends_at
    ]


def _day(entry: Date) -> date:
    return timezone.localtime(entry.on).date() if isinstance(entry.on, datetime) else entry.on


def _models_used() -> dict[str, list[str]]:
    """Return the names of the integrations that use a model, by the model."""
    used: dict[str, list[str]] = {}
    for integration in Integration.objects.select_related("current").exclude(current=None).order_by("name"):
        if integration.current:
            used.setdefault(read_definition(integration.current)[0].prompt.model, []).append(integration.name)
    return used
