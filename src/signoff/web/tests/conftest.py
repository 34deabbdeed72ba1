"""What the pages' tests share: a small business, somebody signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from signoff.accounts.models import Person
from signoff.web.tests import world


@pytest.fixture
def as_role(client: Client) -> Callable[[str], Client]:
    """Return the client signed in as the first person with a role; made if there is none."""

    def sign_in(role: str) -> Client:
        person = Person.objects.filter(role=role).first() or world.person(role, f"{role.title()} One")
        client.force_login(person)
        return client

    return sign_in
