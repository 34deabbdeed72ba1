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
from signoff.core.prompt import Image, Message, Prompt
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local

PROMPT = Prompt(
    "gpt-6-luna", (Message("system", "Write."), Message("user", "Ada")), "v1", max_output_tokens=400
)
SCHEMA = {"type": "object", "properties": {"intent": {"type": "string"}}, "required": ["intent"]}


@pytest.fixture(autouse=True)
def _nothing_learned():
    connector._dialects.clear()


def openai(server, **settings):
    door = Door(
        f"{server.url}/v1",
        app="OpenAI",
        authorise=lambda: {"Authorization": "Bearer sk-1"},
        allow_hosts=HERE,
    )
    return connector_class("openai")(door, settings)


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
        (
            answer(403, {"error": {"code": 403, "message": "x", "metadata": {"reasons": ["violence"]}}}),
            "filtered",
            "",
        ),
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
        (fault(402, 402, headers={"retry-after": "3"}), RateLimited, 3.0),
        (fault(401, "invalid_api_key", headers={"content-type": "text/html"}), VendorDown, None),
        (answer(403, "<!doctype html><title>Access denied</title>"), VendorDown, None),
        (answer(404, {"detail": "Not Found"}), InputRejected, None),
        (answer(400, {"object": "error", "message": "x", "type": "invalid_model", "code": "1500"}), ModelGone, None),
        (answer(400, [{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}]),
            CredentialRejected, None),
        (answer(429, [{"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED",
            "details": [{"retryDelay": "34s"}]}}]), RateLimited, 34.0),
        (answer(400, [{"error": {"code": 400, "message": "x", "status": "FAILED_PRECONDITION"}}]),
            PermissionMissing, None),
        (answer(403, {"error": {"code": 403, "message": "x", "metadata": {"limit_source": "openrouter_key_limit"}}}),
            QuotaExhausted, None),
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


def responded(text='{"intent": "pricing"}', status="completed", reason=None, code=None, **part):
    content = [part or {"type": "output_text", "text": text}]
    body = {
        "object": "response",
        "status": status,
        "error": {"code": code, "message": "no"} if code else None,
        "incomplete_details": {"reason": reason} if reason else None,
        "model": "gpt-6-luna-2026-09-01",
        "output": [{"type": "reasoning", "summary": []}, {"type": "message", "content": content}],
        "usage": {"input_tokens": 61, "output_tokens": 34, "input_tokens_details": {"cached_tokens": 7}},
    }
    return answer(200, body)


def test_responses_are_asked_in_their_own_form_and_not_kept_there():
    with local(lambda asked: responded()) as server:
        got = openai(server, api="responses").ask(PROMPT, SCHEMA)

    (request,) = server.asked
    asked = request.json()
    assert request.path == "/v1/responses"
    assert asked["input"] == [{"role": "system", "content": "Write."}, {"role": "user", "content": "Ada"}]
    assert asked["max_output_tokens"] == 400
    assert asked["store"] is False
    assert asked["text"]["format"]["type"] == "json_schema"
    assert asked["text"]["format"]["strict"] is True
    assert asked["text"]["format"]["schema"]["additionalProperties"] is False
    assert (got.text, got.model, got.stopped) == ('{"intent": "pricing"}', "gpt-6-luna-2026-09-01", "done")
    assert got.usage == Usage(61, 34, 7)


@pytest.mark.parametrize(
    ("reply", "stopped", "text"),
    [
        (responded("half", "incomplete", "max_output_tokens"), "cut off", "half"),
        (responded("", "incomplete", "content_filter"), "filtered", ""),
        (responded("half", "incomplete", "something_new"), "cut off", "half"),
        (responded(type="refusal", refusal="I cannot."), "refused", "I cannot."),
        (responded("", "failed", code="invalid_prompt"), "filtered", ""),
        (responded("", "failed", code="bio_policy"), "filtered", ""),
    ],
)
def test_a_response_says_why_it_ended(reply, stopped, text):
    with local(lambda asked: reply) as server:
        got = openai(server, api="responses").ask(PROMPT, None)

    assert (got.stopped, got.text) == (stopped, text)


@pytest.mark.parametrize(
    ("reply", "family"),
    [
        (responded("", "failed", code="server_error"), VendorDown),
        (responded("", "failed", code="rate_limit_exceeded"), RateLimited),
        (responded("", "failed", code="data_residency_mismatch"), PermissionMissing),
        (responded("", "failed", code="image_too_large"), InputRejected),
        (responded("", "failed", code="something_new"), VendorDown),
        (responded("", "in_progress"), AnswerUnexpected),
        (answer(200, {"object": "response", "status": "completed"}), AnswerUnexpected),
        (fault(400, None, "invalid_request_error", "input"), InputRejected),
        (fault(429, "credit_balance_exhausted", "insufficient_quota"), QuotaExhausted),
    ],
)
def test_a_response_that_failed_belongs_to_a_family(reply, family):
    with local(lambda asked: reply) as server, pytest.raises(family) as caught:
        openai(server, api="responses").ask(PROMPT, None)

    assert "POST /v1/responses" in str(caught.value)


def test_a_model_that_takes_only_responses_is_noticed_and_remembered():
    def handler(asked):
        if asked.path.endswith("/chat/completions"):
            message = "This is not a chat model and thus not supported in the v1/chat/completions endpoint."
            return fault(404, None, "invalid_request_error", "model", message)
        return responded()

    with local(handler) as server:
        openai(server).ask(PROMPT, SCHEMA)
        openai(server).ask(PROMPT, SCHEMA)

    assert [asked.path.rpartition("/")[2] for asked in server.asked] == [
        "completions",
        "responses",
        "responses",
    ]


def test_a_model_whose_thoughts_left_no_room_is_given_more_and_remembered():
    def handler(asked):
        if asked.json()["max_completion_tokens"] > 400:
            return said()
        thought = {
            "prompt_tokens": 9,
            "completion_tokens": 400,
            "completion_tokens_details": {"reasoning_tokens": 400},
        }
        choice = {"finish_reason": "length", "message": {"role": "assistant", "content": ""}}
        return answer(200, {"choices": [choice], "usage": thought})

    with local(handler) as server:
        first = openai(server).ask(PROMPT, None)
        openai(server).ask(PROMPT, None)

    assert first.stopped == "done"
    assert len(server.asked) == 3


PICTURE = Image("card", "image/png", b"\x89PNG")
SHOWN = Prompt("gpt-4o", (Message("system", "Read."), Message("user", "Ada", (PICTURE,))), "v1")


@pytest.mark.parametrize(
    ("api", "reply", "content"),
    [
        ("chat", said(), [
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
            {"type": "text", "text": "Ada"}]),
        ("responses", responded(), [
            {"type": "input_image", "image_url": "data:image/png;base64,iVBORw==", "detail": "auto"},
            {"type": "input_text", "text": "Ada"}]),
    ],
)  # fmt: skip
def test_a_picture_is_shown_before_the_text(api, reply, content):
    with local(lambda asked: reply) as server:
        openai(server, api=api).ask(SHOWN, None)

    asked = server.asked[0].json()
    assert (asked.get("messages") or asked.get("input"))[-1]["content"] == content


@pytest.mark.parametrize(
    "reply",
    [
        fault(400, None, None, "messages.[1].content.[1].type",
            "Invalid content type. image_url is only supported by certain models."),
        fault(404, 404, message="No endpoints found that support image input"),
        fault(500, message="image input is not supported - hint: you may need to provide the mmproj"),
        fault(400, message="At most 0 image(s) may be provided: google/gemma is not a multimodal model"),
        fault(422, message="unknown variant `image_url`, expected `text`"),
    ],
)  # fmt: skip
def test_a_model_that_cannot_see_is_named(reply):
    with local(lambda asked: reply) as server, pytest.raises(InputRejected) as caught:
        openai(server).ask(SHOWN, None)

    assert "gpt-4o cannot look at pictures" in caught.value.owner_message


@pytest.mark.parametrize(
    "reply",
    [
        fault(400, "invalid_image_format", message="You uploaded an unsupported image."),
        fault(400, "image_parse_error", message="The image could not be parsed."),
        fault(400, message="The image data you provided does not represent a valid image."),
    ],
)
def test_a_picture_that_cannot_be_read_is_told_apart(reply):
    with local(lambda asked: reply) as server, pytest.raises(InputRejected) as caught:
        openai(server).ask(SHOWN, None)

    assert "cannot read the picture" in caught.value.owner_message


def test_a_model_that_is_gone_is_not_taken_for_one_without_eyes():
    reply = fault(404, message="model 'llama3.2-vision' not found, try pulling it first")
    with local(lambda asked: reply) as server, pytest.raises(ModelGone):
        openai(server).ask(SHOWN, None)


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


def test_the_manifest_knows_an_end_that_the_list_does_not_tell():
    listed = [{"id": "gpt-4o"}, {"id": "ft:gpt-4o-mini-2024-07-18:acme::x1"}, {"id": "gpt-4o-mini-2027"}]
    with local(lambda asked: answer(200, {"data": listed})) as server:
        ours = {model.id: model.ends_on for model in openai(server).models()}
        theirs = {model.id: model.ends_on for model in openai(server, provider="groq").models()}

    assert ours["gpt-4o"] == ours["ft:gpt-4o-mini-2024-07-18:acme::x1"] == date(2027, 1, 14)
    assert ours["gpt-4o-mini-2027"] is None
    assert set(theirs.values()) == {None}


def test_requests_a_day_are_no_pace_to_keep():
    headers = {"x-ratelimit-limit-requests": "14400", "x-ratelimit-limit-tokens": "6000"}
    with local(lambda asked: said(headers=headers)) as server:
        limits = openai(server, provider="groq").ask(PROMPT, None).limits

    assert [(limit.kind, limit.limit) for limit in limits] == [("tokens", 6000)]


@pytest.mark.parametrize(
    ("about", "family"),
    [
        ({"limit_remaining": 0}, QuotaExhausted),
        ({"limit_remaining": -0.2}, QuotaExhausted),
        ({"is_management_key": True}, CredentialRejected),
        ({"is_provisioning_key": True}, CredentialRejected),
    ],
)
def test_openrouter_tells_what_is_wrong_with_a_key(about, family):
    with local(lambda asked: answer(200, {"data": about})) as server, pytest.raises(family):
        openai(server, provider="openrouter").check()

    assert server.asked[0].path == "/v1/key"


def test_openrouter_tells_when_a_key_ends_and_whose_it_is():
    about = {"limit_remaining": 3.5, "expires_at": "2027-03-01T00:00:00Z", "creator_user_id": "user_1"}
    with local(lambda asked: answer(200, {"data": about})) as server:
        account = openai(server, provider="openrouter").check()

    assert (account.id, str(account.ends_at)) == ("user_1", "2027-03-01 00:00:00+00:00")


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
