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
from signoff.core import clock
from signoff.engine.pulse import workers_alive
from signoff.integrations.usage import uses
from signoff.runs.backlog import backlog
from signoff.runs.models import Run
from signoff.versions.calendar import announced
from signoff.versions.calendar import uses as version_uses
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
    touching = _keys(list(Connection.objects.all())) + _programs() + _versions()
    others = [
        Date(on, f"{app} {what}", _instead(replacement), "")
        for app, what, on, replacement, _source in announced()
    ]
    return sorted(touching, key=_day), others


def _versions() -> list[Date]:
    """Return the ends of models and API versions that integrations use."""
    found = []
    for use in version_uses():
        if use.ending is None or use.ending.on is None or not use.integrations:
            continue
        what = _("%(what)s, used by %(who)s") % {
            "what": f"{use.app} {use.what}",
            "who": ", ".join(map(named, use.integrations)),
        }
        found.append(
            Date(
                use.ending.on, what, _instead(use.ending.replacement), f"/integrations/{use.integrations[0]}/"
            )
        )
    return found


def _instead(replacement: str) -> str:
    return _("Replacement: %(what)s") % {"what": replacement} if replacement else ""


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
