"""What the tests of accounts share: people, quickly."""

from __future__ import annotations

import pytest

from signoff.accounts.models import Person

PASSWORD = "quiet harbour seven"


@pytest.fixture
def owner(db):
    return Person.objects.add("priya@example.test", PASSWORD, "owner", "Priya")


@pytest.fixture
def reviewer(db):
    return Person.objects.add("rui@example.test", PASSWORD, "reviewer", "Rui")
