"""The practice Slack as an app: its methods, and an incoming webhook."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from signoff_sandbox.desk import Desk, ErrorMaker, Json, Verb
from signoff_sandbox.slack import blocks, errors
from signoff_sandbox.slack.books import Books
from signoff_sandbox.slack.control import Control
from signoff_sandbox.slack.workspace import (
    BOT,
    LONGEST_TEXT,
    PERSON,
    Channel,
    Token,
    Workspace,
    notifies,
)
from signoff_sandbox.world import World

HOOK = "/services/T0PRACTICE/B0SIGNOFF/practice000000000000000"
READS = ("auth.test", "api.test", "conversations.list", "conversations.info", "conversations.history",
         "conversations.replies")  # fmt: skip
Method = Callable[[Json, Token], Json]


class Slack(Desk):
    name = "slack"
    title = "Practice Slack"

    def __init__(self, world: World) -> None:
        self.workspace = Workspace(world.clock)
        self._books = Books(self.workspace)
        self._control = Control(self.workspace, world.clock)
        self.methods: dict[str, Method] = {
            "api.test": lambda asked, token: {"args": asked},
            "auth.test": self._who,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.list": self._list,
            "conversations.info": self._info,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.join": self._join,
        }
        super().__init__(world)

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/api/{method}", self._call, methods=["GET", "POST"]),
            Route(HOOK, self._hook, methods=["POST"]),
        ]

    async def _call(self, request: Request) -> Response:
        asked, sent = await _arguments(request)
        name = request.path_params["method"]
        token = self.workspace.token(sent) if name != "api.test" else Token()
        method = self.methods.get(name)
        if method is None:
            raise errors.refuse("unknown_method", req_method=name)
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        answer = JSONResponse({"ok": True, **method(asked, token)})
        answer.headers["x-oauth-scopes"] = ",".join(token.scopes)
        return answer

    # Methods

    def _who(self, asked: Json, token: Token) -> Json:
        team = self.workspace.team
        who = (
            {"user": BOT["user"], "user_id": BOT["user_id"], "bot_id": BOT["bot_id"]}
            if token.is_bot
            else PERSON
        )
        return {
            "url": team["url"],
            "team": team["name"],
            "team_id": team["id"],
            **who,
            "is_enterprise_install": False,
        }

    def _post(self, asked: Json, token: Token) -> Json:
        _need(token, "chat:write")
        channel = self.workspace.find(str(asked.get("channel") or ""), by_name=True)
        self._refuse_where_not_allowed(channel, token)
        message = self._message(asked, channel)
        self.workspace.take_a_turn(channel)
        posted = self.workspace.post(channel, message)
        return {"channel": channel.id, "ts": posted["ts"], "message": _as_told(posted, metadata=True)}

    def _update(self, asked: Json, token: Token) -> Json:
        _need(token, "chat:write")
        channel = self.workspace.find(str(asked.get("channel") or ""))
        found = next((m for m in channel.messages if m["ts"] == str(asked.get("ts"))), None)
        if found is None:
            raise errors.refuse("message_not_found")
        found.update(self._message({"metadata": found.get("metadata"), **asked}, channel))
        return {"channel": channel.id, "ts": found["ts"], "text": found["text"]}

    def _message(self, asked: Json, channel: Channel) -> Json:
        text, given = str(asked.get("text") or ""), _decoded(asked.get("blocks"))
        checked = blocks.check(given) if given else []
        if not text and not checked:
            raise errors.refuse("no_text")
        if len(text) > LONGEST_TEXT:
            raise errors.refuse("msg_too_long")
        thread = asked.get("thread_ts")
        if thread and not any(m["ts"] == thread for m in channel.messages):
            raise errors.refuse("thread_not_found")
        metadata = _decoded(asked.get("metadata"))
        if metadata and not (
            isinstance(metadata, dict)
            and isinstance(metadata.get("event_type"), str)
            and isinstance(metadata.get("event_payload"), dict)
        ):
            raise errors.refuse("invalid_metadata_format")
        return {
            "text": text,
            "blocks": checked,
            "notifies": notifies(asked, checked),
            **({"thread_ts": thread} if thread else {}),
            **({"metadata": metadata} if metadata else {}),
        }

    def _refuse_where_not_allowed(self, channel: Channel, token: Token) -> None:
        if channel.is_archived:
            raise errors.refuse("is_archived")
        if channel.reads_only:
            raise errors.refuse("restricted_action_read_only_channel")
        if not channel.is_member and "chat:write.public" not in token.scopes:
            raise errors.refuse("not_in_channel")

    def _list(self, asked: Json, token: Token) -> Json:
        kinds = str(asked.get("types") or "public_channel").replace(" ", "").split(",")
        for kind, scope in (("public_channel", "channels:read"), ("private_channel", "groups:read")):
            if kind in kinds:
                _need(token, scope)
        found = [
            one.told()
            for one in self.workspace.visible()
            if not one.id.startswith("D")
            and ("private_channel" if one.is_private else "public_channel") in kinds
            and not (one.is_archived and _is_true(asked.get("exclude_archived")))
        ]
        chosen, cursor = _page(found, asked, 100)
        return {"channels": chosen, "response_metadata": {"next_cursor": cursor}}

    def _info(self, asked: Json, token: Token) -> Json:
        channel = self.workspace.find(str(asked.get("channel") or ""))
        _need(token, "groups:read" if channel.is_private else "channels:read")
        return {"channel": channel.told()}

    def _history(self, asked: Json, token: Token) -> Json:
        channel = self._readable(asked, token)
        top = [m for m in channel.messages if m.get("thread_ts", m["ts"]) == m["ts"]]
        return self._told(sorted(top, key=_moment, reverse=True), asked, 100)

    def _replies(self, asked: Json, token: Token) -> Json:
        channel = self._readable(asked, token)
        thread = str(asked.get("ts") or "")
        found = [m for m in channel.messages if thread in (m["ts"], m.get("thread_ts"))]
        if not found:
            raise errors.refuse("thread_not_found")
        return self._told(sorted(found, key=_moment), asked, 1000)

    def _join(self, asked: Json, token: Token) -> Json:
        _need(token, "channels:join")
        channel = self.workspace.find(str(asked.get("channel") or ""))
        channel.is_member = True
        return {"channel": channel.told()}

    def _readable(self, asked: Json, token: Token) -> Channel:
        channel = self.workspace.find(str(asked.get("channel") or ""))
        if not channel.id.startswith("D"):
            _need(token, "groups:history" if channel.is_private else "channels:history")
        if not channel.is_member:
            raise errors.refuse("not_in_channel")
        return channel

    def _told(self, messages: list[Json], asked: Json, usual: int) -> Json:
        oldest, latest = float(asked.get("oldest") or 0), float(asked.get("latest") or "inf")
        inside = [
            m
            for m in messages
            if oldest < _moment(m) < latest
            or (_is_true(asked.get("inclusive")) and _moment(m) in (oldest, latest))
        ]
        chosen, cursor = _page(inside, asked, usual)
        metadata = _is_true(asked.get("include_all_metadata"))
        return {
            "messages": [_as_told(one, metadata=metadata) for one in chosen],
            "has_more": bool(cursor),
            "response_metadata": {"next_cursor": cursor},
        }

    # Incoming webhook

    async def _hook(self, request: Request) -> Response:
        try:
            asked = json.loads(await request.body())
        except ValueError:
            raise errors.plain(400, "invalid_payload") from None
        if not isinstance(asked, dict):
            raise errors.plain(400, "invalid_payload")
        if not asked.get("text") and not asked.get("blocks"):
            raise errors.plain(400, "no_text")
        channel = self.workspace.find("C0GENERAL")
        if channel.is_archived:
            raise errors.plain(410, "channel_is_archived")
        self.workspace.take_a_turn(channel)
        self.workspace.post(channel, self._message(asked, channel))
        return PlainTextResponse("ok")

    # What is told about it

    def vendor_errors(self) -> Mapping[str, ErrorMaker]:
        return errors.BY_FAULT

    def is_write(self, method: str, path: str) -> bool:
        return path.removeprefix("/api/") not in READS

    async def no_such_path(self, scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("no_service", status_code=404)(scope, receive, send)

    def control_verbs(self) -> dict[str, Verb]:
        return self._control.verbs()

    def books(self, *, summary: bool) -> Json:
        return self._books.summary() if summary else self._books.whole()

    def front_page(self) -> str:
        return self._books.front_page(self.title)


async def _arguments(request: Request) -> tuple[Json, str]:
    """Return a call's arguments, from wherever Slack takes them, and its token."""
    asked: Json = dict(request.query_params)
    raw = await request.body()
    if request.headers.get("content-type", "").startswith("application/json") and raw:
        try:
            sent = json.loads(raw)
        except ValueError:
            raise errors.refuse("invalid_json") from None
        if not isinstance(sent, dict):
            raise errors.refuse("json_not_object")
        asked.update(sent)
    elif raw:
        asked.update({name: str(value) for name, value in (await request.form()).items()})
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else ""
    in_body = str(asked.pop("token", "") or "")
    return asked, token or in_body


def _need(token: Token, scope: str) -> None:
    if scope not in token.scopes:
        raise errors.missing_scope(scope, list(token.scopes))


def _page(found: list[Json], asked: Json, usual: int) -> tuple[list[Json], str]:
    """Return a page and the cursor of the next one, "" at the end."""
    size = max(1, min(1000, int(asked.get("limit") or usual)))
    start = int(str(asked.get("cursor") or "0"))
    return found[start : start + size], str(start + size) if start + size < len(found) else ""


def _as_told(message: Json, *, metadata: bool) -> Json:
    """Return a message as Slack tells it; of metadata only its type, unless all of it is asked for."""
    told = {name: value for name, value in message.items() if name != "notifies"}
    if "metadata" in told and not metadata:
        told["metadata"] = {"event_type": told["metadata"]["event_type"]}
    return told


def _decoded(value: Any) -> Any:
    """Return a structure that may have come as JSON inside a form's field."""
    if isinstance(value, str) and value:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _is_true(value: Any) -> bool:
    return value in (True, 1, "true", "1")


def _moment(message: Json) -> float:
    return float(message["ts"])
