"""Settings: me, people, and who did what."""

from __future__ import annotations

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from signoff.accounts import links
from signoff.accounts.audit import first_broken, note
from signoff.accounts.models import AuditEntry, Person
from signoff.core.home import public_url
from signoff.web.answers import see_other
from signoff.web.forms import MeForm, PasswordForm, PersonForm
from signoff.web.rights import needs, person_of
from signoff.web.said import say

ENTRIES = 100


@needs()
@sensitive_post_parameters("old", "new")
def me(request: HttpRequest) -> HttpResponseBase:
    """My name, my theme, my keys and my password."""
    person = person_of(request)
    about = "theme" in request.POST
    form = MeForm(request.POST if about else None, instance=person)
    password = PasswordForm(person, request.POST if request.method == "POST" and not about else None)
    if request.method == "POST":
        if about and form.is_valid():
            form.save()
            say(request, _("Saved."))
            return see_other("/settings/me/")
        if not about and password.is_valid():
            person.set_password(password.cleaned_data["new"])
            person.save(update_fields=["password"])
            update_session_auth_hash(request, person)
            note(person, "changed", "their password")
            say(request, _("Your password is changed. Other computers are signed out."))
            return see_other("/settings/me/")
        person.refresh_from_db()
    wrong = bool(form.errors or password.errors)
    return render(
        request,
        "web/me.html",
        {"form": form, "password": password, "here": "settings", "tab": "me"},
        status=422 if wrong else 200,
    )


@needs("people")
def people(request: HttpRequest) -> HttpResponseBase:
    """Who may come in and what they may do; the owner adds somebody and hands them a sign-in link."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        person = Person.objects.add(data["email"], None, data["role"], data["name"])
        person.groups_csv = data["groups"]
        person.save(update_fields=["groups_csv"])
        note(request.user, "added", f"{person.email}", {"role": person.role})
        return _people(request, PersonForm(), person, _link(person))
    return _people(request, form, None, None)


@needs("people")
def person_link(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """Make a sign-in link for somebody, shown once, by POST."""
    person = get_object_or_404(Person, pk=person_id, is_active=True)
    if request.method != "POST":
        return see_other("/settings/people/")
    note(request.user, "made a sign-in link for", person.email)
    return _people(request, PersonForm(), person, _link(person))


@needs("people")
def person_switch(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """Take somebody's access away, or give it back. Nobody's own, so that an owner stays."""
    person = get_object_or_404(Person, pk=person_id)
    if request.method == "POST" and person.pk != person_of(request).pk:
        person.is_active = not person.is_active
        person.save(update_fields=["is_active"])
        note(request.user, "let in again" if person.is_active else "took the access of", person.email)
        sentence = (
            _("%(who)s can sign in again.") if person.is_active else _("%(who)s cannot sign in any more.")
        )
        say(request, sentence % {"who": person})
    return see_other("/settings/people/")


def _link(person: Person) -> str:
    return f"{public_url()}/sign-in/link/{links.make_link(person)}/"


def _people(
    request: HttpRequest, form: PersonForm, linked: Person | None, link: str | None
) -> HttpResponseBase:
    rows = Person.objects.order_by("-is_active", "name", "email")[:500]
    more = {"people": rows, "form": form, "linked": linked, "link": link, "here": "settings", "tab": "people"}
    return render(request, "web/people.html", more, status=422 if form.errors else 200)


@needs("people")
def audit(request: HttpRequest) -> HttpResponseBase:
    """Who did what, the newest first, and whether the chain of entries still holds."""
    before = request.GET.get("before", "")
    entries = AuditEntry.objects.order_by("-id")
    if before.isdigit() and len(before) < 19:
        entries = entries.filter(id__lt=int(before))
    rows = list(entries[: ENTRIES + 1])
    checked = request.method == "POST"
    return render(
        request,
        "web/audit.html",
        {
            "entries": rows[:ENTRIES],
            "older": rows[ENTRIES - 1].pk if len(rows) > ENTRIES else None,
            "checked": checked,
            "broken": first_broken() if checked else None,
            "here": "settings",
            "tab": "audit",
        },
    )
