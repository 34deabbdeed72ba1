"""What Anthropic's answers mean to us, on a tiny server; `test_on_practice_app.py` does the whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from signoff.connectors.anthropic import connector
from signoff.connectors.base import Usage
from signoff.connectors.registry import connector_class
from signoff.core.errors import (
    AnswerUnexpected,
    CredentialRejected,
    InputRejected,
    ModelGone,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    VendorDown,
)
from signoff.core.prompt import Message, Prompt
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local

PROMPT = Prompt(
    "claude-haiku-5-5",
    (Message("system", "Write."), Message("user", "Ada"), Message("system", "Be brief.")),
    "v1",
    max_output_tokens=400,
)
SCHEMA = {"type": "object", "properties": {"intent": {"type": "string"}}, "required": ["intent"]}


@pytest.fixture(autouse=True)
def _nothing_learned():
    connector._forms.clear()


def anthropic(server):
    return connector_class("anthropic")(
        Door(
            f"{server.url}/v1",
            app="Anthropic",
            authorise=lambda: {"x-api-key": "sk-ant-1"},
            allow_hosts=HERE,
        )
    )


def said(*blocks, stop="end_turn", headers=None, **more):
    body = {
        "type": "message",
        "model": "claude-haiku-5-5-20261001",
        "content": list(blocks) or [{"type": "text", "text": '{"intent": "pricing"}'}],
        "stop_reason": stop,
        "usage": {
            "input_tokens": 50,
            "cache_read_input_tokens": 7,
            "cache_creation_input_tokens": 4,
            "output_tokens": 34,
        },
        **more,
    }
    return answer(200, body, headers)


def fault(status, type="invalid_request_error", message="no", code=None, headers=None):
    error = {"type": type, "message": message}
    if code:
        error["details"] = {"error_code": code}
    return answer(status, {"type": "error", "error": error, "request_id": "req_1"}, headers)


def test_a_prompt_is_asked_with_a_structured_output():
    with local(lambda asked: said()) as server:
        got = anthropic(server).ask(PROMPT, SCHEMA)

    (request,) = server.asked
    asked = request.json()
    assert request.path == "/v1/messages"
    assert request.headers["x-api-key"] == "sk-ant-1"
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert asked["system"] == "Write.\n\nBe brief."
    assert asked["messages"] == [{"role": "user", "content": "Ada"}]
    assert asked["max_tokens"] == 400
    assert not {"temperature", "top_p", "tools"} & set(asked)
    assert asked["output_config"]["format"] == {
        "type": "json_schema",
        "schema": {**SCHEMA, "additionalProperties": False},
    }
    assert (got.text, got.model, got.stopped) == (
        '{"intent": "pricing"}',
        "claude-haiku-5-5-20261001",
        "done",
    )
    assert got.usage == Usage(61, 34, 7)


@pytest.mark.parametrize(
    ("reply", "stopped", "text"),
    [
        (said({"type": "text", "text": "half an ans"}, stop="max_tokens"), "cut off", "half an ans"),
        (said(stop="model_context_window_exceeded"), "cut off", '{"intent": "pricing"}'),
        (said({"type": "text", "text": "a"}, {"type": "text", "text": "b"}), "done", "ab"),
        (said({"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}), "done", "a"),
        (
            said({"type": "tool_use", "name": "answer", "input": {"intent": "a"}}, stop="tool_use"),
            "done",
            '{"intent": "a"}',
        ),
        (
            said(stop="refusal", content=[], stop_details={"type": "refusal", "explanation": "I cannot."}),
            "refused",
            "I cannot.",
        ),
        (said(stop="refusal", content=[], stop_details=None), "refused", ""),
        (said(stop="end_turn", content=[]), "done", ""),
    ],
)
def test_an_answer_says_why_it_ended(reply, stopped, text):
    with local(lambda asked: reply) as server:
        got = anthropic(server).ask(PROMPT, None)

    assert (got.stopped, got.text) == (stopped, text)


def test_a_missing_usage_and_model_are_no_trouble():
    reply = answer(200, {"content": [{"type": "text", "text": "hi"}], "usage": None})
    with local(lambda asked: reply) as server:
        got = anthropic(server).ask(PROMPT, None)

    assert (got.usage, got.model, got.limits) == (Usage(), "claude-haiku-5-5", ())


def test_a_model_that_takes_neither_form_nor_tool_is_told_in_words():
    def handler(asked):
        body = asked.json()
        if "output_config" in body:
            return fault(400, message="output_config.format: this model does not support structured outputs")
        if "tools" in body:
            return fault(400, message="tool_choice: forced tool use is not supported by this model")
        return said()

    with local(handler) as server:
        anthropic(server).ask(PROMPT, SCHEMA)
        anthropic(server).ask(PROMPT, SCHEMA)

    assert len(server.asked) == 4
    assert '"intent"' in server.asked[-1].json()["system"]


def test_a_bill_that_mentions_the_form_is_not_mistaken_for_a_form_that_is_not_taken():
    reply = fault(400, message="Your credit balance is too low to use tools.")
    with local(lambda asked: reply) as server, pytest.raises(QuotaExhausted):
        anthropic(server).ask(PROMPT, SCHEMA)

    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("reply", "family", "wait"),
    [
        (fault(400), InputRejected, None),
        (fault(400, message="prompt is too long: 250000 tokens > 200000 maximum"), InputRejected, None),
        (fault(400, message="You have reached your specified workspace API usage limits."), QuotaExhausted, None),
        (fault(400, message="Your credit balance is too low to access the API."), QuotaExhausted, None),
        (fault(401, "authentication_error"), CredentialRejected, None),
        (fault(402, "billing_error"), QuotaExhausted, None),
        (fault(403, "permission_error"), PermissionMissing, None),
        (fault(404, "not_found_error", "model: claude-9"), ModelGone, None),
        (fault(404, "not_found_error", "Not found"), InputRejected, None),
        (answer(404, "<html>nginx</html>"), InputRejected, None),
        (fault(413, "request_too_large"), InputRejected, None),
        (fault(429, "rate_limit_error", headers={"retry-after": "7"}), RateLimited, 7.0),
        (fault(429, "rate_limit_error"), RateLimited, None),
        (fault(429, "rate_limit_error", code="ramp_limit_exceeded"), RateLimited, None),
        (fault(429, "rate_limit_error", code="enforced_spend_limit_reached"), QuotaExhausted, None),
        (fault(429, "rate_limit_error", code="contract_spend_limit_reached"), QuotaExhausted, None),
        (answer(429, "<html>slow</html>"), RateLimited, None),
        (fault(500, "api_error"), VendorDown, None),
        (fault(504, "timeout_error"), VendorDown, None),
        (fault(529, "overloaded_error"), VendorDown, 15.0),
        (fault(529, "overloaded_error", headers={"retry-after": "40"}), VendorDown, 40.0),
        (answer(502, "<html>Bad gateway</html>"), VendorDown, None),
        (fault(200, "api_error"), VendorDown, None),
        (answer(200, {"type": "message"}), AnswerUnexpected, None),
        (answer(200, "<html>Sign in</html>"), AnswerUnexpected, None),
        (answer(302, "", {"location": "https://example.com"}), AnswerUnexpected, None),
    ],
)  # fmt: skip
def test_an_error_belongs_to_a_family(reply, family, wait):
    with local(lambda asked: reply) as server, pytest.raises(family) as caught:
        anthropic(server).ask(PROMPT, None)

    assert getattr(caught.value, "retry_after_seconds", None) == wait
    assert "POST /v1/messages" in str(caught.value)
    assert "{" not in caught.value.owner_message + caught.value.next_step


def test_an_errors_sentence_is_not_passed_on():
    reply = fault(400, message="Ada Lovelace, sk-ant-1 is not allowed")
    with local(lambda asked: reply) as server, pytest.raises(InputRejected) as caught:
        anthropic(server).ask(PROMPT, None)

    assert "Ada" not in str(caught.value)
    assert "sk-ant-1" not in str(caught.value)


def test_the_tighter_of_both_token_limits_sets_the_pace():
    reset = (datetime.now(UTC) + timedelta(seconds=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    headers = {
        "anthropic-ratelimit-requests-limit": "50", "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": reset,
        "anthropic-ratelimit-input-tokens-limit": "30000", "anthropic-ratelimit-input-tokens-remaining": "27000",
        "anthropic-ratelimit-output-tokens-limit": "8000", "anthropic-ratelimit-output-tokens-remaining": "4000",
        "anthropic-ratelimit-tokens-limit": "38000",
    }  # fmt: skip
    # 61 tokens in and 34 out: four tenths come out, so 8,000 of those allow 20,000 tokens altogether.
    with local(lambda asked: said(headers=headers)) as server:
        requests, tokens = anthropic(server).ask(PROMPT, None).limits

    assert (requests.kind, requests.limit, requests.remaining) == ("requests", 50, 49)
    assert 20 < requests.reset_seconds <= 30
    assert (tokens.kind, tokens.limit, tokens.remaining) == ("tokens", 20_000, 10_000)
    assert connector_class("anthropic").limits(headers)[1].limit == 30_000


def test_models_are_read_page_by_page():
    def handler(asked):
        if asked.query.get("after_id") == "b":
            return answer(
                200, {"data": [{"id": "c", "lifecycle": "active"}], "has_more": False, "last_id": "c"}
            )
        listed = [
            {"id": "claude-sonnet-4-5", "lifecycle": "active", "retires_at": None},
            {"id": "b", "lifecycle": "deprecated", "retires_at": "2027-02-03T00:00:00Z"},
            {"id": "old", "lifecycle": "retired", "retires_at": "2026-02-03T00:00:00Z"},
        ]
        return answer(200, {"data": listed, "has_more": True, "last_id": "b"})

    with local(handler) as server:
        models = {model.id: str(model.ends_on) for model in anthropic(server).models()}

    assert models == {"claude-sonnet-4-5": "2026-11-30", "b": "2027-02-03", "c": "None"}


def test_a_key_that_may_ask_but_not_list_is_taken():
    with local(lambda asked: fault(403, "permission_error")) as server:
        account = anthropic(server).check()

    assert account.lacks == ("see the list of models",)
