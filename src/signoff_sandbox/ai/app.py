"""The practice AI as an app: OpenAI's paths."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from signoff_sandbox.ai import errors, telling
from signoff_sandbox.ai.asking import Asking, Question, tokens_of
from signoff_sandbox.ai.books import Books
from signoff_sandbox.ai.control import OpenAIControl
from signoff_sandbox.ai.limits import Limits
from signoff_sandbox.ai.mistakes import Spoken
from signoff_sandbox.ai.models import Models, snapshot
from signoff_sandbox.ai.office import PRACTICE_KEY, Office
from signoff_sandbox.ai.speaking import speak
from signoff_sandbox.clock import iso
from signoff_sandbox.desk import Desk, ErrorMaker, Json, Problem, Verb, body_of
from signoff_sandbox.world import World

# Stored responses, of which only the newest are kept.
_STORED = 1_000


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
        self._stored: dict[str, Json] = {}
        self._number = 0
        super().__init__(world)
        self.latency_seconds = options.latency_seconds

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/v1/chat/completions", self._chat, methods=["POST"]),
            Route("/v1/responses", self._respond, methods=["POST"]),
            Route("/v1/responses/{id}", self._stored_response, methods=["GET"]),
            Route("/v1/models", self._list_models),
            Route("/v1/models/{id}", self._one_model),
        ]

    async def _chat(self, request: Request) -> Response:
        self._admit(request.headers)
        asked = await body_of(request, errors.refuse)
        question = self._asking.chat(asked)
        spoken, tokens, headers = await self._answer(question)
        about = (self._new_id("chatcmpl"), int(self.clock.now()), snapshot(question.model), spoken, tokens)
        if asked.get("stream"):
            with_usage = bool((asked.get("stream_options") or {}).get("include_usage"))
            events = telling.chunks(*about, with_usage=with_usage)
            return StreamingResponse(events, media_type="text/event-stream", headers=headers)
        return JSONResponse(telling.completion(*about), headers=headers)

    async def _respond(self, request: Request) -> Response:
        self._admit(request.headers)
        asked = await body_of(request, errors.refuse)
        question = self._asking.response(asked)
        spoken, tokens, headers = await self._answer(question)
        id = self._new_id("resp")
        told = telling.response(id, int(self.clock.now()), snapshot(question.model), spoken, tokens, asked)
        if asked.get("store", True):
            self._stored[id] = told
            if len(self._stored) > _STORED:
                del self._stored[next(iter(self._stored))]
        return JSONResponse(told, headers=headers)

    async def _answer(self, question: Question) -> tuple[Spoken, telling.Tokens, dict[str, str]]:
        """Return what is said, its tokens, and the headers. Raises the vendor's 429s as a `Problem`."""
        office = self.office
        if office.trouble:
            raise Problem(errors.BY_FAULT[office.trouble]())
        taken = self.limits.take(question.model, question.prompt_tokens, question.most_tokens or 0)
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        spoken, reading = speak(question, self.world.seed, office.mistakes(self.world.faults))
        tokens = (question.prompt_tokens, tokens_of(spoken.text))
        self.limits.settle(taken, sum(tokens))
        office.write_down(iso(self.clock.now()), question, spoken, reading, tokens[1])
        return spoken, tokens, self._headers()

    async def _stored_response(self, request: Request) -> Response:
        self._admit(request.headers)
        told = self._stored.get(request.path_params["id"])
        if told is None:
            raise Problem(errors.error(404, "invalid_request_error", None, "Response not found."))
        return JSONResponse(told)

    async def _list_models(self, request: Request) -> Response:
        self._admit(request.headers)
        alive = [self.models.told(id) for id in self.models.alive()]
        return JSONResponse({"object": "list", "data": alive})

    async def _one_model(self, request: Request) -> Response:
        self._admit(request.headers)
        id = request.path_params["id"]
        if not self.models.is_alive(id):
            raise errors.no_model(id)
        return JSONResponse(self.models.told(id))

    def _admit(self, headers: Mapping[str, str]) -> None:
        """Raise 401 unless the request carries a living key."""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise errors.no_key()
        if key.strip() not in self.office.keys:
            raise errors.wrong_key(key.strip())

    def _new_id(self, kind: str) -> str:
        self._number += 1
        return f"{kind}{'_' if kind == 'resp' else '-'}practice{self._number}"

    def _headers(self) -> dict[str, str]:
        rate = self.limits.headers() if self.office.sends_headers else {}
        return {
            **rate,
            "x-request-id": f"req_practice{self.requests}",
            "openai-organization": "org-practice",
            "openai-version": "2020-10-01",
            "openai-processing-ms": str(round(self.latency_seconds * 1000) + 1),
        }

    # What is told about it

    def vendor_errors(self) -> Mapping[str, ErrorMaker]:
        return errors.BY_FAULT

    def control_verbs(self) -> dict[str, Verb]:
        return self._control.verbs()

    def books(self, *, summary: bool) -> Json:
        return self._books.summary(self.status_counts) if summary else self._books.whole(self.status_counts)

    def front_page(self) -> str:
        return self._books.front_page(self.title)

    async def no_such_path(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = f"Invalid URL ({scope['method']} {scope['path']})"
        await errors.error(404, "invalid_request_error", None, message)(scope, receive, send)
