"""How I get in: where I am signed in, and signing out there."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signoff.accounts import sessions
from signoff.accounts.audit import note
from signoff.accounts.models import Session
from signoff.web.answers import see_other
from signoff.web.rights import needs, person_of
from signoff.web.said import say

HERE = "/settings/sign-in/"


@needs(fresh=True)
def signing_in(request: HttpRequest) -> HttpResponseBase:
    """Show how I get in, and where I am signed in."""
    person = person_of(request)
    return render(
        request,
        "web/signing_in.html",
        {
            "sessions": session_rows(request, sessions.sessions_of(person)),
            "end": "/settings/sessions/",
            "here": "settings",
            "tab": "sign-in",
        },
    )


@needs(fresh=True)
def end_session(request: HttpRequest, session_id: int) -> HttpResponseBase:
    """Sign out in one other browser, by POST."""
    person = person_of(request)
    if request.method == "POST" and sessions.sign_out(person, number=session_id, but=request.session):
        note(person, "signed out", "another browser of theirs")
        say(request, _("That browser is signed out."))
    return see_other(HERE)


@needs(fresh=True)
def end_others(request: HttpRequest) -> HttpResponseBase:
    """Sign out in all other browsers, by POST."""
    person = person_of(request)
    if request.method == "POST":
        count = sessions.sign_out(person, but=request.session)
        note(person, "signed out", "all other browsers of theirs", {"count": count})
        said = ngettext("%(n)s other browser is signed out.", "%(n)s other browsers are signed out.", count)
        say(request, said % {"n": count})
    return see_other(HERE)


def session_rows(request: HttpRequest, rows: object) -> list[tuple[Session, str, bool]]:
    """Return sessions with their browser in words, and which one asks."""
    return [
        (row, sessions.browser_of(row.agent), sessions.is_this(row, request.session))
        for row in rows  # type: ignore[attr-defined]
    ]
