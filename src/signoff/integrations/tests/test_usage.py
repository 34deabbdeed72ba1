"""Whoever is asked whether a connection may go knows what would stop."""

from __future__ import annotations

import pytest
from django.test import Client

from signoff.connections.models import Connection
from signoff.engine import verbs
from signoff.integrations.usage import switched_on_with

pytestmark = pytest.mark.django_db


def test_only_integrations_that_are_on_hold_a_connection(house):
    assert switched_on_with("gmail-sales") == ["follow-up-new-leads"]

    verbs.switch(house.integration, False)

    assert switched_on_with("gmail-sales") == []


def test_the_page_does_not_disconnect_what_is_in_use(house):
    client = Client()
    client.force_login(house.owner)
    connection = Connection.objects.get(name="gmail-sales")

    reply = client.post(f"/connections/{connection.pk}/disconnect/")

    assert reply.status_code == 409
    assert Connection.objects.filter(pk=connection.pk).exists()
