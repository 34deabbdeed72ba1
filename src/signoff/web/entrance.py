"""How one gets in and out: set-up, sign-in, sign-in links, sign-out."""

from __future__ import annotations

from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from signoff.accounts import invitations, links
from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.accounts.sign_in import AlreadySetUp, SlowDown, WrongPassword, check_password, first_owner
from signoff.web.answers import see_other
from signoff.web.errors import only_by_button
from signoff.web.forms import AcceptForm, SetUpForm, SignInForm
from signoff.web.proof import first_step_done, let_in, usable_passkeys, whence
from signoff.web.rights import safe
from signoff.web.said import say


@never_cache
@sensitive_post_parameters("password")
def set_up(request: HttpRequest) -> HttpResponseBase:
    """Make the first owner; there is no second first owner."""
    if Person.objects.filter(role=Person.Role.OWNER).exists():
        return see_other("/" if request.user.is_authenticated else "/sign-in/")
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = first_owner(
                form.cleaned_data["email"], form.cleaned_data["password"], form.cleaned_data["name"]
            )
        except AlreadySetUp:
            return see_other("/sign-in/")
        let_in(request, person, "at set-up")
        return see_other("/")
    return render(request, "web/set_up.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Sign in with a password."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return see_other(safe(request, request.GET.get("next", "")))
        if not Person.objects.exists():
            return see_other("/setup/")
        return _sign_in_page(request, SignInForm(initial={"next": request.GET.get("next", "")}))
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, form, 422)
    try:
        person = check_password(form.cleaned_data["email"], form.cleaned_data["password"], whence(request))
    except SlowDown as slow:
        form.add_error(None, str(slow))
        return _sign_in_page(request, form, 429)
    except WrongPassword as wrong:
        form.add_error(None, str(wrong))
        return _sign_in_page(request, form, 422)
    return first_step_done(request, person, "with a password", safe(request, form.cleaned_data["next"]))


def _sign_in_page(request: HttpRequest, form: SignInForm, status: int = 200) -> HttpResponseBase:
    page = {"form": form, "passkeys": usable_passkeys(request)}
    return render(request, "web/sign_in.html", page, status=status)


@never_cache
def by_link(request: HttpRequest, text: str) -> HttpResponseBase:
    """Show one button; pressing it signs in. A preview that opens the link does not use it up."""
    if request.method != "POST":
        return render(request, "web/link.html", {"person": links.peek(text)})
    person = links.use_link(text)
    if person is None:
        return render(request, "web/link.html", {"person": None}, status=410)
    return first_step_done(request, person, "with a link", "/")


@never_cache
@sensitive_post_parameters("password")
def by_invitation(request: HttpRequest, text: str) -> HttpResponseBase:
    """Let somebody who was invited choose a password and come in. Opening the page uses nothing up."""
    try:
        invitation = invitations.peek(text)
        form = AcceptForm(request.POST or None, initial={"name": invitation.name})
        if request.method == "POST" and form.is_valid():
            try:
                person = invitations.accept(text, form.cleaned_data["name"], form.cleaned_data["password"])
            except ValidationError as error:
                form.add_error("password", error)
            else:
                let_in(request, person, "with an invitation")
                say(request, _("Welcome. You are one of the people here now."))
                return see_other("/")
    except invitations.InvitationOver as over:
        return render(request, "web/invitation.html", {"over": str(over)}, status=410)
    return render(
        request,
        "web/invitation.html",
        {"invitation": invitation, "form": form},
        status=422 if form.errors else 200,
    )


def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out, by POST."""
    if request.method != "POST":
        text = _("Signing out needs its button, under Settings.")
        return only_by_button(request, "/", _("You are still as you were"), text)
    if request.user.is_authenticated:
        note(request.user, "signed out", "")
    logout(request)
    return see_other("/sign-in/")
