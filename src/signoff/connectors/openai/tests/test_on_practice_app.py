from __future__ import annotations

import json
from datetime import date

import pytest

from signoff.connectors.openai import connector
from signoff.connectors.tests.practice import connect
from signoff.core.errors import CredentialRejected, ModelGone, QuotaExhausted, RateLimited, VendorDown
from signoff.core.prompt import Message, Prompt

RECORD = "Record:\nfirstname: Ada\nemail: ada@example.test\nmessage: What does it cost?"
PROMPT = Prompt(
    "gpt-4o",
    (Message("system", "Write a short follow-up e-mail to a new lead."), Message("user", RECORD)),
    "v1",
)
SCHEMA = {
    "type": "object",
    "properties": {
        "subject": {"type": "string", "maxLength": 78},
        "body": {"type": "string", "maxLength": 1200},
        "intent": {"type": "string", "enum": ["pricing", "support", "other"]},
    },
    "required": ["subject", "body", "intent"],
}


@pytest.fixture
def ai(practice):
    connector._dialects.clear()
    reset(practice)
    return connect(practice, "openai")


def reset(practice, dialect="openai"):
    calm = {"faults": "mistakes=0,structural=0", "billing": None, "always": None, "restore_key": None}
    practice.control("openai", **calm, dialect=dialect, about_key=None, reasoning_tokens=0)


# The providers of the manifest that the practice AI can speak as, and a model that each has.
PROVIDERS = {
    "azure": "our-drafts",
    "openrouter": "openai/gpt-4o",
    "deepseek": "deepseek-chat",
    "gemini": "gemini-3-flash",
    "mistral": "mistral-small",
    "ollama": "gemma3",
}


@pytest.fixture(params=PROVIDERS)
def provider(request, practice):
    connector._dialects.clear()
    reset(practice, request.param)
    yield request.param
    reset(practice)


def at(provider):
    return Prompt(PROVIDERS[provider], PROMPT.messages, "v1")


def test_an_answer_of_every_provider_fits_the_schema_without_being_asked_twice(practice, provider):
    ai = connect(practice, "openai", provider=provider)
    before = practice.books("openai", summary=True)["requests"]

    answer = ai.ask(at(provider), SCHEMA)

    assert json.loads(answer.text)["intent"] == "pricing"
    assert answer.stopped == "done"
    assert answer.limits == ()
    assert bool(answer.usage.output_tokens) == (provider != "ollama")
    assert practice.books("openai", summary=True)["requests"] == before + 1


def test_an_unnamed_provider_is_found_out(practice, provider):
    ai = connect(practice, "openai", provider=provider)
    ai.preset = None  # as if nothing were known of it beforehand

    assert json.loads(ai.ask(at(provider), SCHEMA).text)["intent"] == "pricing"


def test_every_provider_lets_a_good_key_pass_and_refuses_a_wrong_one(practice, provider):
    account = connect(practice, "openai", provider=provider).check()

    assert account.id
    assert account.lacks == ()
    if provider != "ollama":  # which asks for none
        with pytest.raises(CredentialRejected):
            connect(practice, "openai", key="wrong", provider=provider).check()


def test_a_model_that_a_provider_does_not_have_is_gone(practice, provider):
    with pytest.raises(ModelGone) as caught:
        connect(practice, "openai", provider=provider).ask(Prompt("none", PROMPT.messages, "v1"), SCHEMA)

    assert ("no deployment that is named none" in caught.value.owner_message) == (provider == "azure")


def test_the_limit_of_a_provider_is_waited_for(practice, provider):
    practice.control("openai", fail_next="rate")

    with pytest.raises(RateLimited) as caught:
        connect(practice, "openai", provider=provider).ask(at(provider), SCHEMA)

    assert caught.value.retry_after_seconds


@pytest.mark.parametrize("provider", ["azure", "openrouter", "deepseek", "mistral"], indirect=True)
def test_used_up_credit_at_a_provider_is_for_the_owner(practice, provider):
    practice.control("openai", billing="credit_balance_exhausted")

    with pytest.raises(QuotaExhausted):
        connect(practice, "openai", provider=provider).ask(at(provider), SCHEMA)


@pytest.mark.parametrize("provider", ["azure"], indirect=True)
def test_azure_holding_back_the_question_is_a_filtered_answer(practice, provider):
    practice.control("openai", mistakes={"share": 1, "structural": 1, "kinds": ["filtered"]})

    assert connect(practice, "openai", provider=provider).ask(at(provider), SCHEMA).stopped == "filtered"


@pytest.mark.parametrize(
    ("fault", "family"),
    [
        ("broken_midway", VendorDown),
        ("in_flight_budget", RateLimited),
        ("key_limit", QuotaExhausted),
    ],
)
@pytest.mark.parametrize("provider", ["openrouter"], indirect=True)
def test_openrouters_own_errors_belong_to_a_family(practice, provider, fault, family):
    practice.control("openai", fail_next=fault)

    with pytest.raises(family):
        connect(practice, "openai", provider=provider).ask(at(provider), SCHEMA)


@pytest.mark.parametrize("model", ["gpt-5.2-pro", "gpt-6-luna"])
def test_responses_are_spoken_where_a_model_takes_nothing_else_or_the_owner_says_so(practice, ai, model):
    api = "automatic" if model.endswith("-pro") else "responses"

    answer = connect(practice, "openai", api=api).ask(Prompt(model, PROMPT.messages, "v1"), SCHEMA)

    assert json.loads(answer.text)["intent"] == "pricing"
    assert answer.usage.output_tokens > 0


def test_a_model_that_thinks_long_still_answers(practice, ai):
    practice.control("openai", reasoning_tokens=3000)

    answer = ai.ask(Prompt("gpt-6-luna", PROMPT.messages, "v1", max_output_tokens=600), SCHEMA)

    assert json.loads(answer.text)["intent"] == "pricing"


def test_check_lets_a_good_key_pass(ai):
    account = ai.check()

    assert account.id
    assert "see the list of models" in account.may
    assert account.lacks == ()


def test_an_answer_fits_the_schema(ai):
    answer = ai.ask(PROMPT, SCHEMA)

    said = json.loads(answer.text)
    assert set(said) == {"subject", "body", "intent"}
    assert said["intent"] in ("pricing", "support", "other")
    assert answer.stopped == "done"
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0
    assert {limit.kind for limit in answer.limits} == {"requests", "tokens"}


def test_an_answer_without_a_schema_is_text(ai):
    assert ai.ask(PROMPT, None).text


def test_an_answer_that_is_cut_off_says_so(ai):
    short = Prompt(PROMPT.model, PROMPT.messages, PROMPT.version, max_output_tokens=3)

    assert ai.ask(short, None).stopped == "cut off"


def test_models_carry_the_day_they_end(ai):
    models = {model.id: model.ends_on for model in ai.models()}

    assert models["gpt-4o"] == date(2027, 1, 14)
    assert models["gpt-6-luna"] is None


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (
            "chatgpt-4o-latest",
            "The AI model chatgpt-4o-latest ended at OpenAI on 17 February 2026. Nothing is lost.",
        ),
        ("gpt-4o-mni", "OpenAI offers no AI model named gpt-4o-mni to this key. Nothing is lost."),
        ("{odd}", "OpenAI offers no AI model named {odd} to this key. Nothing is lost."),
    ],
)
def test_a_model_that_has_ended_and_one_that_never_was_are_told_apart(ai, model, told):
    with pytest.raises(ModelGone) as caught:
        ai.ask(Prompt(model, PROMPT.messages, "v1"), SCHEMA)

    assert caught.value.owner_message == told
    assert ("names gpt-6-luna as its replacement" in caught.value.next_step) == ("ended" in told)


def test_a_retired_model_is_gone(practice, ai):
    practice.control("openai", retire_model="gpt-4.1-mini")

    with pytest.raises(ModelGone):
        ai.ask(Prompt("gpt-4.1-mini", PROMPT.messages, "v1"), SCHEMA)


def test_a_wrong_key_is_refused(practice, ai):
    with pytest.raises(CredentialRejected):
        connect(practice, "openai", key="sk-wrong").check()


@pytest.mark.parametrize(
    "code",
    [
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "insufficient_quota",
    ],
)
def test_used_up_credit_is_for_the_owner(practice, ai, code):
    practice.control("openai", billing=code)

    with pytest.raises(QuotaExhausted):
        ai.ask(PROMPT, SCHEMA)


def test_a_limit_is_waited_for(practice, ai):
    practice.control("openai", rpm=1)
    try:
        ai.ask(PROMPT, SCHEMA)
        with pytest.raises(RateLimited) as caught:
            ai.ask(PROMPT, SCHEMA)
    finally:
        practice.control("openai", rpm=100_000)

    assert caught.value.retry_after_seconds is not None


@pytest.mark.parametrize("fault", ["cut", "lost_answer", "late503", "http500", "http502", "http503"])
def test_an_outage_is_asked_again(practice, ai, fault):
    practice.control("openai", fail_next=fault)

    with pytest.raises(VendorDown):
        ai.ask(PROMPT, SCHEMA)
