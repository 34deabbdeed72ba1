"""Who did what: to look through, to carry away, and whether it still holds."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render

from signoff.accounts import audit as trail
from signoff.core.numbers import row_number
from signoff.sheets.writing import as_csv
from signoff.web.forms import AuditForm
from signoff.web.rights import needs

ENTRIES = 100


@needs("people")
def audit(request: HttpRequest) -> HttpResponseBase:
    """Who did what, the newest first; by POST, whether the trail still holds."""
    form = AuditForm(request.GET)
    wanted = form.wanted()
    entries = trail.entries(**wanted)
    before = row_number(request.GET.get("before"))
    if before is not None:
        entries = entries.filter(id__lt=before)
    rows = list(entries[: ENTRIES + 1])
    asked = {name: text for name, text in request.GET.items() if text and name in form.fields}
    older = {"before": str(rows[ENTRIES - 1].pk)} if len(rows) > ENTRIES else {}
    checked = request.method == "POST"
    page: dict[str, Any] = {
        "form": form,
        "entries": rows[:ENTRIES],
        "older": urlencode(asked | older) if older else "",
        "asked": urlencode(asked),
        "checked": checked,
        "found": trail.examine() if checked else None,
        "mark": trail.mark() if checked else "",
        "here": "settings",
        "tab": "audit",
    }
    return render(request, "web/audit.html", page, status=422 if form.errors else 200)


@needs("people")
def table(request: HttpRequest) -> HttpResponseBase:
    """Give the entries as a table for a spreadsheet: those that the page was asked for, all of them."""
    rows = trail.entries(**AuditForm(request.GET).wanted()).iterator(chunk_size=1000)
    pieces = as_csv(trail.COLUMNS, map(trail.as_row, rows))
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="who-did-what.csv"'
    answer["Cache-Control"] = "no-store"
    return answer
