"""
The practice Mattermost: API v4 of one server, as far as bots read and write posts.

From Mattermost's API v4 reference and the public source of its server, November 2026. Awkward as there: a channel that
nobody has is refused like one that is not ours (403), `since` knows edited and deleted posts too and leaves out any
beyond a thousand, pages are cut to 200 without a word, one `pending_post_id` makes one post within 30 seconds, and what
is too much is told in plain text without `Retry-After`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Never

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from signoff_sandbox.desk import Desk, Problem, body_of
from signoff_sandbox.pace import Bucket
from signoff_sandbox.page import page, table
from signoff_sandbox.world import World

PRACTICE_KEY = "9xuqwrwgstrb3mzrxb83nb357a"
ORDERS = "4xp9fdt77pncbef59f4k1qe83o"
OFFERS = "tpncbef59f4k1qe83o4xp9fdt7"
BOT = "b1qe83o4xp9fdt77pncbef59f4"
ADA = "a59f4k1qe83o4xp9fdt77pncbe"
MOST_SINCE, MOST_PAGE, USUAL_PAGE = 1000, 200, 60
MOST_TEXT = 16383
DEDUPE_SECONDS = 30
ROLES = {
    "system_user": ["create_direct_channel", "list_public_teams"],
    "system_post_all": ["create_post"],
    "channel_user": ["read_channel", "read_channel_content", "create_post", "add_reaction"],
}

Json = dict[str, Any]


class Mattermost(Desk):
    name, title = "mattermost", "Practice Mattermost"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._fresh(True)

    def _fresh(self, on: Any) -> None:
        self._posts: list[Json] = []
        self._sent: list[Json] = []
        self._pending: dict[str, tuple[float, Json]] = {}
        self._roles = {name: list(permissions) for name, permissions in ROLES.items()}
        self._joined = {ORDERS, OFFERS}
        self._archived: set[str] = set()
        self._revoked = False
        self._per_second: int | None = None
        self._bucket = Bucket(1, 1, self.clock.now())

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/api/v4/users/me", self._me),
            Route("/api/v4/roles/names", self._roles_by_name, methods=["POST"]),
            Route("/api/v4/channels/{channel}/members/{user}", self._member),
            Route("/api/v4/channels/{channel}/posts", self._list),
            Route("/api/v4/posts", self._create, methods=["POST"]),
            Route("/api/v4/posts/{post}", self._post),
        ]

    def is_write(self, method: str, path: str) -> bool:
        return method == "POST" and path == "/api/v4/posts"

    def control_verbs(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "post": self._somebody_posts,
            "edit": self._somebody_edits,
            "delete": self._somebody_deletes,
            "joined": self._set_joined,
            "archived": self._set_archived,
            "may_post": self._set_may_post,
            "revoked": self._set_revoked,
            "requests_per_second": self._set_pace,
            "fresh": self._fresh,
        }

    def books(self, *, summary: bool) -> dict[str, Any]:
        return {"sent": len(self._sent) if summary else self._sent}

    def front_page(self) -> str:
        rows = [[escape(post["message"]), escape(post["user_id"])] for post in reversed(self._posts)]
        return page(self.title, table(["Message", "By"], rows, "Nobody has written anything."))

    def vendor_errors(self) -> Mapping[str, Callable[[], Response]]:
        return {
            "bad_request": lambda: _error(400, "api.context.invalid_body_param.app_error"),
            "unauthorized": lambda: _error(401, "api.context.session_expired.app_error"),
            "forbidden": lambda: _error(403, "api.context.permissions.app_error"),
            "not_found": lambda: _error(404, "app.post.get.app_error"),
            "too_large": lambda: _error(413, "api.context.request_body_too_large.app_error"),
            "rate_limited": _too_many,
            "http500": lambda: _error(500, "app.post.save.app_error"),
            "http502": lambda: PlainTextResponse("Bad Gateway", 502),
            "http503": lambda: PlainTextResponse("Service Unavailable", 503),
        }

    async def _me(self, request: Request) -> Response:
        self._let_in(request)
        return JSONResponse(
            {"id": BOT, "username": "signoff", "roles": "system_user", "is_bot": True, "delete_at": 0}
        )

    async def _roles_by_name(self, request: Request) -> Response:
        self._let_in(request)
        names = await request.json()
        if not isinstance(names, list) or not names:
            raise Problem(_error(400, "api.context.invalid_body_param.app_error"))
        known = [name for name in names if name in self._roles]
        return JSONResponse([{"id": name, "name": name, "permissions": self._roles[name]} for name in known])

    async def _member(self, request: Request) -> Response:
        self._let_in(request)
        channel = self._channel(request)
        if request.path_params["user"] not in ("me", BOT):
            raise Problem(_error(404, "app.channel.get_member.missing.app_error"))
        return JSONResponse({"channel_id": channel, "user_id": BOT, "roles": "channel_user"})

    async def _list(self, request: Request) -> Response:
        self._let_in(request)
        channel, asked = self._channel(request), request.query_params
        since, before, after = (asked.get(name) for name in ("since", "before", "after"))
        if sum(one is not None for one in (since, before, after)) > 1:
            raise Problem(_error(400, "api.context.invalid_url_param.app_error"))
        own = sorted(
            (one for one in self._posts if one["channel_id"] == channel), key=lambda one: one["create_at"]
        )
        own.reverse()
        if since is not None and _number(since):
            found = [post for post in own if post["update_at"] > _number(since)]
            return _listed(found[-MOST_SINCE:])  # the server says not which of them it leaves out
        there = [post for post in own if not post["delete_at"]]
        if mark := before or after:
            stamp = next((post["create_at"] for post in own if post["id"] == mark), None)
            if stamp is None:
                raise Problem(_error(400, "app.post.get_posts_around.get.app_error"))
            there = [
                one for one in there if (one["create_at"] < stamp if before else one["create_at"] > stamp)
            ]
        size = min(_number(asked.get("per_page", str(USUAL_PAGE))), MOST_PAGE)
        begin = _number(asked.get("page", "0")) * size
        if after:  # the nearest page, told the newest first all the same
            return _listed(there[::-1][begin : begin + size][::-1])
        return _listed(there[begin : begin + size])

    async def _post(self, request: Request) -> Response:
        self._let_in(request)
        post = self._find(request.path_params["post"])
        if post is None or post["delete_at"]:
            raise Problem(_error(404, "app.post.get.app_error"))
        if post["channel_id"] not in self._joined:
            raise Problem(_error(403, "api.context.permissions.app_error"))
        return JSONResponse(post)

    async def _create(self, request: Request) -> Response:
        self._let_in(request)
        asked = await body_of(request, _refuse)
        channel, text, root = asked["channel_id"], asked["message"], asked.get("root_id") or ""
        if channel not in self._joined or "create_post" not in self._roles["channel_user"]:
            raise Problem(_error(403, "api.context.permissions.app_error"))
        if channel in self._archived:
            raise Problem(_error(400, "api.post.create_post.can_not_post_to_deleted.error"))
        pending = asked.get("pending_post_id") or ""
        at, earlier = self._pending.get(pending, (0.0, None))
        if earlier and self.clock.now() - at < DEDUPE_SECONDS:
            return JSONResponse(earlier, 201)
        if len(text) > MOST_TEXT:
            raise Problem(_error(400, "model.post.is_valid.message_length.app_error"))
        if root:
            thread = self._find(root)
            if thread is None or thread["delete_at"] or thread["root_id"]:
                raise Problem(_error(400, "api.post.create_post.root_id.app_error"))
            if thread["channel_id"] != channel:
                raise Problem(_error(400, "api.post.create_post.channel_root_id.app_error"))
        props = {**(asked.get("props") or {}), "from_bot": "true"}
        post = self._add(channel, BOT, text, root, "", props)
        self._sent.append(post)
        if pending:
            self._pending[pending] = (self.clock.now(), post)
        return JSONResponse({**post, "pending_post_id": pending}, 201)

    def _let_in(self, request: Request) -> None:
        if self._per_second is not None:
            now = self.clock.now()
            if self._bucket.wait_seconds(1, now) > 0:
                raise Problem(_too_many())
            self._bucket.take(1)
        if self._revoked or request.headers.get("authorization") != f"Bearer {PRACTICE_KEY}":
            raise Problem(_error(401, "api.context.session_expired.app_error"))

    def _channel(self, request: Request) -> str:
        channel = str(request.path_params["channel"])
        if len(channel) != 26 or not channel.isalnum():
            raise Problem(_error(400, "api.context.invalid_url_param.app_error"))
        if channel not in self._joined:
            raise Problem(_error(403, "api.context.permissions.app_error"))
        return channel

    def _find(self, id: str) -> Json | None:
        return next((post for post in self._posts if post["id"] == id), None)

    def _add(self, channel: str, user: str, text: str, root: str, kind: str, props: Json) -> Json:
        now = self._now()
        post = {
            "id": secrets.token_hex(13),
            "create_at": now,
            "update_at": now,
            "edit_at": 0,
            "delete_at": 0,
            "user_id": user,
            "channel_id": channel,
            "root_id": root,
            "message": text,
            "type": kind,
            "props": props,
            "pending_post_id": "",
        }
        self._posts.append(post)
        return post

    def _now(self) -> int:
        """Return this moment in milliseconds, and never one twice."""
        last: int = self._posts[-1]["create_at"] if self._posts else 0
        return max(int(self.clock.now() * 1000), last + 1)

    def _somebody_posts(self, told: Json) -> str:
        id = ""
        for _ in range(told.get("times", 1)):
            channel, user = told.get("channel", ORDERS), told.get("user", ADA)
            props, kind = told.get("props", {}), told.get("type", "")
            id = self._add(channel, user, told["message"], told.get("thread", ""), kind, props)["id"]
        return id

    def _somebody_edits(self, told: Json) -> None:
        if post := self._find(told["id"]):
            post |= {"message": told["message"], "edit_at": self._now(), "update_at": self._now()}

    def _somebody_deletes(self, id: str) -> None:
        if post := self._find(id):
            post |= {"delete_at": self._now(), "update_at": self._now()}

    def _set_joined(self, channels: list[str]) -> None:
        self._joined = set(channels)

    def _set_archived(self, channels: list[str]) -> None:
        self._archived = set(channels)

    def _set_may_post(self, on: bool) -> None:
        self._roles["channel_user"] = [one for one in ROLES["channel_user"] if on or one != "create_post"]

    def _set_revoked(self, on: bool) -> None:
        self._revoked = on

    def _set_pace(self, number: int | None) -> None:
        self._per_second = number
        self._bucket = Bucket(number or 1, number or 1, self.clock.now())


def _listed(posts: Sequence[Json]) -> Response:
    ids = [post["id"] for post in posts]
    told = {
        "order": ids,
        "posts": {post["id"]: post for post in posts},
        "next_post_id": "",
        "prev_post_id": "",
    }
    return JSONResponse(told)


def _number(text: str) -> int:
    if not text.isdigit():
        raise Problem(_error(400, "api.context.invalid_url_param.app_error"))
    return int(text)


def _error(status: int, id: str) -> Response:
    told = {
        "id": id,
        "message": "Something went wrong.",
        "detailed_error": "",
        "request_id": secrets.token_hex(13),
    }
    return JSONResponse({**told, "status_code": status}, status)


def _too_many() -> Response:
    headers = {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}
    return PlainTextResponse("limit exceeded", 429, headers)


def _refuse(why: str) -> Never:
    raise Problem(_error(400, "api.context.invalid_body_param.app_error"))
