"""
OpenAI's Chat Completions, and every provider that speaks it: Azure, OpenRouter, Mistral, Ollama, vLLM and
the rest.

Nothing that only some providers have is relied on: a missing usage, header or shutdown date is no error, an
error may be an object or a text, its code a word or a number, and an answer with status 200 may carry an
error. What a provider does not take (a strict schema, the newer name of the token limit) is noticed once
and left out from then on. Sources: OpenAI's error codes, rate limits, structured outputs and deprecations
pages, November 2026; VENDOR_APIS.md, sections 3 and 4.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal
from urllib.parse import urlsplit

from signoff.connectors.base import Account, AiConnector, Answer, Limit, Model, Usage
from signoff.connectors.shapes import items, lenient_json, member, whole_number, word
from signoff.connectors.structured import strict, told
from signoff.core.errors import (
    AnswerUnexpected,
    CredentialRejected,
    InputRejected,
    ModelGone,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    SignoffError,
    VendorDown,
)
from signoff.core.prompt import Prompt
from signoff.outbound.door import Reply
from signoff.outbound.retry_after import duration_seconds, retry_after_seconds
from signoff.outbound.statuses import raise_for_outage

ANSWER_SECONDS = 180.0  # a long answer comes whole, after a long silence
RAMP_SECONDS = 900.0  # `slow_down`: traffic grew too fast; hold for a quarter of an hour

BILLING = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "billing_hard_limit_reached",
    }
)
MODEL_GONE = frozenset({"model_not_found", "DeploymentNotFound", "model_not_available"})
FILTERED = frozenset({"content_filter", "content_policy_violation"})

STOPPED: dict[str, Literal["done", "cut off", "refused", "filtered"]] = {
    "length": "cut off",
    "content_filter": "filtered",
}

Form = Literal["json_schema", "json_object", "text"]

_INVALID_SCHEMA = re.compile(r"invalid schema", re.I)
_ABOUT_FORM = re.compile(r"response_format|json_schema|json_object|structured output")
_NOT_TAKEN = re.compile(r"unsupported|not supported|unknown|unrecogni[sz]ed|unexpected|not permitted|extra")


@dataclass(frozen=True)
class _Dialect:
    """What one provider takes, as far as it was found out."""

    form: Form = "json_schema"
    limit_name: str = "max_completion_tokens"


# By address and model, for the life of the process: connectors are made anew for every run.
_dialects: dict[tuple[str, str], _Dialect] = {}


class OpenAI(AiConnector):
    """One project at OpenAI or a compatible provider, by an API key."""

    def check(self) -> Account:
        host = urlsplit(self.door.base_url).hostname or ""
        unnamed = hashlib.sha256(self.door.base_url.encode()).hexdigest()[:12]
        reply = self.door.get("/models")
        account = reply.headers.get("openai-organization") or unnamed
        name = reply.headers.get("openai-organization") or host
        if reply.status == 404 and self.door.base_url != self.manifest.api.base_url:
            # Not every provider has a list of its models.
            return Account(account, name, ("ask models",), ("see the list of models",))
        try:
            _explain(reply)
        except PermissionMissing:  # a key restricted to asking; whether it may ask shows when it does
            return Account(account, name, ("ask models",), ("see the list of models",))
        _models(reply)
        return Account(account, name, ("ask models", "see the list of models"))

    def models(self) -> list[Model]:
        reply = self.door.get("/models")
        _explain(reply)
        return [
            Model(str(member(item, "id")), _day(member(item, "shutdown_date")))
            for item in _models(reply)
            if member(item, "id")
        ]

    def ask(self, prompt: Prompt, schema: Mapping[str, Any] | None) -> Answer:
        place = (self.door.base_url, prompt.model)
        dialect = _dialects.get(place, _Dialect())
        while True:
            reply = self.door.post(
                "/chat/completions",
                effect="read",  # asking twice costs twice and changes nothing
                json=_question(prompt, schema, dialect),
                timeout_seconds=ANSWER_SECONDS,
            )
            simpler = _simpler(reply, dialect, schema is not None)
            if simpler is None:
                return _answer(reply, prompt)
            dialect = simpler
            if not _INVALID_SCHEMA.search(_Fault.of(reply).message):  # that is this schema's fault alone
                _dialects[place] = dialect

    @staticmethod
    def limits(headers: Mapping[str, str]) -> tuple[Limit, ...]:
        found = []
        kinds: tuple[Literal["requests", "tokens"], ...] = ("requests", "tokens")
        for kind in kinds:
            limit = whole_number(headers.get(f"x-ratelimit-limit-{kind}"))
            if limit <= 0:  # absent, or -1 and 0 where a provider does not know
                continue
            left = whole_number(headers.get(f"x-ratelimit-remaining-{kind}"), -1)
            reset = duration_seconds(headers.get(f"x-ratelimit-reset-{kind}"))
            found.append(Limit(kind, limit, 60.0, left if left >= 0 else None, reset))
        return tuple(found)


# The question


def _question(prompt: Prompt, schema: Mapping[str, Any] | None, dialect: _Dialect) -> dict[str, Any]:
    """Return the request's body; the temperature is never set, because newer models refuse it."""
    messages = [{"role": message.role, "content": message.text} for message in prompt.messages]
    question: dict[str, Any] = {"model": prompt.model, "messages": messages}
    question[dialect.limit_name] = prompt.max_output_tokens
    if schema is None:
        return question
    if dialect.form == "json_schema":
        named = {"name": "answer", "strict": True, "schema": strict(schema)}
        question["response_format"] = {"type": "json_schema", "json_schema": named}
        return question
    if dialect.form == "json_object":
        question["response_format"] = {"type": "json_object"}
    messages.append({"role": "system", "content": told(schema)})
    return question


def _simpler(reply: Reply, dialect: _Dialect, with_schema: bool) -> _Dialect | None:
    """
    Return what to try instead if the provider did not take the way we asked, or None if that was not it.
    """
    if reply.status not in (400, 404, 422):
        return None
    fault = _Fault.of(reply)
    blamed = f"{fault.param} {fault.message}".lower()
    # "max_completion_tokens is too large" is another matter, and no reason to change the name.
    if dialect.limit_name in blamed and dialect.limit_name != "max_tokens" and _NOT_TAKEN.search(blamed):
        return replace(dialect, limit_name="max_tokens")
    if not with_schema or not _ABOUT_FORM.search(blamed):
        return None
    following: dict[Form, Form] = {"json_schema": "json_object", "json_object": "text"}
    return replace(dialect, form=following[dialect.form]) if dialect.form in following else None


# The answer


def _answer(reply: Reply, prompt: Prompt) -> Answer:
    fault = _Fault.of(reply) if not reply.ok else None
    if (
        fault is not None and fault.code in FILTERED
    ):  # Azure refuses the question where OpenAI refuses the answer
        return Answer("", prompt.model, "filtered", limits=OpenAI.limits(reply.headers))
    _explain(reply)
    said = reply.json()
    choice = next(iter(items(member(said, "choices"))), None)
    message = member(choice, "message")
    if not isinstance(message, dict):
        raise AnswerUnexpected(f"{reply.call}: choices.0.message missing", app=reply.app)
    text = _text(message.get("content"))
    stopped = STOPPED.get(str(member(choice, "finish_reason")), "done")
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal and not text:
        text, stopped = refusal, "refused"
    model = member(said, "model")
    return Answer(
        text=text,
        model=model if isinstance(model, str) and model else prompt.model,
        stopped=stopped,
        usage=_usage(member(said, "usage")),
        limits=OpenAI.limits(reply.headers),
    )


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(member(part, "text") or "") for part in items(content))


def _usage(said: Any) -> Usage:
    return Usage(
        input_tokens=whole_number(member(said, "prompt_tokens")),
        output_tokens=whole_number(member(said, "completion_tokens")),
        cached_tokens=whole_number(member(said, "prompt_tokens_details", "cached_tokens")),
    )


def _models(reply: Reply) -> list[Any]:
    said = reply.json()
    listed = said if isinstance(said, list) else member(said, "data")
    if not isinstance(listed, list):
        raise AnswerUnexpected(f"{reply.call}: data missing", app=reply.app)
    return listed


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


# What errors mean


@dataclass(frozen=True)
class _Fault:
    """An error in any dialect. `message` is only looked into, never shown: it can quote the prompt."""

    status: int
    code: str = ""
    type: str = ""
    param: str = ""
    message: str = ""

    @classmethod
    def of(cls, reply: Reply) -> _Fault:
        said = lenient_json(reply)
        error = member(said, "error")
        if isinstance(error, str):
            return cls(reply.status, message=error)
        source = error if isinstance(error, dict) else said
        code = member(source, "code")
        status = reply.status
        if (
            isinstance(code, int) and 400 <= code < 600
        ):  # OpenRouter: the status as the code, even under a 200
            status = code if reply.ok else status
        return cls(
            status,
            word(code),
            word(member(source, "type")),
            word(member(source, "param")),
            str(member(source, "message") or ""),
        )


def _explain(reply: Reply) -> None:
    """Raise the error that an answer stands for: by its code, then its type, then its status."""
    said = lenient_json(reply)
    if reply.ok and not (isinstance(said, dict) and said.get("error")):
        return
    fault = _Fault.of(reply)
    detail = " ".join(
        part for part in (f"{reply.call}: {reply.status}", fault.code, fault.type, fault.param) if part
    )
    raise _meaning(reply, fault, detail) or VendorDown(detail, app=reply.app)


def _meaning(reply: Reply, fault: _Fault, detail: str) -> SignoffError | None:
    app = reply.app
    if fault.status == 402 or fault.code in BILLING or fault.type in BILLING:
        return QuotaExhausted(detail, app=app)
    if fault.status == 401:
        return CredentialRejected(
            detail, app=app, owner_message="{app} does not accept the key. Nothing is lost; the work waits."
        )
    if fault.code in MODEL_GONE or (fault.status in (400, 404) and _names_model(fault)):
        return ModelGone(detail, app=app)
    if fault.status == 429:
        return RateLimited(detail, app=app, retry_after_seconds=_wait(reply, fault))
    if fault.status == 403:
        return PermissionMissing(detail, app=app, lacks=_scopes(fault))
    if fault.status in (408, 409) or fault.status >= 500:
        return VendorDown(detail, app=app, retry_after_seconds=retry_after_seconds(reply.headers))
    if fault.status == 404:
        return InputRejected(
            detail,
            app=app,
            field="base_url",
            owner_message="At this address there is no AI service that we understand.",
            next_step="Open Connections and look at the address; it usually ends in /v1.",
        )
    if fault.code == "context_length_exceeded":
        return InputRejected(
            detail,
            app=app,
            field="prompt",
            owner_message="The record and the facts together are too long for this AI model.",
            next_step="Leave out facts or fields in the integration, or choose a model that takes more.",
        )
    if 400 <= fault.status < 500:
        return InputRejected(
            detail,
            app=app,
            field=fault.param,
            owner_message="{app} did not accept the question for this record. Nothing was sent anywhere.",
            next_step="Run it again; if it stays, choose another AI model in the integration.",
        )
    raise_for_outage(reply)
    return None  # an error under a status 200, without a number: what the provider had begun broke down


def _wait(reply: Reply, fault: _Fault) -> float | None:
    """Return how long to wait: what the app asks for, else until the limit that is used up is full again."""
    wait = retry_after_seconds(reply.headers)
    if fault.code == "slow_down":
        return max(RAMP_SECONDS, wait or 0.0)
    if wait is not None:
        return wait
    resets = [limit.reset_seconds for limit in OpenAI.limits(reply.headers) if limit.remaining == 0]
    return max((reset for reset in resets if reset is not None), default=None)


def _names_model(fault: _Fault) -> bool:
    """Ollama, vLLM and others say in words that they have no such model."""
    return bool(
        re.search(
            r"\bmodel\b.{0,200}\b(not found|does not exist|not exist|unknown)", fault.message, re.I | re.S
        )
    )


def _scopes(fault: _Fault) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.findall(r"\b(?:api|model|models)\.[a-z_.]+", fault.message)))
