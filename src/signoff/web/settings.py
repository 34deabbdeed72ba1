"""Settings: me."""

from __future__ import annotations

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from signoff.accounts import sessions
from signoff.accounts.audit import note
from signoff.accounts.cover import NotCovered, end_away, set_away
from signoff.accounts.models import Away
from signoff.web.answers import see_other
from signoff.web.forms import AwayForm, MeForm, PasswordForm
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
    return _me(request, form, password)


@needs("review")
def away(request: HttpRequest) -> HttpResponseBase:
    """Say when I am out of office and who decides for me, or that I am back."""
    person = person_of(request)
    if request.method != "POST":
        return see_other("/settings/me/#away")
    if "back" in request.POST:
        end_away(person)
        say(request, _("You are back."))
        return see_other("/settings/me/")
    form = AwayForm(person, request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            set_away(person, data["from_on"], data["until_on"], data["cover"])
        except NotCovered as error:
            form.add_error("until_on", str(error))
        else:
            say(request, _("%(who)s decides in your place.") % {"who": data["cover"]})
            return see_other("/settings/me/")
    return _me(request, MeForm(None, instance=person), PasswordForm(person, None), form)


def _me(
    request: HttpRequest, form: MeForm, password: PasswordForm, away_form: AwayForm | None = None
) -> HttpResponseBase:
    person = person_of(request)
    absence = Away.objects.select_related("cover").filter(person=person).first()
    wrong = bool(form.errors or password.errors or (away_form and away_form.errors))
    return render(
        request,
        "web/me.html",
        {
            "form": form,
            "password": password,
            "absence": absence,
            "away_form": (away_form or AwayForm(person)) if person.may("review") else None,
            "here": "settings",
            "tab": "me",
        },
        status=422 if wrong else 200,
    )
