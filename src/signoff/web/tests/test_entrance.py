"""Set-up, sign-in, links."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from signoff.accounts import links, sign_in
from signoff.accounts.models import AuditEntry, FailedSignIn, Person, SignInLink
from signoff.core import clock
from signoff.web.tests import world

pytestmark = pytest.mark.django_db

GOOD = {"name": "Priya Nair", "email": "Priya@Example.com ", "password": "a quiet green river"}


def test_first_start_leads_to_set_up(client):
    answer = client.get("/", follow=True)

    assert answer.redirect_chain[-1][0] == "/setup/"


def test_set_up_makes_the_owner_and_signs_them_in(client):
    answer = client.post("/setup/", GOOD, follow=True)

    owner = Person.objects.get()
    assert (owner.role, owner.email) == ("owner", "priya@example.com")
    assert "Welcome" in answer.content.decode()


def test_set_up_is_closed_once_there_is_an_owner(client):
    world.person()

    answer = client.post("/setup/", {**GOOD, "email": "eve@example.com"})

    assert answer.status_code == 303
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"password": "short"}, "at least 10 characters"), ({"email": "priya"}, "valid email")],
)
def test_set_up_says_what_is_wrong_beside_the_field(client, change, sentence):
    answer = client.post("/setup/", GOOD | change)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Person.objects.exists()


def test_password_signs_in_whatever_the_case_of_the_address(client):
    world.person()

    answer = client.post("/sign-in/", {"email": "PRIYA@example.com", "password": world.PASSWORD})

    assert answer.status_code == 303
    assert client.get("/").status_code == 200


def test_sign_in_goes_on_to_where_one_wanted_to_go(client):
    world.person()
    data = {"email": "priya@example.com", "password": world.PASSWORD}

    assert client.post("/sign-in/", {**data, "next": "/history/?q=a"})["Location"] == "/history/?q=a"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\e"]
)
def test_sign_in_leads_to_no_other_site(client, elsewhere):
    world.person()
    data = {"email": "priya@example.com", "password": world.PASSWORD, "next": elsewhere}

    assert client.post("/sign-in/", data)["Location"] == "/"


def test_five_wrong_passwords_slow_down_even_the_right_one(client):
    world.person()
    for _ in range(5):
        assert (
            client.post("/sign-in/", {"email": "priya@example.com", "password": "wrong"}).status_code == 422
        )

    answer = client.post("/sign-in/", {"email": "priya@example.com", "password": world.PASSWORD})

    assert answer.status_code == 429
    assert "Wait a quarter of an hour" in answer.content.decode()


def test_slowing_down_ends_after_a_quarter_of_an_hour():
    world.person()
    for _ in range(5):
        with pytest.raises(sign_in.WrongPassword):
            sign_in.check_password("priya@example.com", "wrong")
    FailedSignIn.objects.update(at=clock.now() - timedelta(minutes=16))

    assert sign_in.check_password("priya@example.com", world.PASSWORD)


def test_unknown_and_wrong_read_the_same():
    world.person()

    with pytest.raises(sign_in.WrongPassword) as unknown:
        sign_in.check_password("nobody@example.com", "wrong")
    with pytest.raises(sign_in.WrongPassword) as wrong:
        sign_in.check_password("priya@example.com", "wrong")

    assert str(unknown.value) == str(wrong.value)


def test_preview_of_a_link_does_not_use_it_up(client):
    text = links.make_link(world.person())

    for _ in range(3):
        page = client.get(f"/sign-in/link/{text}/").content.decode()

    assert "Sign in as Priya Nair" in page
    assert SignInLink.objects.get().used_at is None


def test_link_signs_in_once(client):
    text = links.make_link(world.person())

    assert client.post(f"/sign-in/link/{text}/").status_code == 303
    assert client.get("/").status_code == 200
    again = Client().post(f"/sign-in/link/{text}/")
    assert again.status_code == 410
    assert "This link is over" in again.content.decode()


def test_sign_out_needs_its_button(as_role):
    client = as_role("owner")

    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 303
    assert client.get("/").status_code == 302


def test_form_without_its_token_is_refused_in_our_words():
    world.person()
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post("/sign-in/", {"email": "priya@example.com", "password": world.PASSWORD})

    assert answer.status_code == 403
    assert "nothing was changed" in answer.content.decode()


def test_new_password_keeps_me_in_and_is_in_the_trail(as_role):
    world.person()
    client = as_role("owner")

    answer = client.post("/settings/me/", {"old": world.PASSWORD, "new": "seven blue umbrellas"}, follow=True)

    assert "Your password is changed" in answer.content.decode()
    assert Person.objects.get().check_password("seven blue umbrellas")
    assert AuditEntry.objects.filter(did="changed").exists()


def test_theme_and_keys_are_mine_to_choose(as_role):
    world.person()
    client = as_role("owner")

    client.post("/settings/me/", {"name": "Priya", "theme": "dark"})
    page = client.get("/").content.decode()

    assert 'data-theme="dark"' in page
    assert "data-keys" not in page


def test_owner_adds_a_person_and_gets_a_link_for_them(as_role):
    world.person()

    page = as_role("owner").post(
        "/settings/people/",
        {"name": "Rui", "email": "Rui@example.com", "role": "reviewer", "groups": "sales, x"},
    )

    rui = Person.objects.get(email="rui@example.com")
    assert (rui.role, rui.groups_csv) == ("reviewer", "sales,x")
    assert "/sign-in/link/" in page.content.decode()


def test_nobody_can_shut_themselves_out(as_role):
    owner = world.person()

    as_role("owner").post(f"/settings/people/{owner.pk}/access/")

    owner.refresh_from_db()
    assert owner.is_active


def test_trail_shows_when_it_was_changed(as_role):
    world.person()
    client = as_role("owner")
    client.post("/settings/people/", {"name": "Rui", "email": "r@example.com", "role": "viewer"})
    assert "The chain holds" in client.post("/settings/audit/").content.decode()
    AuditEntry.objects.update(who="somebody else")

    assert "The chain is broken" in client.post("/settings/audit/").content.decode()
