"""The official OpenAI client works unchanged against the practice AI."""

from __future__ import annotations

import json

import openai
import pytest
from openai import OpenAI

from signoff_sandbox.testing import OPENAI_KEY, Practice

LEAD = """Record:
firstname: Dana
lastname: Whitfield
company: Whitfield Dental
email: dana@whitfielddental.example
message: We are 8 dentists and still book by phone. What does it cost? Our budget is $300 a month.
"""
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["subject", "body", "intent", "seats"],
    "properties": {
        "subject": {"type": "string", "maxLength": 78},
        "body": {"type": "string", "maxLength": 1200},
        "intent": {"type": "string", "enum": ["pricing", "support", "other"]},
        "seats": {"type": ["integer", "null"]},
    },
}
FORM = {"type": "json_schema", "json_schema": {"name": "follow_up", "strict": True, "schema": SCHEMA}}


def client_of(practice: Practice, key: str = OPENAI_KEY, **more) -> OpenAI:
    return OpenAI(api_key=key, base_url=f"{practice.openai}/v1", max_retries=0, **more)


@pytest.fixture
def client(practice: Practice) -> OpenAI:
    return client_of(practice)


def ask(client: OpenAI, text: str = LEAD, **more):
    asked = {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": text}],
        "response_format": FORM,
        **more,
    }
    return client.chat.completions.create(**asked)


def test_a_chat_completion_follows_the_schema_and_the_record(client):
    answer = ask(client)

    value = json.loads(answer.choices[0].message.content)
    assert set(value) == set(SCHEMA["required"])
    assert value["intent"] == "pricing"
    assert value["seats"] == 8
    assert "Dana" in value["body"]
    assert "8 dentists" in value["body"]
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "gpt-4o-2024-08-06"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_response_follows_the_schema_and_can_be_fetched_again(client):
    answer = client.responses.create(
        model="gpt-6-luna",
        instructions="Write a short follow-up.",
        input=LEAD,
        text={"format": {"type": "json_schema", "name": "follow_up", "strict": True, "schema": SCHEMA}},
    )

    assert answer.status == "completed"
    assert json.loads(answer.output_text)["intent"] == "pricing"
    assert client.responses.retrieve(answer.id).output_text == answer.output_text


def test_a_response_that_was_cut_off_is_incomplete(client):
    answer = client.responses.create(model="gpt-6-luna", input=LEAD, max_output_tokens=16)

    assert answer.status == "incomplete"
    assert answer.incomplete_details.reason == "max_output_tokens"


def test_an_answer_that_is_streamed_is_the_same(client):
    whole = ask(client).choices[0].message.content

    pieces = ask(client, stream=True, stream_options={"include_usage": True})

    heard = list(pieces)
    assert "".join(c.delta.content or "" for piece in heard for c in piece.choices) == whole
    assert heard[-1].usage.total_tokens > 0


def test_plain_text_and_json_mode_are_answered_too(client):
    plain = ask(client, response_format={"type": "text"}).choices[0].message.content
    as_json = ask(client, response_format={"type": "json_object"}).choices[0].message.content

    assert plain.startswith("Subject: ")
    assert set(json.loads(as_json)) == {"subject", "body"}


def test_the_rate_headers_tell_limits_and_what_is_left(own_practice):
    own_practice.control("openai", rpm=500, tpm=30000)

    raw = client_of(own_practice).chat.completions.with_raw_response.create(
        model="gpt-4o", messages=[{"role": "user", "content": LEAD}], max_tokens=600
    )

    assert raw.headers["x-ratelimit-limit-requests"] == "500"
    assert raw.headers["x-ratelimit-remaining-requests"] == "499"
    assert raw.headers["x-ratelimit-remaining-tokens"] == "29400"
    assert raw.headers["x-ratelimit-reset-requests"].endswith("ms")
    assert raw.headers["x-ratelimit-reset-tokens"].endswith("s")
    assert raw.headers["x-request-id"]
    assert raw.parse().choices


def test_models_tell_the_day_they_end(client):
    ends = {m.id: m.model_dump()["shutdown_date"] for m in client.models.list()}

    assert ends["gpt-4o"] == "2027-01-14"
    assert ends["gpt-4o-2024-08-06"] == "2027-01-14"
    assert ends["gpt-6-luna"] is None
    assert "gpt-4o-2024-05-13" not in ends


def test_a_model_is_gone_when_its_day_comes(own_practice):
    client = client_of(own_practice)

    own_practice.control("openai", clock_at="2027-01-13T23:59:00+00:00")
    ask(client)
    own_practice.control("openai", clock_at="2027-01-14T00:00:00+00:00")
    with pytest.raises(openai.NotFoundError) as gone:
        ask(client)

    assert gone.value.code == "model_not_found"
    assert "gpt-4o" not in {m.id for m in client.models.list()}


def test_a_wrong_key_is_told_as_such_and_not_repeated_in_full(practice):
    with pytest.raises(openai.AuthenticationError) as refused:
        ask(client_of(practice, "sk-proj-not-a-key-at-all"))

    assert refused.value.code == "invalid_api_key"
    assert "not-a-key" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"required": ["subject"]}, "required"),
        ({"additionalProperties": True}, "additionalProperties"),
        ({"properties": {**SCHEMA["properties"], "seats": {"type": "integer", "default": 1}}}, "default"),
        ({"type": "array"}, "object"),
    ],
)
def test_a_schema_that_strict_mode_does_not_take_is_a_400(client, change, what):
    form = {
        "type": "json_schema",
        "json_schema": {"name": "x", "strict": True, "schema": {**SCHEMA, **change}},
    }

    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, response_format=form)

    assert refused.value.param == "response_format"
    assert what in refused.value.message


def test_reasoning_models_refuse_old_settings(client):
    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, model="gpt-6-luna", max_tokens=100)

    assert refused.value.code == "unsupported_parameter"


def test_the_request_limit_is_told_with_the_wait(own_practice):
    own_practice.control("openai", rpm=2)
    client = client_of(own_practice)

    ask(client)
    ask(client)
    with pytest.raises(openai.RateLimitError) as refused:
        ask(client)

    headers = refused.value.response.headers
    assert refused.value.code == "rate_limit_exceeded"
    assert refused.value.type == "requests"
    assert 0 < int(headers["retry-after-ms"]) <= 30_000
    assert 1 <= int(headers["retry-after"]) <= 30


def test_after_the_wait_there_is_room_again(own_practice):
    own_practice.control("openai", rpm=2)
    client = client_of(own_practice)
    ask(client)
    ask(client)

    own_practice.control("openai", clock_offset_seconds=31)

    ask(client)


def test_the_token_limit_counts_what_may_be_answered(own_practice):
    own_practice.control("openai", tpm=1000)
    client = client_of(own_practice)

    ask(client, max_tokens=600)
    with pytest.raises(openai.RateLimitError) as refused:
        ask(client, max_tokens=600)

    assert refused.value.type == "tokens"
    assert "Requested 600" in refused.value.message


def test_tokens_that_were_not_used_come_back_when_counted_as_used(own_practice):
    own_practice.control("openai", token_count="used", tpm=1000)
    client = client_of(own_practice)

    ask(client, max_tokens=600)

    ask(client, max_tokens=600)


def test_second_by_second_a_burst_is_refused_that_the_minute_would_allow(own_practice):
    own_practice.control("openai", enforcement="second", rpm=60)
    client = client_of(own_practice)

    ask(client)
    with pytest.raises(openai.RateLimitError) as refused:
        ask(client)

    assert int(refused.value.response.headers["x-ratelimit-remaining-requests"]) == 59


@pytest.mark.parametrize(
    ("trouble", "error", "code", "type"),
    [
        ("credit_balance_exhausted", openai.RateLimitError, "credit_balance_exhausted", "insufficient_quota"),
        (
            "project_spend_limit_exceeded",
            openai.RateLimitError,
            "project_spend_limit_exceeded",
            "insufficient_quota",
        ),
        ("insufficient_quota", openai.RateLimitError, "insufficient_quota", "insufficient_quota"),
        ("slow_down", openai.RateLimitError, "slow_down", "rate_limit_error"),
        ("http500", openai.InternalServerError, None, "server_error"),
        ("http503", openai.InternalServerError, "server_is_overloaded", "service_unavailable_error"),
        (
            "region",
            openai.PermissionDeniedError,
            "unsupported_country_region_territory",
            "invalid_request_error",
        ),
    ],
)
def test_each_trouble_is_told_as_the_vendor_tells_it(own_practice, trouble, error, code, type):
    own_practice.control("openai", always=trouble)

    with pytest.raises(error) as refused:
        ask(client_of(own_practice))

    assert (refused.value.code, refused.value.type) == (code, type)


def test_a_revoked_key_works_again_when_it_is_restored(own_practice):
    client = client_of(own_practice)

    own_practice.control("openai", revoke_key=True)
    with pytest.raises(openai.AuthenticationError):
        ask(client)
    own_practice.control("openai", restore_key=True)

    ask(client)
