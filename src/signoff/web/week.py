"""A week on one page: what was done, what it saved and cost, what was wrong, and what is coming."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from signoff.monitoring.digest import WORDS_A_MINUTE, digest, last_monday
from signoff.web.rights import needs
from signoff.web.words import named


@needs("see")
def week(request: HttpRequest) -> HttpResponse:
    """Show the last full week, or the one that began on the Monday asked for."""
    latest = last_monday()
    try:
        asked = date.fromisoformat(request.GET.get("monday", latest.isoformat()))
    except ValueError:
        raise Http404 from None
    monday = min(asked - timedelta(days=asked.weekday()), latest + timedelta(days=7))
    if monday.year < 2000:
        raise Http404
    found = digest(monday)
    return render(
        request,
        "web/week.html",
        {
            "week": found,
            "approved": found.as_written + found.edited + found.unattended,
            "minutes": round(found.hours_saved * 60),
            "hours": found.hours_saved,
            "pace": WORDS_A_MINUTE,
            "wrong": [(named(one.integration), one) for one in found.wrong],
            "before": monday - timedelta(days=7),
            "after": monday + timedelta(days=7) if monday <= latest else None,
            "is_over": monday <= latest,
            "here": "health",
        },
    )
