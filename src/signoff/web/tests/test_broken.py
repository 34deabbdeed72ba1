"""A fault of ours while somebody hands in a secret: neither the page nor the log repeats what they typed."""

from __future__ import annotations

import pytest

from signoff.web.tests import world

pytestmark = pytest.mark.django_db

MARK = "MARKED7f3a9c"


def fault(*given, **more):
    raise RuntimeError("a fault of ours")


@pytest.fixture
def fragile(client):
    """A client that is answered as a browser is when we fail."""
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    ("path", "broken", "data"),
    [
        (
            "/sign-in/",
            "signoff.web.entrance.check_password",
            {"email": "priya@example.com", "password": MARK},
        ),
        (
            "/settings/me/",
            "signoff.web.settings.note",
            {"old": world.PASSWORD, "new": f"{MARK} quiet harbour"},
        ),
        ("/connections/new/hubspot/", "signoff.vault.seal.seal", {"name": "x", "key": MARK, "secret": MARK}),
        (f"/sign-in/link/{MARK}/", "signoff.accounts.links.use_link", {}),
    ],
)
def test_broken_page_and_its_log_hold_no_secret(fragile, monkeypatch, caplog, path, broken, data):
    fragile.force_login(world.person())
    monkeypatch.setattr(broken, fault)

    answer = fragile.post(path, data)

    assert MARK not in answer.content.decode()
    assert MARK not in caplog.text.replace(path, "")
    if answer.status_code == 500:
        assert "a fault of ours" in caplog.text, "a developer is told"
    else:
        assert answer.status_code == 422, "it was refused before the fault"
