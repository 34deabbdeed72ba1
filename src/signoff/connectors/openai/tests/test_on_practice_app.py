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
    practice.control("openai", faults="mistakes=0,structural=0", billing=None, always=None, restore_key=None)
    return connect(practice, "openai")


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
