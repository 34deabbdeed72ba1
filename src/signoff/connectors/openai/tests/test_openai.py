"""What providers' answers mean to us, on a tiny server; `test_on_practice_app.py` does the whole."""

from __future__ import annotations

from datetime import date

import pytest

from signoff.connectors.base import Usage
from signoff.connectors.openai import connector
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
    "gpt-6-luna", (Message("system", "Write."), Message("user", "Ada")), "v1", max_output_tokens=400
)
SCHEMA = {"type": "object", "properties": {"intent": {"type": "string"}}, "required": ["intent"]}


@pytest.fixture(autouse=True)
def _nothing_learned():
    connector._dialects.clear()


def openai(server):
    return connector_class("openai")(
        Door(
            f"{server.url}/v1",
            app="OpenAI",
            authorise=lambda: {"Authorization": "Bearer sk-1"},
            allow_hosts=HERE,
        )
    )


def said(content='{"intent": "pricing"}', finish="stop", headers=None, **message):
    body = {
        "model": "gpt-6-luna-2026-09-01",
        "choices": [
            {"finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}
        ],
        "usage": {
            "prompt_tokens": 61,
            "completion_tokens": 34,
            "prompt_tokens_details": {"cached_tokens": 7},
        },
    }
    return answer(200, body, headers)


def fault(status, code=None, type=None, param=None, message="no", headers=None):
    return answer(
        status, {"error": {"message": message, "type": type, "param": param, "code": code}}, headers
    )


def test_a_prompt_is_asked_with_a_strict_schema():
    with local(lambda asked: said()) as server:
        got = openai(server).ask(PROMPT, SCHEMA)

    asked = server.asked[0].json()
    assert server.asked[0].path == "/v1/chat/completions"
    assert asked["messages"] == [{"role": "system", "content": "Write."}, {"role": "user", "content": "Ada"}]
    assert asked["max_completion_tokens"] == 400
    assert "temperature" not in asked
    assert asked["response_format"]["json_schema"]["strict"] is True
    assert asked["response_format"]["json_schema"]["schema"]["additionalProperties"] is False
    assert (got.text, got.model, got.stopped) == ('{"intent": "pricing"}', "gpt-6-luna-2026-09-01", "done")
    assert got.usage == Usage(61, 34, 7)


@pytest.mark.parametrize(
    ("reply", "stopped", "text"),
    [
        (said("half an ans", "length"), "cut off", "half an ans"),
        (said(None, "content_filter"), "filtered", ""),
        (said(None, "stop", refusal="I cannot."), "refused", "I cannot."),
        (said("", "stop"), "done", ""),
        (said([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "stop"), "done", "ab"),
        (fault(400, "content_filter", None, "prompt"), "filtered", ""),
    ],
)
def test_an_answer_says_why_it_ended(reply, stopped, text):
    with local(lambda asked: reply) as server:
        got = openai(server).ask(PROMPT, None)

    assert (got.stopped, got.text) == (stopped, text)


def test_a_missing_usage_and_model_are_no_trouble():
    with local(
        lambda asked: answer(200, {"choices": [{"message": {"content": "hi"}}], "usage": None})
    ) as server:
        got = openai(server).ask(PROMPT, None)

    assert (got.usage, got.model, got.limits) == (Usage(), "gpt-6-luna", ())


@pytest.mark.parametrize(
    ("refusing", "kept"),
    [
        (lambda ask: ask.get("response_format", {}).get("type") == "json_schema", {"type": "json_object"}),
        (lambda ask: "response_format" in ask, None),
    ],
)
def test_a_provider_without_schemas_is_asked_in_words_and_remembered(refusing, kept):
    def handler(asked):
        if refusing(asked.json()):
            return fault(
                400, None, "invalid_request_error", "response_format", "This response_format is unavailable"
            )
        return said()

    with local(handler) as server:
        openai(server).ask(PROMPT, SCHEMA)
        before = len(server.asked)
        openai(server).ask(PROMPT, SCHEMA)

    last = server.asked[-1].json()
    assert len(server.asked) == before + 1
    assert last.get("response_format") == kept
    assert '"intent"' in last["messages"][-1]["content"]


def test_one_bad_schema_does_not_spoil_the_next():
    replies = iter(
        [
            fault(400, None, None, "response_format", "Invalid schema for 'answer'"),
            said(),
            said(),
        ]
    )
    with local(lambda asked: next(replies)) as server:
        openai(server).ask(PROMPT, SCHEMA)
        openai(server).ask(PROMPT, SCHEMA)

    forms = [asked.json()["response_format"]["type"] for asked in server.asked]
    assert forms == ["json_schema", "json_object", "json_schema"]


def test_a_provider_with_the_older_token_limit_is_remembered():
    def handler(asked):
        if "max_completion_tokens" in asked.json():
            return fault(
                400, "unknown_parameter", None, "max_completion_tokens", "Unrecognized: max_completion_tokens"
            )
        return said()

    with local(handler) as server:
        openai(server).ask(PROMPT, None)

    assert server.asked[-1].json()["max_tokens"] == 400


def test_a_limit_that_is_too_large_is_not_mistaken_for_an_unknown_name():
    reply = fault(
        400, "invalid_value", None, "max_completion_tokens", "max_completion_tokens is too large: 400."
    )
    with local(lambda asked: reply) as server, pytest.raises(InputRejected) as caught:
        openai(server).ask(PROMPT, None)

    assert caught.value.field == "max_completion_tokens"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("reply", "family", "wait"),
    [
        (fault(401, "invalid_api_key"), CredentialRejected, None),
        (fault(401, None), CredentialRejected, None),
        (fault(403, "unsupported_country_region_territory"), PermissionMissing, None),
        (fault(404, "model_not_found", "invalid_request_error"), ModelGone, None),
        (fault(404, "DeploymentNotFound"), ModelGone, None),
        (answer(404, {"error": "model 'llama9' not found"}), ModelGone, None),
        (answer(404, "<html>nginx</html>"), InputRejected, None),
        (fault(400, "context_length_exceeded"), InputRejected, None),
        (fault(422, None), InputRejected, None),
        (fault(402, 402), QuotaExhausted, None),
        (fault(429, "credit_balance_exhausted", "insufficient_quota"), QuotaExhausted, None),
        (fault(429, "something_new", "insufficient_quota"), QuotaExhausted, None),
        (fault(429, "insufficient_quota", "insufficient_quota"), QuotaExhausted, None),
        (fault(429, "project_spend_limit_exceeded", "insufficient_quota"), QuotaExhausted, None),
        (fault(429, "rate_limit_exceeded", "tokens", headers={"retry-after": "2"}), RateLimited, 2.0),
        (fault(429, "rate_limit_exceeded", headers={"retry-after-ms": "1870"}), RateLimited, 1.87),
        (fault(429, "rate_limit_exceeded", headers={
            "x-ratelimit-limit-tokens": "30000", "x-ratelimit-remaining-tokens": "0",
            "x-ratelimit-reset-tokens": "1m2s"}), RateLimited, 62.0),
        (fault(429, "rate_limit_exceeded"), RateLimited, None),
        (fault(429, "slow_down", "rate_limit_error", headers={"retry-after": "1"}), RateLimited, 900.0),
        (answer(429, "<html>slow</html>"), RateLimited, None),
        (fault(408), VendorDown, None),
        (fault(409, "conflict"), VendorDown, None),
        (fault(500, None, "server_error"), VendorDown, None),
        (fault(503, "server_is_overloaded", headers={"retry-after": "20"}), VendorDown, 20.0),
        (answer(502, "<html>Bad gateway</html>"), VendorDown, None),
        (answer(200, {"error": {"code": 502, "message": "upstream"}}), VendorDown, None),
        (answer(200, {"error": {"code": 402, "message": "credits"}}), QuotaExhausted, None),
        (answer(200, {"error": "it broke"}), VendorDown, None),
        (answer(200, {"choices": []}), AnswerUnexpected, None),
        (answer(200, "<html>Sign in</html>"), AnswerUnexpected, None),
        (answer(302, "", {"location": "https://example.com"}), AnswerUnexpected, None),
    ],
)  # fmt: skip
def test_a_providers_error_belongs_to_a_family(reply, family, wait):
    with local(lambda asked: reply) as server, pytest.raises(family) as caught:
        openai(server).ask(PROMPT, None)

    assert getattr(caught.value, "retry_after_seconds", None) == wait
    assert "POST /v1/chat/completions" in str(caught.value)
    assert "{" not in caught.value.owner_message + caught.value.next_step


def test_an_errors_sentence_is_not_passed_on():
    reply = fault(
        400, "invalid_value", "invalid_request_error", "messages", "Ada Lovelace, sk-1 is not allowed"
    )
    with local(lambda asked: reply) as server, pytest.raises(InputRejected) as caught:
        openai(server).ask(PROMPT, None)

    assert "Ada" not in str(caught.value)
    assert "sk-1" not in str(caught.value)


def test_models_carry_the_day_they_end():
    listed = [
        {"id": "gpt-4o", "object": "model", "shutdown_date": "2027-01-14"},
        {"id": "gpt-6-luna", "object": "model", "shutdown_date": None},
        {"id": "local", "object": "model"},
        {"id": "odd", "shutdown_date": "soon"},
    ]
    with local(lambda asked: answer(200, {"object": "list", "data": listed})) as server:
        models = {model.id: model.ends_on for model in openai(server).models()}

    assert models == {"gpt-4o": date(2027, 1, 14), "gpt-6-luna": None, "local": None, "odd": None}


def test_check_names_the_organisation():
    with local(lambda asked: answer(200, {"data": []}, {"OpenAI-Organization": "acme-1"})) as server:
        account = openai(server).check()

    assert (account.id, account.name) == ("acme-1", "acme-1")


def test_check_of_an_unnamed_provider_stays_the_same():
    with local(lambda asked: answer(200, {"data": [{"id": str(len(server.asked))}]})) as server:
        one, two = openai(server).check(), openai(server).check()

    assert one == two
    assert one.name == "127.0.0.1"


def test_check_refuses_a_wrong_key_and_says_so_of_a_restricted_one():
    with local(lambda asked: fault(401, "invalid_api_key")) as server, pytest.raises(CredentialRejected):
        openai(server).check()
    with local(lambda asked: fault(403, None, message="Missing scopes: api.model.read")) as server:
        assert openai(server).check().lacks == ("see the list of models",)


def test_limits_are_hints():
    headers = {
        "x-ratelimit-limit-requests": "500", "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "120ms",
        "x-ratelimit-limit-tokens": "-1", "x-ratelimit-remaining-tokens": "0",
    }  # fmt: skip

    (requests,) = connector_class("openai").limits(headers)

    assert (requests.kind, requests.limit, requests.remaining, requests.reset_seconds) == (
        "requests",
        500,
        499,
        0.12,
    )
