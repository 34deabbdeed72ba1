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
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
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
)
from signoff.connectors.manifest import End
from signoff.connectors.openai import batches
from signoff.connectors.openai.answers import chat_text, day_in, models_in, moment_in, response_text, usage_in
from signoff.connectors.openai.asking import PATHS, Api, Dialect, more_room, other_way, request_for
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
from signoff.connectors.shapes import is_page, items, member, word
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
from signoff.core.prompt import Prompt
from signoff.outbound.reply import Reply

ANSWER_SECONDS = 180.0  # a long answer comes whole, after a long silence
LEAST_WORTH_THINKING = 64  # who asks for a word or two wants no more than to be answered
LIST = "see the list of models"

_INVALID_SCHEMA = re.compile(r"invalid schema", re.I)
_ABOUT_PICTURE = re.compile(r"\bimages?\b|image_url|input_image|vision|multi-?modal|mmproj", re.I)
_BAD_PICTURE = re.compile(r"valid image|format|too (?:large|small|big)|pars|decod|corrupt|mime", re.I)
_NO_EYES = re.compile(r"support|multi-?modal|mmproj|unknown variant|text.only", re.I)

# By address and model, for the life of the process: connectors are made anew for every run.
_dialects: dict[tuple[str, str], Dialect] = {}


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
        models_in(reply)
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
        return Account(account, reply.app, ("ask models", LIST), ends_at=moment_in(about.get("expires_at")))

    def models(self) -> list[Model]:
        reply = self.door.get("/models")
        explain(reply)
        return [
            Model(id, day_in(member(item, "shutdown_date")) or self.known_end(id))
            for item in models_in(reply)
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
                json=request_for(prompt, schema, dialect),
                timeout_seconds=ANSWER_SECONDS,
            )
            other = other_way(reply, dialect, schema is not None)
            if other is None and prompt.max_output_tokens >= LEAST_WORTH_THINKING:
                other = more_room(reply, dialect)
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
            raise self.gone(error, prompt.model) from None

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
        models = {one.prompt.model for one in questions}
        if len(models) != 1 or len(questions) > self.most_in_batch:
            detail = f"a batch of {len(questions)} questions to {len(models)} models"
            raise Broken(detail, app=self.manifest.name)
        (model,) = models
        dialect = _dialects.get((self.door.base_url, model)) or self._dialect()
        asked = [(one.key, request_for(one.prompt, one.schema, dialect)) for one in questions]
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
        other = more_room(reply, replace(_dialects.get(place) or self._dialect(), api=api))
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
        text, stopped = chat_text(reply, said) if api == "chat" else response_text(reply, said)
        model = member(said, "model")
        return Answer(
            text=text,
            model=model if isinstance(model, str) and model else asked_model,
            stopped=stopped,
            usage=usage_in(member(said, "usage")),
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

    def _dialect(self) -> Dialect:
        """Return what the provider takes, by what its preset and the owner say."""
        api = self.settings.get("api")
        form = self._trait("form")
        return Dialect(
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

    @classmethod
    def lists_all(cls, settings: Mapping[str, str]) -> bool:
        preset = cls.manifest.auth.preset(settings)
        return preset is None or preset.traits.get("model") != "deployment"

    def gone(self, error: ModelGone, model: str) -> ModelGone:
        if self.lists_all(self.settings):
            return super().gone(error, model)
        named = model.replace("{", "{{").replace("}", "}}")
        return ModelGone(
            str(error),
            app=error.app,
            owner_message=f"{{app}} has no deployment that is named {named}. Nothing is lost.",
            next_step="Open the integration and put the name of a deployment where the model stands.",
        )
