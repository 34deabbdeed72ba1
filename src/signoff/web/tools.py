"""Choosing which tools of an MCP server may be used, and for what."""

from __future__ import annotations

import difflib
import json
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from signoff.connections import choosing
from signoff.connections.models import Connection
from signoff.core.errors import SignoffError
from signoff.engine import verbs
from signoff.web.answers import see_other
from signoff.web.connections import Row
from signoff.web.rights import needs, person_of
from signoff.web.said import say

USE, SEEN = "use:", "seen:"


class Line(NamedTuple):
    """One tool in the form: what it is called, what its server says of it, and how it may be used."""

    name: str
    title: str
    description: str
    takes: str
    hash: str
    use: str
    choices: list[tuple[str, str]]
    fault: str
    reads: bool
    changed: list[str]


@needs("see", to_write="connect")
def choose(request: HttpRequest, connection_id: int) -> HttpResponseBase:
    """Show what a server offers now, and keep what of it may be used."""
    connection = get_object_or_404(Connection, pk=connection_id)
    if not choosing.offers_tools(connection):
        raise Http404
    trouble: SignoffError | None = None
    lines: list[Line] = []
    gone: list[str] = []
    try:
        if request.method == "POST":
            return _chosen(request, connection)
    except SignoffError as error:
        trouble = error
    try:
        offers = choosing.offered(connection)
        changed_first = sorted(offers, key=lambda one: not one.is_changed)
        lines, gone = [_line(one) for one in changed_first], choosing.gone(connection, offers)
    except SignoffError as error:
        trouble = trouble or error
    return render(
        request,
        "web/tools.html",
        {
            "row": Row(connection, []),
            "lines": lines,
            "gone": gone,
            "trouble": trouble,
            "here": "connections",
        },
        status=422 if trouble and request.method == "POST" else 200,
    )


def _chosen(request: HttpRequest, connection: Connection) -> HttpResponseBase:
    uses = {
        name.removeprefix(USE): value
        for name, value in request.POST.items()
        if name.startswith(USE) and isinstance(value, str) and value in ("write", "read")
    }
    seen = {
        name.removeprefix(SEEN): str(value) for name, value in request.POST.items() if name.startswith(SEEN)
    }
    row = choosing.choose(connection, uses, person_of(request), seen)
    verbs.mended(row)
    say(request, _("Kept. Integrations can use what you chose."))
    return see_other(f"/connections/{connection.pk}/")


def _line(offer: choosing.Offer) -> Line:
    tool: Any = offer.tool
    choices = [("", _("Not used")), ("write", _("Takes approved answers"))]
    if tool.says_it_reads:
        choices.append(("read", _("Is asked about records")))
    return Line(
        tool.name,
        tool.title,
        tool.description,
        ", ".join(tool.schema.get("properties") or {}) if not tool.fault else "",
        tool.hash,
        ""
        if offer.is_changed
        else offer.use,  # what changed is chosen anew by a hand, not by a press of Keep
        choices,
        tool.fault,
        tool.says_it_reads,
        _difference(offer.was, tool.kept("write")["tool"]) if offer.was is not None else [],
    )


def _difference(was: Any, now: Any) -> list[str]:
    """Return the lines that differ in what was said of a tool, each with a + or a - before it."""
    before, after = (
        json.dumps(one, indent=1, sort_keys=True, ensure_ascii=False).splitlines() for one in (was, now)
    )
    found = [
        line
        for line in difflib.unified_diff(before, after, n=0, lineterm="")
        if line[:2] not in ("--", "++", "@@")
    ]
    return [line[:300] for line in found[:60]]
