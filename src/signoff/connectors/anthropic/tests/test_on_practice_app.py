from __future__ import annotations

import json
from datetime import date

import pytest

from signoff.connectors.anthropic import connector
from signoff.connectors.tests.practice import connect
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    ModelGone,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    VendorDown,
)
from signoff.core.prompt import Image, Message, Prompt

RECORD = "Record:\nfirstname: Ada\nemail: ada@example.test\nmessage: What does it cost?"
PROMPT = Prompt(
    "claude-haiku-5-5",
    (Message("system", "Write a short follow-up e-mail to a new lead."), Message("user", RECORD)),
    "v1",
)
SCHEMA = {
    "type": "object",
    "properties": {
        "subject": {"type": "string", "maxLength": 78},
        "body": {"type": "string", "maxLength": 1200},
        "intent": {"type": "string", "enum": ["pricing", "support", "other"]},
        "seats": {"type": "integer", "minimum": 1},
    },
    "required": ["subject", "body", "intent"],
}


@pytest.fixture
def ai(practice):
    connector._forms.clear()
    practice.control("anthropic", faults="", mistakes=0, billing=None, always=None, restore_key=True)
    return connect(practice, "anthropic")


def with_model(model: str) -> Prompt:
    return Prompt(model, PROMPT.messages, "v1")


def test_check_lets_a_good_key_pass(ai):
    account = ai.check()

    assert account.id == "org-practice-anthropic"
    assert "see the list of models" in account.may
    assert account.lacks == ()


def test_an_answer_fits_the_schema_at_the_first_asking(practice, ai):
    before = practice.books("anthropic", summary=True)["status_counts"].get("400", 0)

    answer = ai.ask(PROMPT, SCHEMA)

    said = json.loads(answer.text)
    assert set(said) == {"subject", "body", "intent", "seats"}
    assert said["intent"] in ("pricing", "support", "other")
    assert (answer.stopped, answer.model) == ("done", "claude-haiku-5-5")
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0
    assert {limit.kind for limit in answer.limits} == {"requests", "tokens"}
    assert practice.books("anthropic", summary=True)["status_counts"].get("400", 0) == before


def test_a_model_without_structured_outputs_answers_by_a_tool_and_is_remembered(practice, ai):
    practice.control("anthropic", add_model={"id": "claude-plain", "structured_outputs": False})

    one = ai.ask(with_model("claude-plain"), SCHEMA)
    before = practice.books("anthropic", summary=True)["requests"]
    two = ai.ask(with_model("claude-plain"), SCHEMA)

    assert json.loads(one.text)["intent"] == json.loads(two.text)["intent"] == "pricing"
    assert one.stopped == "done"
    assert practice.books("anthropic", summary=True)["requests"] == before + 1


def test_an_answer_without_a_schema_is_text(ai):
    assert ai.ask(PROMPT, None).text.startswith("Subject: ")


def test_an_answer_that_is_cut_off_says_so(ai):
    short = Prompt(PROMPT.model, PROMPT.messages, PROMPT.version, max_output_tokens=3)

    assert ai.ask(short, SCHEMA).stopped == "cut off"


@pytest.mark.parametrize("kind", ["refusal", "filtered"])
def test_a_refusal_is_told_and_no_error(practice, ai, kind):
    practice.control("anthropic", mistakes={"share": 1, "structural": 1, "kinds": [kind]})

    assert ai.ask(PROMPT, SCHEMA).stopped == "refused"


def test_the_repair_round_is_answered(ai):
    answered = PROMPT.then(
        Message("assistant", ""), Message("user", "That answer cannot be used: it is empty. Answer again.")
    )

    assert json.loads(ai.ask(answered, SCHEMA).text)["subject"]


def test_models_carry_the_day_they_end_and_whether_they_see(practice, ai):
    practice.control("anthropic", add_model={"id": "claude-blind", "image_input": False})

    models = {model.id: model for model in ai.models()}

    assert models["claude-sonnet-4-5-20250929"].ends_on == date(2026, 11, 30)
    assert models["claude-haiku-5-5"].ends_on is None
    assert (models["claude-haiku-5-5"].sees, models["claude-blind"].sees) == (True, False)
    assert "claude-3-7-sonnet-20250219" not in models


def test_a_retired_model_is_gone(ai):
    with pytest.raises(ModelGone):
        ai.ask(with_model("claude-3-7-sonnet-20250219"), SCHEMA)


@pytest.mark.parametrize("key", ["sk-ant-api03-wrong", "sk-ant-admin01-wrong"])
def test_a_wrong_key_is_refused(practice, ai, key):
    with pytest.raises(CredentialRejected):
        connect(practice, "anthropic", key=key).check()


@pytest.mark.parametrize(
    "bill",
    [
        "billing_error",
        "enforced_spend_limit_reached",
        "contract_spend_limit_reached",
        "spend_limit",
        "low_credit",
    ],
)
def test_used_up_credit_is_for_the_owner_and_not_waited_for(practice, ai, bill):
    practice.control("anthropic", billing=bill)

    with pytest.raises(QuotaExhausted):
        ai.ask(PROMPT, SCHEMA)


def test_a_limit_is_waited_for(practice, ai):
    practice.control("anthropic", rpm=1)
    try:
        ai.ask(PROMPT, SCHEMA)
        with pytest.raises(RateLimited) as caught:
            ai.ask(PROMPT, SCHEMA)
    finally:
        practice.control("anthropic", rpm=100_000)

    assert 1 <= caught.value.retry_after_seconds <= 60


@pytest.mark.parametrize(
    "fault", ["cut", "lost_answer", "late503", "http500", "http502", "http503", "overloaded", "timeout"]
)
def test_an_outage_is_asked_again(practice, ai, fault):
    practice.control("anthropic", fail_next=fault)

    with pytest.raises(VendorDown):
        ai.ask(PROMPT, SCHEMA)


def test_the_whole_service_short_of_capacity_is_given_time(practice, ai):
    practice.control("anthropic", fail_next="overloaded")

    with pytest.raises(VendorDown) as caught:
        ai.ask(PROMPT, SCHEMA)

    assert caught.value.retry_after_seconds == connector.OVERLOADED_SECONDS


def test_a_key_that_may_not_is_told_apart(practice, ai):
    practice.control("anthropic", fail_next="permission")

    with pytest.raises(PermissionMissing):
        ai.ask(PROMPT, SCHEMA)


def test_a_model_that_sees_is_shown_the_picture(ai):
    picture = Image("card", "image/png", b"\x89PNG\r\n\x1a\n")
    shown = Prompt(PROMPT.model, (*PROMPT.messages[:1], Message("user", RECORD, (picture,))), "v1")

    answer = ai.ask(shown, SCHEMA)

    assert answer.usage.input_tokens > 1_600


def test_a_model_that_cannot_see_is_named(practice, ai):
    practice.control("anthropic", add_model={"id": "claude-blind", "image_input": False})
    picture = Image("card", "image/png", b"\x89PNG\r\n\x1a\n")
    shown = Prompt("claude-blind", (*PROMPT.messages[:1], Message("user", RECORD, (picture,))), "v1")

    with pytest.raises(InputRejected) as caught:
        ai.ask(shown, SCHEMA)

    assert "claude-blind cannot look at pictures" in caught.value.owner_message


def test_a_prompt_that_is_too_long_is_told_as_such(ai):
    long = Prompt(PROMPT.model, (Message("user", "word " * 200_000),), "v1")

    with pytest.raises(InputRejected) as caught:
        ai.ask(long, None)

    assert "too long" in caught.value.owner_message
