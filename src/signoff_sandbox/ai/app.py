"""The practice AI as an app: OpenAI's paths."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from signoff_sandbox.ai import errors, telling
from signoff_sandbox.ai.asking import Asking, Question, tokens_of
from signoff_sandbox.ai.batching import Batching
from signoff_sandbox.ai.books import Books
from signoff_sandbox.ai.control import OpenAIControl
from signoff_sandbox.ai.dialects import DIALECTS, OWN_ERRORS, filtered_question, refuse_responses
from signoff_sandbox.ai.limits import Limits
from signoff_sandbox.ai.mistakes import Choice, Spoken
from signoff_sandbox.ai.models import Models, reasons
from signoff_sandbox.ai.office import PRACTICE_KEY, Office
from signoff_sandbox.ai.speaking import speak, will_be_filtered
from signoff_sandbox.clock import iso
from signoff_sandbox.desk import BadControl, Desk, ErrorMaker, Json, Problem, Verb, body_of
from signoff_sandbox.world import World

# Stored responses, of which only the newest are kept.
_STORED = 1_000
# Where providers put OpenAI's paths: OpenAI, DeepSeek, Azure, OpenRouter, Groq, Gemini.
ROOTS = ("/v1", "", "/openai/v1", "/api/v1", "/v1beta/openai")
Handler = Callable[[Request], Awaitable[Response]]


class OpenAI(Desk):
    name = "openai"
    title = "Practice AI"

    def __init__(self, world: World) -> None:
        options = world.options
        self.limits = Limits(world.clock, options.rpm, options.tpm, options.enforcement)
        self.models = Models(world.clock)
        self.office = Office(self.name, PRACTICE_KEY, self.limits)
        self._asking = Asking(self.models)
        self._control = OpenAIControl(
            self.office, world, errors.BILLING, errors.BY_FAULT, self.limits, self.models
        )
        self._books = Books(self.office)
        self._batching = Batching(world.clock, world.seed, self._admit_to_batches, self._answer_line)
        self._stored: dict[str, Json] = {}
        self._number = 0
        self.dialect = DIALECTS["openai"]
        self.about_key: Json = {}
        self.reasoning_tokens = 0
        super().__init__(world)
        self.latency_seconds = options.latency_seconds

    def routes(self) -> Sequence[BaseRoute]:
        paths = (
            ("/chat/completions", self._chat, "POST"),
            ("/responses", self._respond, "POST"),
            ("/responses/{id}", self._stored_response, "GET"),
            ("/models", self._list_models, "GET"),
            ("/models/{id:path}", self._one_model, "GET"),
            ("/key", self._key, "GET"),
            *self._batching.paths(),
        )
        return [
            Route(root + path, self._in_dialect(handle), methods=[method])
            for root in ROOTS
            for path, handle, method in paths
        ]

    def _in_dialect(self, handle: Handler) -> Handler:
        """Return a handler whose errors are told as the present dialect tells them."""

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as problem:
                raise Problem(self.dialect.no(problem.response)) from None

        return handled

    async def _chat(self, request: Request) -> Response:
        self._admit(request.headers)
        asked = await self._asked(request)
        self.dialect.check(asked)
        question = self._asking.chat(asked)
        self._hold_back(question)
        spoken, tokens, headers = await self._answer(question)
        about = (
            self._new_id("chatcmpl"),
            int(self.clock.now()),
            self.models.snapshot(question.model),
            spoken,
            tokens,
        )
        if asked.get("stream"):
            with_usage = bool((asked.get("stream_options") or {}).get("include_usage"))
            events = telling.chunks(*about, with_usage=with_usage)
            return StreamingResponse(events, media_type="text/event-stream", headers=headers)
        return JSONResponse(self.dialect.told(telling.completion(*about)), headers=headers)

    async def _respond(self, request: Request) -> Response:
        self._admit(request.headers)
        if not self.dialect.has_responses:
            raise refuse_responses()
        asked = await self._asked(request)
        question = self._asking.response(asked)
        self._hold_back(question)
        spoken, tokens, headers = await self._answer(question)
        id = self._new_id("resp")
        told = telling.response(
            id, int(self.clock.now()), self.models.snapshot(question.model), spoken, tokens, asked
        )
        if asked.get("store", True):
            self._stored[id] = told
            if len(self._stored) > _STORED:
                del self._stored[next(iter(self._stored))]
        return JSONResponse(self.dialect.told(told), headers=headers)

    async def _asked(self, request: Request) -> Json:
        """Return the body, with the model of ours behind the name that this provider gives it."""
        asked = await body_of(request, errors.refuse)
        names = self.dialect.models
        if names and asked.get("model") not in names and not self.models.is_added(str(asked.get("model"))):
            raise errors.no_model(str(asked.get("model")))
        return {**asked, "model": names.get(str(asked.get("model")), asked.get("model"))}

    def _hold_back(self, question: Question) -> None:
        """Raise Azure's no to a question, where OpenAI would say so in its answer."""
        if self.dialect.name == "azure" and will_be_filtered(question, self.world.seed, self._choice()):
            raise Problem(filtered_question())

    def _choice(self) -> Choice:
        return self.office.mistakes(self.world.faults)

    async def _answer(self, question: Question) -> tuple[Spoken, telling.Tokens, dict[str, str]]:
        """Return what is said, its tokens, and the headers. Raises the vendor's 429s as a `Problem`."""
        office = self.office
        if office.trouble:
            raise Problem(errors.BY_FAULT[office.trouble]())
        taken = self.limits.take(question.model, question.prompt_tokens, question.most_tokens or 0)
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        spoken, tokens = self._speak(question)
        self.limits.settle(taken, sum(tokens[:2]))
        return spoken, tokens, self._headers()

    def _speak(self, question: Question) -> tuple[Spoken, telling.Tokens]:
        """Return what is said and its tokens, and write it down."""
        thoughts = self.reasoning_tokens if reasons(question.model) else 0
        room = question.most_tokens and max(0, question.most_tokens - thoughts)
        spoken, reading = speak(replace(question, most_tokens=room), self.world.seed, self._choice())
        thoughts = min(thoughts, question.most_tokens or thoughts)
        tokens = (question.prompt_tokens, tokens_of(spoken.text) + thoughts, thoughts)
        self.office.write_down(iso(self.clock.now()), question, spoken, reading, tokens[1])
        return spoken, tokens

    def _answer_line(self, endpoint: str, asked: Json) -> tuple[int, Any]:
        """Return status and body of a question in a batch: it takes nothing from the limits of the minute."""
        try:
            if self.office.trouble:
                raise Problem(errors.BY_FAULT[self.office.trouble]())
            is_chat = endpoint.endswith("/chat/completions")
            question = self._asking.chat(asked) if is_chat else self._asking.response(asked)
        except Problem as problem:
            response = problem.response
            is_json = response.headers.get("content-type", "").startswith("application/json")
            return response.status_code, json.loads(bytes(response.body)) if is_json else None
        except (ValueError, TypeError, KeyError, AttributeError):  # a member of the wrong type
            return 400, json.loads(bytes(errors.BY_FAULT["bad_request"]().body))
        about = (int(self.clock.now()), self.models.snapshot(question.model), *self._speak(question))
        if is_chat:
            return 200, telling.completion(self._new_id("chatcmpl"), *about)
        return 200, telling.response(self._new_id("resp"), *about, asked)

    def _admit_to_batches(self, request: Request) -> None:
        """Raise unless batches are offered here, which OpenAI alone does this way, and the key lives."""
        if self.dialect.name != "openai":
            raise Problem(errors.error(404, "invalid_request_error", None, "Not found"))
        self._admit(request.headers)

    async def _stored_response(self, request: Request) -> Response:
        self._admit(request.headers)
        told = self._stored.get(request.path_params["id"])
        if told is None:
            raise Problem(errors.error(404, "invalid_request_error", None, "Response not found."))
        return JSONResponse(told)

    async def _list_models(self, request: Request) -> Response:
        if not self.dialect.open_models:
            self._admit(request.headers)
        alive = [self.models.told(id) for id in self.models.alive()]
        if self.dialect.models:
            alive = [{"id": name, "object": "model", "owned_by": "practice"} for name in self.dialect.models]
        return JSONResponse({"object": "list", "data": alive}, headers=self._headers())

    async def _key(self, request: Request) -> Response:
        """Tell about the key, as OpenRouter does."""
        if self.dialect.name != "openrouter":
            raise Problem(errors.error(404, "invalid_request_error", None, "Not found"))
        self._admit(request.headers)
        about = {"label": "sk-or-v1-abc...123", "limit": None, "limit_remaining": None, "usage": 0}
        about |= {"is_free_tier": False, "is_management_key": False, "creator_user_id": "user_practice"}
        return JSONResponse({"data": about | self.about_key})

    async def _one_model(self, request: Request) -> Response:
        self._admit(request.headers)
        id = request.path_params["id"]
        if not self.models.is_alive(id):
            raise errors.no_model(id)
        return JSONResponse(self.models.told(id))

    def _admit(self, headers: Mapping[str, str]) -> None:
        """Raise 401 unless the request carries a living key."""
        if not self.dialect.needs_key:
            return
        own = headers.get(self.dialect.key_header, "") if self.dialect.key_header != "authorization" else ""
        scheme, _, key = (f"Bearer {own}" if own else headers.get("authorization", "")).partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise errors.no_key()
        if key.strip() not in self.office.keys:
            raise errors.wrong_key(key.strip())

    def _new_id(self, kind: str) -> str:
        self._number += 1
        return f"{kind}{'_' if kind == 'resp' else '-'}practice{self._number}"

    def _headers(self) -> dict[str, str]:
        own = {"x-request-id": f"req_practice{self.requests}"}
        if self.dialect.name != "openai":
            return own
        rate = self.limits.headers() if self.office.sends_headers else {}
        return {
            **rate,
            **own,
            "openai-organization": "org-practice",
            "openai-version": "2020-10-01",
            "openai-processing-ms": str(round(self.latency_seconds * 1000) + 1),
        }

    # What is told about it

    def vendor_errors(self) -> Mapping[str, ErrorMaker]:
        ours = {name: self._told_by(make) for name, make in errors.BY_FAULT.items()}
        return {**ours, **OWN_ERRORS, **telling.FAILED_RESPONSES}

    def _told_by(self, make: ErrorMaker) -> ErrorMaker:
        return lambda: self.dialect.no(make())

    def control_verbs(self) -> dict[str, Verb]:
        return {
            **self._control.verbs(),
            **self._batching.verbs(),
            "dialect": self._speak_as,
            "about_key": self._tell_of_key,
            "reasoning_tokens": self._reason,
        }

    def _speak_as(self, name: Any) -> str:
        if name not in DIALECTS:
            raise BadControl(f"no dialect {name}; there are {', '.join(DIALECTS)}")
        self.dialect = DIALECTS[name]
        return self.dialect.name

    def _tell_of_key(self, about: Any) -> Json:
        self.about_key = dict(about or {})
        return self.about_key

    def _reason(self, tokens: Any) -> int:
        self.reasoning_tokens = int(tokens)
        return self.reasoning_tokens

    def books(self, *, summary: bool) -> Json:
        batching = self._batching.books()
        if summary:
            return {**self._books.summary(self.status_counts), "batches": len(batching["batches"])}
        return {**self._books.whole(self.status_counts), **batching}

    def front_page(self) -> str:
        return self._books.front_page(self.title)

    async def no_such_path(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = f"Invalid URL ({scope['method']} {scope['path']})"
        await errors.error(404, "invalid_request_error", None, message)(scope, receive, send)
