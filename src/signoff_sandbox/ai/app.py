"""The practice AI as an app: OpenAI's paths, `/_control`, its books and its page."""

from __future__ import annotations

import asyncio
import hashlib
import html
import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from signoff_sandbox.ai import errors, mistakes, schema
from signoff_sandbox.ai.filling import Filler
from signoff_sandbox.ai.limits import Limits
from signoff_sandbox.ai.mistakes import Choice, Spoken
from signoff_sandbox.ai.models import Models, reasons, snapshot
from signoff_sandbox.ai.reading import Message, Reading, read
from signoff_sandbox.ai.writing import Letter, write
from signoff_sandbox.clock import iso
from signoff_sandbox.desk import BadControl, Desk, ErrorMaker, Json, Problem, Verb, body_of
from signoff_sandbox.page import page, table
from signoff_sandbox.world import World

PRACTICE_KEY = "sk-practice-0000000000000000000000000000"
LARGEST_PROMPT_TOKENS = 128_000
_PLAIN_ASKED = {"type": "object", "properties": {"subject": {"type": "string"}, "body": {"type": "string"}}}


@dataclass(frozen=True)
class Question:
    """A request to either endpoint, in one form. `schema` None: plain text is wanted."""

    model: str
    messages: tuple[Message, ...]
    schema: Json | None
    most_tokens: int | None
    prompt_tokens: int


class OpenAI(Desk):
    name = "openai"
    title = "Practice AI"

    def __init__(self, world: World) -> None:
        options = world.options
        self.models = Models(world.clock)
        self.limits = Limits(world.clock, options.rpm, options.tpm, options.enforcement)
        self.keys = {PRACTICE_KEY}
        self.billing: str | None = None
        self.always: str | None = None
        self.sends_headers = True
        self.choice = Choice()
        self.answered: list[Json] = []
        self.errors_told = 0
        self._kept: dict[str, Json] = {}
        self._good_schemas: set[str] = set()
        self._number = 0
        super().__init__(world)
        self.latency_seconds = options.latency_seconds

    # Paths

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/v1/chat/completions", self._chat, methods=["POST"]),
            Route("/v1/responses", self._responses, methods=["POST"]),
            Route("/v1/responses/{id}", self._response, methods=["GET"]),
            Route("/v1/models", self._list_models),
            Route("/v1/models/{id}", self._get_model),
        ]

    def vendor_errors(self) -> Mapping[str, ErrorMaker]:
        return errors.BY_FAULT

    async def no_such_path(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = f"Invalid URL ({scope['method']} {scope['path']})"
        await errors.error(404, "invalid_request_error", None, message)(scope, receive, send)

    def _admit(self, request: Request) -> None:
        """Raise 401 unless the request carries a living key."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise errors.no_key()
        if key.strip() not in self.keys:
            raise errors.wrong_key(key.strip())

    async def _chat(self, request: Request) -> Response:
        self._admit(request)
        asked = await body_of(request, errors.refuse)
        question = self._question(asked, _chat_messages(asked), *self._chat_form(asked))
        spoken, usage, headers = await self._answer(question)
        self._number += 1
        id, created = f"chatcmpl-practice{self._number}", int(self.clock.now())
        if asked.get("stream"):
            events = _chunks(id, created, snapshot(question.model), spoken, usage, asked)
            return StreamingResponse(events, media_type="text/event-stream", headers=headers)
        message: Json = {
            "role": "assistant",
            "content": None if spoken.refusal else spoken.text,
            "refusal": spoken.refusal,
            "annotations": [],
        }
        choice = {"index": 0, "finish_reason": spoken.stopped, "logprobs": None, "message": message}
        told = {
            "id": id,
            "object": "chat.completion",
            "created": created,
            "model": snapshot(question.model),
            "service_tier": "default",
            "choices": [choice],
            "usage": _chat_usage(*usage),
        }
        return JSONResponse(told, headers=headers)

    async def _responses(self, request: Request) -> Response:
        self._admit(request)
        asked = await body_of(request, errors.refuse)
        if asked.get("stream"):
            raise errors.invalid(
                "The practice AI streams chat completions only.", "stream", "unsupported_parameter"
            )
        form = ((asked.get("text") or {}).get("format")) or {}
        wanted = self._wanted(form.get("type", "text"), form, "text.format")
        question = self._question(asked, _response_messages(asked), wanted, asked.get("max_output_tokens"))
        spoken, usage, headers = await self._answer(question)
        self._number += 1
        id = f"resp_practice{self._number}"
        part: Json = (
            {"type": "refusal", "refusal": spoken.refusal}
            if spoken.refusal
            else {"type": "output_text", "text": spoken.text, "annotations": [], "logprobs": []}
        )
        whole = spoken.stopped == "stop"
        told = {
            "id": id,
            "object": "response",
            "created_at": int(self.clock.now()),
            "status": "completed" if whole else "incomplete",
            "error": None,
            "incomplete_details": None if whole else {"reason": "max_output_tokens"},
            "instructions": asked.get("instructions"),
            "metadata": asked.get("metadata") or {},
            "model": snapshot(question.model),
            "output": [
                {
                    "type": "message",
                    "id": f"msg_practice{self._number}",
                    "role": "assistant",
                    "status": "completed" if whole else "incomplete",
                    "content": [part],
                }
            ],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": _response_usage(*usage),
        }
        if asked.get("store", True):
            self._kept[id] = told
        return JSONResponse(told, headers=headers)

    async def _response(self, request: Request) -> Response:
        self._admit(request)
        told = self._kept.get(request.path_params["id"])
        if told is None:
            raise Problem(errors.error(404, "invalid_request_error", None, "Response not found."))
        return JSONResponse(told)

    async def _list_models(self, request: Request) -> Response:
        self._admit(request)
        return JSONResponse({"object": "list", "data": [self.models.told(id) for id in self.models.alive()]})

    async def _get_model(self, request: Request) -> Response:
        self._admit(request)
        id = request.path_params["id"]
        if not self.models.is_alive(id):
            raise errors.no_model(id)
        return JSONResponse(self.models.told(id))

    # Understanding

    def _chat_form(self, asked: Json) -> tuple[Json | None, int | None]:
        """Return the schema that the answer has to follow, and the most tokens it may have."""
        model = str(asked.get("model") or "")
        if reasons(model):
            if asked.get("max_tokens") is not None:
                message = (
                    "Unsupported parameter: 'max_tokens' is not supported with this model."
                    " Use 'max_completion_tokens' instead."
                )
                raise errors.invalid(message, "max_tokens", "unsupported_parameter")
            for name in ("temperature", "top_p"):
                if asked.get(name) not in (None, 1, 1.0):
                    message = f"Unsupported value: '{name}' does not support {asked[name]} with this model."
                    raise errors.invalid(message, name, "unsupported_value")
        form = asked.get("response_format") or {"type": "text"}
        inner = form.get("json_schema") or {}
        wanted = self._wanted(form.get("type", "text"), inner, "response_format")
        return wanted, asked.get("max_completion_tokens") or asked.get("max_tokens")

    def _wanted(self, kind: str, form: Json, param: str) -> Json | None:
        if kind == "text":
            return None
        if kind == "json_object":
            return _PLAIN_ASKED
        if kind != "json_schema":
            raise errors.invalid(f"Invalid value: '{kind}'.", f"{param}.type", "invalid_value")
        name, wanted = str(form.get("name") or ""), form.get("schema")
        where = f"{param}.schema" if param == "text.format" else param
        if not schema.NAME.fullmatch(name):
            raise errors.invalid(
                "Invalid 'name': a name of 1 to 64 letters, digits, _ or - is needed.", where
            )
        if form.get("strict"):
            known = json.dumps(wanted, sort_keys=True)
            if known not in self._good_schemas:
                wrong = schema.fault(wanted)
                if wrong:
                    message = f"Invalid schema for response_format '{name}': {wrong}"
                    raise errors.invalid(message, where, "invalid_json_schema")
                self._good_schemas.add(known)
        return wanted if isinstance(wanted, dict) else {}

    def _question(
        self, asked: Json, messages: tuple[Message, ...], wanted: Json | None, most_tokens: int | None
    ) -> Question:
        model = str(asked.get("model") or "")
        if not model:
            raise errors.invalid("you must provide a model parameter", "model")
        if not self.models.can_chat(model):
            raise errors.no_model(model)
        if not messages:
            raise errors.invalid(
                "Missing required parameter: 'messages'.", "messages", "missing_required_parameter"
            )
        prompt_tokens = sum(len(text) // 4 + 4 for _, text in messages) + 3
        if prompt_tokens > LARGEST_PROMPT_TOKENS:
            message = (
                f"This model's maximum context length is {LARGEST_PROMPT_TOKENS} tokens."
                f" However, your messages resulted in {prompt_tokens} tokens."
            )
            raise errors.invalid(message, "messages", "context_length_exceeded")
        return Question(model, messages, wanted, int(most_tokens) if most_tokens else None, prompt_tokens)

    # Answering

    async def _answer(self, question: Question) -> tuple[Spoken, tuple[int, int], dict[str, str]]:
        """Return what is said, (prompt, completion) tokens, and the headers. Raises the vendor's 429s."""
        if self.billing:
            raise Problem(errors.billing(self.billing))
        if self.always:
            raise Problem(self.errors[self.always]())
        # OpenAI counts the larger of what may be answered and what was asked.
        headers = self.limits.take(question.model, max(question.prompt_tokens, question.most_tokens or 0))
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        spoken, reading = self._speak(question)
        tokens = len(spoken.text) // 4 + 1
        if question.most_tokens is not None and tokens > question.most_tokens:
            spoken = Spoken(spoken.text[: question.most_tokens * 4], "length", None, spoken.mistakes)
            tokens = question.most_tokens
        self._write_down(question, spoken, reading, tokens)
        return spoken, (question.prompt_tokens, tokens), self._headers(headers)

    def _speak(self, question: Question) -> tuple[Spoken, Reading]:
        """Write the answer, with the mistake that seed and record bring. Both depend on nothing else."""
        reading = read(question.messages)
        chance = random.Random(f"{self.world.seed}/{reading.key()}")
        kind = self._choice().pick(chance)
        letter = write(reading, chance)
        wrong_text = ""
        if kind in mistakes.CONTENT:
            wrong_text = mistakes.spoil(letter, kind, reading, chance)
        value = self._value(question, reading, letter, chance)
        if kind in mistakes.FORM and not reading.is_repair:
            spoken = mistakes.misshape(value, question.schema, kind)
            spoken.mistakes = [{"kind": kind, "text": ""}]
            return spoken, reading
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        spoken = Spoken(text)
        # What did not fit into the answer is no mistake.
        if wrong_text and json.dumps(wrong_text, ensure_ascii=False)[1:-1] in (
            text if question.schema else json.dumps(text, ensure_ascii=False)
        ):
            spoken.mistakes = [{"kind": str(kind), "text": wrong_text}]
        return spoken, reading

    def _value(self, question: Question, reading: Reading, letter: Letter, pick: random.Random) -> Any:
        if question.schema is None:
            return f"Subject: {letter.subject}\n\n{letter.body(reading.most_words)}"
        return Filler(reading, letter, pick, question.schema).value(question.schema)

    def _choice(self) -> Choice:
        faults = self.world.faults
        return Choice(
            faults.share(self.name, "mistakes", self.choice.share),
            faults.share(self.name, "structural", self.choice.form_share),
            self.choice.kinds,
        )

    def _write_down(self, question: Question, spoken: Spoken, reading: Reading, tokens: int) -> None:
        name = reading.get("name") or " ".join(filter(None, (reading.get("first"), reading.get("last"))))
        self.answered.append(
            {
                "at": iso(self.clock.now()),
                "model": question.model,
                "prompt_tokens": question.prompt_tokens,
                "completion_tokens": tokens,
                "mistakes": spoken.mistakes,
                "repair": reading.is_repair,
                "record": {"id": reading.get("id"), "email": reading.get("email"), "name": name},
                "record_hash": hashlib.sha256(reading.key().encode()).hexdigest()[:12],
            }
        )

    def _headers(self, rate: dict[str, str]) -> dict[str, str]:
        if not self.sends_headers:
            return {}
        return {
            **rate,
            "x-request-id": f"req_practice{self.requests}",
            "openai-organization": "org-practice",
            "openai-version": "2020-10-01",
            "openai-processing-ms": str(round(self.latency_seconds * 1000) + 1),
        }

    # Control

    def control_verbs(self) -> dict[str, Verb]:
        return {
            "rpm": lambda n: self._set_limits(rpm=int(n)),
            "tpm": lambda n: self._set_limits(tpm=int(n)),
            "enforcement": lambda mode: self._set_limits(enforcement=str(mode)),
            "mistakes": self._set_mistakes,
            "billing": self._set_billing,
            "always": self._set_always,
            "revoke_key": self._revoke_key,
            "restore_key": lambda key: self.keys.add(
                str(key) if isinstance(key, str) and key else PRACTICE_KEY
            ),
            "rotate_key": self._rotate_key,
            "add_model": self._add_model,
            "retire_model": self._retire_model,
            "rate_headers": lambda on: setattr(self, "sends_headers", bool(on)),
        }

    def _set_limits(
        self, rpm: int | None = None, tpm: int | None = None, enforcement: str | None = None
    ) -> Json:
        if enforcement not in (None, "minute", "second"):
            raise BadControl("enforcement is minute or second")
        mode = (
            self.limits.enforcement
            if enforcement is None
            else "second"
            if enforcement == "second"
            else "minute"
        )
        self.limits.set(rpm or self.limits.rpm, tpm or self.limits.tpm, mode)
        return {"rpm": self.limits.rpm, "tpm": self.limits.tpm, "enforcement": self.limits.enforcement}

    def _set_mistakes(self, asked: Any) -> Json:
        """A share, or `{"share", "structural", "kinds": [...]}`; null goes back to the start."""
        wanted = asked if isinstance(asked, dict) else {"share": asked} if asked is not None else {}
        kinds = tuple(wanted.get("kinds") or mistakes.KINDS)
        unknown = set(kinds) - set(mistakes.KINDS)
        if unknown:
            raise BadControl(f"no mistakes {sorted(unknown)}; there are {', '.join(mistakes.KINDS)}")
        shares = self.world.faults.shares
        for name in ("mistakes", "structural"):
            shares.pop((self.name, name), None)
            shares.pop(("", name), None)
        self.choice = Choice(
            float(wanted.get("share", mistakes.STANDARD_SHARE)),
            float(wanted.get("structural", mistakes.STANDARD_FORM_SHARE)),
            kinds,
        )
        return {"share": self.choice.share, "structural": self.choice.form_share, "kinds": list(kinds)}

    def _set_billing(self, code: Any) -> str | None:
        if code and code not in errors.BILLING:
            raise BadControl(f"no billing error {code}; there are {', '.join(errors.BILLING)}")
        self.billing = str(code) if code else None
        return self.billing

    def _set_always(self, fault: Any) -> str | None:
        """Answer every question with one of the vendor's errors, until null."""
        if fault and fault not in self.errors:
            raise BadControl(f"no error {fault}; there are {', '.join(self.errors)}")
        self.always = str(fault) if fault else None
        return self.always

    def _revoke_key(self, key: Any) -> bool:
        if isinstance(key, str) and key:
            self.keys.discard(key)
        else:
            self.keys.clear()
        return True

    def _rotate_key(self, asked: Any) -> bool:
        """`{"new": KEY}` or the new key: it works now, the others no longer."""
        new = str(asked["new"] if isinstance(asked, dict) else asked)
        self.keys = {new}
        return True

    def _add_model(self, asked: Any) -> bool:
        ends = asked.get("shutdown_date")
        self.models.ends[str(asked["id"])] = date.fromisoformat(ends) if ends else None
        return True

    def _retire_model(self, id: Any) -> bool:
        """The model is gone from now on."""
        self.models.ends[str(id)] = self.clock.utc().date()
        return True

    # Books

    def books(self, *, summary: bool) -> Json:
        wrong = [a for a in self.answered if a["mistakes"]]
        common = {
            "errors": sum(n for status, n in self.status_counts.items() if status >= 400),
            "repairs": sum(a["repair"] for a in self.answered),
            "with_mistakes": len(wrong),
            "prompt_tokens": sum(a["prompt_tokens"] for a in self.answered),
            "completion_tokens": sum(a["completion_tokens"] for a in self.answered),
            "limits": {
                "rpm": self.limits.rpm,
                "tpm": self.limits.tpm,
                "enforcement": self.limits.enforcement,
            },
        }
        if summary:
            return {**common, "answered": len(self.answered)}
        return {**common, "answered": self.answered, "keys": [key[-4:] for key in sorted(self.keys)]}

    # Page

    def front_page(self) -> str:
        rows = [
            (
                html.escape(a["at"][:19].replace("T", " ")),
                html.escape(a["model"]),
                html.escape(a["record"]["name"]),
                html.escape(", ".join(m["kind"].replace("_", " ") for m in a["mistakes"]) or "none"),
            )
            for a in reversed(self.answered[-50:])
        ]
        intro = (
            "<p>This is no real AI. It writes believable e-mails from the record it is given, and makes some mistakes"
            " on purpose, so that you can practise finding them.</p>"
        )
        heads = ("When", "Model asked", "Written for", "Mistakes made on purpose")
        return page(self.title, intro + table(heads, rows, "Nothing was asked yet."))


def _chat_messages(asked: Json) -> tuple[Message, ...]:
    given = asked.get("messages")
    if not isinstance(given, list):
        return ()
    return tuple((str(m.get("role")), _text_of(m.get("content"))) for m in given if isinstance(m, dict))


def _response_messages(asked: Json) -> tuple[Message, ...]:
    messages: list[Message] = []
    if asked.get("instructions"):
        messages.append(("system", str(asked["instructions"])))
    given = asked.get("input")
    if isinstance(given, str):
        messages.append(("user", given))
    else:
        messages += [(str(m.get("role")), _text_of(m.get("content"))) for m in given or [] if "role" in m]
    return tuple(messages)


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content or [] if isinstance(part, dict))


def _chat_usage(prompt: int, completion: int) -> Json:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _response_usage(prompt: int, completion: int) -> Json:
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": completion,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": prompt + completion,
    }


async def _chunks(
    id: str, created: int, model: str, spoken: Spoken, usage: tuple[int, int], asked: Json
) -> AsyncIterator[str]:
    """Yield the answer as server-sent events, twenty characters at a time."""
    base = {"id": id, "object": "chat.completion.chunk", "created": created, "model": model}

    def event(delta: Json, stopped: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": stopped, "logprobs": None}
        return f"data: {json.dumps({**base, 'choices': [choice]})}\n\n"

    yield event({"role": "assistant", "content": ""})
    for start in range(0, len(spoken.text), 20):
        yield event({"content": spoken.text[start : start + 20]})
    if spoken.refusal:
        yield event({"refusal": spoken.refusal})
    yield event({}, spoken.stopped)
    if (asked.get("stream_options") or {}).get("include_usage"):
        yield f"data: {json.dumps({**base, 'choices': [], 'usage': _chat_usage(*usage)})}\n\n"
    yield "data: [DONE]\n\n"
