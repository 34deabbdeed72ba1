from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from signoff.connectors import oauth
from signoff.connectors.registry import manifests
from signoff.core.errors import (
    AnswerUnexpected,
    CredentialRejected,
    InputRejected,
    PermissionMissing,
    RateLimited,
    VendorDown,
)
from signoff.core.secret import Secret
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local

GMAIL = manifests()["gmail"]
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def refresh(server):
    return oauth.refresh(
        Door(server.url, app="Gmail", allow_hosts=HERE),
        GMAIL,
        base_override=server.url,
        client_id="id-1",
        client_secret=Secret("cs-1"),
        refresh_token=Secret("rt-1"),
    )


def test_the_owner_is_sent_to_the_apps_own_page():
    url = oauth.authorize_url(GMAIL, "", "id-1", "http://127.0.0.1:8000/back", "st", "ch")

    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert query["scope"] == "https://www.googleapis.com/auth/gmail.compose"
    assert (query["access_type"], query["prompt"]) == ("offline", "consent")
    assert (query["state"], query["code_challenge"], query["code_challenge_method"]) == ("st", "ch", "S256")


def test_another_base_address_gets_the_paths_only():
    url = oauth.authorize_url(GMAIL, "http://127.0.0.1:8092/", "id-1", "http://x", "st", "ch")

    assert url.startswith("http://127.0.0.1:8092/o/oauth2/v2/auth?")
    assert oauth.endpoint("https://oauth2.googleapis.com/token", "") == "https://oauth2.googleapis.com/token"


def test_a_code_becomes_tokens(monkeypatch):
    monkeypatch.setattr(oauth, "now", lambda: NOON)
    said = {"access_token": "at-1", "expires_in": 3599, "refresh_token": "rt-1", "scope": "a b",
            "refresh_token_expires_in": 604800}  # fmt: skip
    with local(lambda asked: answer(200, said)) as server:
        tokens = oauth.exchange_code(
            Door(server.url, app="Gmail", allow_hosts=HERE),
            GMAIL,
            base_override=server.url,
            client_id="id-1",
            client_secret=Secret("cs-1"),
            redirect_uri="http://127.0.0.1:8000/back",
            code="code-1",
            code_verifier="ver-1",
        )

    form = server.asked[0].form()
    assert server.asked[0].path == "/token"
    assert (form["grant_type"], form["code"], form["code_verifier"]) == (
        "authorization_code",
        "code-1",
        "ver-1",
    )
    assert tokens.access_token == Secret("at-1")
    assert tokens.refresh_token == Secret("rt-1")
    assert tokens.expires_at == NOON + timedelta(seconds=3599)
    assert tokens.refresh_ends_at == NOON + timedelta(days=7)
    assert tokens.scopes == ("a", "b")
    assert "at-1" not in repr(tokens)


def test_a_renewal_without_a_new_refresh_token_keeps_the_old():
    with local(lambda asked: answer(200, {"access_token": "at-2", "expires_in": 3599})) as server:
        tokens = refresh(server)

    assert server.asked[0].form() == {
        "grant_type": "refresh_token", "refresh_token": "rt-1", "client_id": "id-1", "client_secret": "cs-1",
    }  # fmt: skip
    assert tokens.refresh_token is None


@pytest.mark.parametrize(
    ("status", "body", "family"),
    [
        (
            400,
            {"error": "invalid_grant", "error_description": "rt-1 was revoked."},
            CredentialRejected,
        ),
        (401, {"error": "invalid_client"}, CredentialRejected),
        (400, {"error": "redirect_uri_mismatch"}, InputRejected),
        (400, {"error": "invalid_scope"}, PermissionMissing),
        (400, {"error": {"message": "rt-1 is bad"}}, AnswerUnexpected),
        (429, {}, RateLimited),
        (503, "<html>down</html>", VendorDown),
        (200, {"token": "no"}, AnswerUnexpected),
        (200, "<html>Sign in</html>", AnswerUnexpected),
    ],
)
def test_a_refused_renewal_belongs_to_a_family(status, body, family):
    with local(lambda asked: answer(status, body)) as server, pytest.raises(family) as caught:
        refresh(server)

    assert "rt-1" not in str(caught.value)
    assert "cs-1" not in str(caught.value)


def test_an_ended_sign_in_says_to_sign_in_again():
    said = answer(400, {"error": "invalid_grant"})
    with local(lambda asked: said) as server, pytest.raises(CredentialRejected) as caught:
        refresh(server)

    assert caught.value.owner_message.startswith("The sign-in at Gmail has ended.")
    assert "Sign in again" in caught.value.next_step


@pytest.mark.parametrize("status", [200, 400])
def test_a_token_that_is_over_already_is_as_good_as_revoked(status):
    with local(lambda asked: answer(status)) as server:
        door = Door(server.url, app="Gmail", allow_hosts=HERE)
        oauth.revoke(door, GMAIL, base_override=server.url, token=Secret("rt-1"))

    assert server.asked[0].form() == {"token": "rt-1"}
