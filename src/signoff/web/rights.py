"""Who may open what, and when somebody has to show again who they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from signoff.accounts import sessions
from signoff.accounts.models import Person
from signoff.accounts.second_step import lacks_second_step
from signoff.web.answers import see_other
from signoff.web.errors import no_permission
from signoff.web.said import say

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def person_of(request: HttpRequest) -> Person:
    """Return who is signed in; only views behind `needs` ask."""
    return cast(Person, request.user)


def needs(
    *rights: str, to_write: str | None = None, fresh: bool = False, before_second_step: bool = False
) -> Callable[[View[P]], View[P]]:
    """
    Let a view be opened by people with any of `rights` (none named: by everyone signed in).

    `to_write` names the right that a POST needs. `fresh`: what the view shows or does concerns how people get in, so
    it asks for the password again when the last proof is half an hour old. `before_second_step`: open also to somebody
    who still has to set up the second step that everybody needs here. Nobody signed in: to the sign-in page, or to
    set-up while there is no owner.
    """

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            person = request.user
            if not isinstance(person, Person) or not person.is_active:
                return _to_sign_in(request)
            if not before_second_step and lacks_second_step(person):
                return _to_second_step(request)
            if rights and not any(person.may(right) for right in rights):
                return no_permission(request, rights)
            if request.method == "POST" and to_write and not person.may(to_write):
                return no_permission(request, (to_write,))
            if fresh and not sessions.is_fresh(request.session):
                return _to_proof(request)
            if "poll" not in request.GET:  # a page that looks by itself is nobody being here
                sessions.seen(request.session)
            return view(request, *args, **kwargs)

        return guarded

    return guard


def safe(request: HttpRequest, address: str) -> str:
    """Return where to go on: a page of ours, else Home."""
    ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None, require_https=request.is_secure())
    return address if ours and address.startswith("/") else "/"


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


def _to_second_step(request: HttpRequest) -> HttpResponse:
    if getattr(request, "htmx", False):
        if "poll" in request.GET:
            return HttpResponse(status=286)
        answer = HttpResponse(_("Set up a second step first."))
        answer["HX-Redirect"] = "/settings/sign-in/"
        return answer
    say(request, _("Everybody needs a second step here. Set one up, and everything is open to you."))
    return see_other("/settings/sign-in/")


def _to_proof(request: HttpRequest) -> HttpResponse:
    """Ask who it is, and come back: to the page, or for a button to the page it is on."""
    if request.method == "GET":
        back = request.get_full_path()
    else:
        back = urlsplit(request.headers.get("Referer", "")).path or "/settings/me/"
        say(request, _("Nothing was changed yet. Press the button again."))
    return see_other("/settings/confirm/?" + urlencode({"next": safe(request, back)}))
