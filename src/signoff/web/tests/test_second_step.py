"""The second step, as people meet it: setting it up, being asked for it, losing it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from signoff.accounts import codes
from signoff.accounts.models import AuditEntry, Passkey, Person, Session
from signoff.accounts.rules import change_rules
from signoff.accounts.second_step import has_second_step
from signoff.core import clock
from signoff.web.tests import world

pytestmark = pytest.mark.django_db

PRIYA = {"email": "priya@example.com", "password": world.PASSWORD}


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setenv("SIGNOFF_URL", "http://localhost:8000")


def code_of(phone) -> str:
    return phone.generate(int(clock.now().timestamp())).decode()


def wrong_code_of(phone) -> str:
    right = {phone.generate(int(clock.now().timestamp()) + off).decode() for off in (-30, 0, 30)}
    return next(text for text in ("000000", "111111", "222222", "333333") if text not in right)


def everybody_needs_one() -> None:
    change_rules("a test", second_step=True, idle_hours=72, longest_days=30)


def test_password_alone_does_not_let_in_who_has_a_phone(client):
    phone = world.phone(world.person())

    answer = client.post("/sign-in/", PRIYA | {"next": "/history/?q=a"})

    assert answer["Location"] == "/sign-in/second/"
    assert client.get("/").status_code == 302
    assert not Session.objects.filter(person__isnull=False).exists()
    right = client.post("/sign-in/second/", {"code": code_of(phone)})
    assert right["Location"] == "/history/?q=a"
    assert client.get("/").status_code == 200
    assert AuditEntry.objects.get(did="signed in").what == "with a password and a one-time code"


def test_wrong_code_and_used_code_say_what_to_do(client):
    phone = world.phone(world.person())
    client.post("/sign-in/", PRIYA)
    wrong = client.post("/sign-in/second/", {"code": wrong_code_of(phone)})
    assert wrong.status_code == 422
    assert "Take the one that your phone shows now" in wrong.content.decode()
    code = code_of(phone)
    client.post("/sign-in/second/", {"code": code})
    other = Client()
    other.post("/sign-in/", PRIYA)

    again = other.post("/sign-in/second/", {"code": code})

    assert again.status_code == 422
    assert "used already" in again.content.decode()
    assert other.get("/").status_code == 302


def test_codes_cannot_be_guessed_without_end(client):
    phone = world.phone(world.person())
    client.post("/sign-in/", PRIYA)
    for _ in range(5):
        client.post("/sign-in/second/", {"code": wrong_code_of(phone)})

    answer = client.post("/sign-in/second/", {"code": code_of(phone)})

    assert answer.status_code == 429
    assert "Wait a quarter of an hour" in answer.content.decode()


def test_link_does_not_go_round_the_second_step(client):
    from signoff.accounts.links import make_link

    owner = world.person()
    phone = world.phone(owner)

    assert client.post(f"/sign-in/link/{make_link(owner)}/")["Location"] == "/sign-in/second/"
    assert client.get("/").status_code == 302
    client.post("/sign-in/second/", {"code": code_of(phone)})
    assert client.get("/").status_code == 200
    assert "Password now" not in client.get("/settings/me/").content.decode()


def test_second_step_without_the_first_begins_again(client):
    phone = world.phone(world.person())

    answer = client.post("/sign-in/second/", {"code": code_of(phone)})

    assert "Sign in again" in answer.content.decode()
    assert client.get("/").status_code == 302


def test_half_a_sign_in_ends_after_ten_minutes_and_with_the_password(client, monkeypatch):
    owner = world.person()
    phone = world.phone(owner)
    client.post("/sign-in/", PRIYA)
    owner.set_password("another long password")
    owner.save()
    assert "Sign in again" in client.post("/sign-in/second/", {"code": code_of(phone)}).content.decode()

    client.post("/sign-in/", PRIYA | {"password": "another long password"})
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    page = client.post("/sign-in/second/", {"code": code_of(phone)}).content.decode()
    assert "more than ten minutes" in page
    assert client.get("/").status_code == 302


def test_recovery_code_gets_in_and_says_how_many_are_left(client):
    owner = world.person()
    world.phone(owner)
    shown = [code.reveal() for code in codes.new_recovery_codes(owner)]
    owner.recovery_codes.filter(lookup__in=[text[:4] for text in shown[3:]]).update(used_at=clock.now())
    client.post("/sign-in/", PRIYA)

    answer = client.post("/sign-in/second/", {"code": shown[0]}, follow=True)

    assert "You have 2 recovery codes left" in answer.content.decode()


def test_phone_is_set_up_with_a_picture_a_secret_and_its_first_code(as_role):
    owner = world.person()
    client = as_role("owner")
    assert client.get("/settings/sign-in/codes/").status_code == 303, "a GET begins nothing"
    page = client.post("/settings/sign-in/codes/", follow=True).content.decode()
    assert 'src="data:image/svg+xml' in page
    secret = re.search(r"<pre[^>]*>((?:[A-Z2-7]{4} ?){8})</pre>", page)[1].replace(" ", "")
    phone = world.TOTP(world.base64.b32decode(secret), 6, world.SHA1(), 30)
    wrong = client.post("/settings/sign-in/codes/", {"code": wrong_code_of(phone)})
    assert wrong.status_code == 422
    assert not has_second_step(owner)

    done = client.post("/settings/sign-in/codes/", {"code": code_of(phone)})

    assert has_second_step(owner)
    page = done.content.decode()
    assert "no-store" in done["Cache-Control"]
    shown = re.findall(r"<code>([0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4})</code>", page)
    assert len(shown) == 10
    assert codes.check_code(owner, shown[0]) == "a recovery code"
    assert shown[1] not in client.get("/settings/sign-in/").content.decode()


def test_new_recovery_codes_end_the_old(as_role):
    owner = world.person()
    world.phone(owner)
    old = codes.new_recovery_codes(owner)[0].reveal()

    page = as_role("owner").post("/settings/sign-in/recovery/").content.decode()

    assert old not in page
    with pytest.raises(codes.WrongCode):
        codes.check_code(owner, old)


def test_codes_are_turned_off(as_role):
    owner = world.person()
    world.phone(owner)

    as_role("owner").post("/settings/sign-in/codes/off/")

    assert not has_second_step(owner)


def test_last_second_step_stays_where_all_need_one(as_role):
    owner = world.person()
    world.phone(owner)
    everybody_needs_one()

    answer = as_role("owner").post("/settings/sign-in/codes/off/")

    assert answer.status_code == 409
    assert "Set up another one first" in answer.content.decode()
    assert has_second_step(owner)


def test_who_has_none_is_led_to_it_where_all_need_one(as_role):
    world.business()
    everybody_needs_one()
    client = as_role("viewer")

    for address in ("/", "/history/", "/settings/me/"):
        assert client.get(address)["Location"] == "/settings/sign-in/"
    assert client.get("/review/count/?poll=1", HTTP_HX_REQUEST="true").status_code == 286
    page = client.get("/settings/sign-in/").content.decode()
    assert "You need a second step" in page
    client.post("/settings/sign-in/codes/")
    phone = world.TOTP(bytes.fromhex(codes._key(codes.OneTimeCodes.objects.get()).hex()), 6, world.SHA1(), 30)
    client.post("/settings/sign-in/codes/", {"code": code_of(phone)})
    assert client.get("/history/").status_code == 200


def test_owner_resets_the_second_step_of_somebody_who_lost_it(as_role, client):
    world.business()
    rui = Person.objects.get(role="reviewer")
    world.phone(rui)
    owner = as_role("owner")
    assert "One-time codes, 1 passkey" in owner.get(f"/settings/people/{rui.pk}/").content.decode()

    owner.post(f"/settings/people/{rui.pk}/second-step/reset/")

    assert not has_second_step(rui)
    theirs = Client()
    assert theirs.post("/sign-in/", {"email": rui.email, "password": world.PASSWORD})["Location"] == "/"
    assert AuditEntry.objects.filter(did="reset the second step of", what=rui.email).exists()


def test_proof_asks_for_the_code_too(as_role, monkeypatch):
    owner = world.person()
    phone = world.phone(owner)
    client = as_role("owner")
    address = "/settings/sign-in/"
    data = {"password": world.PASSWORD, "next": address}
    assert client.post("/settings/confirm/", data).status_code == 422
    assert client.post("/settings/confirm/", data | {"code": wrong_code_of(phone)}).status_code == 422
    assert client.post("/settings/confirm/", data | {"code": code_of(phone)})["Location"] == address


def options(client, address="/sign-in/passkey/options/"):
    return client.post(address, HTTP_HOST="localhost:8000").json()


def test_passkey_signs_in_alone(client):
    device = world.passkey(world.person())
    page = client.get("/sign-in/", HTTP_HOST="localhost:8000").content.decode()
    assert "Sign in with a passkey" in page

    answer = client.post(
        "/sign-in/passkey/",
        {"passkey": device.sign(options(client)), "next": "/history/"},
        HTTP_HOST="localhost:8000",
    )

    assert answer["Location"] == "/history/"
    assert client.get("/").status_code == 200
    assert AuditEntry.objects.get(did="signed in").what == "with a passkey"


def test_passkey_is_a_second_step_after_the_password(client):
    device = world.passkey(world.person())
    client.post("/sign-in/", PRIYA)
    assert "Use a passkey" in client.get("/sign-in/second/", HTTP_HOST="localhost:8000").content.decode()
    asked = options(client)
    assert len(asked["allowCredentials"]) == 1

    assert client.post("/sign-in/passkey/", {"passkey": device.sign(asked)})["Location"] == "/"
    assert AuditEntry.objects.get(did="signed in").what == "with a password and a passkey"


def test_passkey_of_another_person_is_no_second_step_of_mine(client):
    world.phone(world.person())
    device = world.passkey(world.person("reviewer", "Rui Costa"))
    client.post("/sign-in/", PRIYA)

    answer = client.post("/sign-in/passkey/", {"passkey": device.sign(options(client))})

    assert answer.status_code == 422
    assert client.get("/").status_code == 302


def test_passkey_answer_is_good_once(client):
    device = world.passkey(world.person())
    answer = device.sign(options(client))
    client.post("/sign-in/passkey/", {"passkey": answer})
    client.post("/sign-out/")

    again = client.post("/sign-in/passkey/", {"passkey": answer})

    assert again.status_code == 422
    assert "did not ask for this passkey" in again.content.decode()


def test_passkey_from_another_address_says_where_to_go(client):
    device = world.passkey(world.person())
    device.origin = "http://evil.example"

    answer = client.post("/sign-in/passkey/", {"passkey": device.sign(options(client))})

    assert answer.status_code == 422
    assert "Open http://localhost:8000 yourself" in answer.content.decode()


def test_passkey_confirms_who_it_is(as_role):
    device = world.passkey(world.person())
    client = as_role("owner")
    data = {"passkey": device.sign(options(client)), "next": "/settings/sign-in/"}

    assert client.post("/settings/confirm/", data)["Location"] == "/settings/sign-in/"


def test_passkey_is_added_and_removed(as_role):
    owner = world.person()
    client = as_role("owner")
    device = world.Device("http://localhost:8000")
    made = device.make(options(client, "/settings/sign-in/passkeys/options/"))

    page = client.post("/settings/sign-in/passkeys/", {"name": "Priya’s phone", "passkey": made})

    assert "Your recovery codes" in page.content.decode()
    row = Passkey.objects.get(person=owner)
    assert "Priya’s phone" in client.get("/settings/sign-in/").content.decode()
    client.post(f"/settings/sign-in/passkeys/{row.pk}/remove/")
    assert not has_second_step(owner)


def test_at_an_address_that_is_a_number_passkeys_say_where_they_are_good(as_role):
    world.person()

    page = as_role("owner").get("/settings/sign-in/", HTTP_HOST="127.0.0.1:8000").content.decode()

    assert "Passkeys are good at http://localhost:8000 only" in page


def test_where_browsers_allow_none_the_page_says_what_is_missing(as_role, monkeypatch):
    monkeypatch.setenv("SIGNOFF_URL", "http://192.0.2.7:8000")
    world.person()
    client = as_role("owner")

    assert "with a name and https" in client.get("/settings/sign-in/").content.decode()
    answer = client.post("/settings/sign-in/passkeys/options/")
    assert answer.status_code == 409
    assert "with a name and https" in answer.json()["problem"]
