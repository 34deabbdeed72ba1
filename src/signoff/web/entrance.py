"""How one gets in and out: set-up, sign-in, sign-in links, sign-out."""

from __future__ import annotations

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from signoff.accounts import links
from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.accounts.sign_in import AlreadySetUp, SlowDown, WrongPassword, check_password, first_owner
from signoff.web.answers import see_other
from signoff.web.errors import only_by_button
from signoff.web.forms import SetUpForm, SignInForm

BACKEND = "django.contrib.auth.backends.ModelBackend"


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
        login(request, person, backend=BACKEND)
        return see_other("/")
    return render(request, "web/set_up.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Sign in with a password."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return see_other(_safe(request, request.GET.get("next", "")))
        if not Person.objects.exists():
            return see_other("/setup/")
        return render(
            request, "web/sign_in.html", {"form": SignInForm(initial={"next": request.GET.get("next", "")})}
        )
    form = SignInForm(request.POST)
    if not form.is_valid():
        return render(request, "web/sign_in.html", {"form": form}, status=422)
    try:
        person = check_password(form.cleaned_data["email"], form.cleaned_data["password"])
    except SlowDown as slow:
        form.add_error(None, str(slow))
        return render(request, "web/sign_in.html", {"form": form}, status=429)
    except WrongPassword as wrong:
        form.add_error(None, str(wrong))
        return render(request, "web/sign_in.html", {"form": form}, status=422)
    login(request, person, backend=BACKEND)
    note(person, "signed in", "with a password")
    return see_other(_safe(request, form.cleaned_data["next"]))


@never_cache
def by_link(request: HttpRequest, text: str) -> HttpResponseBase:
    """Show one button; pressing it signs in. A preview that opens the link does not use it up."""
    if request.method != "POST":
        return render(request, "web/link.html", {"person": links.peek(text)})
    person = links.use_link(text)
    if person is None:
        return render(request, "web/link.html", {"person": None}, status=410)
    login(request, person, backend=BACKEND)
    note(person, "signed in", "with a link")
    return see_other("/")


def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out, by POST."""
    if request.method != "POST":
        text = _("Signing out needs its button, under Settings.")
        return only_by_button(request, "/", _("You are still as you were"), text)
    if request.user.is_authenticated:
        note(request.user, "signed out", "")
    logout(request)
    return see_other("/sign-in/")


def _safe(request: HttpRequest, address: str) -> str:
    """Return where to go after signing in: a page of ours, else Home."""
    ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None, require_https=request.is_secure())
    return address if ours and address.startswith("/") else "/"
