"""The two answers every form gives: the page again, or "see there"."""

from __future__ import annotations

from django.http import HttpResponse


def see_other(address: str) -> HttpResponse:
    """Return 303: the browser opens `address` by GET, so that reloading it repeats nothing."""
    answer = HttpResponse(status=303)
    answer["Location"] = address
    return answer
