"""Signing in at an app: only what was begun here, in time, and allowed by the person, is saved."""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from django.core import signing

from signoff.connections import signing_in
from signoff.connections.models import Connection
from signoff.connections.signing_in import begin_sign_in, finish_sign_in
from signoff.connections.standing import check
from signoff.core.errors import CredentialRejected, InputRejected, SignoffError
from signoff.core.secret import Secret
from signoff_sandbox.testing import CLIENT_ID, CLIENT_SECRET

BACK = "http://127.0.0.1:8000/connections/callback/"


@pytest.fixture
def begun(db, practice):
    return begin_sign_in("gmail", "gmail-sales", CLIENT_ID, Secret(CLIENT_SECRET), BACK, practice.gmail)


def allow(begun):
    """Press Allow at the practice Google; returns what the browser brings back."""
    reply = httpx2.get(begun.address + "&auto=1", follow_redirects=False)
    return dict(parse_qsl(urlsplit(reply.headers["location"]).query))


def deny(begun):
    asked = parse_qs(urlsplit(begun.address).query)
    address = begun.address.split("?")[0]
    form = {name: values[0] for name, values in asked.items()} | {"choice": "deny"}
    reply = httpx2.post(
        address, content=urlencode(form), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    return dict(parse_qsl(urlsplit(reply.headers["location"]).query))


def test_a_sign_in_that_is_allowed_is_saved_and_works(begun):
    row = finish_sign_in(begun.state, allow(begun))

    assert row.state == "working"
    assert row.account_name
    assert check(row).state == "working"


def test_the_way_to_the_app_carries_no_secret(begun):
    asked = dict(parse_qsl(urlsplit(begun.address).query))

    assert asked["code_challenge_method"] == "S256"
    assert asked["state"] == begun.state
    assert CLIENT_SECRET not in begun.address
    assert "verifier" not in begun.address


def test_a_person_who_says_no_is_told_that_nothing_was_saved(begun):
    params = deny(begun)
    assert params["error"] == "access_denied"

    with pytest.raises(CredentialRejected) as caught:
        finish_sign_in(params["state"], params)

    assert "Nothing was saved" in caught.value.owner_message
    assert "press Allow" in caught.value.next_step
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    "forge",
    [
        lambda state: "",
        lambda state: "x",
        lambda state: state[:-1],
        lambda state: state[1:],
        lambda state: state.replace(":", ""),
        lambda state: "é\x00",
        lambda state: signing.dumps("not sealed", salt="connections.sign-in"),
        lambda state: signing.dumps({"app": "gmail"}, salt="connections.sign-in"),
        lambda state: signing.dumps(signing.loads(state, salt="connections.sign-in"), salt="other"),
    ],
)
def test_a_state_that_is_not_ours_is_refused(begun, forge):
    params = allow(begun)

    with pytest.raises(CredentialRejected) as caught:
        finish_sign_in(forge(begun.state), params)

    assert "not started here" in caught.value.owner_message
    assert not Connection.objects.exists()


def test_a_sign_in_that_took_too_long_is_refused(begun, monkeypatch):
    params = allow(begun)
    monkeypatch.setattr(signing_in, "SIGN_IN_SECONDS", -1)

    with pytest.raises(CredentialRejected, match="too old"):
        finish_sign_in(begun.state, params)


def test_a_code_is_good_once(begun):
    params = allow(begun)
    finish_sign_in(begun.state, params)

    with pytest.raises(SignoffError) as caught:
        finish_sign_in(begun.state, params)

    assert "Nothing was saved" in caught.value.owner_message
    assert Connection.objects.count() == 1


def test_a_code_of_another_sign_in_is_refused(begun, practice):
    other = begin_sign_in("gmail", "gmail-2", CLIENT_ID, Secret(CLIENT_SECRET), BACK, practice.gmail)

    with pytest.raises(SignoffError):
        finish_sign_in(begun.state, allow(other))

    assert not Connection.objects.exists()


@pytest.mark.parametrize("code", ["", "wrong", "\x00", "é"])
def test_a_code_that_is_none_is_refused(begun, code):
    with pytest.raises(SignoffError):
        finish_sign_in(begun.state, {"code": code})

    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("app", "name", "client_id", "client_secret"),
    [
        ("hubspot", "x", "id", "secret"),
        ("nobody", "x", "id", "secret"),
        ("gmail", "Not A Name", "id", "secret"),
        ("gmail", "x", " ", "secret"),
        ("gmail", "x", "id", " "),
        ("gmail", "x", "id", "a b"),
    ],
)
def test_what_cannot_end_well_is_not_begun(db, app, name, client_id, client_secret):
    with pytest.raises(InputRejected) as caught:
        begin_sign_in(app, name, client_id, Secret(client_secret), BACK)

    assert "Nothing was saved" in caught.value.next_step


def test_signing_in_again_as_somebody_else_is_refused(begun, practice, monkeypatch):
    row = finish_sign_in(begun.state, allow(begun))
    Connection.objects.update(account_id="somebody@else.test", account_name="somebody@else.test")
    again = begin_sign_in("gmail", row.name, CLIENT_ID, Secret(CLIENT_SECRET), BACK, practice.gmail)

    with pytest.raises(InputRejected, match="account"):
        finish_sign_in(again.state, allow(again))

    assert Connection.objects.get().account_id == "somebody@else.test"


def test_what_travels_in_the_state_is_sealed(begun):
    import base64

    inner = base64.urlsafe_b64decode(signing.loads(begun.state, salt="connections.sign-in"))

    assert CLIENT_SECRET.encode() not in inner
