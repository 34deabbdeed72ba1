"""The official Anthropic client works unchanged against the practice AI."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import anthropic
import pytest
from anthropic import Anthropic

from signoff_sandbox.testing import ANTHROPIC_KEY, Practice

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
        "subject": {"type": "string", "description": "At most 78 characters."},
        "body": {"type": "string"},
        "intent": {"type": "string", "enum": ["pricing", "support", "other"]},
        "seats": {"type": ["integer", "null"]},
    },
}
FORM = {"format": {"type": "json_schema", "schema": SCHEMA}}
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def client_of(practice: Practice, key: str = ANTHROPIC_KEY, **more) -> Anthropic:
    return Anthropic(api_key=key, base_url=practice.address("anthropic"), max_retries=0, **more)


@pytest.fixture
def client(practice: Practice) -> Anthropic:
    return client_of(practice)


def ask(client: Anthropic, **more):
    asked = {
        "model": "claude-haiku-5-5",
        "max_tokens": 1024,
        "system": "Write a short follow-up to a new lead.",
        "messages": [{"role": "user", "content": LEAD}],
        **more,
    }
    return client.messages.create(**asked)


def test_a_message_follows_the_schema_and_the_record(client):
    answer = ask(client, output_config=FORM)

    value = json.loads(answer.content[0].text)
    assert set(value) == set(SCHEMA["required"])
    assert value["intent"] == "pricing"
    assert value["seats"] == 8
    assert "8 dentists" in value["body"]
    assert answer.stop_reason == "end_turn"
    assert answer.model == "claude-haiku-5-5"
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0


def test_a_forced_tool_is_answered_with_its_input(client):
    answer = ask(
        client,
        tools=[{"name": "answer", "input_schema": SCHEMA}],
        tool_choice={"type": "tool", "name": "answer"},
    )

    assert answer.stop_reason == "tool_use"
    assert answer.content[0].name == "answer"
    assert answer.content[0].input["intent"] == "pricing"


def test_plain_text_is_answered_too(client):
    assert ask(client).content[0].text.startswith("Subject: ")


def test_an_answer_that_is_streamed_is_the_same(client):
    whole = ask(client, output_config=FORM)

    with client.messages.stream(
        model="claude-haiku-5-5",
        max_tokens=1024,
        system="Write a short follow-up to a new lead.",
        messages=[{"role": "user", "content": LEAD}],
        output_config=FORM,
    ) as stream:
        heard = stream.get_final_message()

    assert heard.content[0].text == whole.content[0].text
    assert heard.usage.output_tokens == whole.usage.output_tokens


def test_tokens_can_be_counted_before_asking(client):
    counted = client.messages.count_tokens(
        model="claude-haiku-5-5",
        system="Write a short follow-up to a new lead.",
        messages=[{"role": "user", "content": LEAD}],
    )

    assert counted.input_tokens == ask(client).usage.input_tokens


def test_an_answer_that_was_cut_off_says_so(client):
    assert ask(client, max_tokens=5).stop_reason == "max_tokens"


def test_a_refusal_is_no_error(own_practice):
    own_practice.control("anthropic", mistakes={"share": 1, "structural": 1, "kinds": ["refusal"]})

    answer = ask(client_of(own_practice), output_config=FORM)

    assert answer.stop_reason == "refusal"
    assert answer.content == []
    assert answer.stop_details.type == "refusal"


def test_the_rate_headers_tell_limits_and_the_moment_of_the_reset(own_practice):
    own_practice.control("anthropic", rpm=50, tpm=30_000)
    own_practice.control("anthropic", output_tpm=8_000)

    raw = client_of(own_practice).messages.with_raw_response.create(
        model="claude-haiku-5-5", max_tokens=600, messages=[{"role": "user", "content": LEAD}]
    )

    told = {name.removeprefix("anthropic-ratelimit-"): value for name, value in raw.headers.items()}
    assert (told["requests-limit"], told["requests-remaining"]) == ("50", "49")
    assert (told["input-tokens-limit"], told["input-tokens-remaining"]) == ("30000", "30000")
    assert (told["output-tokens-limit"], told["tokens-limit"]) == ("8000", "38000")
    reset = datetime.fromisoformat(told["requests-reset"])
    assert reset.tzinfo is not None
    assert abs((reset - datetime.now(UTC)).total_seconds()) < 10
    assert raw.headers["request-id"].startswith("req_")
    assert raw.headers["anthropic-organization-id"]


def test_models_tell_their_life_and_come_in_pages(client):
    models = {model.id: model for model in client.models.list(limit=5)}

    assert models["claude-sonnet-4-5-20250929"].retires_at == datetime(2026, 11, 30, tzinfo=UTC)
    assert models["claude-3-7-sonnet-20250219"].lifecycle == "retired"
    assert (models["claude-haiku-5-5"].lifecycle, models["claude-haiku-5-5"].retires_at) == ("active", None)
    assert models["claude-haiku-5-5"].capabilities.image_input.supported
    assert client.models.retrieve("claude-sonnet-4-5").id == "claude-sonnet-4-5-20250929"


@pytest.mark.filterwarnings("ignore:The model")
def test_a_model_is_gone_when_its_day_comes(own_practice):
    client = client_of(own_practice)

    own_practice.control("anthropic", clock_at="2026-11-29T23:59:00+00:00")
    ask(client, model="claude-sonnet-4-5")
    own_practice.control("anthropic", clock_at="2026-11-30T00:00:00+00:00")

    with pytest.raises(anthropic.NotFoundError):
        ask(client, model="claude-sonnet-4-5")


def test_a_wrong_key_and_a_missing_version_are_told(practice):
    with pytest.raises(anthropic.AuthenticationError) as refused:
        ask(client_of(practice, "sk-ant-api03-not-a-key"))
    assert refused.value.type == "authentication_error"

    with pytest.raises(anthropic.BadRequestError) as refused:
        ask(client_of(practice, default_headers={"anthropic-version": ""}))
    assert "anthropic-version" in str(refused.value)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"additionalProperties": True}, "additionalProperties"),
        ({"properties": {**SCHEMA["properties"], "body": {"type": "string", "maxLength": 9}}}, "maxLength"),
        ({"properties": {**SCHEMA["properties"], "seats": {"type": "integer", "minimum": 1}}}, "minimum"),
    ],
)
def test_a_schema_that_is_not_taken_is_a_400(client, change, what):
    with pytest.raises(anthropic.BadRequestError) as refused:
        ask(client, output_config={"format": {"type": "json_schema", "schema": {**SCHEMA, **change}}})

    assert what in refused.value.api_message


def test_a_model_without_structured_outputs_or_eyes_says_so(own_practice):
    client = client_of(own_practice)
    blind = {"id": "claude-blind", "structured_outputs": False, "image_input": False}
    own_practice.control("anthropic", add_model=blind)
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}

    with pytest.raises(anthropic.BadRequestError) as refused:
        ask(client, model="claude-blind", output_config=FORM)
    assert "output_config" in refused.value.api_message

    with pytest.raises(anthropic.BadRequestError) as refused:
        ask(client, model="claude-blind", messages=[{"role": "user", "content": [picture]}])
    assert "image input" in refused.value.api_message


def test_a_picture_is_taken_and_counted(client):
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    said = {"type": "text", "text": LEAD}

    answer = ask(client, messages=[{"role": "user", "content": [picture, said]}])

    assert answer.usage.input_tokens > 1_600


@pytest.mark.parametrize("body", [{"max_tokens": 0}, {"messages": []}, {"extra_body": {"temperature": 0.5}}])
def test_what_the_service_does_not_take_is_a_400(client, body):
    with pytest.raises(anthropic.BadRequestError):
        ask(client, **body)


def test_the_request_limit_is_told_with_the_wait(own_practice):
    own_practice.control("anthropic", rpm=2)
    client = client_of(own_practice)

    ask(client)
    ask(client)
    with pytest.raises(anthropic.RateLimitError) as refused:
        ask(client)

    assert refused.value.type == "rate_limit_error"
    assert refused.value.error_code is None
    assert 1 <= int(refused.value.response.headers["retry-after"]) <= 30


def test_output_counts_as_it_is_written_and_not_as_it_might_be(own_practice):
    own_practice.control("anthropic", output_tpm=20)
    client = client_of(own_practice)

    ask(client, max_tokens=16_000)
    with pytest.raises(anthropic.RateLimitError) as refused:
        ask(client)

    assert "output tokens" in refused.value.api_message


@pytest.mark.parametrize(
    ("trouble", "error", "type", "code"),
    [
        ("billing_error", anthropic.APIStatusError, "billing_error", None),
        (
            "enforced_spend_limit_reached",
            anthropic.RateLimitError,
            "rate_limit_error",
            "enforced_spend_limit_reached",
        ),
        ("spend_limit", anthropic.BadRequestError, "invalid_request_error", None),
        ("low_credit", anthropic.BadRequestError, "invalid_request_error", None),
        ("permission", anthropic.PermissionDeniedError, "permission_error", None),
        ("too_large", anthropic.RequestTooLargeError, "request_too_large", None),
        ("http500", anthropic.InternalServerError, "api_error", None),
        ("timeout", anthropic.DeadlineExceededError, "timeout_error", None),
        ("overloaded", anthropic.OverloadedError, "overloaded_error", None),
    ],
)
def test_each_trouble_is_told_as_the_vendor_tells_it(own_practice, trouble, error, type, code):
    own_practice.control("anthropic", always=trouble)

    with pytest.raises(error) as refused:
        ask(client_of(own_practice))

    assert (refused.value.type, refused.value.error_code) == (type, code)
    assert refused.value.request_id.startswith("req_")


def test_only_a_waiting_limit_has_a_wait(own_practice):
    own_practice.control("anthropic", always="enforced_spend_limit_reached")

    with pytest.raises(anthropic.RateLimitError) as refused:
        ask(client_of(own_practice))

    assert "retry-after" not in refused.value.response.headers


def test_the_two_desks_keep_their_own_keys_and_books(own_practice):
    ask(client_of(own_practice))
    own_practice.control("anthropic", revoke_key=True)

    with pytest.raises(anthropic.AuthenticationError):
        ask(client_of(own_practice))

    assert own_practice.books("anthropic", summary=True)["answered"] == 1
    assert own_practice.books("openai", summary=True)["answered"] == 0
    assert own_practice.books("openai")["keys"]
