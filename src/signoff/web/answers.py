"""The answer to a form that was used: "see there"."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_htmx.http import HttpResponseClientRedirect


class SeeOther(HttpResponseRedirect):
    """303: the browser opens the address by GET, so that reloading it repeats nothing."""

    status_code = 303


def see_other(address: str) -> SeeOther:
    """Return where to go on."""
    return SeeOther(address)


def leave_for(request: HttpRequest, address: str) -> HttpResponse:
    """Return where to go on, where that is another page than the one of which htmx would exchange a part."""
    return HttpResponseClientRedirect(address) if getattr(request, "htmx", False) else see_other(address)
