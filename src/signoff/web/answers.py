"""The answer to a form that was used: "see there"."""

from __future__ import annotations

from django.http import HttpResponseRedirect


class SeeOther(HttpResponseRedirect):
    """303: the browser opens the address by GET, so that reloading it repeats nothing."""

    status_code = 303


def see_other(address: str) -> SeeOther:
    """Return where to go on."""
    return SeeOther(address)
