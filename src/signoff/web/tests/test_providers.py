"""The Connect page of an app with several providers, and a connection whose model stops."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.utils.html import escape

from signoff.connections.models import Connection
from signoff.connectors.registry import manifests
from signoff.core import clock
from signoff.web.tests import world
from signoff.web.words import named
from signoff_sandbox.testing import OPENAI_KEY

pytestmark = pytest.mark.django_db

PRESETS = manifests()["openai"].auth.presets


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_provider_shows_its_own_way_to_the_key(as_role, preset):
    page = as_role("owner").get(f"/connections/new/openai/?provider={preset.name}").content.decode()

    assert f"<h1>Connect {preset.label}</h1>" in page
    assert re.search(rf'href="\?provider={preset.name}" aria-current="true"', page)
    assert f'name="setting_provider" value="{preset.name}"' in page
    assert page.count('aria-current="true"') == 1
    for step in preset.where:
        assert escape(step) in page
    asked_for = re.search(r'<input[^>]*name="base_url"[^>]*>', page)[0]
    assert (" required" in asked_for) == (not preset.base_url)
    assert ("Leave it empty if none is needed." in page) == preset.keyless


def test_an_unknown_provider_in_the_address_shows_the_first(as_role):
    page = as_role("owner").get("/connections/new/openai/?provider=skynet").content.decode()

    assert "<h1>Connect OpenAI</h1>" in page


def test_a_provider_is_connected_by_the_form(as_role, practice):
    practice.control("openai", dialect="azure")
    data = {
        "name": "azure-main",
        "secret": OPENAI_KEY,
        "setting_provider": "azure",
        "setting_api": "automatic",
        "base_url": practice.openai,
    }
    try:
        answer = as_role("owner").post("/connections/new/openai/?provider=azure", data)
    finally:
        practice.control("openai", dialect="openai")

    row = Connection.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/connections/{row.pk}/")
    assert (row.settings["provider"], row.base_url) == ("azure", practice.openai + "/openai/v1")


def test_what_was_wrong_is_shown_on_the_same_providers_page(as_role):
    data = {"name": "azure-main", "secret": "k" * 32, "setting_provider": "azure"}

    answer = as_role("owner").post("/connections/new/openai/", data)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<h1>Connect Azure OpenAI</h1>" in page
    assert "k" * 32 not in page


def test_a_key_of_somebody_else_is_answered_with_what_to_press(as_role):
    data = {"name": "openai-main", "secret": "sk-ant-api03-marked", "setting_provider": "openai"}

    page = as_role("owner").post("/connections/new/openai/", data).content.decode()

    assert "This is a key of Anthropic, not of OpenAI. It was sent to nobody. Nothing was saved." in page
    assert "marked" not in page


def test_a_key_is_replaced_at_the_same_provider(as_role):
    row = world.connection("groq-main", "openai", settings={"provider": "groq"})

    page = as_role("owner").get(f"/connections/new/openai/?replace={row.pk}").content.decode()

    assert "A new key for Groq, groq-main" in page
    assert "Which provider?" not in page
    assert 'name="setting_provider" value="groq"' in page


@pytest.mark.parametrize(
    ("today", "tone", "words"),
    [
        ((2026, 11, 25), "alert info", "gpt-4o stops on Thu 14 January 2027, in 50 days."),
        ((2026, 12, 20), "alert warn", "gpt-4o stops on Thu 14 January 2027, in 25 days."),
        ((2027, 1, 14), "alert ", "gpt-4o stopped on Thu 14 January"),
    ],
)
def test_a_connection_tells_of_a_model_that_stops_and_who_asks_it(as_role, monkeypatch, today, tone, words):
    moment = datetime(*today, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: moment)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    made = world.integration(world.person())
    world.connections()
    client = as_role("owner")

    page = client.get(f"/connections/{Connection.objects.get(app='openai').pk}/").content.decode()

    assert words in page
    assert f'class="card {tone}"' in page
    assert named(made.name) in page
    assert "gpt-6-luna" in page


def test_a_model_of_another_provider_ends_on_no_day_of_openais(as_role):
    world.integration(world.person())
    row = world.connection("openai-main", "openai", settings={"provider": "azure"})

    assert "stops on" not in as_role("owner").get(f"/connections/{row.pk}/").content.decode()
