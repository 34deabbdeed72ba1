"""Showing who one is: letting somebody in, the second step, passkeys, and being asked again later."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth import SESSION_KEY, login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from signoff.accounts import codes, passkeys, sessions
from signoff.accounts.audit import note
from signoff.accounts.models import Passkey, Person
from signoff.accounts.second_step import has_second_step
from signoff.accounts.sign_in import SlowDown, WrongPassword, check_password
from signoff.core import clock
from signoff.web.answers import see_other
from signoff.web.errors import only_by_button
from signoff.web.forms import ProofForm, SecondStepForm, SignInForm
from signoff.web.rights import needs, person_of, safe
from signoff.web.said import say

BACKEND = "django.contrib.auth.backends.ModelBackend"
HALF = "half_way"  # somebody has shown the first of two things
HALF_WAY_SECONDS = 10 * 60
ASKED = "passkey"  # what we asked a browser about a passkey
FEW_LEFT = 3


def first_step_done(request: HttpRequest, person: Person, how: str, next_page: str) -> HttpResponseBase:
    """Let somebody in who has shown the first thing, or ask for the second where they have one."""
    if not has_second_step(person):
        let_in(request, person, how)
        return see_other(next_page)
    request.session.flush()
    request.session[HALF] = {
        "person": person.pk,
        "how": how,
        "next": next_page,
        "password": person.get_session_auth_hash(),
        "at": clock.now().timestamp(),
    }
    return see_other("/sign-in/second/")


@never_cache
@sensitive_post_parameters("code")
def second_step(request: HttpRequest) -> HttpResponseBase:
    """Ask for the second thing."""
    person = _half_way(request)
    if person is None:
        if request.user.is_authenticated:
            return see_other("/")
        return _begin_again(request)
    form = SecondStepForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                what = codes.check_code(person, form.cleaned_data["code"], whence(request))
            except SlowDown as slow:
                status = 429
                form.add_error(None, str(slow))
            except codes.WrongCode as wrong:
                form.add_error("code", str(wrong))
            else:
                return _second_step_done(request, person, what)
    return render(
        request,
        "web/second_step.html",
        {"form": form, "passkeys": usable_passkeys(request, person)},
        status=status,
    )


@never_cache
def passkey_options(request: HttpRequest) -> HttpResponse:
    """Tell the browser what to ask a passkey for, by POST: any of ours, or those of who is here already."""
    if request.method != "POST":
        return only_by_button(request, "/sign-in/", *_by_button())
    try:
        asked, request.session[ASKED] = passkeys.begin_using(_known(request))
    except passkeys.NoPasskeysHere as nowhere:
        return JsonResponse({"problem": str(nowhere)}, status=409)
    return JsonResponse(asked)


@never_cache
@sensitive_post_parameters("passkey")
def by_passkey(request: HttpRequest) -> HttpResponseBase:
    """Sign in with a passkey: alone, or as the second step."""
    if request.method != "POST":
        return only_by_button(request, "/sign-in/", *_by_button())
    known = _half_way(request)
    try:
        person = passkeys.finish_using(
            request.session.pop(ASKED, None), request.POST.get("passkey", ""), known
        )
    except (passkeys.PasskeyRefused, passkeys.NoPasskeysHere) as refused:
        if known is not None:
            page: dict[str, Any] = {"form": SecondStepForm(), "passkeys": usable_passkeys(request, known)}
            return render(request, "web/second_step.html", page | {"refused": str(refused)}, status=422)
        page = {"form": SignInForm(initial={"next": request.POST.get("next", "")}), "passkeys": True}
        return render(request, "web/sign_in.html", page | {"refused": str(refused)}, status=422)
    if known is not None:
        return _second_step_done(request, person, "a passkey")
    let_in(request, person, "with a passkey")
    return see_other(safe(request, request.POST.get("next", "")))


@needs(before_second_step=True)
@never_cache
@sensitive_post_parameters("password", "code", "passkey")
def confirm(request: HttpRequest) -> HttpResponseBase:
    """Ask again who it is, before something that concerns how people get in."""
    person = person_of(request)
    back = safe(request, (request.POST or request.GET).get("next", ""))
    with_password, with_code = person.has_usable_password(), has_second_step(person)
    given = request.POST if request.method == "POST" and "passkey" not in request.POST else None
    form = ProofForm(given, initial={"next": back}, with_password=with_password, with_code=with_code)
    status, refused = 200, ""
    if request.method == "POST":
        status = 422
        try:
            if given is None:
                passkeys.finish_using(request.session.pop(ASKED, None), request.POST["passkey"], person)
                return _proved(request, back)
            if form.is_valid() and form.fields.keys() > {"next"}:
                if with_password:
                    check_password(person.email, form.cleaned_data["password"], whence(request))
                if with_code:
                    codes.check_code(person, form.cleaned_data["code"], whence(request))
                return _proved(request, back)
        except SlowDown as slow:
            status = 429
            form.add_error(None, str(slow))
        except WrongPassword:
            form.add_error("password", _("This is not your password."))
        except codes.WrongCode as wrong:
            form.add_error("code", str(wrong))
        except (passkeys.PasskeyRefused, passkeys.NoPasskeysHere) as not_taken:
            refused = str(not_taken)
    page = {"form": form, "back": back, "refused": refused, "passkeys": usable_passkeys(request, person)}
    page |= {"provable": with_password or with_code, "here": "settings"}
    return render(request, "web/confirm.html", page, status=status)


def let_in(request: HttpRequest, person: Person, how: str) -> None:
    """Sign somebody in: always in a new session, so that nobody else can know its cookie."""
    request.session.pop(HALF, None)
    request.session.pop(ASKED, None)
    if SESSION_KEY in request.session:
        request.session.flush()
    login(request, person, backend=BACKEND)
    sessions.begun(request.session, how, request.headers.get("User-Agent", ""), whence(request))
    note(person, "signed in", how, {"from": whence(request)})


def whence(request: HttpRequest) -> str:
    """Return the network address a request came from; behind a trusted web server the one it tells (`Proxies`)."""
    return str(request.META.get("REMOTE_ADDR", ""))


def usable_passkeys(request: HttpRequest, person: Person | None = None) -> bool:
    """Say whether a passkey would do on this page: there are some, and browsers allow them at this address."""
    rows = Passkey.objects.all() if person is None else person.passkeys.all()
    return passkeys_allowed(request) == "" and rows.exists()


def passkeys_allowed(request: HttpRequest) -> str:
    """Return nothing where the browser allows our passkeys on this page, else the sentence that says where it would."""
    try:
        here = passkeys.place()
    except passkeys.NoPasskeysHere as nowhere:
        return str(nowhere)
    if request.get_host() != urlsplit(here.address).netloc:
        return _("Passkeys are good at %(address)s only. Open Signoff there.") % {"address": here.address}
    return ""


def _second_step_done(request: HttpRequest, person: Person, what: str) -> HttpResponseBase:
    half = request.session[HALF]
    let_in(request, person, f"{half['how']} and {what}")
    left = codes.recovery_codes_left(person)
    if what == "a recovery code" and left <= FEW_LEFT:
        say(
            request,
            _("You have %(n)s recovery codes left. Make new ones under Settings, Signing in.") % {"n": left},
        )
    return see_other(safe(request, half["next"]))


def _proved(request: HttpRequest, back: str) -> HttpResponseBase:
    """Take note that this person has just shown again who they are, and give the session another cookie."""
    request.session.cycle_key()
    sessions.proved(request.session)
    return see_other(back)


def _half_way(request: HttpRequest) -> Person | None:
    """Return who has shown the first of two things here, lately; a changed password undoes it."""
    half = request.session.get(HALF)
    if not half or clock.now().timestamp() - half["at"] > HALF_WAY_SECONDS:
        return None
    person = Person.objects.filter(pk=half["person"], is_active=True).first()
    return person if person and person.get_session_auth_hash() == half["password"] else None


def _known(request: HttpRequest) -> Person | None:
    """Return whose passkeys would do: of who is signed in, of who is half way in, or anybody's."""
    return request.user if isinstance(request.user, Person) else _half_way(request)


def _begin_again(request: HttpRequest) -> HttpResponseBase:
    form = SignInForm()
    page = {"form": form, "refused": _("That took more than ten minutes. Sign in again; nothing is lost.")}
    return render(request, "web/sign_in.html", page | {"passkeys": usable_passkeys(request)})


def _by_button() -> tuple[str, str]:
    return _("You are still as you were"), _(
        "Signing in with a passkey needs its button on the sign-in page."
    )
