"""
Anthropic's Messages API.

A contract is asked for as a structured output (`output_config.format`); a model without these is made to use one
tool, whose input is the answer, and where that is not taken either the form is told in words. Which way a model
takes is remembered. A refusal is HTTP 200 with `stop_reason`; limits are counted in requests, input and output
tokens, and resets are moments. Sources: the types of the official client; Anthropic's errors, rate-limits and
structured-outputs pages, autumn 2026; VENDOR_APIS.md, section 5.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal
from urllib.parse import quote

from signoff.connectors.base import Account, AiConnector, Answer, Limit, Model, Stopped, Usage
from signoff.connectors.shapes import is_page, lenient_json, member, web_page, whole_number, word
from signoff.connectors.structured import strict, told
from signoff.core import clock
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
from signoff.core.prompt import Message, Prompt
from signoff.outbound.reply import Reply
from signoff.outbound.retry_after import retry_after_seconds
from signoff.outbound.statuses import raise_for_outage

ANSWER_SECONDS = 180.0  # a long answer comes whole, after a long silence
OVERLOADED_SECONDS = 15.0  # the whole service is short of capacity, not we too fast
TOOL = "answer"
MOST_PAGES = 20

SPENT = frozenset({"enforced_spend_limit_reached", "contract_spend_limit_reached"})
# Two bills come as a malformed request, and only their words tell: the owner's own limit, and no credit.
_SPENT_IN_WORDS = re.compile(r"reached your specified|usage limits|credit balance|out of extra usage", re.I)
_TOO_LONG = re.compile(r"prompt is too long|context window|context limit|maximum context", re.I)
_ABOUT_FORM = re.compile(r"output_config|output_format|structured output|json_schema|tool_choice|\btools\b")

STOPPED: dict[str, Stopped] = {
    "max_tokens": "cut off",
    "model_context_window_exceeded": "cut off",
    "pause_turn": "cut off",
    "refusal": "refused",
}

Form = Literal["structured", "tool", "words"]
_NEXT: dict[Form, Form] = {"structured": "tool", "tool": "words"}

# What each model takes, by address and model, for the life of the process: connectors are made anew for every run.
_forms: dict[tuple[str, str], Form] = {}


class Anthropic(AiConnector):
    """One workspace at Anthropic, by an API key."""

    def check(self) -> Account:
        reply = self._get("/models", limit=1)
        account = reply.headers.get("anthropic-organization-id", "")
        try:
            _explain(reply)
        except PermissionMissing:  # a key restricted to asking; whether it may ask shows when it does
            return Account(account or "unnamed", account or self.manifest.name, ("ask models",), (LIST,))
        _listed(reply)
        return Account(account or "unnamed", account or self.manifest.name, ("ask models", LIST))

    def models(self) -> list[Model]:
        found: list[Model] = []
        after: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            reply = self._get("/models", limit=1000, **after)
            _explain(reply)
            found += [
                Model(
                    str(member(one, "id")),
                    _day(member(one, "retires_at")) or self.known_end(str(member(one, "id"))),
                    sees=_supports(one, "image_input"),
                )
                for one in _listed(reply)
                if member(one, "id") and member(one, "lifecycle") != "retired"
            ]
            last = member(reply.json(), "last_id")
            if not member(reply.json(), "has_more") or not isinstance(last, str):
                break
            after = {"after_id": last}
        return found

    def ask(self, prompt: Prompt, schema: Mapping[str, Any] | None) -> Answer:
        place = (self.door.base_url, prompt.model)
        form = _forms.get(place, "structured")
        while True:
            reply = self.door.post(
                "/messages",
                effect="read",  # asking twice costs twice and changes nothing
                json=_question(prompt, schema, form),
                headers=self._version(),
                timeout_seconds=ANSWER_SECONDS,
            )
            if schema is None or form not in _NEXT or not _refuses_form(reply):
                break
            form = _NEXT[form]
        if reply.ok and schema is not None:
            _forms[place] = form
        if reply.status == 400 and prompt.shows_images:
            self._explain_pictures(reply, prompt)
        try:
            return _answer(reply, prompt)
        except ModelGone as error:
            raise self.gone(error, prompt.model) from None

    @staticmethod
    def limits(headers: Mapping[str, str]) -> tuple[Limit, ...]:
        """Return the limits that headers state; of tokens, as if all were input (`_limits` knows better)."""
        return _limits(headers, output_share=0.0)

    def _get(self, path: str, **params: Any) -> Reply:
        return self.door.get(path, params=params, headers=self._version())

    def _version(self) -> dict[str, str]:
        return {"anthropic-version": self.manifest.api.version}

    def _explain_pictures(self, reply: Reply, prompt: Prompt) -> None:
        """Raise in the owner's words if a question was refused because the model cannot see."""
        fault = _Fault.of(reply)
        if fault.is_bill or _TOO_LONG.search(fault.message):
            return
        about = self._get(f"/models/{quote(prompt.model, safe='')}")
        if about.ok and _supports(lenient_json(about), "image_input") is False:
            raise self.cannot_see(f"{reply.call}: {reply.status} {fault.type}, image_input", prompt.model)


LIST = "see the list of models"

# The question


def _question(prompt: Prompt, schema: Mapping[str, Any] | None, form: Form) -> dict[str, Any]:
    """Return the request's body; the temperature is never set, because newer models refuse it."""
    system = [message.text for message in prompt.messages if message.role == "system"]
    question: dict[str, Any] = {
        "model": prompt.model,
        "max_tokens": prompt.max_output_tokens,
        "messages": [
            {"role": message.role, "content": _content(message)}
            for message in prompt.messages
            if message.role != "system"
        ],
    }
    if schema is not None and form == "structured":
        question["output_config"] = {"format": {"type": "json_schema", "schema": strict(schema)}}
    elif schema is not None and form == "tool":
        # Not `strict`: who takes no structured outputs takes no strict tools either.
        question["tools"] = [
            {"name": TOOL, "description": "Gives the answer.", "input_schema": strict(schema)}
        ]
        question["tool_choice"] = {"type": "tool", "name": TOOL}
    elif schema is not None:
        system.append(told(schema))
    if system:
        question["system"] = "\n\n".join(system)
    return question


def _content(message: Message) -> Any:
    text = message.text or "(empty)"  # an empty text is refused
    if not message.images:
        return text
    pictures = [
        {
            "type": "image",
            "source": {
                "type": "base64",
                "media_type": image.media_type,
                "data": b64encode(image.data).decode(),
            },
        }
        for image in message.images
    ]
    return [*pictures, {"type": "text", "text": text}]


# The answer


def _answer(reply: Reply, prompt: Prompt) -> Answer:
    _explain(reply)
    said = reply.json()
    blocks = member(said, "content")
    if not isinstance(blocks, list):
        raise AnswerUnexpected(f"{reply.call}: content missing", app=reply.app)
    stopped = STOPPED.get(str(member(said, "stop_reason")), "done")
    text = _text(blocks)
    if stopped == "refused" and not text:
        text = str(member(said, "stop_details", "explanation") or "")
    usage = _usage(member(said, "usage"))
    total = usage.input_tokens + usage.output_tokens
    model = member(said, "model")
    return Answer(
        text=text,
        model=model if isinstance(model, str) and model else prompt.model,
        stopped=stopped,
        usage=usage,
        # In tenths, so that the pace is not learned anew with each answer.
        limits=_limits(reply.headers, round(usage.output_tokens / total, 1) if total else 0.0),
    )


def _text(blocks: list[Any]) -> str:
    """Return what was written, or the input of the tool; thinking is left out."""
    for block in blocks:
        if member(block, "type") == "tool_use":
            return json.dumps(member(block, "input"), ensure_ascii=False)
    return "".join(str(member(block, "text") or "") for block in blocks if member(block, "type") == "text")


def _usage(said: Any) -> Usage:
    cached = whole_number(member(said, "cache_read_input_tokens"))
    written = whole_number(member(said, "cache_creation_input_tokens"))
    return Usage(
        input_tokens=whole_number(member(said, "input_tokens")) + cached + written,
        output_tokens=whole_number(member(said, "output_tokens")),
        cached_tokens=cached,
    )


def _listed(reply: Reply) -> list[Any]:
    listed = member(reply.json(), "data")
    if not isinstance(listed, list):
        raise AnswerUnexpected(f"{reply.call}: data missing", app=reply.app)
    return listed


def _supports(model: Any, capability: str) -> bool | None:
    supported = member(model, "capabilities", capability, "supported")
    return supported if isinstance(supported, bool) else None


def _day(value: Any) -> date | None:
    moment = _moment(value)
    return moment.date() if moment else None


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# Limits


def _limits(headers: Mapping[str, str], output_share: float) -> tuple[Limit, ...]:
    """
    Return the limits that headers state.

    We pace requests and tokens; Anthropic counts tokens that go in and tokens that come out apart. Of answers like
    this one, so many tokens fit into a minute as the tighter of both allows.
    """
    found = []
    requests = _limit(headers, "requests", "requests")
    if requests:
        found.append(requests)
    tokens = [
        Limit("tokens", int(one.limit / share), 60.0, _scaled(one.remaining, share), one.reset_seconds)
        for kind, share in (
            ("input-tokens", 1 - output_share),
            ("output-tokens", output_share),
            ("tokens", 1.0),
        )
        if share > 0 and (one := _limit(headers, kind, "tokens"))
    ]
    if tokens:
        found.append(min(tokens, key=lambda one: one.limit))
    return tuple(found)


def _limit(headers: Mapping[str, str], name: str, kind: Literal["requests", "tokens"]) -> Limit | None:
    limit = whole_number(headers.get(f"anthropic-ratelimit-{name}-limit"))
    if limit <= 0:
        return None
    left = whole_number(headers.get(f"anthropic-ratelimit-{name}-remaining"), -1)
    full_at = _moment(headers.get(f"anthropic-ratelimit-{name}-reset"))
    reset = max(0.0, (full_at - clock.now()).total_seconds()) if full_at else None
    return Limit(kind, limit, 60.0, left if left >= 0 else None, reset)


def _scaled(count: int | None, share: float) -> int | None:
    return None if count is None else int(count / share)


# What errors mean


@dataclass(frozen=True)
class _Fault:
    """An error answer. `message` is only looked into, never shown: it can quote the prompt."""

    type: str = ""
    code: str = ""
    message: str = ""

    @classmethod
    def of(cls, reply: Reply) -> _Fault:
        error = member(lenient_json(reply), "error")
        return cls(
            word(member(error, "type")),
            word(member(error, "details", "error_code")),
            str(member(error, "message") or ""),
        )

    @property
    def is_bill(self) -> bool:
        return (
            self.type == "billing_error" or self.code in SPENT or bool(_SPENT_IN_WORDS.search(self.message))
        )


def _refuses_form(reply: Reply) -> bool:
    fault = _Fault.of(reply)
    return reply.status == 400 and not fault.is_bill and bool(_ABOUT_FORM.search(fault.message))


def _explain(reply: Reply) -> None:
    """Raise the error that an answer stands for: by its bill, then its status."""
    if reply.ok and member(lenient_json(reply), "type") != "error":
        return
    fault = _Fault.of(reply)
    detail = " ".join(part for part in (f"{reply.call}: {reply.status}", fault.type, fault.code) if part)
    raise _meaning(reply, fault, detail) or VendorDown(detail, app=reply.app)


def _meaning(reply: Reply, fault: _Fault, detail: str) -> SignoffError | None:
    app, status, wait = reply.app, reply.status, retry_after_seconds(reply.headers)
    if status == 402 or (status in (400, 429) and fault.is_bill):
        return QuotaExhausted(detail, app=app)
    if is_page(reply) and status in (401, 403, 407):
        return web_page(detail, app)
    if status == 401:
        return CredentialRejected(
            detail, app=app, owner_message="{app} does not accept the key. Nothing is lost; the work waits."
        )
    if status == 403:
        return PermissionMissing(detail, app=app, lacks=(fault.code,) if fault.code else ())
    if status == 404 and fault.type == "not_found_error" and "model" in fault.message:
        return ModelGone(detail, app=app)
    if status == 404:
        return InputRejected(
            detail,
            app=app,
            field="base_url",
            owner_message="At this address there is no AI service that speaks as {app} does.",
            next_step="Open Connections and look at the address.",
        )
    if status == 429:
        return RateLimited(detail, app=app, retry_after_seconds=wait)
    if status == 529 or fault.type == "overloaded_error":
        return VendorDown(detail, app=app, retry_after_seconds=wait or OVERLOADED_SECONDS)
    if status in (408, 409) or status >= 500:
        return VendorDown(detail, app=app, retry_after_seconds=wait)
    if status == 413 or _TOO_LONG.search(fault.message):
        return InputRejected(
            detail,
            app=app,
            field="prompt",
            owner_message="The record and the facts together are too long for this AI model.",
            next_step="Leave out facts or fields in the integration, or choose a model that takes more.",
        )
    if 400 <= status < 500:
        return InputRejected(
            detail,
            app=app,
            owner_message="{app} did not accept the question for this record. Nothing was sent anywhere.",
            next_step="Run it again; if it stays, choose another AI model in the integration.",
        )
    raise_for_outage(reply)
    return None
