"""
The counter at which one practice app is served: it counts, lets faults strike, and answers for itself.

An app gives it routes for the vendor's paths, its vendor's errors, what `/_books` tells, and the verbs of
`/_control`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Message, Receive, Scope, Send

from signoff_sandbox.clock import iso
from signoff_sandbox.control import common_verbs
from signoff_sandbox.world import World

Json = dict[str, Any]
ErrorMaker = Callable[[], Response]
Verb = Callable[[Any], Any]
# Faults are kept for the books, but a long run under trouble must not fill the memory.
FAULTS_KEPT = 10_000
HANG_SECONDS = 600.0


class Problem(Exception):
    """An answer that ends the handling of a request: the vendor's error."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


class BadControl(ValueError):
    """A control verb that does not exist, or a value that it cannot use."""


class Desk:
    """One practice app as an ASGI application."""

    name = ""
    title = ""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = world.clock
        self.address = ""
        self.latency_seconds = 0.0
        self.requests = 0
        self.rate_limited = 0
        self.status_counts: Counter[int] = Counter()
        self.faults_met: list[Json] = []
        self.errors: Mapping[str, ErrorMaker] = self.vendor_errors()
        self.verbs: dict[str, Verb] = {**common_verbs(self), **self.control_verbs()}
        own = [Route("/_books", self._tell_books), Route("/_control", self._do_control, methods=["POST"])]
        self._own = Router([*own, *self.pages()], default=_no_page)
        self._vendor = Router(list(self.routes()), default=self.no_such_path, redirect_slashes=False)
        # Google's sign-in pages and our own are served without faults: people look at them.
        self._calm_paths = frozenset({"/", "/_books", "/_control", "/favicon.ico"})
        world.faults.known[self.name] = frozenset(self.errors)

    # What an app fills in

    def routes(self) -> Sequence[BaseRoute]:
        """Return the vendor's paths."""
        return ()

    def pages(self) -> Sequence[BaseRoute]:
        """Return the pages for people."""
        return [Route("/", self._front)]

    def vendor_errors(self) -> Mapping[str, ErrorMaker]:
        """Return the vendor's errors by the name a fault spec uses; the generic ones must be there."""
        raise NotImplementedError

    def control_verbs(self) -> dict[str, Verb]:
        """Return what `/_control` may be asked to do here."""
        return {}

    def books(self, *, summary: bool) -> Json:
        """Return what the app received and holds; only counts when `summary`."""
        return {}

    def front_page(self) -> str:
        """Return the HTML of `/`."""
        return ""

    def is_page(self, path: str) -> bool:
        """Say whether `path` is a page for people, served without faults and not counted."""
        return path in self._calm_paths

    def is_write(self, method: str, path: str) -> bool:
        """Say whether a request changes something, so that its answer can be lost."""
        return method not in ("GET", "HEAD", "OPTIONS")

    async def no_such_path(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a path that the vendor does not have."""
        await Response(status_code=404)(scope, receive, send)

    def opened(self) -> None:
        """Learn the own address, before the first request."""

    # Serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        method: str = scope["method"]
        # People look at /, and some vendors take calls there.
        called = path == "/" and method not in ("GET", "HEAD")
        if self.is_page(path) and not called:
            await self._own(scope, receive, send)
            return
        self.requests += 1
        fault = self.world.faults.draw(self.name, method, path, is_write=self.is_write(method, path))
        if fault:
            await self._misbehave(fault, scope, receive, send)
        else:
            await self._serve(scope, receive, self._counted(send))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._vendor(scope, receive, send)
        except Problem as problem:
            await problem.response(scope, receive, send)
        except (ValueError, TypeError, KeyError, AttributeError):
            # A member of the wrong type, which the vendor would refuse; told below in case it is our own fault.
            traceback.print_exc()
            await self.errors["bad_request"]()(scope, receive, send)

    def _counted(self, send: Send) -> Send:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status_counts[message["status"]] += 1
                self.rate_limited += message["status"] == 429
            await send(message)

        return counted

    async def _misbehave(self, fault: str, scope: Scope, receive: Receive, send: Send) -> None:
        if len(self.faults_met) < FAULTS_KEPT:
            self.faults_met.append(
                {
                    "fault": fault,
                    "method": scope["method"],
                    "path": scope["path"],
                    "at": iso(self.clock.now()),
                }
            )
        if fault == "cut":
            await _cut(send)
        elif fault == "hang":
            await _hang(receive)
            await _cut(send)
        elif fault in ("lost_answer", "late503"):
            await self._serve(scope, receive, _nowhere)
            if fault == "lost_answer":
                await _cut(send)
            else:
                await self.errors["http503"]()(scope, receive, self._counted(send))
        elif fault == "malformed":
            await self._serve(scope, receive, _broken(self._counted(send)))
        else:
            await self.errors[fault]()(scope, receive, self._counted(send))

    # Books and control

    async def _tell_books(self, request: Request) -> Response:
        summary = request.query_params.get("summary") in ("1", "true")
        common = {
            "app": self.name,
            "practice": True,
            "requests": self.requests,
            "status_counts": {str(k): v for k, v in sorted(self.status_counts.items())},
            "rate_limited": self.rate_limited,
            "faults": dict(Counter(f["fault"] for f in self.faults_met)) if summary else self.faults_met,
            "now": iso(self.clock.now()),
        }
        return JSONResponse({**common, **self.books(summary=summary)})

    async def _do_control(self, request: Request) -> Response:
        try:
            asked = json.loads(await request.body() or b"{}")
            return JSONResponse(await self.control(asked))
        except (BadControl, ValueError, KeyError, TypeError, AttributeError) as error:
            return JSONResponse({"problem": f"{type(error).__name__}: {error}"}, status_code=400)

    async def control(self, asked: Json) -> Json:
        """Do each verb in the order given; return what each one answered."""
        unknown = [verb for verb in asked if verb not in self.verbs]
        if unknown:
            raise BadControl(f"no verb {', '.join(unknown)}; there are {', '.join(sorted(self.verbs))}")
        done: Json = {}
        for verb, value in asked.items():
            result = self.verbs[verb](value)
            done[verb] = await result if isinstance(result, Awaitable) else result
        return done

    async def _front(self, _request: Request) -> Response:
        return HTMLResponse(self.front_page())


async def body_of(request: Request, refuse: Callable[[str], NoReturn]) -> Json:
    """Return the JSON object in the request; `refuse` is called with the reason when there is none."""
    raw = await request.body()
    try:
        value = json.loads(raw)
    except ValueError:
        refuse("the body is not JSON")
    if not isinstance(value, dict):
        refuse("the body is not a JSON object")
    return value


async def _no_page(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(status_code=404)(scope, receive, send)


async def _nowhere(_message: Message) -> None:
    """Let an answer vanish."""


def _broken(send: Send) -> Send:
    """Send the answer with the right length for a body that lacks its second half."""
    start: list[Message] = []

    async def broken(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.append(message)
            return
        body = message.get("body", b"")
        half = body[: len(body) // 2]
        headers = [(k, v) for k, v in start[0]["headers"] if k != b"content-length"]
        headers.append((b"content-length", str(len(half)).encode()))
        await send({**start[0], "headers": headers})
        await send({"type": "http.response.body", "body": half})

    return broken


async def _hang(receive: Receive) -> None:
    """Wait until the caller gives up."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(gone(), HANG_SECONDS)


async def _cut(send: Send) -> None:
    """
    Close the connection without an answer.

    ASGI has no word for this, so it reaches for the server's own transport: `send` is a method of uvicorn's
    request cycle, which knows it.
    """
    cycle = getattr(send, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is None:
        raise RuntimeError("only uvicorn lets a connection be cut")
    transport.abort()
    while not getattr(cycle, "disconnected", True):
        await asyncio.sleep(0)
