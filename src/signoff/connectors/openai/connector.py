"""
OpenAI's Chat Completions and Responses, and every provider that speaks one of them: Azure, OpenRouter, Groq,
Mistral, DeepSeek, Gemini, Ollama, vLLM, LM Studio and the rest.

Nothing that only some providers have is relied on: a missing usage, header or shutdown date is no error, an
error may be an object, a list or a text, its code a word or a number, and an answer with status 200 may carry
an error. What a provider takes is known from the manifest (`Preset.traits`) or noticed once and remembered: a
strict schema, the name of the token limit, which of both APIs a model answers, and how much room it needs to
think. Sources: OpenAI's specification, error codes, rate limits, structured outputs and deprecations pages,
November 2026; the providers' own error pages; VENDOR_APIS.md, sections 3 and 4.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from signoff.connectors.base import (
    Account,
    AiConnector,
    Answer,
    Collected,
    Limit,
    Model,
    Outcome,
    Pending,
    Question,
    Stopped,
    Usage,
)
from signoff.connectors.manifest import End
from signoff.connectors.openai import batches
from signoff.connectors.shapes import is_page, items, lenient_json, member, web_page, whole_number, word
from signoff.connectors.structured import strict, told
from signoff.core.errors import (
    AnswerUnexpected,
    Broken,
    CredentialRejected,
    InputRejected,
    ModelGone,
    OutcomeUnknown,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    SignoffError,
    VendorDown,
)
from signoff.core.prompt import Message, Prompt
from signoff.outbound.door import Reply
from signoff.outbound.retry_after import duration_seconds, retry_after_seconds
from signoff.outbound.statuses import raise_for_outage

ANSWER_SECONDS = 180.0  # a long answer comes whole, after a long silence
RAMP_SECONDS = 900.0  # `slow_down`: traffic grew too fast; hold for a quarter of an hour
THINKING_TOKENS = 8192  # room for a model that thinks: its thoughts count as output
LEAST_WORTH_THINKING = 64  # who asks for a word or two wants no more than to be answered
LIST = "see the list of models"

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
# OpenRouter's budgets that are spent, under a 403 (`metadata.limit_source`).
BUDGETS = frozenset({"openrouter_guardrail_budget", "openrouter_workspace_budget", "openrouter_key_limit"})
MODEL_GONE = frozenset(
    {"model_not_found", "DeploymentNotFound", "model_not_available", "unknown_model", "invalid_model"}
)
FILTERED = frozenset({"content_filter", "content_policy_violation"})
# How a response can fail with HTTP 200 because of what was asked (`response.error.code`).
NOT_ANSWERED = frozenset({"invalid_prompt", "bio_policy", "misalignment_policy_violation"})

STOPPED: dict[str, Stopped] = {
    "length": "cut off",
    "max_output_tokens": "cut off",
    "content_filter": "filtered",
}

Api = Literal["chat", "responses"]
Form = Literal["json_schema", "json_object", "text"]
PATHS: dict[Api, str] = {"chat": "/chat/completions", "responses": "/responses"}

_INVALID_SCHEMA = re.compile(r"invalid schema", re.I)
_ABOUT_FORM = re.compile(r"response_format|text\.format|json_schema|json_object|structured output")
_NOT_TAKEN = re.compile(r"unsupported|not supported|unknown|unrecogni[sz]ed|unexpected|not permitted|extra")
_NO_MODEL = re.compile(
    r"\bmodels?\b.{0,200}\b(not found|does not exist|not exist|unknown)|not a valid model", re.I | re.S
)
_OTHER_API = re.compile(r"not a chat model|v1/responses", re.I)
_NO_KEY = re.compile(r"api key not valid|api_key_invalid", re.I)
_ABOUT_PICTURE = re.compile(r"\bimages?\b|image_url|input_image|vision|multi-?modal|mmproj", re.I)
_BAD_PICTURE = re.compile(r"valid image|format|too (?:large|small|big)|pars|decod|corrupt|mime", re.I)
_NO_EYES = re.compile(r"support|multi-?modal|mmproj|unknown variant|text.only", re.I)


@dataclass(frozen=True)
class _Dialect:
    """What one model of one provider takes, as far as it is known."""

    api: Api = "chat"
    form: Form = "json_schema"
    limit_name: str = "max_completion_tokens"
    thinks: bool = False


# By address and model, for the life of the process: connectors are made anew for every run.
_dialects: dict[tuple[str, str], _Dialect] = {}


class OpenAI(AiConnector):
    """One project at OpenAI or a compatible provider, by an API key."""

    def check(self) -> Account:
        own_check = self._trait("check")
        if own_check:
            return self._check_key(self.door.get(own_check))
        reply = self.door.get("/models")
        account = reply.headers.get("openai-organization") or self._unnamed()
        name = reply.headers.get("openai-organization") or urlsplit(self.door.base_url).hostname or ""
        if reply.status == 404 and not is_page(reply) and not self._is_openais():
            # Not every provider has a list of its models.
            return Account(account, name, ("ask models",), (LIST,))
        try:
            _explain(reply)
        except PermissionMissing:  # a key restricted to asking; whether it may ask shows when it does
            return Account(account, name, ("ask models",), (LIST,))
        _models(reply)
        return Account(account, name, ("ask models", LIST))

    def _check_key(self, reply: Reply) -> Account:
        """Return the account by what OpenRouter tells of the key; its list of models is open to everybody."""
        _explain(reply)
        about = member(reply.json(), "data")
        if not isinstance(about, dict):
            raise AnswerUnexpected(f"{reply.call}: data missing", app=reply.app)
        if about.get("is_management_key") or about.get("is_provisioning_key"):
            raise CredentialRejected(
                f"{reply.call}: is_management_key",
                app=reply.app,
                owner_message="This key of {app} manages other keys, and cannot ask models.",
                next_step="Make an ordinary key there, and paste that.",
            )
        left = about.get("limit_remaining")
        if isinstance(left, int | float) and left <= 0:
            raise QuotaExhausted(f"{reply.call}: limit_remaining", app=reply.app)
        account = word(about.get("creator_user_id")) or self._unnamed()
        return Account(account, reply.app, ("ask models", LIST), ends_at=_moment(about.get("expires_at")))

    def models(self) -> list[Model]:
        reply = self.door.get("/models")
        _explain(reply)
        return [
            Model(id, _day(member(item, "shutdown_date")) or self.known_end(id))
            for item in _models(reply)
            if (id := str(member(item, "id") or ""))
        ]

    @classmethod
    def end_of(cls, model: str, settings: Mapping[str, str]) -> End | None:
        preset = cls.manifest.auth.preset(settings)
        if preset is not None and preset.traits.get("ends") != "ours":
            return None  # other providers keep models for as long as they like
        # A model that was tuned ("ft:gpt-4o-2024-08-06:acme::x") stops with the one it was made from.
        return super().end_of(model.split(":")[1] if model.startswith("ft:") else model, settings)

    def ask(self, prompt: Prompt, schema: Mapping[str, Any] | None) -> Answer:
        place = (self.door.base_url, prompt.model)
        dialect = _dialects.get(place) or self._dialect()
        while True:
            reply = self.door.post(
                PATHS[dialect.api],
                effect="read",  # asking twice costs twice and changes nothing
                json=_question(prompt, schema, dialect),
                timeout_seconds=ANSWER_SECONDS,
            )
            other = _other_way(reply, dialect, schema is not None)
            if other is None and prompt.max_output_tokens >= LEAST_WORTH_THINKING:
                other = _more_room(reply, dialect)
            if other is None:
                break
            dialect = other
            if not _INVALID_SCHEMA.search(_Fault.of(reply).message):  # that is this schema's fault alone
                _dialects[place] = dialect
        if prompt.shows_images:
            self._explain_pictures(reply, prompt.model)
        try:
            return self._answer(reply, prompt.model, dialect.api)
        except ModelGone as error:
            raise self._gone(error, prompt.model) from None

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

    # Batches

    most_in_batch = batches.MOST_QUESTIONS

    @classmethod
    def offers_batches(cls, settings: Mapping[str, str]) -> bool:
        preset = cls.manifest.auth.preset(settings)
        return preset is not None and preset.traits.get("batches") == "yes"

    def submit(self, questions: Sequence[Question], marker: str) -> str:
        models = {question.prompt.model for question in questions}
        if len(models) != 1 or len(questions) > self.most_in_batch:
            detail = f"a batch of {len(questions)} questions to {len(models)} models"
            raise Broken(detail, app=self.manifest.name)
        (model,) = models
        dialect = _dialects.get((self.door.base_url, model)) or self._dialect()
        asked = [(one.key, _question(one.prompt, one.schema, dialect)) for one in questions]
        file = batches.upload(self.door, batches.lines(asked, dialect.api), marker, _explain)
        try:
            return batches.begin(self.door, file, dialect.api, marker, _explain)
        except OutcomeUnknown:
            raise
        except SignoffError:
            batches.delete(self.door, [file])
            raise

    def find(self, marker: str, started_at: datetime) -> Outcome:
        return batches.find(self.door, marker, started_at, _explain)

    def collect(self, batch: str) -> Collected | Pending:
        said = batches.look(self.door, batch, _explain)
        if said is None:
            return Collected({}, {}, batches.unknown(batch, self.manifest.name))
        status = word(member(said, "status"))
        if status not in batches.OVER:
            return batches.pending(said)
        faults = [_Fault.told(one) for one in items(member(said, "errors", "data"))]
        trouble = self._not_done(faults) if status == "failed" else None
        answers: dict[str, Answer] = {}
        failed: dict[str, SignoffError] = {}
        api: Api = "responses" if str(member(said, "endpoint")).endswith("/responses") else "chat"
        for line in batches.answered(self.door, said, _explain):
            try:
                answers.setdefault(line.key, self._answer(line.reply, word(member(said, "model")), api))
            except SignoffError as error:
                failed.setdefault(line.key, error)
                continue
            self._learn_room(line.reply, str(member(said, "model") or ""), api)
        return Collected(answers, failed, trouble)

    def stop(self, batch: str) -> None:
        # Safe to repeat, so a lost answer is no reason to wonder; 409: it is over already.
        reply = self.door.post(f"/batches/{batches.safe(batch)}/cancel", effect="read")
        if reply.status not in (404, 409):
            _explain(reply)

    def forget(self, batch: str) -> None:
        said = batches.look(self.door, batch, _explain)
        batches.delete(self.door, batches.files_of(said))

    def _not_done(self, faults: Sequence[_Fault]) -> SignoffError:
        """Return what kept a batch as a whole from being done."""
        fault = next(iter(faults), _Fault(400))
        detail = f"a batch failed: {fault.code} {fault.param}".rstrip()
        if fault.code == "token_limit_exceeded":  # until earlier batches are through
            return RateLimited(detail, app=self.manifest.name)
        reply = Reply(400, {}, b"", "a batch", self.manifest.name)
        return _meaning(reply, fault, detail) or VendorDown(detail, app=self.manifest.name)

    def _learn_room(self, reply: Reply, model: str, api: Api) -> None:
        """Remember for the next batch that a model's thoughts left no room for its answer."""
        place = (self.door.base_url, model)
        other = _more_room(reply, replace(_dialects.get(place) or self._dialect(), api=api))
        if other is not None:
            _dialects[place] = other

    def _answer(self, reply: Reply, asked_model: str, api: Api) -> Answer:
        limits = self.limits(reply.headers)
        if self._trait("requests") == "a day":  # no pace to keep: spread over a day, a burst would crawl
            limits = tuple(limit for limit in limits if limit.kind != "requests")
        if _is_filtered(reply):  # Azure refuses the question where OpenAI refuses the answer
            return Answer("", asked_model, "filtered", limits=limits)
        _explain(reply)
        said = reply.json()
        text, stopped = _chat_text(reply, said) if api == "chat" else _response_text(reply, said)
        model = member(said, "model")
        return Answer(
            text=text,
            model=model if isinstance(model, str) and model else asked_model,
            stopped=stopped,
            usage=_usage(member(said, "usage")),
            limits=limits,
        )

    def _explain_pictures(self, reply: Reply, model: str) -> None:
        """Raise in the owner's words if a question was refused because of its pictures."""
        fault = _Fault.of(reply)
        said = f"{fault.code} {fault.param} {fault.message}"
        if (
            fault.status < 400
            or fault.code in MODEL_GONE
            or _names_model(fault)
            or not _ABOUT_PICTURE.search(said)
        ):
            return
        detail = f"{reply.call}: {reply.status} {fault.code} {fault.param} about a picture"
        if _BAD_PICTURE.search(said):
            raise _bad_picture(detail, reply.app)
        if _NO_EYES.search(said):  # vLLM and llama.cpp say so under a 500
            raise self.cannot_see(detail, model)

    def _dialect(self) -> _Dialect:
        """Return what the provider takes, by what its preset and the owner say."""
        api = self.settings.get("api")
        form = self._trait("form")
        return _Dialect(
            api="responses" if api == "responses" else "chat",
            form="json_object" if form == "json_object" else "text" if form == "text" else "json_schema",
            limit_name=self._trait("limit") or "max_completion_tokens",
        )

    def _trait(self, name: str) -> str:
        return self.preset.traits.get(name, "") if self.preset else ""

    def _is_openais(self) -> bool:
        return self.door.base_url == self.manifest.api.base_url

    def _unnamed(self) -> str:
        """Return what stands for an account that the provider does not name: where it is."""
        return hashlib.sha256(self.door.base_url.encode()).hexdigest()[:12]

    def _gone(self, error: ModelGone, model: str) -> ModelGone:
        if self._trait("model") != "deployment":
            return error
        named = model.replace("{", "{{").replace("}", "}}")
        return ModelGone(
            str(error),
            app=error.app,
            owner_message=f"{{app}} has no deployment that is named {named}. Nothing is lost.",
            next_step="Open the integration and put the name of a deployment where the model stands.",
        )


# The question


def _question(prompt: Prompt, schema: Mapping[str, Any] | None, dialect: _Dialect) -> dict[str, Any]:
    """Return the request's body; the temperature is never set, because newer models refuse it."""
    messages = [
        {"role": message.role, "content": _content(message, dialect.api)} for message in prompt.messages
    ]
    if schema is not None and dialect.form != "json_schema":
        messages.append({"role": "system", "content": told(schema)})
    most = prompt.max_output_tokens + (THINKING_TOKENS if dialect.thinks else 0)
    form = _form(schema, dialect.form)
    if dialect.api == "chat":
        question = {"model": prompt.model, "messages": messages, dialect.limit_name: most}
        if form:
            nested = {"json_schema": form["json_schema"]} if "json_schema" in form else {}
            question["response_format"] = {"type": form["type"], **nested}
        return question
    question = {"model": prompt.model, "input": messages, "max_output_tokens": most}
    # Unless told otherwise, OpenAI keeps what it was asked for a month.
    question["store"] = False
    if form:
        question["text"] = {"format": {"type": form["type"], **form.get("json_schema", {})}}
    return question


def _form(schema: Mapping[str, Any] | None, form: Form) -> dict[str, Any]:
    """Return the form of the answer, as Chat Completions nests it; empty where it is only told in words."""
    if schema is None or form == "text":
        return {}
    if form == "json_object":
        return {"type": "json_object"}
    named = {"name": "answer", "strict": True, "schema": strict(schema)}
    return {"type": "json_schema", "json_schema": named}


def _content(message: Message, api: Api) -> Any:
    """Return a message's content: its text, or its pictures and then its text."""
    if not message.images:
        return message.text
    addresses = [
        f"data:{image.media_type};base64,{b64encode(image.data).decode()}" for image in message.images
    ]
    if api == "chat":
        pictures: list[Any] = [{"type": "image_url", "image_url": {"url": address}} for address in addresses]
        return [*pictures, {"type": "text", "text": message.text}]
    pictures = [{"type": "input_image", "image_url": address, "detail": "auto"} for address in addresses]
    return [*pictures, {"type": "input_text", "text": message.text}]


def _other_way(reply: Reply, dialect: _Dialect, with_schema: bool) -> _Dialect | None:
    """
    Return how to ask instead if the provider did not take the way we asked, or None if that was not it.
    """
    if reply.status not in (400, 404, 422):
        return None
    fault = _Fault.of(reply)
    blamed = f"{fault.param} {fault.message}".lower()
    if dialect.api == "chat" and _OTHER_API.search(blamed):
        return replace(dialect, api="responses")
    # "max_completion_tokens is too large" is another matter, and no reason to change the name.
    if dialect.limit_name in blamed and dialect.limit_name != "max_tokens" and _NOT_TAKEN.search(blamed):
        return replace(dialect, limit_name="max_tokens")
    if not with_schema or not _ABOUT_FORM.search(blamed):
        return None
    following: dict[Form, Form] = {"json_schema": "json_object", "json_object": "text"}
    return replace(dialect, form=following[dialect.form]) if dialect.form in following else None


def _more_room(reply: Reply, dialect: _Dialect) -> _Dialect | None:
    """Return the same with room to think, if a model's thoughts left none for the answer."""
    said = lenient_json(reply)
    if dialect.thinks or not reply.ok:
        return None
    cut_off = member(next(iter(items(member(said, "choices"))), None), "finish_reason") == "length"
    cut_off = cut_off or member(said, "incomplete_details", "reason") == "max_output_tokens"
    usage = member(said, "usage")
    details = member(usage, "completion_tokens_details") or member(usage, "output_tokens_details")
    thought = whole_number(member(details, "reasoning_tokens"))
    return replace(dialect, thinks=True) if cut_off and thought else None


# The answer


def _chat_text(reply: Reply, said: Any) -> tuple[str, Stopped]:
    choice = next(iter(items(member(said, "choices"))), None)
    message = member(choice, "message")
    if not isinstance(message, dict):
        raise AnswerUnexpected(f"{reply.call}: choices.0.message missing", app=reply.app)
    text = _text(message.get("content"))
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal and not text:
        return refusal, "refused"
    return text, STOPPED.get(str(member(choice, "finish_reason")), "done")


def _response_text(reply: Reply, said: Any) -> tuple[str, Stopped]:
    """Return what a response says; its status comes first, because HTTP 200 can be a failure."""
    status = word(member(said, "status"))
    if status == "failed":
        return _failed(reply, word(member(said, "error", "code")))
    if status not in ("completed", "incomplete") or not isinstance(member(said, "output"), list):
        raise AnswerUnexpected(f"{reply.call}: status {status or 'missing'}", app=reply.app)
    parts = [
        part
        for item in said["output"]
        if member(item, "type") == "message"
        for part in items(member(item, "content"))
    ]
    text = "".join(str(member(part, "text") or "") for part in parts)
    refusals = [str(member(part, "refusal")) for part in parts if member(part, "type") == "refusal"]
    if refusals and not text:
        return refusals[0], "refused"
    if status == "incomplete":
        return text, STOPPED.get(str(member(said, "incomplete_details", "reason")), "cut off")
    return text, "done"


def _failed(reply: Reply, code: str) -> tuple[str, Stopped]:
    """Return a failure that is an answer of its kind, or raise what it means."""
    detail = f"{reply.call}: failed {code}".rstrip()
    if code in NOT_ANSWERED:
        return "", "filtered"
    if code == "rate_limit_exceeded":
        raise RateLimited(detail, app=reply.app, retry_after_seconds=retry_after_seconds(reply.headers))
    if "image" in code:
        raise _bad_picture(detail, reply.app)
    if code == "data_residency_mismatch":
        raise PermissionMissing(detail, app=reply.app, lacks=(code,))
    raise VendorDown(detail, app=reply.app, retry_after_seconds=retry_after_seconds(reply.headers))


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(member(part, "text") or "") for part in items(content))


def _usage(said: Any) -> Usage:
    """Return what was used, in the words of either API."""
    read = member(said, "prompt_tokens_details") or member(said, "input_tokens_details")
    return Usage(
        input_tokens=whole_number(member(said, "prompt_tokens") or member(said, "input_tokens")),
        output_tokens=whole_number(member(said, "completion_tokens") or member(said, "output_tokens")),
        cached_tokens=whole_number(member(read, "cached_tokens")),
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


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# What errors mean


@dataclass(frozen=True)
class _Fault:
    """An error in any dialect. `message` is only looked into, never shown: it can quote the prompt."""

    status: int
    code: str = ""
    type: str = ""
    param: str = ""
    message: str = ""
    limit_source: str = ""
    is_flagged: bool = False
    wait: float | None = None

    @classmethod
    def of(cls, reply: Reply) -> _Fault:
        said = lenient_json(reply)
        if isinstance(said, list):  # Gemini puts its error into a list
            said = next(iter(said), {})
        return cls.told(said, reply.status, reply.ok)

    @classmethod
    def told(cls, said: Any, status: int = 400, is_ok: bool = False) -> _Fault:
        """Return what is told of an error, with the status of the answer that tells it."""
        error = member(said, "error")
        if isinstance(error, str):  # Ollama, xAI
            return cls(status, word(member(said, "code")), message=error)
        source = error if isinstance(error, dict) else said
        code = member(source, "code")
        if isinstance(code, int) and 400 <= code < 600 and is_ok:
            status = code  # OpenRouter: the status as the code, even under a 200
        return cls(
            status,
            word(code) or word(member(source, "status")),
            word(member(source, "type")),
            word(member(source, "param")),
            str(member(source, "message") or member(source, "detail") or ""),
            word(member(source, "metadata", "limit_source")),
            bool(items(member(source, "metadata", "reasons"))),
            _told_wait(source),
        )


def _told_wait(source: Any) -> float | None:
    """Return the wait that Gemini tells inside of its error ("34s")."""
    told_waits = (duration_seconds(member(one, "retryDelay")) for one in items(member(source, "details")))
    return next((wait for wait in told_waits if wait is not None), None)


def _is_filtered(reply: Reply) -> bool:
    if reply.ok and not member(lenient_json(reply), "error"):
        return False
    fault = _Fault.of(reply)
    return fault.code in FILTERED or (fault.status == 403 and fault.is_flagged)


def _bad_picture(detail: str, app: str) -> InputRejected:
    return InputRejected(
        detail,
        app=app,
        field="image",
        owner_message="{app} cannot read the picture of this record. Nothing was sent anywhere.",
        next_step="Open the run and look at the picture: it must be a whole JPEG, PNG, WebP or GIF.",
    )


def _explain(reply: Reply) -> None:
    """Raise the error that an answer stands for: by its code, then its type, then its status."""
    said = lenient_json(reply)
    # A response tells its error itself, by its status.
    if reply.ok and (not (isinstance(said, dict) and said.get("error")) or said.get("object") == "response"):
        return
    fault = _Fault.of(reply)
    detail = " ".join(
        part for part in (f"{reply.call}: {reply.status}", fault.code, fault.type, fault.param) if part
    )
    raise _meaning(reply, fault, detail) or VendorDown(detail, app=reply.app)


def _meaning(reply: Reply, fault: _Fault, detail: str) -> SignoffError | None:
    app, wait = reply.app, retry_after_seconds(reply.headers) or fault.wait
    if fault.status == 402 and wait is not None:  # OpenRouter: what is under way fills the budget for now
        return RateLimited(detail, app=app, retry_after_seconds=wait)
    if fault.status == 402 or fault.code in BILLING or fault.type in BILLING or fault.limit_source in BUDGETS:
        return QuotaExhausted(detail, app=app)
    if is_page(reply) and fault.status in (401, 403, 407):
        return web_page(detail, app)
    if fault.status == 401 or _NO_KEY.search(f"{fault.code} {fault.message}"):
        return CredentialRejected(
            detail, app=app, owner_message="{app} does not accept the key. Nothing is lost; the work waits."
        )
    if {fault.code, fault.type} & MODEL_GONE or (fault.status in (400, 404) and _names_model(fault)):
        return ModelGone(detail, app=app)
    if fault.status == 429:
        return RateLimited(detail, app=app, retry_after_seconds=_wait(reply, fault, wait))
    if fault.status == 403 or fault.code == "FAILED_PRECONDITION":
        return PermissionMissing(detail, app=app, lacks=_scopes(fault))
    if fault.status in (408, 409) or fault.status >= 500:
        return VendorDown(detail, app=app, retry_after_seconds=wait)
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


def _wait(reply: Reply, fault: _Fault, wait: float | None) -> float | None:
    """Return how long to wait: what the app asks for, else until the limit that is used up is full again."""
    if fault.code == "slow_down":
        return max(RAMP_SECONDS, wait or 0.0)
    if wait is not None:
        return wait
    resets = [limit.reset_seconds for limit in OpenAI.limits(reply.headers) if limit.remaining == 0]
    return max((reset for reset in resets if reset is not None), default=None)


def _names_model(fault: _Fault) -> bool:
    """Gemini, Ollama, OpenRouter, vLLM and others say in words that they have no such model."""
    return bool(_NO_MODEL.search(fault.message))


def _scopes(fault: _Fault) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.findall(r"\b(?:api|model|models)\.[a-z_.]+", fault.message)))
