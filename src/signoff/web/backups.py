"""Backups: whether there is one that holds, where it lies, when the next is made, and how it is put back."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from signoff.core import clock
from signoff.core.home import home
from signoff.engine import backups, keeping
from signoff.engine.models import Backup
from signoff.engine.pulse import workers_alive
from signoff.vault import places
from signoff.web.answers import see_other
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.started import started
from signoff.web.words import Shown

ADDRESS = "/settings/backups/"


class Line(NamedTuple):
    """One backup, or a try to make one, as the list shows it."""

    row: Backup
    state: Shown
    size: str


@needs("see", to_write="people")
def listing(request: HttpRequest) -> HttpResponseBase:
    """Show how backups stand; a POST makes one now."""
    if request.method == "POST":
        return _make_one(request)
    found = backups.standing()
    last = found.last
    page = {
        "standing": found,
        "last": last,
        "failed": found.tried if found.tried and found.tried.problem else None,
        "is_old": last is not None and clock.now() - last.made_at > keeping.OLD_AFTER,
        "switched_off": found.plan.folder is None and keeping.is_switched_off(),
        "size": size(last) if last else "",
        "lines": [Line(row, _state(row), size(row)) for row in found.shown],
        "elsewhere": found.plan.folder is not None and home() not in found.plan.folder.parents,
        "file": shlex.quote(last.path) if last else "FILE",
        "started": started(),
        "own_database": not keeping.is_embedded(),
        "key_place": places.here().name,
        "alive": workers_alive(),
        "may_make_one": found.plan.folder is not None and person_of(request).may("people"),
        "here": "settings",
        "tab": "backups",
    }
    return render(request, "web/backups.html", page)


def _make_one(request: HttpRequest) -> HttpResponseBase:
    if backups.standing().plan.folder is None:
        say(request, _("No backup was made: nobody has said where to put it."))
    elif backups.start(person_of(request)):
        say(request, _("Asked for. The backup stands here as soon as it is made and tried out."))
    else:
        say(request, _("A backup is being made already."))
    return see_other(ADDRESS)


def size(row: Backup) -> str:
    """Return how large a file is, as people say it."""
    if row.size >= 1_000_000_000:
        return f"{row.size / 1e9:.1f} GB"
    return f"{row.size / 1e6:.1f} MB" if row.size >= 100_000 else f"{max(1, row.size // 1000)} kB"


def _state(row: Backup) -> Shown:
    if row.is_faulty:
        return Shown("bad", "circle-alert", _("Does not hold"))
    if row.problem:
        return Shown("bad", "circle-alert", _("Was not made"))
    if row.gone_at:
        return Shown("quiet", "circle-check", _("Removed for newer ones"))
    if row.checked_at:
        return Shown("ok", "circle-check", _("Restored on trial"))
    return Shown("warn", "circle-alert", _("Not tried out"))
