"""People: who may come in and what they may do, who is invited, helping somebody in, letting somebody go."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from signoff.accounts import invitations, links, second_step, sessions
from signoff.accounts import people as changing
from signoff.accounts.audit import note
from signoff.accounts.mail import can_send
from signoff.accounts.models import Invitation, OneTimeCodes, Passkey, Person
from signoff.accounts.rules import change_rules, rules
from signoff.accounts.tokens import good
from signoff.core import clock
from signoff.core.home import public_url
from signoff.core.secret import Secret
from signoff.web.answers import see_other
from signoff.web.forms import InviteForm, PersonForm, RulesForm
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.signing_in import session_rows

HERE = "/settings/people/"
MOST_SHOWN = 500


@needs("people")
def people(request: HttpRequest) -> HttpResponseBase:
    """Show who may come in, who is invited, and what holds for all."""
    everyone = list(Person.objects.order_by("name", "email")[:MOST_SHOWN])
    now = rules()
    form = RulesForm(
        initial={
            "second_step": now.second_step,
            "idle_hours": now.idle_hours,
            "longest_days": now.longest_days,
        }
    )
    return render(
        request,
        "web/people.html",
        {
            "people": [person for person in everyone if person.is_active],
            "with_step": _with_second_step(),
            "gone": [person for person in everyone if not person.is_active],
            "pending": invitations.pending()[:MOST_SHOWN],
            "now": clock.now(),
            "rules": form,
            "here": "settings",
            "tab": "people",
        },
    )


@needs("people", fresh=True)
def invite(request: HttpRequest) -> HttpResponseBase:
    """Invite somebody: by e-mail, or by a link to hand over."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = invitations.invite(
                data["email"], data["role"], request.user, name=data["name"], groups=data["groups"]
            )
        except invitations.NotInvited as refused:
            form.add_error("email", str(refused))
        except ValidationError as error:
            form.add_error("email", error)
        else:
            return _invited(request, *made)
    more = {"form": form, "mails": can_send(), "days": invitations.GOOD_FOR.days}
    return _page(request, "web/invite.html", status=422 if form.errors else 200, **more)


@needs("people", fresh=True)
def invite_again(request: HttpRequest, invitation_id: int) -> HttpResponseBase:
    """Make a new link for a pending invitation, by POST; the old one ends."""
    if request.method != "POST":
        return see_other(HERE)
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    try:
        return _invited(request, *invitations.renew(invitation, request.user))
    except (invitations.InvitationOver, invitations.NotInvited) as refused:
        say(request, refused)
        return see_other(HERE)


@needs("people")
def withdraw(request: HttpRequest, invitation_id: int) -> HttpResponseBase:
    """Withdraw a pending invitation, by POST."""
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    if request.method == "POST":
        done = invitations.withdraw(invitation, request.user)
        sentence = _("The invitation of %(who)s is withdrawn.") if done else _("%(who)s has used it already.")
        say(request, sentence % {"who": invitation.email})
    return see_other(HERE)


@needs("people", fresh=True)
def person(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """Show one person: what they may do, where they are signed in, and how to help them in or let them go."""
    somebody = get_object_or_404(Person, pk=person_id)
    if not somebody.is_active:
        return see_other(HERE)
    before = {"name": somebody.name, "role": somebody.role, "groups": somebody.groups_csv}
    form = PersonForm(request.POST or None, initial=before)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            changing.change(
                somebody, request.user, role=data["role"], groups=data["groups"], name=data["name"]
            )
        except changing.LastOwner as refused:
            form.add_error("role", str(refused))
        else:
            say(request, _("Saved. It holds from their next click on."))
            return see_other(HERE)
    return _one(request, somebody, form)


@needs("people", fresh=True)
@never_cache
def sign_in_link(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """Make a sign-in link for somebody who cannot get in, shown once, by POST."""
    somebody = get_object_or_404(Person, pk=person_id, is_active=True)
    if request.method != "POST":
        return see_other(_address(somebody))
    note(request.user, "made a sign-in link for", somebody.email)
    link = Secret(f"{public_url()}/sign-in/link/{links.make_link(somebody)}/")
    return _one(request, somebody, None, link=link)


@needs("people", fresh=True)
def sign_out(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """Sign somebody out everywhere, by POST; of oneself, everywhere else."""
    somebody = get_object_or_404(Person, pk=person_id)
    if request.method == "POST":
        count = sessions.sign_out(somebody, but=request.session)
        note(request.user, "signed out everywhere:", somebody.email, {"count": count})
        said = ngettext("%(n)s browser is signed out.", "%(n)s browsers are signed out.", count)
        say(request, said % {"n": count})
    return see_other(_address(somebody))


@needs("people", fresh=True)
def reset_second_step(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """Take the second step away from somebody who lost it, by POST."""
    somebody = get_object_or_404(Person, pk=person_id, is_active=True)
    if request.method == "POST" and second_step.reset(somebody, request.user):
        said = _("%(who)s gets in with the password alone, and should set up a new second step soon.")
        say(request, said % {"who": somebody})
    return see_other(_address(somebody))


@needs("people", fresh=True)
def end_session(request: HttpRequest, person_id: int, session_id: int) -> HttpResponseBase:
    """Sign somebody out in one browser, by POST."""
    somebody = get_object_or_404(Person, pk=person_id)
    if request.method == "POST" and sessions.sign_out(somebody, number=session_id, but=request.session):
        note(request.user, "signed out in one browser:", somebody.email)
        say(request, _("That browser is signed out."))
    return see_other(_address(somebody))


@needs("people", fresh=True)
def remove(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """Say what ends when somebody is removed, and remove them by POST."""
    somebody = get_object_or_404(Person, pk=person_id, is_active=True)
    refusal = ""
    if request.method == "POST":
        try:
            changing.remove(somebody, request.user)
        except changing.LastOwner as refused:
            refusal = str(refused)
        else:
            if somebody.pk == person_of(request).pk:
                return see_other("/sign-in/")
            say(request, _("%(who)s is removed and signed out everywhere.") % {"who": somebody})
            return see_other(HERE)
    tokens = good().filter(person=somebody)
    more = {"person": somebody, "tokens": tokens, "refusal": refusal}
    return _page(request, "web/person_remove.html", status=409 if refusal else 200, **more)


@needs("people", fresh=True)
def rules_for_all(request: HttpRequest) -> HttpResponseBase:
    """Change what holds for everybody who signs in, by POST."""
    form = RulesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        change_rules(request.user, **form.cleaned_data)
        say(request, _("Saved. It holds for everybody at once."))
    return see_other(HERE)


def _address(somebody: Person) -> str:
    return f"{HERE}{somebody.pk}/"


def _invited(request: HttpRequest, invitation: Invitation, text: Secret) -> HttpResponseBase:
    link = invitations.deliver(invitation, text)
    days = invitations.GOOD_FOR.days
    answer = _page(request, "web/invited.html", invitation=invitation, link=link, days=days, mails=can_send())
    answer["Cache-Control"] = "no-store"
    return answer


def _one(
    request: HttpRequest, somebody: Person, form: PersonForm | None, link: Secret | None = None
) -> HttpResponseBase:
    before = {"name": somebody.name, "role": somebody.role, "groups": somebody.groups_csv}
    form = form or PersonForm(initial=before)
    return _page(
        request,
        "web/person.html",
        status=422 if form.errors else 200,
        person=somebody,
        form=form,
        steps=_steps(somebody),
        sessions=session_rows(request, sessions.sessions_of(somebody)),
        end=f"{_address(somebody)}sessions/",
        tokens=good().filter(person=somebody),
        link=link.reveal() if link else None,
    )


def _with_second_step() -> set[int]:
    """Return who has a second step."""
    phones = OneTimeCodes.objects.exclude(confirmed_at=None).values_list("person_id", flat=True)
    return {*phones, *Passkey.objects.values_list("person_id", flat=True)}


def _steps(somebody: Person) -> list[str]:
    """Return what somebody's second step is made of, in words."""
    steps = [_("one-time codes")] if second_step.has_codes(somebody) else []
    count = somebody.passkeys.count()
    if count:
        steps.append(ngettext("%(n)s passkey", "%(n)s passkeys", count) % {"n": count})
    return steps


def _page(request: HttpRequest, template: str, status: int = 200, **more: Any) -> HttpResponseBase:
    return render(request, template, {"here": "settings", "tab": "people"} | more, status=status)
