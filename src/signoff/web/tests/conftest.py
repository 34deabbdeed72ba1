"""What the pages' tests share: a small business, somebody signed in, a browser."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from signoff.accounts.models import Person
from signoff.web.tests import world

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
MISSING = "Chromium is not installed (Debian: apt-get install chromium)"


@pytest.fixture
def as_role(client: Client) -> Callable[[str], Client]:
    """Return the client signed in as the first person with a role; made if there is none."""

    def sign_in(role: str) -> Client:
        person = Person.objects.filter(role=role).first() or world.person(role, f"{role.title()} One")
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the system's own Chromium; without one the test skips, and under CI it fails."""
    found = next((path for path in CHROMIUM if Path(path).exists()), None)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{MISSING}, and CI runs every test")
        pytest.skip(MISSING)
    return {
        "executable_path": found,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    }
