"""Settings: me."""

from __future__ import annotations

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from signoff.accounts import sessions
from signoff.accounts.audit import note
from signoff.web.answers import see_other
from signoff.web.forms import MeForm, PasswordForm
from signoff.web.rights import needs, person_of
from signoff.web.said import say


@needs()
@sensitive_post_parameters("old", "new")
def me(request: HttpRequest) -> HttpResponseBase:
    """My name, my theme, my keys and my password."""
    person = person_of(request)
    about = "theme" in request.POST
    form = MeForm(request.POST if about else None, instance=person)
    # Who came in by a link just now has shown who they are, and may have come because the password is forgotten.
    forgotten = sessions.began_with(request.session).startswith("with a link") and sessions.is_fresh(
        request.session
    )
    asked = request.POST if request.method == "POST" and not about else None
    password = PasswordForm(person, asked, with_old=not forgotten)
    if request.method == "POST":
        if about and form.is_valid():
            form.save()
            say(request, _("Saved."))
            return see_other("/settings/me/")
        if not about and password.is_valid():
            person.set_password(password.cleaned_data["new"])
            person.save(update_fields=["password"])
            update_session_auth_hash(request, person)
            sessions.proved(request.session)
            sessions.sign_out(person, but=request.session)
            note(person, "changed", "their password")
            say(request, _("Your password is changed. All other browsers are signed out."))
            return see_other("/settings/me/")
        person.refresh_from_db()
    wrong = bool(form.errors or password.errors)
    return render(
        request,
        "web/me.html",
        {"form": form, "password": password, "here": "settings", "tab": "me"},
        status=422 if wrong else 200,
    )
