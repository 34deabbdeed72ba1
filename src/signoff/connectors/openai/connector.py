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
from signoff.connectors.openai.faults import (
    MODEL_GONE,
    Fault,
    bad_picture,
    explain,
    is_filtered,
    meaning,
    names_model,
)
from signoff.connectors.openai.rates import limits_in
from signoff.connectors.shapes import is_page, items, lenient_json, member, whole_number, word
from signoff.connectors.structured import strict, told
from signoff.core.errors import (
    AnswerUnexpected,
    Broken,
    CredentialRejected,
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
from signoff.outbound.retry_after import retry_after_seconds

ANSWER_SECONDS = 180.0  # a long answer comes whole, after a long silence
THINKING_TOKENS = 8192  # room for a model that thinks: its thoughts count as output
LEAST_WORTH_THINKING = 64  # who asks for a word or two wants no more than to be answered
LIST = "see the list of models"

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
_OTHER_API = re.compile(r"not a chat model|v1/responses", re.I)
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
            explain(reply)
        except PermissionMissing:  # a key restricted to asking; whether it may ask shows when it does
            return Account(account, name, ("ask models",), (LIST,))
        _models(reply)
        return Account(account, name, ("ask models", LIST))

    def _check_key(self, reply: Reply) -> Account:
        """Return the account by what OpenRouter tells of the key; its list of models is open to everybody."""
        explain(reply)
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
        explain(reply)
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
            if not _INVALID_SCHEMA.search(Fault.of(reply).message):  # that is this schema's fault alone
                _dialects[place] = dialect
        if prompt.shows_images:
            self._explain_pictures(reply, prompt.model)
        try:
            return self._answer(reply, prompt.model, dialect.api)
        except ModelGone as error:
            raise self._gone(error, prompt.model) from None

    @staticmethod
    def limits(headers: Mapping[str, str]) -> tuple[Limit, ...]:
        return limits_in(headers)

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
        file = batches.upload(self.door, batches.lines(asked, dialect.api), marker, explain)
        try:
            return batches.begin(self.door, file, dialect.api, marker, explain)
        except OutcomeUnknown:
            raise
        except SignoffError:
            batches.delete(self.door, [file])
            raise

    def find(self, marker: str, started_at: datetime) -> Outcome:
        return batches.find(self.door, marker, started_at, explain)

    def collect(self, batch: str) -> Collected | Pending:
        said = batches.look(self.door, batch, explain)
        if said is None:
            return Collected({}, {}, batches.unknown(batch, self.manifest.name))
        status = word(member(said, "status"))
        if status not in batches.OVER:
            return batches.pending(said)
        faults = [Fault.told(one) for one in items(member(said, "errors", "data"))]
        trouble = self._not_done(faults) if status == "failed" else None
        answers: dict[str, Answer] = {}
        failed: dict[str, SignoffError] = {}
        api: Api = "responses" if str(member(said, "endpoint")).endswith("/responses") else "chat"
        for line in batches.answered(self.door, said, explain):
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
            explain(reply)

    def forget(self, batch: str) -> None:
        said = batches.look(self.door, batch, explain)
        batches.delete(self.door, batches.files_of(said))

    def _not_done(self, faults: Sequence[Fault]) -> SignoffError:
        """Return what kept a batch as a whole from being done."""
        fault = next(iter(faults), Fault(400))
        detail = f"a batch failed: {fault.code} {fault.param}".rstrip()
        if fault.code == "token_limit_exceeded":  # until earlier batches are through
            return RateLimited(detail, app=self.manifest.name)
        reply = Reply(400, {}, b"", "a batch", self.manifest.name)
        return meaning(reply, fault, detail) or VendorDown(detail, app=self.manifest.name)

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
        if is_filtered(reply):  # Azure refuses the question where OpenAI refuses the answer
            return Answer("", asked_model, "filtered", limits=limits)
        explain(reply)
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
        fault = Fault.of(reply)
        said = f"{fault.code} {fault.param} {fault.message}"
        if (
            fault.status < 400
            or fault.code in MODEL_GONE
            or names_model(fault)
            or not _ABOUT_PICTURE.search(said)
        ):
            return
        detail = f"{reply.call}: {reply.status} {fault.code} {fault.param} about a picture"
        if _BAD_PICTURE.search(said):
            raise bad_picture(detail, reply.app)
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
    fault = Fault.of(reply)
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
        raise bad_picture(detail, reply.app)
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
