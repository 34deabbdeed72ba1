"""How I get in: my second step, my passkeys, where I am signed in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from signoff.accounts import codes, passkeys, second_step, sessions
from signoff.accounts.audit import note
from signoff.accounts.models import Person, Session
from signoff.web.answers import see_other
from signoff.web.forms import CodeForm, PasskeyForm
from signoff.web.proof import passkeys_allowed
from signoff.web.rights import needs, person_of
from signoff.web.said import say

HERE = "/settings/sign-in/"
ADDED = "passkey_to_add"  # what we asked a browser about a new passkey


@needs(fresh=True, before_second_step=True)
def signing_in(request: HttpRequest) -> HttpResponseBase:
    """Show how I get in, and where I am signed in."""
    return _page(request)


@needs(fresh=True, before_second_step=True)
@never_cache
@sensitive_post_parameters("code")
def set_up_codes(request: HttpRequest) -> HttpResponseBase:
    """Set up a phone for one-time codes: begin by POST, show what the phone reads, and take its first code by POST."""
    person = person_of(request)
    form = CodeForm(request.POST if "code" in request.POST else None)
    if request.method == "POST" and "code" not in request.POST:
        codes.begin_setup(person)
        return see_other(f"{HERE}codes/")
    if request.method == "POST" and form.is_valid():
        try:
            codes.confirm_setup(person, form.cleaned_data["code"])
        except codes.WrongCode as wrong:
            form.add_error("code", str(wrong))
        else:
            note(person, "set up", "their one-time codes")
            return _factor_added(request, _("Your phone is set up. Its codes are asked for from now on."))
    setup = codes.setup_of(person)
    if setup is None and not form.errors:
        return see_other(HERE)
    page = {"form": form, "setup": setup, "picture": _picture(setup) if setup else ""}
    return render(
        request,
        "web/codes.html",
        page | {"here": "settings", "tab": "sign-in"},
        status=422 if form.errors else 200,
    )


@needs(fresh=True, before_second_step=True)
def codes_off(request: HttpRequest) -> HttpResponseBase:
    """Turn my one-time codes off, by POST."""
    if request.method == "POST":
        try:
            if second_step.take_codes(person_of(request)):
                say(request, _("One-time codes are not asked for any more."))
        except second_step.StepNeeded as needed:
            return _page(request, refused=str(needed), status=409)
    return see_other(HERE)


@needs(fresh=True, before_second_step=True)
@never_cache
def recovery(request: HttpRequest) -> HttpResponseBase:
    """Make new recovery codes and show them, once, by POST."""
    if request.method != "POST" or not second_step.has_second_step(person_of(request)):
        return see_other(HERE)
    return _new_recovery_codes(request, "")


@needs(fresh=True, before_second_step=True)
@never_cache
def passkey_options(request: HttpRequest) -> HttpResponse:
    """Tell the browser what to ask a device for, so that it makes a passkey; by POST."""
    if request.method != "POST":
        return see_other(HERE)
    try:
        asked, request.session[ADDED] = passkeys.begin_adding(person_of(request))
    except passkeys.NoPasskeysHere as nowhere:
        return JsonResponse({"problem": str(nowhere)}, status=409)
    return JsonResponse(asked)


@needs(fresh=True, before_second_step=True)
@never_cache
@sensitive_post_parameters("passkey")
def add_passkey(request: HttpRequest) -> HttpResponseBase:
    """Keep the passkey that the browser made, by POST."""
    if request.method != "POST":
        return see_other(HERE)
    person, form = person_of(request), PasskeyForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    asked = request.session.pop(ADDED, None)
    try:
        made = passkeys.finish_adding(
            person, asked, request.POST.get("passkey", ""), form.cleaned_data["name"]
        )
    except (passkeys.PasskeyRefused, passkeys.NoPasskeysHere) as refused:
        return _page(request, form=form, refused=str(refused), status=422)
    note(person, "added", f"a passkey: {made.name}")
    return _factor_added(request, _("%(name)s is added. It signs you in by itself.") % {"name": made.name})


@needs(fresh=True, before_second_step=True)
def remove_passkey(request: HttpRequest, passkey_id: int) -> HttpResponseBase:
    """Let a passkey of mine be good no more, by POST."""
    if request.method == "POST":
        try:
            gone = second_step.take_passkey(person_of(request), passkey_id)
        except second_step.StepNeeded as needed:
            return _page(request, refused=str(needed), status=409)
        if gone:
            text = _("%(name)s does not sign you in any more. Delete it on the device, too.")
            say(request, text % {"name": gone.name})
    return see_other(HERE)


@needs(fresh=True, before_second_step=True)
def end_session(request: HttpRequest, session_id: int) -> HttpResponseBase:
    """Sign out in one other browser, by POST."""
    person = person_of(request)
    if request.method == "POST" and sessions.sign_out(person, number=session_id, but=request.session):
        note(person, "signed out", "another browser of theirs")
        say(request, _("That browser is signed out."))
    return see_other(HERE)


@needs(fresh=True, before_second_step=True)
def end_others(request: HttpRequest) -> HttpResponseBase:
    """Sign out in all other browsers, by POST."""
    person = person_of(request)
    if request.method == "POST":
        count = sessions.sign_out(person, but=request.session)
        note(person, "signed out", "all other browsers of theirs", {"count": count})
        said = ngettext("%(n)s other browser is signed out.", "%(n)s other browsers are signed out.", count)
        say(request, said % {"n": count})
    return see_other(HERE)


def session_rows(request: HttpRequest, rows: Iterable[Session]) -> list[tuple[Session, str, bool]]:
    """Return sessions with their browser in words, and which one asks."""
    return [(row, sessions.browser_of(row.agent), sessions.is_this(row, request.session)) for row in rows]


def _page(
    request: HttpRequest, *, form: Any = None, refused: str = "", status: int = 200
) -> HttpResponseBase:
    person = person_of(request)
    page = {
        "needed": second_step.lacks_second_step(person),
        "has_codes": second_step.has_codes(person),
        "has_second_step": second_step.has_second_step(person),
        "passkeys": person.passkeys.order_by("pk"),
        "nowhere": passkeys_allowed(request),
        "form": form or PasskeyForm(),
        "refused": refused,
        "left": codes.recovery_codes_left(person),
        "sessions": session_rows(request, sessions.sessions_of(person)),
        "end": "/settings/sessions/",
        "here": "settings",
        "tab": "sign-in",
    }
    return render(request, "web/signing_in.html", page, status=status)


def _factor_added(request: HttpRequest, sentence: str) -> HttpResponseBase:
    """Go on after a second step was added: the first time there are recovery codes to write down."""
    if codes.recovery_codes_left(person_of(request)):
        say(request, sentence)
        return see_other(HERE)
    return _new_recovery_codes(request, sentence)


def _new_recovery_codes(request: HttpRequest, sentence: str) -> HttpResponseBase:
    person: Person = person_of(request)
    shown = [code.reveal() for code in codes.new_recovery_codes(person)]
    note(person, "made", "new recovery codes")
    page = {"codes": shown, "sentence": sentence, "here": "settings", "tab": "sign-in"}
    answer = render(request, "web/recovery_codes.html", page)
    answer["Cache-Control"] = "no-store"
    return answer


def _picture(setup: codes.Setup) -> str:
    """Return the picture that a phone reads, as the address of an image: dark on light, in every theme."""
    import segno

    made = segno.make(setup.address.reveal(), error="m", micro=False)
    return made.svg_data_uri(scale=5, border=4, dark="#000", light="#fff")
