"""What the tests of accounts share: people, quickly."""

from __future__ import annotations

import pytest

from signoff.accounts.models import Person

PASSWORD = "quiet harbour seven"


@pytest.fixture(autouse=True)
def quick(settings):
    """Hash quickly: how slow the real hash is has no part in these promises."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def owner(db):
    return Person.objects.add("priya@example.test", PASSWORD, "owner", "Priya")


@pytest.fixture
def reviewer(db):
    return Person.objects.add("rui@example.test", PASSWORD, "reviewer", "Rui")
