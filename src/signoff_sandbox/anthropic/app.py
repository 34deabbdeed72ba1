"""The practice AI as an app: Anthropic's paths."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from signoff_sandbox.ai.asking import tokens_of
from signoff_sandbox.ai.books import Books
from signoff_sandbox.ai.control import Control
from signoff_sandbox.ai.office import Office
from signoff_sandbox.ai.speaking import speak
from signoff_sandbox.anthropic import errors, telling
from signoff_sandbox.anthropic.asking import Asked, asked_in
from signoff_sandbox.anthropic.limits import Limits
from signoff_sandbox.anthropic.models import Model, Models
from signoff_sandbox.clock import iso
from signoff_sandbox.desk import BadControl, Desk, ErrorMaker, Json, Problem, Verb, body_of
from signoff_sandbox.world import World

PRACTICE_KEY = "sk-ant-practice-000000000000000000000000"
LARGEST_BODY_BYTES = 32_000_000
MOST_LISTED = 1_000


class Anthropic(Desk):
    name = "anthropic"
    title = "Practice AI, spoken to as Anthropic"

    def __init__(self, world: World) -> None:
        options = world.options
        self.limits = Limits(world.clock, options.rpm, options.tpm, options.enforcement)
        self.models = Models(world.clock)
        self.office = Office(self.name, PRACTICE_KEY, self.limits)
        self._control = Control(self.office, world, errors.BILLING, errors.BY_FAULT)
        self._books = Books(self.office)
        self._number = 0
        super().__init__(world)
        self.latency_seconds = options.latency_seconds

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/v1/messages", self._message, methods=["POST"]),
            Route("/v1/messages/count_tokens", self._count, methods=["POST"]),
            Route("/v1/models", self._list_models),
            Route("/v1/models/{id}", self._one_model),
        ]

    async def _message(self, request: Request) -> Response:
        self._admit(request.headers)
        asked = asked_in(await self._body(request), self.models)
        told = await self._answer(asked)
        headers = self._headers()
        if (await body_of(request, errors.refuse)).get("stream"):
            return StreamingResponse(telling.events(told), media_type="text/event-stream", headers=headers)
        return JSONResponse(told, headers=headers)

    async def _answer(self, asked: Asked) -> Json:
        """Return the message. Raises the vendor's 429s as a `Problem`."""
        office, question = self.office, asked.question
        if office.trouble:
            raise Problem(errors.BY_FAULT[office.trouble]())
        self.limits.take(question.prompt_tokens)
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        spoken, reading = speak(question, self.world.seed, office.mistakes(self.world.faults))
        tokens = (question.prompt_tokens, max(1, tokens_of(spoken.text)), 0)
        self.limits.wrote(tokens[1])
        office.write_down(iso(self.clock.now()), question, spoken, reading, tokens[1])
        self._number += 1
        model = self.models.named(question.model)
        return telling.message(f"msg_practice{self._number}", model, spoken, tokens, asked.tool)

    async def _count(self, request: Request) -> Response:
        self._admit(request.headers)
        body = await self._body(request)
        asked = asked_in({"max_tokens": 1, **body}, self.models)
        return JSONResponse({"input_tokens": asked.question.prompt_tokens})

    async def _body(self, request: Request) -> Json:
        if len(await request.body()) > LARGEST_BODY_BYTES:
            raise Problem(errors.BY_FAULT["too_large"]())
        return await body_of(request, errors.refuse)

    async def _list_models(self, request: Request) -> Response:
        self._admit(request.headers)
        query = request.query_params
        limit = int(query.get("limit", "20"))
        if not 1 <= limit <= MOST_LISTED:
            raise errors.invalid(f"limit: Input should be between 1 and {MOST_LISTED}")
        ids = list(self.models.ids())
        after = query.get("after_id")
        start = ids.index(after) + 1 if after in ids else 0
        page = ids[start : start + limit]
        return JSONResponse(
            {
                "data": [self.models.told(id) for id in page],
                "has_more": start + limit < len(ids),
                "first_id": page[0] if page else None,
                "last_id": page[-1] if page else None,
            },
            headers=self._headers(),
        )

    async def _one_model(self, request: Request) -> Response:
        self._admit(request.headers)
        id = self.models.named(request.path_params["id"])
        if id not in self.models.known:
            raise errors.no_model(id)
        return JSONResponse(self.models.told(id), headers=self._headers())

    def _admit(self, headers: Mapping[str, str]) -> None:
        """Raise unless the request names the API's version and carries a living key."""
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        key = (headers.get("x-api-key") or bearer).strip()
        if not key:
            raise errors.no_key()
        if key not in self.office.keys:
            raise errors.wrong_key()
        if not headers.get("anthropic-version"):
            raise errors.invalid("anthropic-version: header is required")

    def _headers(self) -> dict[str, str]:
        rate = self.limits.headers() if self.office.sends_headers else {}
        return {**rate, "request-id": errors.new_id(), "anthropic-organization-id": "org-practice-anthropic"}

    # What is told about it

    def vendor_errors(self) -> Mapping[str, ErrorMaker]:
        return errors.BY_FAULT

    def control_verbs(self) -> dict[str, Verb]:
        return {
            **self._control.verbs(),
            "output_tpm": self._output_tpm,
            "add_model": self._add_model,
            "retire_model": self._retire_model,
        }

    def _output_tpm(self, number: Any) -> int:
        limits = self.limits
        limits.set(limits.rpm, limits.tpm, limits.enforcement, int(number))
        return limits.output_tpm

    def _add_model(self, asked: Any) -> str:
        """`{"id", "retires_at", "structured_outputs", "image_input"}`."""
        unknown = set(asked) - {"id", "retires_at", "structured_outputs", "image_input"}
        if unknown:
            raise BadControl(f"a model has no {', '.join(sorted(unknown))}")
        ends = asked.get("retires_at")
        self.models.known[str(asked["id"])] = Model(
            date.fromisoformat(ends) if ends else None,
            bool(asked.get("structured_outputs", True)),
            bool(asked.get("image_input", True)),
        )
        return str(asked["id"])

    def _retire_model(self, name: Any) -> str:
        """The model is retired from today on."""
        id = self.models.named(str(name))
        self.models.known[id] = replace(self.models.known.get(id, Model()), ends=self.clock.utc().date())
        return id

    def books(self, *, summary: bool) -> Json:
        return self._books.summary(self.status_counts) if summary else self._books.whole(self.status_counts)

    def front_page(self) -> str:
        return self._books.front_page(self.title)

    async def no_such_path(self, scope: Scope, receive: Receive, send: Send) -> None:
        await errors.error(404, "not_found_error", "Not found")(scope, receive, send)
