"""Connecting one of several providers that speak the same language, and keys that were pasted in the wrong place."""

from __future__ import annotations

import pytest

from signoff.connections.client import client_for, manifest_of
from signoff.connections.connect import connect
from signoff.connections.models import Connection
from signoff.connections.standing import check
from signoff.connectors.registry import manifests
from signoff.core.errors import CredentialRejected, InputRejected, Refused
from signoff.core.secret import Secret
from signoff.pacing import pace
from signoff.pacing.models import Pace
from signoff_sandbox.testing import ANTHROPIC_KEY, OPENAI_KEY

ROOTS = {"azure": "/openai/v1", "openrouter": "/api/v1", "deepseek": "", "gemini": "/v1beta/openai"}
SPOKEN = ["azure", "openrouter", "deepseek", "gemini", "mistral", "ollama"]
PRESETS = manifests()["openai"].auth.presets


@pytest.fixture
def at(practice):
    """The practice AI speaking as a provider: `at("azure")` is its address there."""

    def speak(provider):
        practice.control("openai", dialect=provider)
        return practice.openai + ROOTS.get(provider, "/v1")

    yield speak
    practice.control("openai", dialect="openai", about_key=None)


def join(provider, address, key=OPENAI_KEY, name="ai", **more):
    return connect("openai", name, Secret(key), base_url=address, settings={"provider": provider}, **more)


@pytest.mark.parametrize("provider", SPOKEN)
def test_every_provider_is_connected_under_its_own_name_and_asked_in_its_own_way(db, at, provider):
    row = join(provider, at(provider), key="" if provider == "ollama" else OPENAI_KEY)

    assert row.state == "working"
    assert row.settings["provider"] == provider
    assert manifest_of(row).name == next(one.label for one in PRESETS if one.name == provider)
    assert check(row).state == "working"
    assert client_for(row).preset.name == provider


@pytest.mark.parametrize("provider", [name for name in SPOKEN if name != "ollama"])
def test_a_wrong_key_is_told_with_the_providers_name_and_where_to_get_one(db, at, provider):
    address = at(provider)

    with pytest.raises(CredentialRejected) as caught:
        join(provider, address, key="wrong")

    chosen = manifests()["openai"].chosen({"provider": provider})
    assert f"{chosen.name} does not accept this key. Nothing was saved." in caught.value.owner_message
    assert chosen.auth.where_url in caught.value.next_step
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://acme.openai.azure.com", "https://acme.openai.azure.com/openai/v1"),
        (" https://acme.openai.azure.com/ ", "https://acme.openai.azure.com/openai/v1"),
        (
            "https://acme.openai.azure.com/openai/deployments/ours/chat/completions?api-version=2024-10-21",
            "https://acme.openai.azure.com/openai/v1",
        ),
        (
            "https://acme.openai.azure.com/openai/v1/chat/completions",
            "https://acme.openai.azure.com/openai/v1",
        ),
        ("https://gateway.acme.example/ai/openai/v1/", "https://gateway.acme.example/ai/openai/v1"),
    ],
)
def test_whatever_is_copied_as_azures_address_becomes_the_one_to_ask(given, kept):
    from signoff.connections.stating import whole_address

    assert whole_address(manifests()["openai"].chosen({"provider": "azure"}), given) == kept


@pytest.mark.parametrize("provider", ["azure", "other"])
def test_a_provider_with_an_address_for_each_customer_needs_it(db, provider):
    with pytest.raises(InputRejected) as caught:
        join(provider, "")

    assert "needs your own address there. It looks like https://" in caught.value.owner_message
    assert not Connection.objects.exists()


def test_a_key_may_be_left_out_only_where_none_is_needed(db, at):
    with pytest.raises(InputRejected) as caught:
        join("groq", at("openai"), key="")

    assert "empty" in caught.value.owner_message


def test_another_provider_for_the_same_connection_brings_its_own_address(db, at):
    join("azure", at("azure"))

    row = join("openai", at("openai"), other_account=True)

    assert row.base_url.endswith("/v1")
    assert (row.settings["provider"], manifest_of(row).name) == ("openai", "OpenAI")


def test_the_pace_begins_with_what_is_known_of_the_provider(db, at):
    row = join("mistral", at("mistral"))

    pace.state_limits(row)

    assert Pace.objects.get(connection=row).request_seconds == pytest.approx(1.0)


def test_an_openrouter_key_without_credit_is_not_saved(db, at, practice):
    address = at("openrouter")
    practice.control("openai", about_key={"limit_remaining": 0})

    with pytest.raises(Refused) as caught:
        join("openrouter", address)

    assert "credit or spending limit at OpenRouter is used up" in caught.value.owner_message
    assert "Nothing was saved" in caught.value.owner_message


def test_an_openrouter_key_tells_when_it_ends(db, at, practice):
    address = at("openrouter")
    practice.control("openai", about_key={"expires_at": "2027-05-01T00:00:00Z"})

    assert str(join("openrouter", address).ends_at.date()) == "2027-05-01"


# No address is stated here, so each of these would go to the real vendor if it were not stopped before.
@pytest.mark.parametrize(
    ("app", "provider", "key", "whose", "advice"),
    [
        ("openai", "openai", "sk-ant-api03-marked", "Anthropic", "Connect Anthropic instead"),
        ("openai", "openai", "gsk_marked", "Groq", "Choose Groq as the provider"),
        ("openai", "openai", "sk-or-v1-marked", "OpenRouter", "Choose OpenRouter as the provider"),
        ("openai", "openai", "AIzaMarked", "Google Gemini", "Choose Google Gemini as the provider"),
        ("openai", "deepseek", "sk-proj-marked", "OpenAI", "Choose OpenAI as the provider"),
        ("openai", "mistral", "sk-ant-api03-marked", "Anthropic", "Connect Anthropic instead"),
        ("anthropic", "", "sk-proj-marked", "OpenAI", "Connect OpenAI instead"),
        ("anthropic", "", "gsk_marked", "Groq", "Connect Groq instead"),
    ],
)
def test_a_key_of_somebody_else_is_sent_to_nobody(db, monkeypatch, app, provider, key, whose, advice):
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: pytest.fail("somebody was asked"))

    with pytest.raises(InputRejected) as caught:
        connect(app, "ai", Secret(key), settings={"provider": provider} if provider else {})

    told = f"{caught.value.owner_message} {caught.value.next_step}"
    assert f"This is a key of {whose}" in told
    assert "It was sent to nobody. Nothing was saved." in told
    assert advice in told
    assert "arked" not in told + str(caught.value)
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("app", "key", "words"),
    [
        ("openai", "sk-admin-0123456789", "an admin key"),
        ("anthropic", "sk-ant-admin01-0123", "an admin key"),
        ("anthropic", "sk-ant-oat01-0123", "a sign-in of a Claude subscription"),
    ],
)
def test_a_key_of_the_wrong_kind_is_explained_when_the_app_refuses_it(db, practice, app, key, words):
    with pytest.raises(CredentialRejected) as caught:
        connect(app, "ai", Secret(key), base_url=practice.address(app))

    assert words in caught.value.next_step
    assert "does not accept this key. Nothing was saved." in caught.value.owner_message


def test_anthropic_is_connected_whether_or_not_its_address_ends_in_v1(db, practice):
    for name, ending in (("one", ""), ("two", "/v1"), ("three", "/v1/")):
        row = connect(
            "anthropic", name, Secret(ANTHROPIC_KEY), base_url=practice.address("anthropic") + ending
        )

        assert (row.state, row.account_id) == ("working", "org-practice-anthropic")
