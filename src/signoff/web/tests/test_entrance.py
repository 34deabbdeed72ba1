"""Set-up, sign-in, links."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from signoff.accounts import links, sessions, sign_in
from signoff.accounts.models import AuditEntry, FailedSignIn, Person, Session, SignInLink
from signoff.accounts.tests.test_audit import behind_our_back
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


def test_new_password_signs_out_every_other_browser(as_role):
    owner = world.person()
    world.signed_in(owner)
    client = as_role("owner")

    client.post("/settings/me/", {"old": world.PASSWORD, "new": "seven blue umbrellas"})

    assert owner.sessions.count() == 1
    assert client.get("/settings/me/").status_code == 200


def test_changing_the_password_needs_the_old_one(as_role):
    world.person()

    answer = as_role("owner").post("/settings/me/", {"old": "wrong", "new": "seven blue umbrellas"})

    assert answer.status_code == 422
    assert "This is not your password" in answer.content.decode()
    assert Person.objects.get().check_password(world.PASSWORD)


def test_who_came_by_a_link_may_have_forgotten_the_old_password(client, monkeypatch):
    text = links.make_link(world.person())
    client.post(f"/sign-in/link/{text}/")
    assert "Password now" not in client.get("/settings/me/").content.decode()

    client.post("/settings/me/", {"new": "seven blue umbrellas"})
    assert Person.objects.get().check_password("seven blue umbrellas")

    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "Password now" in client.get("/settings/me/").content.decode()


def test_theme_and_keys_are_mine_to_choose(as_role):
    world.person()
    client = as_role("owner")

    client.post("/settings/me/", {"name": "Priya", "theme": "dark"})
    page = client.get("/").content.decode()

    assert 'data-theme="dark"' in page
    assert "data-keys" not in page


def test_trail_shows_when_it_was_changed(as_role):
    world.person()
    client = as_role("owner")
    client.post("/settings/people/invite/", {"name": "Rui", "email": "r@example.com", "role": "viewer"})
    assert "The chain holds" in client.post("/settings/audit/").content.decode()
    with behind_our_back():
        AuditEntry.objects.update(who="somebody else")

    assert "The chain is broken" in client.post("/settings/audit/").content.decode()


def test_each_sign_in_begins_a_session_of_its_own(client):
    """A cookie that somebody slipped in before the sign-in is worth nothing after it."""
    world.person()
    data = {"email": "priya@example.com", "password": world.PASSWORD}
    client.post("/sign-in/", data)
    first = client.cookies["signoff"].value
    text = links.make_link(Person.objects.get())
    client.post(f"/sign-in/link/{text}/")

    assert client.cookies["signoff"].value != first
    assert Session.objects.count() == 1


def test_sign_out_ends_the_session_for_good(client):
    world.person()
    client.post("/sign-in/", {"email": "priya@example.com", "password": world.PASSWORD})
    cookie = client.cookies["signoff"].value
    client.post("/sign-out/")

    again = Client()
    again.cookies["signoff"] = cookie
    assert again.get("/").status_code == 302
    assert not Session.objects.filter(person__isnull=False).exists()


def test_sign_in_is_written_down_with_whence_it_came(client):
    world.person()

    client.post(
        "/sign-in/",
        {"email": "priya@example.com", "password": world.PASSWORD},
        REMOTE_ADDR="127.0.0.1",
        HTTP_X_FORWARDED_FOR="198.51.100.1",
        HTTP_USER_AGENT=world.PHONE,
    )

    session = Session.objects.get(person__isnull=False)
    assert (session.address, session.how) == ("198.51.100.1", "with a password")
    assert AuditEntry.objects.get(did="signed in").details == {"from": "198.51.100.1"}


def test_many_wrong_passwords_from_one_place_slow_it_down(client):
    world.person()
    source = {"REMOTE_ADDR": "192.0.2.66"}
    now = clock.now()
    FailedSignIn.objects.bulk_create(
        FailedSignIn(email=f"a{n}@example.com", source="192.0.2.66", at=now) for n in range(30)
    )

    data = {"email": "priya@example.com", "password": world.PASSWORD}
    answer = client.post("/sign-in/", data, **source)

    assert answer.status_code == 429
    assert "from your network" in answer.content.decode()
    assert client.post("/sign-in/", data, REMOTE_ADDR="192.0.2.67").status_code == 303


def test_polling_does_not_keep_somebody_signed_in(as_role, monkeypatch):
    world.business()
    client = as_role("owner")
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    row = next(row for row in Session.objects.all() if sessions.is_this(row, client.session))

    client.get("/review/count/?poll=1")
    row.refresh_from_db()
    assert row.seen_at < later
    client.get("/health/")
    row.refresh_from_db()
    assert row.seen_at == later
