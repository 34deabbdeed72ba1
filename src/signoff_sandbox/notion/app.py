"""
The practice Notion: users/me, databases, data sources, pages, blocks and comments.

From https://developers.notion.com/reference (version 2026-03-11), read in November 2026: time stamps are
rounded down to the minute, a list holds at most 100, comments that were resolved are not listed, a property
can be named by its id, and what is not shared with the integration is a 404.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from signoff_sandbox.desk import Desk, Problem, body_of
from signoff_sandbox.pace import RollingWindow
from signoff_sandbox.page import page, table
from signoff_sandbox.world import World

PRACTICE_KEY = "ntn_practice0123456789abcdefghijklmnopqrstuvwxyz"
SOURCE = "1f0c7a2b-3d4e-4f60-a1b2-c3d4e5f60718"
DATABASE = "2a1d8b3c-4e5f-4071-b2c3-d4e5f6071829"
BOT = "3b2e9c4d-5f60-4182-83d4-e5f60718293a"
PERSON = "4c3fad5e-6071-4293-94e5-f60718293a4b"
VERSIONS = ("2025-09-03", "2026-03-11")
RIGHTS = ("read content", "insert content", "update content", "read comments", "insert comments")
TEXTS = ("title", "rich_text")
STAGES = ({"id": "s1", "name": "New", "color": "blue"}, {"id": "s2", "name": "Won", "color": "green"})
SCHEMA: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "Lead": ("title", "title", {}),
    "Company": ("a%3AbC", "rich_text", {}),
    "E-mail": ("eM%3D1", "email", {}),
    "Phone": ("pH01", "phone_number", {}),
    "Website": ("wEb1", "url", {}),
    "Stage": ("sT%40g", "select", {"options": list(STAGES)}),
    "Budget": ("bU%5Cd", "number", {"format": "euro"}),
    "Newsletter": ("nEw1", "checkbox", {}),
    "Due date": ("dUe1", "date", {}),
    "Owner": ("oWn1", "people", {}),
}


class Notion(Desk):
    name, title = "notion", "Practice Notion"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._fresh(None)

    def routes(self) -> Sequence[BaseRoute]:
        return (
            Route("/v1/users/me", self._me, methods=["GET"]),
            Route("/v1/databases/{id}", self._database, methods=["GET"]),
            Route("/v1/data_sources/{id}", self._source, methods=["GET"]),
            Route("/v1/data_sources/{id}/query", self._query, methods=["POST"]),
            Route("/v1/pages", self._create, methods=["POST"]),
            Route("/v1/pages/{id}", self._page, methods=["GET"]),
            Route("/v1/pages/{id}", self._update, methods=["PATCH"]),
            Route("/v1/blocks/{id}/children", self._children, methods=["GET"]),
            Route("/v1/comments", self._list_comments, methods=["GET"]),
            Route("/v1/comments", self._comment, methods=["POST"]),
        )

    def is_write(self, method: str, path: str) -> bool:
        return method in ("POST", "PATCH") and not path.endswith("/query")

    def control_verbs(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "fresh": self._fresh,
            "add_page": self._somebody_adds,
            "move_to_trash": self._move_to_trash,
            "resolve_comments": self._resolve,
            "capabilities": self._set_capabilities,
            "shared": self._set_shared,
            "requests_per_minute": self._set_pace,
        }

    def books(self, *, summary: bool) -> dict[str, Any]:
        pages = [{**one, "text": self._text_of(one["id"])} for one in self._pages.values()]
        if summary:
            return {"pages": len(pages), "comments": len(self._comments)}
        return {"pages": pages, "comments": self._comments}

    def front_page(self) -> str:
        rows = [(escape(_title(one)), escape(self._text_of(one["id"]))) for one in self._pages.values()]
        rows += [("(comment)", escape(_plain(one["rich_text"]))) for one in self._comments]
        return page(self.title, table(("Page", "Text"), rows, "No pages yet."))

    def vendor_errors(self) -> Mapping[str, Callable[[], Response]]:
        return {
            "bad_request": lambda: _error(400, "validation_error", "body failed validation."),
            "unauthorized": lambda: _error(401, "unauthorized", "API token is invalid."),
            "restricted": lambda: _error(403, "restricted_resource", "Insufficient permissions."),
            "not_found": lambda: _error(404, "object_not_found", "Could not find it."),
            "conflict": lambda: _error(409, "conflict_error", "Conflict occurred while saving."),
            "rate_limited": lambda: _limited(7),
            "http500": lambda: _error(500, "internal_server_error", "Unexpected error occurred."),
            "http502": lambda: _error(502, "bad_gateway", "Bad gateway."),
            "http503": lambda: _error(503, "service_unavailable", "Notion is unavailable."),
            "gateway_timeout": lambda: _error(504, "gateway_timeout", "Notion timed out."),
            "overload": lambda: _error(529, "service_overload", "Too busy.", {"Retry-After": "5"}),
        }

    # What the integration asks

    async def _me(self, request: Request) -> Response:
        self._enter(request)
        bot = {"owner": {"type": "workspace", "workspace": True}, "workspace_name": "Practice Ltd"}
        me = {"object": "user", "id": BOT, "name": "Signoff", "avatar_url": None, "type": "bot", "bot": bot}
        return JSONResponse(me)

    async def _database(self, request: Request) -> Response:
        self._enter(request)
        self._same(request.path_params["id"], DATABASE, "database")
        sources = [{"id": SOURCE, "name": "Leads"}]
        return JSONResponse(
            {"object": "database", "id": DATABASE, "data_sources": sources, "in_trash": False}
        )

    async def _source(self, request: Request) -> Response:
        self._enter(request)
        self._same(request.path_params["id"], SOURCE, "data source")
        properties = {
            name: {"id": id, "name": name, "type": type, type: dict(more)}
            for name, (id, type, more) in SCHEMA.items()
        }
        parent = {"type": "database_id", "database_id": DATABASE}
        return JSONResponse(
            {"object": "data_source", "id": SOURCE, "parent": parent, "properties": properties}
        )

    async def _query(self, request: Request) -> Response:
        self._enter(request)
        asked = await body_of(request, _refuse)
        after = asked.get("filter", {}).get("created_time", {}).get("on_or_after", "")
        if "filter" in asked and asked["filter"].get("timestamp") != "created_time":
            _refuse("body.filter: the practice Notion knows created_time only")
        self._need("read content")
        self._same(request.path_params["id"], SOURCE, "data source")
        trash = asked.get("in_trash", False)
        found = [
            one for one in self._pages.values() if one["in_trash"] is trash and one["created_time"] >= after
        ]
        for sort in reversed(asked.get("sorts", [])):
            found.sort(key=lambda one: one[sort["timestamp"]], reverse=sort["direction"] == "descending")
        return _list(found, asked, "page_or_data_source")

    async def _create(self, request: Request) -> Response:
        self._enter(request)
        asked = await body_of(request, _refuse)
        if not isinstance(asked.get("properties"), dict):
            _refuse("body failed validation: body.properties should be defined, instead was `undefined`.")
        children = asked.get("children", [])
        if len(children) > 100:
            _refuse("body failed validation: body.children.length should be ≤ `100`.")
        blocks = [_block(one) for one in children]
        self._need("insert content")
        self._same(asked["parent"].get("data_source_id") or asked["parent"]["page_id"], SOURCE, "data source")
        return JSONResponse(self._add(asked["properties"], blocks, BOT))

    async def _page(self, request: Request) -> Response:
        self._enter(request)
        self._need("read content")
        return JSONResponse(self._found(request.path_params["id"]))

    async def _update(self, request: Request) -> Response:
        self._enter(request)
        asked = await body_of(request, _refuse)
        self._need("update content")
        one = self._found(request.path_params["id"])
        one["in_trash"] = bool(asked.get("in_trash", one["in_trash"]))
        one["properties"] |= _values(asked.get("properties", {}))
        one["last_edited_time"] = self._minute()
        return JSONResponse(one)

    async def _children(self, request: Request) -> Response:
        self._enter(request)
        self._need("read content")
        one = self._found(request.path_params["id"])
        return _list(self._blocks[one["id"]], request.query_params, "block")

    async def _list_comments(self, request: Request) -> Response:
        self._enter(request)
        self._need("read comments")
        one = self._found(request.query_params["block_id"])
        open_ones = [told for told in self._comments if told["parent"]["page_id"] == one["id"]]
        return _list(
            [told for told in open_ones if told["id"] not in self._resolved], request.query_params, "comment"
        )

    async def _comment(self, request: Request) -> Response:
        self._enter(request)
        asked = await body_of(request, _refuse)
        text = _rich(asked["rich_text"])
        self._need("insert comments")
        one = self._found(asked["parent"]["page_id"])
        comment = {
            "object": "comment",
            "id": str(uuid.uuid4()),
            "parent": {"type": "page_id", "page_id": one["id"]},
            "discussion_id": str(uuid.uuid4()),
            "created_time": self._minute(),
            "created_by": {"object": "user", "id": BOT},
            "rich_text": text,
        }
        self._comments.append(comment)
        return JSONResponse(comment)

    # What happens in Notion itself

    def _fresh(self, _: Any) -> None:
        self._pages: dict[str, dict[str, Any]] = {}
        self._blocks: dict[str, list[dict[str, Any]]] = {}
        self._comments: list[dict[str, Any]] = []
        self._resolved: set[str] = set()
        self._rights = set(RIGHTS)
        self._shared = True
        self._pace = RollingWindow(180, 60)

    def _somebody_adds(self, properties: Any) -> str:
        return str(self._add(properties, [], PERSON)["id"])

    def _move_to_trash(self, id: Any) -> None:
        self._pages[id]["in_trash"] = True

    def _resolve(self, _: Any) -> None:
        self._resolved |= {told["id"] for told in self._comments}

    def _set_capabilities(self, rights: Any) -> None:
        self._rights = set(rights)

    def _set_shared(self, shared: Any) -> None:
        self._shared = bool(shared)

    def _set_pace(self, requests: Any) -> None:
        self._pace = RollingWindow(int(requests), 60)

    def _add(self, properties: Any, blocks: list[dict[str, Any]], by: str) -> dict[str, Any]:
        id, now = str(uuid.uuid4()), self._minute()
        empty = {
            name: _value(name, [] if type in (*TEXTS, "people") else None)
            for name, (_, type, _) in SCHEMA.items()
        }
        self._pages[id] = {
            "object": "page",
            "id": id,
            "created_time": now,
            "last_edited_time": now,
            "created_by": {"object": "user", "id": by},
            "last_edited_by": {"object": "user", "id": by},
            "in_trash": False,
            "parent": {"type": "data_source_id", "data_source_id": SOURCE, "database_id": DATABASE},
            "properties": empty | _values(properties),
            "url": f"https://www.notion.so/{id.replace('-', '')}",
        }
        self._blocks[id] = blocks
        return self._pages[id]

    # What every request goes through

    def _enter(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {PRACTICE_KEY}":
            raise Problem(_error(401, "unauthorized", "API token is invalid."))
        version = request.headers.get("notion-version")
        if version is None:
            raise Problem(_error(400, "missing_version", "Notion-Version header should be defined."))
        if version not in VERSIONS:
            _refuse("Notion-Version header failed validation.")
        now = self.clock.now()
        if not self._pace.take(now):
            raise Problem(_limited(max(1, int(self._pace.free_at(now) - now + 0.999))))

    def _need(self, right: str) -> None:
        if right not in self._rights:
            raise Problem(_error(403, "restricted_resource", "Insufficient permissions for this endpoint."))

    def _same(self, asked: str, id: str, what: str) -> None:
        if _hex(asked) != _hex(id) or not self._shared:
            raise Problem(_error(404, "object_not_found", f"Could not find {what} with ID: {asked}."))

    def _found(self, asked: str) -> dict[str, Any]:
        for one in self._pages.values():
            if _hex(one["id"]) == _hex(asked) and self._shared:
                return one
        raise Problem(_error(404, "object_not_found", f"Could not find page with ID: {asked}."))

    def _minute(self) -> str:
        return f"{datetime.fromtimestamp(self.clock.now(), UTC):%Y-%m-%dT%H:%M:00.000Z}"

    def _text_of(self, id: str) -> str:
        return "\n".join(_plain(block["paragraph"]["rich_text"]) for block in self._blocks[id])


def _values(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return property values as a page tells them; they may be named by their ids."""
    names = {id: name for name, (id, _, _) in SCHEMA.items()} | {name: name for name in SCHEMA}
    values = {}
    for asked, one in properties.items():
        if asked not in names:
            _refuse(f"{asked} is not a property that exists.")
        name = names[asked]
        type = SCHEMA[name][1]
        if type not in one:
            _refuse(f"{asked} is expected to be {type}.")
        values[name] = _value(name, _rich(one[type]) if type in TEXTS else one[type])
    return values


def _value(name: str, value: Any) -> dict[str, Any]:
    id, type, _ = SCHEMA[name]
    return {"id": id, "type": type, type: False if type == "checkbox" and value is None else value}


def _rich(parts: list[Any]) -> list[dict[str, Any]]:
    """Return rich text as Notion tells it; at most 100 parts of 2000 UTF-16 units."""
    if len(parts) > 100:
        _refuse("body failed validation: rich_text.length should be ≤ `100`.")
    told = []
    for part in parts:
        content = part["text"]["content"]
        if len(content.encode("utf-16-le")) // 2 > 2000:
            _refuse("body failed validation: text.content.length should be ≤ `2000`.")
        text = {"content": content, "link": None}
        told.append({"type": "text", "text": text, "plain_text": content, "href": None})
    return told


def _block(asked: Mapping[str, Any]) -> dict[str, Any]:
    rich = {"rich_text": _rich(asked["paragraph"]["rich_text"]), "color": "default"}
    return {
        "object": "block",
        "id": str(uuid.uuid4()),
        "type": "paragraph",
        "has_children": False,
        "paragraph": rich,
    }


def _list(found: list[dict[str, Any]], asked: Mapping[str, Any], type: str) -> Response:
    size = int(asked.get("page_size", 100))
    if not 1 <= size <= 100:
        _refuse("page_size should be from 1 to 100.")
    start = 0
    if asked.get("start_cursor"):
        ids = [one["id"] for one in found]
        if asked["start_cursor"] not in ids:
            _refuse("The start_cursor provided is invalid.")
        start = ids.index(asked["start_cursor"])
    following = found[start + size]["id"] if len(found) > start + size else None
    results = found[start : start + size]
    told = {"object": "list", "results": results, "next_cursor": following, "has_more": following is not None}
    return JSONResponse(told | {"type": type, type: {}})


def _title(one: Mapping[str, Any]) -> str:
    return _plain(one["properties"]["Lead"]["title"])


def _plain(rich: list[dict[str, Any]]) -> str:
    return "".join(part["plain_text"] for part in rich)


def _hex(id: str) -> str:
    plain = id.replace("-", "").lower()
    if not re.fullmatch("[0-9a-f]{32}", plain):
        _refuse("path failed validation: the id should be a valid uuid.")
    return plain


def _refuse(why: str) -> Any:
    raise Problem(_error(400, "validation_error", why))


def _limited(seconds: int) -> Response:
    return _error(429, "rate_limited", "You have been rate limited.", {"Retry-After": str(seconds)})


def _error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    told = {
        "object": "error",
        "status": status,
        "code": code,
        "message": message,
        "request_id": str(uuid.uuid4()),
    }
    return JSONResponse(told, status_code=status, headers=dict(headers or {}))
