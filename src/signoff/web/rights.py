"""Who may open what."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from signoff.accounts.models import Person
from signoff.web.errors import no_permission

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def person_of(request: HttpRequest) -> Person:
    """Return who is signed in; only views behind `needs` ask."""
    return cast(Person, request.user)


def needs(*rights: str, to_write: str | None = None) -> Callable[[View[P]], View[P]]:
    """
    Let a view be opened by people with any of `rights` (none named: by everyone signed in).

    `to_write` names the right that a POST needs. Nobody signed in: to the sign-in page, or to set-up while
    there is no owner.
    """

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            person = request.user
            if not isinstance(person, Person) or not person.is_active:
                return _to_sign_in(request)
            if rights and not any(person.may(right) for right in rights):
                return no_permission(request, rights)
            if request.method == "POST" and to_write and not person.may(to_write):
                return no_permission(request, (to_write,))
            return view(request, *args, **kwargs)

        return guarded

    return guard


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if not Person.objects.exists():
        return HttpResponseRedirect("/setup/")
    if getattr(request, "htmx", False):
        if "poll" in request.GET:
            return HttpResponse(status=286)  # htmx: stop asking; what the person is typing stays where it is
        answer = HttpResponse(_("You are signed out."))
        answer["HX-Redirect"] = "/sign-in/"
        return answer
    where = {"next": request.get_full_path()} if request.method == "GET" and request.path != "/" else {}
    return HttpResponseRedirect("/sign-in/" + (f"?{urlencode(where)}" if where else ""))
