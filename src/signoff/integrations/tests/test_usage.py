"""Whoever is asked whether a connection may go knows what would stop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from signoff.connections.models import Connection
from signoff.core import clock
from signoff.engine import verbs
from signoff.integrations.usage import Use, model_of, switched_on_with, uses
from signoff.web.words import day, ends

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


class TestWhatItNeeds:
    def test_each_part_of_an_integration_says_what_it_needs(self, house):
        row = Connection.objects.get(name="gmail-sales")

        (use,) = uses([row])["gmail-sales"]

        assert use == Use("follow-up-new-leads", True, ("create drafts",), ())
        assert uses(Connection.objects.all())["openai-main"][0].needs == ("ask models",)

    def test_what_the_key_lacks_of_it_is_named_as_the_app_names_it(self, house):
        row = Connection.objects.get(name="gmail-sales")
        row.lacks = ["create drafts (gmail.compose)", "send e-mails", "create drafts of another kind"]

        (use,) = uses([row])["gmail-sales"]

        assert use.lacks == ("create drafts (gmail.compose)",)

    def test_nobody_uses_what_nobody_names(self, house):
        row = Connection(name="spare", app="webhook")

        assert uses([row]) == {"spare": []}

    def test_the_page_says_which_integration_misses_what_and_what_to_do(self, house):
        client = Client()
        client.force_login(house.owner)
        row = Connection.objects.get(name="gmail-sales")
        Connection.objects.filter(pk=row.pk).update(lacks=["create drafts"])

        page = client.get(f"/connections/{row.pk}/").content.decode()
        listed = client.get("/connections/").content.decode()

        assert "Follow up new leads needs: create drafts" in page
        assert "leave every box on the page ticked" in page
        assert "create drafts (Follow up new leads)" in listed

    def test_the_model_to_ask_is_one_that_is_in_use(self, house):
        row = Connection.objects.get(name="openai-main")

        assert model_of(row) == "gpt-4o"

        verbs.switch(house.integration, False)
        assert model_of(row) == ""


class TestWhatStopsThen:
    @pytest.fixture
    def show(self, house):
        client = Client()
        client.force_login(house.owner)

        def shown(address, **change):
            row = Connection.objects.get(name="gmail-sales")
            Connection.objects.filter(pk=row.pk).update(**change)
            return client.get(address.format(row.pk)).content.decode()

        return shown

    def test_an_end_is_told_with_what_stops_on_three_pages_and_at_home(self, show):
        at = clock.now() + timedelta(days=12)
        words = f"This integration stops on {day(at)}"

        for address in ("/connections/{}/", "/connections/", "/health/"):
            assert words in show(address, sign_in_ends_at=at), address
        assert f"Your Gmail key ends {ends(at)}" in show("/")

    def test_an_end_that_is_far_is_quiet(self, show):
        at = clock.now() + timedelta(days=80)

        assert "stops on" not in show("/connections/{}/", sign_in_ends_at=at)
        assert "Your Gmail key" not in show("/")

    def test_a_rule_that_may_not_apply_is_told_as_such(self, show):
        change = {"base_url": "", "key_since": clock.now() - timedelta(days=5), "settings": {}}

        page = show("/connections/{}/", **change)

        assert "This integration may stop on" in page
        assert "Publish the app" in page
        assert "Your Gmail key may end" in show("/")
