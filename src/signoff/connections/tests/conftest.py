"""Keys that open the practice apps, and ways to connect with them."""

from __future__ import annotations

import json

import pytest

from signoff_sandbox.testing import ANTHROPIC_KEY, CLIENT_ID, CLIENT_SECRET, HUBSPOT_KEY, OPENAI_KEY


@pytest.fixture
def grant(practice):
    """A sign-in at the practice Gmail, as JSON."""
    made = practice.grant("gmail.compose")
    return json.dumps(
        {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": made.refresh_token}
    )


@pytest.fixture
def join(practice, request):
    """Connect an app of the practice: `join("hubspot")`, `join("gmail", secret=…)`."""
    from signoff.connections.connect import connect
    from signoff.core.secret import Secret

    def connect_it(app, name=None, secret=None, **more):
        if secret is None:
            keys = {"hubspot": HUBSPOT_KEY, "openai": OPENAI_KEY, "anthropic": ANTHROPIC_KEY}
            secret = keys[app] if app in keys else request.getfixturevalue("grant")
        more.setdefault("base_url", {"openai": practice.openai + "/v1"}.get(app) or practice.address(app))
        return connect(app, name or f"{app}-main", Secret(secret), **more)

    return connect_it
