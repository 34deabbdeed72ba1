"""People, as an owner meets them: inviting, changing, helping in, signing out, letting go."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from signoff.accounts import invitations, sessions
from signoff.accounts.models import AuditEntry, Invitation, Person, Session
from signoff.accounts.rules import rules
from signoff.core import clock
from signoff.web.tests import world

pytestmark = pytest.mark.django_db

RUI = {"name": "Rui Costa", "email": "Rui@example.com", "role": "reviewer", "groups": "sales, x"}


@pytest.fixture(autouse=True)
def no_mail(monkeypatch):
    monkeypatch.delenv("SIGNOFF_SMTP", raising=False)


def link_in(page: str) -> str:
    return re.search(r"https?://[^/]+(/sign-in/(?:invitation|link)/[\w-]+/)", page)[1]


def test_owner_invites_somebody_who_chooses_a_password_and_is_in(as_role):
    world.person()
    client = as_role("owner")
    page = client.post("/settings/people/invite/", RUI)
    link = link_in(page.content.decode())
    assert page["Cache-Control"] == "no-store"
    people = client.get("/settings/people/").content.decode()
    assert "Invited, not here yet" in people
    assert link not in people

    rui = Client()
    assert "You sign in with rui@example.com" in rui.get(link).content.decode()
    assert rui.post(link, {"name": "Rui C.", "password": "seven blue umbrellas"}).status_code == 303

    assert rui.get("/review/").status_code == 200
    person = Person.objects.get(email="rui@example.com")
    assert (person.role, person.groups_csv, person.name) == ("reviewer", "sales,x", "Rui C.")
    assert "Invited, not here yet" not in client.get("/settings/people/").content.decode()


def test_used_invitation_says_what_to_do(as_role):
    world.person()
    link = link_in(as_role("owner").post("/settings/people/invite/", RUI).content.decode())
    Client().post(link, {"name": "Rui", "password": "seven blue umbrellas"})

    for answer in (
        Client().get(link),
        Client().post(link, {"name": "Eve", "password": "seven red umbrellas"}),
    ):
        assert answer.status_code == 410
        assert "sign in with your password" in answer.content.decode()
    assert Person.objects.count() == 2


def test_ended_invitation_says_whom_to_ask(as_role):
    world.person()
    link = link_in(as_role("owner").post("/settings/people/invite/", RUI).content.decode())
    Invitation.objects.update(ends_at=clock.now() - timedelta(seconds=1))

    page = Client().get(link)

    assert page.status_code == 410
    assert "Ask Priya Nair for a new one" in page.content.decode()


def test_weak_password_is_said_beside_its_field_and_the_invitation_stays(as_role):
    world.person()
    link = link_in(as_role("owner").post("/settings/people/invite/", RUI).content.decode())

    answer = Client().post(link, {"name": "Rui", "password": "short"})

    assert answer.status_code == 422
    assert "at least 10 characters" in answer.content.decode()
    assert invitations.pending().count() == 1


def test_new_link_and_withdrawing(as_role):
    world.person()
    client = as_role("owner")
    first = link_in(client.post("/settings/people/invite/", RUI).content.decode())
    number = Invitation.objects.get().pk
    second = link_in(client.post(f"/settings/people/invitations/{number}/again/").content.decode())
    assert Client().get(first).status_code == 410

    newest = Invitation.objects.order_by("-pk")[0].pk
    client.post(f"/settings/people/invitations/{newest}/withdraw/")

    assert Client().get(second).status_code == 410
    assert not invitations.pending().exists()


def test_address_of_somebody_who_is_here_is_refused_beside_its_field(as_role):
    world.person()

    answer = as_role("owner").post("/settings/people/invite/", RUI | {"email": "PRIYA@example.com"})

    assert answer.status_code == 422
    assert "one of your people already" in answer.content.decode()


def test_role_and_groups_are_changed(as_role):
    world.business()
    rui = Person.objects.get(role="reviewer")

    as_role("owner").post(f"/settings/people/{rui.pk}/", {"name": "Rui", "role": "builder", "groups": "a, b"})

    rui.refresh_from_db()
    assert (rui.role, rui.groups_csv, rui.name) == ("builder", "a,b", "Rui")


def test_last_owner_cannot_step_down_and_is_told_what_to_do(as_role):
    owner = world.person()

    answer = as_role("owner").post(f"/settings/people/{owner.pk}/", {"name": "Priya", "role": "viewer"})

    assert answer.status_code == 422
    assert "Make another person an owner first" in answer.content.decode()
    owner.refresh_from_db()
    assert owner.role == "owner"


def test_last_owner_cannot_remove_themselves(as_role):
    owner = world.person()

    answer = as_role("owner").post(f"/settings/people/{owner.pk}/remove/")

    assert answer.status_code == 409
    assert "nobody was removed" in answer.content.decode()
    owner.refresh_from_db()
    assert owner.is_active


def test_removed_person_is_out_with_their_next_click(as_role, client):
    world.business()
    rui = Person.objects.get(role="reviewer")
    theirs = Client()
    theirs.force_login(rui)
    assert theirs.get("/review/").status_code == 200
    owner = as_role("owner")
    assert (
        "They are signed out everywhere" in owner.get(f"/settings/people/{rui.pk}/remove/").content.decode()
    )

    owner.post(f"/settings/people/{rui.pk}/remove/")

    assert theirs.get("/review/").status_code == 302
    assert "1 person was removed" in owner.get("/settings/people/").content.decode()


def test_owner_who_removes_themselves_is_led_out(as_role):
    owner = world.person()
    world.person("owner", "Marco Bellini")

    answer = as_role("owner").post(f"/settings/people/{owner.pk}/remove/")

    assert answer["Location"] == "/sign-in/"


def test_sign_in_link_helps_somebody_in(as_role):
    world.business()
    rui = Person.objects.get(role="reviewer")

    page = as_role("owner").post(f"/settings/people/{rui.pk}/link/")

    assert Client().post(link_in(page.content.decode())).status_code == 303
    assert "no-store" in page["Cache-Control"]


def test_owner_signs_somebody_out_everywhere_or_in_one_browser(as_role):
    world.business()
    rui = Person.objects.get(role="reviewer")
    first, _second, _third = (world.signed_in(rui) for _ in range(3))
    client = as_role("owner")
    assert "Safari on iPhone" in client.get(f"/settings/people/{rui.pk}/").content.decode()

    client.post(f"/settings/people/{rui.pk}/sessions/{first.pk}/end/")
    assert rui.sessions.count() == 2
    client.post(f"/settings/people/{rui.pk}/sign-out/")
    assert rui.sessions.count() == 0


def test_person_sees_and_ends_their_own_sessions(as_role):
    rui = world.person("reviewer", "Rui Costa")
    other, _more = world.signed_in(rui), world.signed_in(rui)
    client = as_role("reviewer")
    page = client.get("/settings/sign-in/").content.decode()
    assert page.count("Sign out there") == 2
    assert "This browser" in page

    client.post(f"/settings/sessions/{other.pk}/end/")
    assert rui.sessions.count() == 2
    client.post("/settings/sessions/end/")
    assert rui.sessions.count() == 1
    assert client.get("/settings/sign-in/").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(as_role):
    owner = world.person()
    theirs = world.signed_in(owner)
    world.person("reviewer", "Rui Costa")

    as_role("reviewer").post(f"/settings/sessions/{theirs.pk}/end/")

    assert Session.objects.filter(pk=theirs.pk).exists()


def old_session(client: Client, monkeypatch) -> None:
    """Let half an hour pass since the person showed who they are."""
    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: later)


@pytest.mark.parametrize("address", ["/settings/people/invite/", "/settings/sign-in/"])
def test_what_concerns_getting_in_asks_again_who_it_is(as_role, monkeypatch, address):
    world.person()
    client = as_role("owner")
    old_session(client, monkeypatch)

    asked = client.get(address)
    assert asked["Location"].startswith("/settings/confirm/")
    wrong = client.post("/settings/confirm/", {"password": "wrong", "next": address})
    assert wrong.status_code == 422
    assert "not your password" in wrong.content.decode()
    cookie = client.cookies["signoff"].value
    right = client.post("/settings/confirm/", {"password": world.PASSWORD, "next": address})

    assert right["Location"] == address
    assert client.cookies["signoff"].value != cookie
    assert client.get(address).status_code == 200


def test_button_pressed_too_late_changes_nothing_and_leads_back_to_its_page(as_role, monkeypatch):
    world.business()
    rui = Person.objects.get(role="reviewer")
    client = as_role("owner")
    old_session(client, monkeypatch)

    page = f"/settings/people/{rui.pk}/"
    answer = client.post(f"{page}remove/", HTTP_REFERER=f"http://testserver{page}remove/", follow=True)

    assert "Nothing was changed yet" in answer.content.decode()
    assert f'value="{page}remove/"' in answer.content.decode()
    rui.refresh_from_db()
    assert rui.is_active


def test_proof_leads_to_no_other_site(as_role):
    world.person()

    answer = as_role("owner").post(
        "/settings/confirm/", {"password": world.PASSWORD, "next": "//evil.example"}
    )

    assert answer["Location"] == "/"


def test_proof_cannot_be_guessed_without_end(as_role):
    world.person()
    client = as_role("owner")
    for _ in range(5):
        client.post("/settings/confirm/", {"password": "wrong"})

    answer = client.post("/settings/confirm/", {"password": world.PASSWORD})

    assert answer.status_code == 429


def test_without_a_password_a_new_link_is_the_proof(as_role, monkeypatch):
    Person.objects.add("priya@example.com", None, "owner", "Priya Nair")
    client = as_role("owner")

    page = client.get("/settings/confirm/").content.decode()

    assert "signoff people link priya@example.com" in page


def test_owner_changes_the_rules_for_all(as_role):
    world.person()

    as_role("owner").post(
        "/settings/people/rules/", {"second_step": "on", "idle_hours": "12", "longest_days": "7"}
    )

    now = rules()
    assert (now.second_step, now.idle_hours, now.longest_days) == (True, 12, 7)
    assert AuditEntry.objects.filter(what="the rules for signing in").exists()
    assert sessions.rules().idle_hours == 12
