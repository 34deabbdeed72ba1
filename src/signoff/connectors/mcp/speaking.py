"""
Speaking the Model Context Protocol: one question, one answer, in the words of the revision that the server speaks.

Two eras. Since 2026-07-28 each request stands for itself and names its revision (`_meta`, headers). Before, a session
was begun with `initialize`. The first question shows which it is: whoever does not know `server/discover` is of the
older kind. What a server would like to tell or ask by the way (progress, logs, questions to a person) is not heard: we
say that we can do none of it.

From the specification of 2026-07-28 and of 2025-11-25: basic/versioning, basic/transports.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Protocol

from signoff import __version__
from signoff.connectors.mcp.faults import explain, is_answer, misbehaves, result_of
from signoff.connectors.shapes import items, lenient_json, member
from signoff.core.errors import AnswerUnexpected, InputRejected, SignoffError
from signoff.outbound.door import Door
from signoff.outbound.reply import Effect, Reply

MODERN = "2026-07-28"
EARLIER = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
UNSUPPORTED = -32022
MISMATCH = -32020
OF_TODAY = {UNSUPPORTED, MISMATCH, -32021}  # errors that only a server of the newer era knows
MOST_BYTES = 1_000_000
SILENCE_SECONDS = 20.0
NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}

WE_ARE = {"name": "Signoff", "version": __version__}
WE_CAN: dict[str, Any] = {}  # no sampling, no questions to a person, no folders

Message = dict[str, Any]


class Wire(Protocol):
    """A way to a server: over HTTP, or by the pipes of a program."""

    app: str

    def ask(self, message: Message, headers: Mapping[str, str], effect: Effect) -> Message:
        """Return the answer to a request. Raises the error families."""

    def tell(self, message: Message, headers: Mapping[str, str]) -> None:
        """Tell something to which nothing is answered."""

    def close(self) -> None:
        """End what was begun."""


class Speaker:
    """One conversation with a server: `with Speaker(wire) as server: server.ask("tools/list")`."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.server: Mapping[str, Any] = {}  # how it calls itself: name, title, version
        self.can: Mapping[str, Any] = {}
        self.revision = ""
        self._ids = itertools.count(1)

    def __enter__(self) -> Speaker:
        try:
            self._begin()
        except BaseException:
            self.wire.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wire.close()

    def ask(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        effect: Effect = "read",
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Return the result of a request. Raises the error families; after a write `OutcomeUnknown`."""
        answer = self._send(method, params, effect, self.revision, headers)
        return result_of(answer, method, self.wire.app, effect)

    def listed(self, method: str, of: str, most: int) -> list[dict[str, Any]]:
        """Return all pages of a list; what is no object is left out. Raises the error families."""
        found: list[dict[str, Any]] = []
        seen: set[str] = set()
        cursor: str | None = None
        for _ in range(most):  # a server may go on for ever, with pages that hold nothing
            page = self.ask(method, {"cursor": cursor} if cursor else None)
            found += [one for one in items(page.get(of)) if isinstance(one, dict)]
            cursor = page.get("nextCursor")
            if len(found) >= most or not isinstance(cursor, str) or not cursor or cursor in seen:
                break
            seen.add(cursor)
        return found[:most]

    def _begin(self) -> None:
        """Find out which era the server is of, and begin."""
        answer = self._probe()
        result = answer.get("result")
        if isinstance(result, dict) and MODERN in items(result.get("supportedVersions")):
            self.revision = MODERN
            self.server = _server_in(result)
            self.can = _object(result.get("capabilities"))
            return
        error = answer.get("error")
        if member(error, "code") == UNSUPPORTED:
            speaks = [one for one in items(member(error, "data", "supported")) if isinstance(one, str)]
            if not set(speaks) & set(EARLIER):
                raise self._too_new(speaks)
        self._shake_hands()

    def _probe(self) -> Message:
        try:
            return self._send("server/discover", None, "read", MODERN)
        except InputRejected:
            return {}  # an older server may refuse what it does not know in any way it likes

    def _shake_hands(self) -> None:
        params = {"protocolVersion": EARLIER[0], "capabilities": WE_CAN, "clientInfo": WE_ARE}
        result = result_of(self._send("initialize", params, "read", ""), "initialize", self.wire.app, "read")
        revision = result.get("protocolVersion")
        if revision not in EARLIER:
            raise self._too_new([str(revision)[:20]])
        self.revision = revision
        self.server = _object(result.get("serverInfo"))
        self.can = _object(result.get("capabilities"))
        note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        self.wire.tell(note, {"mcp-protocol-version": self.revision})

    def _send(
        self,
        method: str,
        params: Mapping[str, Any] | None,
        effect: Effect,
        revision: str,
        more: Mapping[str, str] | None = None,
    ) -> Message:
        message: Message = {"jsonrpc": "2.0", "id": next(self._ids), "method": method}
        given = dict(params or {})
        headers = {"mcp-protocol-version": revision} if revision else {}
        if revision == MODERN:
            given["_meta"] = {
                **_object(given.get("_meta")),
                "io.modelcontextprotocol/protocolVersion": revision,
                "io.modelcontextprotocol/clientInfo": WE_ARE,
                "io.modelcontextprotocol/clientCapabilities": WE_CAN,
            }
            headers["mcp-method"] = method
            if method in NAMED_BY:
                headers["mcp-name"] = in_header(str(given.get(NAMED_BY[method], "")))
            headers |= more or {}
        if given:
            message["params"] = given
        return self.wire.ask(message, headers, effect)

    def _too_new(self, speaks: list[str]) -> InputRejected:
        return InputRejected(
            f"no common revision: {', '.join(speaks)[:100]}",
            app=self.wire.app,
            owner_message="{app} speaks a revision of MCP that Signoff does not know. Nothing is lost.",
            next_step=f"Signoff speaks {MODERN} and, of the older ones, up to {EARLIER[0]}. Ask whoever runs the "
            "server which it speaks.",
        )


class OverHttp:
    """The way to a server by streamable HTTP, through the door."""

    def __init__(self, door: Door) -> None:
        self.door, self.app = door, door.app
        self._session: dict[str, str] = {}

    def ask(self, message: Message, headers: Mapping[str, str], effect: Effect) -> Message:
        reply = self._post(message, headers, effect)
        session = reply.headers.get("mcp-session-id", "")
        if session and message["method"] == "initialize":
            self._session = {"mcp-session-id": session}
        explain(reply)
        if "text/event-stream" in reply.headers.get("content-type", ""):
            found = next((one for one in events(reply.text()) if _is_for(one, message["id"])), None)
        else:
            read = lenient_json(reply)
            found = read if is_answer(read) and (_is_for(read, message["id"]) or not reply.ok) else None
        if found is None:
            kind = reply.headers.get("content-type", "no content type").split(";")[0][:40]
            detail = (
                f"{message['method']}: {reply.status}, {len(reply.body)} bytes of {kind}, no answer in it"
            )
            raise misbehaves(detail, self.app, "answered with something that is no answer", effect)
        return found

    def tell(self, message: Message, headers: Mapping[str, str]) -> None:
        explain(self._post(message, headers, "read"))

    def close(self) -> None:
        if not self._session:
            return
        try:  # politeness: a server that keeps sessions need not keep this one
            self.door.request("DELETE", "", effect="read", headers=self._session, timeout_seconds=5.0)
        except SignoffError:
            pass
        self._session = {}

    def _post(self, message: Message, headers: Mapping[str, str], effect: Effect) -> Reply:
        names = {"accept": "application/json, text/event-stream", **headers, **self._session}
        try:
            return self.door.post(
                "",
                effect=effect,
                json=message,
                headers=names,
                max_bytes=MOST_BYTES,
                timeout_seconds=SILENCE_SECONDS,
            )
        except AnswerUnexpected as error:
            what = f"answered with more than the {MOST_BYTES // 1_000_000} MB that we take"
            raise misbehaves(str(error), self.app, what, effect) from None


def events(text: str) -> Iterator[Message]:
    """Yield the messages of a stream of server-sent events; what is none is passed over."""
    for block in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        lines = [line[5:].removeprefix(" ") for line in block.split("\n") if line.startswith("data:")]
        if lines:
            try:
                message = json.loads("\n".join(lines))
            except (ValueError, RecursionError):
                continue
            if isinstance(message, dict):
                yield message


def in_header(value: str) -> str:
    """Return a value as a header carries it: as it is, or in base64 where a header could not."""
    plain = all(" " <= one <= "~" for one in value) and value == value.strip()
    if plain and not (value.startswith("=?base64?") and value.endswith("?=")):
        return value
    return f"=?base64?{base64.b64encode(value.encode('utf-8', 'replace')).decode()}?="


def _is_for(message: Message, id: int) -> bool:
    return is_answer(message) and message.get("id") == id


def _server_in(result: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = _object(result.get("_meta"))
    return _object(meta.get("io.modelcontextprotocol/serverInfo") or result.get("serverInfo"))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
