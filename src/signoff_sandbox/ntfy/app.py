"""
A practice ntfy server.

Source: https://docs.ntfy.sh/publish/, https://docs.ntfy.sh/subscribe/api/, https://docs.ntfy.sh/config/ and the table
of errors in the server's source (server/errors.go), as of November 2026.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from signoff_sandbox.desk import Desk, Problem, body_of
from signoff_sandbox.pace import Bucket
from signoff_sandbox.page import page, table
from signoff_sandbox.world import World

PRACTICE_KEY = "tk_practice0000signoff0000ntfy00"
TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
MESSAGE_BYTES = 4096
BURST, REQUESTS_PER_SECOND = 60, 1 / 5
FAILURES, FAILURES_PER_SECOND = 30, 1 / 60
KEPT_SECONDS = 12 * 3600
DAY = 86_400
PRIORITIES = {"min": 1, "low": 2, "default": 3, "high": 4, "urgent": 5, "max": 5}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": DAY}
WORDS = {
    40000: "invalid request",
    40004: "invalid delay parameter: unable to parse delay",
    40005: "invalid delay parameter: too small, please refer to the docs",
    40007: "invalid priority parameter",
    40008: "invalid since parameter",
    40009: "invalid request: topic invalid",
    40017: "invalid request: request body must be message JSON",
    40024: "invalid request: request body must be valid JSON",
    40101: "unauthorized",
    40301: "forbidden",
    40401: "page not found",
    41303: "JSON body too large",
    42901: "limit reached: too many requests",
    42908: "limit reached: daily message quota reached",
    42909: "limit reached: too many auth failures",
    50001: "internal server error",
}


class Ntfy(Desk):
    """One account with one access token, and topics that anybody may use unless they are closed."""

    name, title = "ntfy", "Practice ntfy"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._start()

    def _start(self) -> None:
        self._messages: list[dict[str, Any]] = []
        now = self.clock.now()
        self._requests = Bucket(BURST, REQUESTS_PER_SECOND, now)
        self._failures = Bucket(FAILURES, FAILURES_PER_SECOND, now)
        self._revoked = False
        self._unreadable: set[str] = set()
        self._unwritable: set[str] = set()
        self._kept_seconds = KEPT_SECONDS
        self._daily_messages = 250
        self._sent_on: dict[int, int] = {}

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/", self._publish_json, methods=["POST", "PUT"]),
            Route("/v1/account", self._account),
            Route("/{topic}/json", self._poll),
            Route("/{topic}/auth", self._may_read),
            Route("/{topic}", self._publish, methods=["POST", "PUT"]),
        ]

    def control_verbs(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "fresh": lambda _: self._start(),
            "message": self._message_of_a_person,
            "unreadable": lambda topics: self._set("_unreadable", set(topics)),
            "unwritable": lambda topics: self._set("_unwritable", set(topics)),
            "revoked": lambda value: self._set("_revoked", bool(value)),
            "kept_seconds": lambda value: self._set("_kept_seconds", int(value)),
            "daily_messages": lambda value: self._set("_daily_messages", int(value)),
        }

    def _set(self, name: str, value: object) -> None:
        setattr(self, name, value)

    def _message_of_a_person(self, told: dict[str, Any]) -> str:
        return str(self._keep(told["topic"], told["message"], told)["id"])

    def books(self, *, summary: bool) -> dict[str, Any]:
        return {"messages": len(self._messages) if summary else [dict(one) for one in self._messages]}

    def front_page(self) -> str:
        rows = [
            [escape(str(one.get(name, ""))) for name in ("topic", "title", "message", "click")]
            for one in reversed(self._messages)
        ]
        return page(self.title, table(["Topic", "Title", "Message", "Link"], rows, "No message yet."))

    def vendor_errors(self) -> Mapping[str, Callable[[], Response]]:
        return {
            "bad_request": lambda: _error(40000),
            "unauthorized": lambda: _error(40101),
            "forbidden": lambda: _error(40301),
            "not_found": lambda: _error(40401),
            "too_large": lambda: _error(41303),
            "rate_limited": lambda: _error(42901),
            "daily_limit": lambda: _error(42908),
            "auth_failures": lambda: _error(42909),
            "http500": lambda: _error(50001),
            "http502": lambda: HTMLResponse("<h1>502 Bad Gateway</h1>", 502),
            "http503": lambda: HTMLResponse("<h1>503 Service Temporarily Unavailable</h1>", 503),
        }

    # The handlers.

    async def _publish_json(self, request: Request) -> Response:
        self._let_in(request)
        asked = await body_of(request, _refuse)
        if len(await request.body()) > 2 * MESSAGE_BYTES:
            raise Problem(_error(41303))
        topic = str(asked.get("topic", ""))
        if not TOPIC.fullmatch(topic):
            raise Problem(_error(40009))
        return self._take(topic, str(asked.get("message") or "triggered"), asked)

    async def _publish(self, request: Request) -> Response:
        self._let_in(request)
        topic = str(request.path_params["topic"])
        if not TOPIC.fullmatch(topic):
            raise Problem(_error(40401))
        told: dict[str, Any] = {
            name: _header(request, name) for name in ("title", "priority", "tags", "click", "delay")
        }
        told["tags"] = [tag.strip() for tag in str(told["tags"] or "").split(",") if tag.strip()]
        message = (await request.body()).decode(errors="replace")
        return self._take(topic, message or "triggered", told)

    async def _account(self, request: Request) -> Response:
        signed_in = self._let_in(request)
        sent = self._sent_on.get(int(self.clock.now()) // DAY, 0)
        nothing = dict.fromkeys(("emails", "calls", "reservations", "attachment_total_size"), 0)
        account: dict[str, Any] = {
            "username": "signoff-practice" if signed_in else "*",
            "role": "user" if signed_in else "anonymous",
            "limits": nothing
            | dict.fromkeys(("attachment_file_size", "attachment_expiry_duration", "attachment_bandwidth"), 0)
            | {
                "basis": "ip",
                "messages": self._daily_messages,
                "messages_expiry_duration": self._kept_seconds,
            },
            "stats": nothing
            | {f"{name}_remaining": 0 for name in nothing}
            | {"messages": sent, "messages_remaining": max(0, self._daily_messages - sent)},
        }
        return JSONResponse(account)

    async def _may_read(self, request: Request) -> Response:
        self._let_in(request)
        self._topics(request)
        return JSONResponse({"success": True})

    async def _poll(self, request: Request) -> Response:
        self._let_in(request)
        topics = self._topics(request)
        asked = request.query_params
        if asked.get("poll") not in ("1", "yes", "true"):
            raise Problem(_error(40000))  # the practice app keeps no connection open
        found = [one for one in self._kept() if one["topic"] in topics]
        if asked.get("scheduled") not in ("1", "yes", "true", "True"):
            found = [one for one in found if one["time"] <= self.clock.now()]
        found = self._since(asked.get("since", "all"), sorted(found, key=lambda one: int(one["time"])))
        lines = (json.dumps(one) + "\n" for one in found if _passes(one, asked))
        return PlainTextResponse("".join(lines), media_type="application/x-ndjson")

    # What the handlers share.

    def _let_in(self, request: Request) -> bool:
        """Count the call, and say whether it is signed in; a visitor without a key is let in as well."""
        now = self.clock.now()
        if self._requests.wait_seconds(1, now):
            raise Problem(_error(42901))
        self._requests.take(1)
        if self._failures.wait_seconds(1, now):
            raise Problem(_error(42909))
        given = request.headers.get("authorization")
        if given is None:
            return False
        if given not in (f"Bearer {PRACTICE_KEY}", _basic(PRACTICE_KEY)) or self._revoked:
            self._failures.take(1)
            raise Problem(_error(40101))
        return True

    def _topics(self, request: Request) -> list[str]:
        topics = str(request.path_params["topic"]).split(",")
        if not all(TOPIC.fullmatch(topic) for topic in topics):
            raise Problem(_error(40401))
        if self._unreadable.intersection(topics):
            raise Problem(_error(40301))
        return topics

    def _take(self, topic: str, message: str, told: Mapping[str, Any]) -> Response:
        if topic in self._unwritable:
            raise Problem(_error(40301))
        day = int(self.clock.now()) // DAY
        if self._sent_on.get(day, 0) >= self._daily_messages:
            raise Problem(_error(42908))
        kept = self._keep(topic, message, told)
        self._sent_on[day] = self._sent_on.get(day, 0) + 1
        return JSONResponse(kept)

    def _keep(self, topic: str, message: str, told: Mapping[str, Any]) -> dict[str, Any]:
        now = int(self.clock.now())
        time = now + _delay(told.get("delay"), now)
        kept: dict[str, Any] = {"id": secrets.token_hex(6), "time": time, "event": "message", "topic": topic}
        kept |= {"expires": time + self._kept_seconds, "message": message}
        if len(message.encode()) > MESSAGE_BYTES:  # a longer one becomes a file
            size = len(message.encode())
            kept["message"] = "You received a file: attachment.txt"
            kept["attachment"] = {"name": "attachment.txt", "type": "text/plain; charset=utf-8", "size": size}
            kept["attachment"]["url"] = f"https://ntfy.sh/file/{kept['id']}.txt"
        if priority := _priority(told.get("priority")):
            kept["priority"] = priority
        kept |= {name: told[name] for name in ("title", "tags", "click") if told.get(name)}
        self._messages.append(kept)
        return kept

    def _kept(self) -> Iterator[dict[str, Any]]:
        return (one for one in self._messages if self.clock.now() < one["time"] + self._kept_seconds)

    def _since(self, since: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if since == "all":
            return found
        if since == "none":
            return []
        if since == "latest":
            return found[-1:]
        if re.fullmatch(r"[A-Za-z0-9]{12}", since):
            order = {one["id"]: place for place, one in enumerate(self._messages)}
            after = order.get(since, -1)  # all of them, where the one that is named is gone
            return [one for one in found if order[one["id"]] > after]
        if re.fullmatch(r"\d+", since):
            return [one for one in found if one["time"] >= int(since)]
        if length := _duration(since):
            return [one for one in found if one["time"] >= int(self.clock.now()) - length]
        raise Problem(_error(40008))


def _error(code: int) -> JSONResponse:
    status = code // 100
    return JSONResponse({"code": code, "http": status, "error": WORDS[code]}, status)


def _refuse(why: str) -> NoReturn:
    raise Problem(_error(40024))


def _basic(key: str) -> str:
    """A token is taken as the password of nobody as well."""
    return "Basic " + base64.b64encode(f":{key}".encode()).decode()


def _header(request: Request, name: str) -> str | None:
    return request.headers.get(f"x-{name}") or request.headers.get(name)


def _priority(told: Any) -> int:
    if told in (None, "", 0):
        return 0
    number = PRIORITIES.get(str(told).lower()) or (int(told) if str(told).isdigit() else 0)
    if not 1 <= number <= 5:
        raise Problem(_error(40007))
    return number


def _duration(told: str) -> int:
    found = re.fullmatch(r"(\d+)([smhd])", told)
    return int(found[1]) * UNITS[found[2]] if found else 0


def _delay(told: Any, now: int) -> int:
    if not told:
        return 0
    seconds = int(told) - now if str(told).isdigit() else _duration(str(told))
    if not seconds:
        raise Problem(_error(40004))
    if seconds < 10:
        raise Problem(_error(40005))
    return seconds


def _passes(one: Mapping[str, Any], asked: Mapping[str, str]) -> bool:
    if any(asked.get(name) and one.get(name) != asked[name] for name in ("id", "message", "title")):
        return False
    wanted = [_priority(part) for part in asked.get("priority", "").split(",") if part]
    if wanted and one.get("priority", 3) not in wanted:
        return False
    return {tag for tag in asked.get("tags", "").split(",") if tag} <= set(one.get("tags", ()))
