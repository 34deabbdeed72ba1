"""What every answer tells a browser, and what the entrance asks for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from signoff.web.tests import world

pytestmark = pytest.mark.django_db

SOURCE = str(Path(__file__).parents[3])
EVERYWHERE = [
    "/",
    "/sign-in/",
    "/settings/me/",
    "/settings/audit/table/",
    "/nothing/",
    "/healthz",
    "/api/v1/openapi.json",
    "/api/v1/runs",
]


@pytest.fixture
def owner(db):
    return world.person()


@pytest.mark.parametrize("address", EVERYWHERE)
def test_every_answer_says_what_browsers_may_do_with_it(as_role, owner, address):
    answer = as_role("owner").get(address, headers={"Origin": "https://evil.example"})

    policy = answer["Content-Security-Policy"]
    for part in (
        "default-src 'self'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ):
        assert part in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert "no-store" in answer["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in answer
    assert re.match(
        r"(text/\w+; charset=utf-8|application/(problem\+)?json|text/plain)", answer["Content-Type"]
    )


def under_https(ask: str) -> str:
    """Return what a Signoff behind https says, whose settings are read anew."""
    code = f"import django; django.setup(); from django.conf import settings as s; print({ask})"
    env = {**os.environ, "PYTHONPATH": SOURCE, "SIGNOFF_URL": "https://signoff.example.test"}
    env |= {"DJANGO_SETTINGS_MODULE": "signoff.site.settings"}
    return subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    ).stdout


def test_cookies_are_for_us_alone_under_https(as_role, owner, client):
    says = under_https(
        "s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE,"
        " s.SECURE_HSTS_SECONDS"
    )
    assert says.strip() == "__Host-signoff True __Host-csrftoken True 31536000"

    client.get("/sign-in/")
    answer = client.post("/sign-in/", {"email": owner.email, "password": world.PASSWORD})
    cookie = answer.cookies["signoff"]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")
    assert client.cookies["csrftoken"]["httponly"]
    assert client.cookies["csrftoken"]["samesite"] == "Lax"


def test_under_https_browsers_are_told_to_stay_there(client, settings):
    settings.SECURE_HSTS_SECONDS = 31536000

    answer = client.get("/healthz", secure=True)

    assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_password_fields_are_hidden_and_can_be_filled_in(as_role, owner, client):
    for page, kind in (("/sign-in/", "current-password"), ("/settings/me/", "new-password")):
        text = (client if page == "/sign-in/" else as_role("owner")).get(page).content.decode()
        fields = re.findall(r"<input[^>]*password[^>]*>", text)
        assert any(f'autocomplete="{kind}"' in field for field in fields)
        assert all('type="password"' in field for field in fields if 'autocomplete="username"' not in field)
        assert "onpaste" not in text
        assert "question" not in text.lower()


@pytest.mark.parametrize(
    "address",
    ["/static/", "/static/signoff/", "/static/../signoff/", "/.git/config", "/static/..%2f..%2fkey"],
)
def test_folders_are_not_listed_and_trace_is_refused(client, db, address):
    assert client.get(address).status_code == 404
    answer = client.generic("TRACE", address, headers={"X-Secret": "MARKED"})
    assert answer.status_code == 405
    assert b"MARKED" not in answer.content


def test_refusal_for_want_of_a_right_is_logged(as_role, owner, caplog):
    viewer = world.person("viewer", "Vera Holm")

    assert as_role("viewer").get("/settings/people/").status_code == 403

    assert f"refused for want of a right: person {viewer.pk}, people" in caplog.text
