"""
The practice server of one document.

A list is kept for each path that lists; what is posted to the path of a list is added to it. What is put, patched or
posted to a path that ends in an id changes the record with that id, wherever it is kept. The sign-in is enforced as the
document says, bodies are held to their schemas, and lists come in pages by the parameters that the document names.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from signoff_sandbox.desk import Desk, Problem
from signoff_sandbox.openapi.document import Document, Json, Op, _group
from signoff_sandbox.openapi.examples import example
from signoff_sandbox.pace import RollingWindow
from signoff_sandbox.page import page, table
from signoff_sandbox.world import World

PRACTICE_KEY = "practice-openapi-key-0001"
USER = "practice"
CLIENT_ID, CLIENT_SECRET = "practice-client", "practice-client-secret"
IDS = ("id", "sid", "gid", "uuid", "uid")
MADE = re.compile(
    r"(?:date_?)?created(?:_?at|_?on|_?date)?|timestamp|date|createdAt|dateCreated", re.IGNORECASE
)


class Described(Desk):
    """One account at an app, as its document has it."""

    name, title = "openapi", "An app by its document"

    def __init__(self, world: World, document: Document) -> None:
        self.document = document
        self.title = str(document.tree["info"]["title"])
        super().__init__(world)
        self._start()

    def _start(self) -> None:
        self._lists: dict[str, list[Json]] = {}
        self._written: list[Json] = []
        self._numbers = itertools.count(1001)
        self._page_size = 3
        self._window: RollingWindow | None = None
        self._revoked = False
        self._codes = itertools.count(1)
        self._tokens: set[str] = set()

    def routes(self) -> Sequence[BaseRoute]:
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        token = [Route(path, self._token, methods=["POST"]) for path in sorted(self._flow_paths("tokenUrl"))]
        allow = [Route(path, self._allow) for path in sorted(self._flow_paths("authorizationUrl"))]
        return [*token, *allow, Route("/{rest:path}", self._any, methods=methods)]

    def _flow_paths(self, which: str) -> set[str]:
        found = set()
        for scheme in self._schemes().values():
            flows = scheme.get("flows", {"": scheme}).values()
            found |= {urlsplit(flow[which]).path for flow in flows if flow.get(which)}
        return found - {""}

    def _schemes(self) -> dict[str, Json]:
        tree = self.document.tree
        held = tree.get("securityDefinitions") or tree.get("components", {}).get("securitySchemes", {})
        return {name: self.document.at(scheme) for name, scheme in held.items()}

    def vendor_errors(self) -> Mapping[str, Callable[[], Response]]:
        return {
            "bad_request": lambda: _error(400, "bad_request"),
            "unauthorized": lambda: _error(401, "unauthorized"),
            "forbidden": lambda: _error(403, "forbidden"),
            "not_found": lambda: _error(404, "not_found"),
            "rate_limited": lambda: _error(429, "rate_limited", {"Retry-After": "1"}),
            "http500": lambda: _error(500, "internal"),
            "http502": lambda: HTMLResponse("<h1>502 Bad Gateway</h1>", 502),
            "http503": lambda: HTMLResponse("<h1>503 Service Unavailable</h1>", 503),
        }

    def control_verbs(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "fresh": lambda _: self._start(),
            "seed": self._seed,
            "page_size": lambda value: setattr(self, "_page_size", int(value)),
            "rate": self._set_rate,
            "revoke_key": lambda value: setattr(self, "_revoked", bool(value)),
        }

    def books(self, *, summary: bool) -> Json:
        if summary:
            return {
                "lists": {path: len(rows) for path, rows in self._lists.items()},
                "written": len(self._written),
            }
        return {"lists": self._lists, "written": self._written}

    def front_page(self) -> str:
        rows = [(escape(one["operation"]), escape(json.dumps(one["body"]))) for one in self._written]
        return page(self.title, table(("Operation", "What came"), rows, "Nothing was written yet."))

    # Control

    def _seed(self, value: Json) -> list[str]:
        """Let records appear in a list: {"path", "objects"}; gives their ids."""
        found = self.document.find("get", value["path"])
        listed = self.document.list_in(self.document.answer_schema(found[0])) if found else None
        if listed is None:
            raise ValueError(f"{value['path']} lists nothing")
        return [str(self._add(value["path"], listed[1], one)[1]) for one in value["objects"]]

    def _set_rate(self, value: Json | None) -> None:
        self._window = RollingWindow(value["requests"], value["seconds"]) if value else None
        self._per = (value["requests"], value["seconds"]) if value else (0, 0)

    # Requests

    async def _any(self, request: Request) -> Response:
        path = request.url.path.removeprefix(self.document.base_path)
        found = self.document.find(request.method, path)
        if found is None:
            raise Problem(_error(404, "not_found"))
        op, in_path = found
        self._let_in(request, op)
        headers = self._rate_headers()
        if op.method == "get":
            answer = self._get(request, op, path, in_path)
        else:
            answer = await self._write(request, op, path, in_path)
        answer.headers.update(headers)
        return answer

    def _rate_headers(self) -> dict[str, str]:
        if self._window is None:
            return {}
        now = self.clock.now()
        wait = str(max(1, int(self._window.free_at(now) - now + 0.999)))
        if not self._window.take(now):
            raise Problem(_error(429, "rate_limited", {"Retry-After": wait, "X-RateLimit-Remaining": "0"}))
        requests, seconds = self._per
        return {"RateLimit-Limit": str(requests), "RateLimit-Policy": f"{requests};w={seconds}"}

    def _let_in(self, request: Request, op: Op) -> None:
        asked = op.node.get("security", self.document.tree.get("security"))
        if asked is None:
            # A document that names no sign-in anywhere lets everybody in; one that names some wants one of them.
            asked = [{name: []} for name in self._schemes()] or [{}]
        if self._revoked or not any(all(self._holds(request, name) for name in one) for one in asked):
            raise Problem(_error(401, "unauthorized"))

    def _holds(self, request: Request, name: str) -> bool:
        scheme = self._schemes()[name]
        said = request.headers.get("authorization", "")
        if scheme["type"] == "apiKey":
            place = {"header": request.headers, "query": request.query_params, "cookie": request.cookies}
            given = place[scheme["in"]].get(scheme["name"], "")
            words = given.split(" ")
            return words[-1] == PRACTICE_KEY and (
                len(words) == 1 or scheme["name"].lower() == "authorization"
            )
        if scheme["type"] == "basic" or scheme.get("scheme", "").lower() == "basic":
            pair = base64.b64encode(f"{USER}:{PRACTICE_KEY}".encode()).decode()
            return said == f"Basic {pair}"
        return said in {f"Bearer {one}" for one in (PRACTICE_KEY, *self._tokens)}

    def _get(self, request: Request, op: Op, path: str, in_path: Json) -> Response:
        schema = self.document.answer_schema(op)
        listed = self.document.list_in(schema)
        if listed is not None:
            return self._page(request, op, path, schema, *listed)
        if op.template.rstrip("/").endswith("}") or op.template.endswith("}.json"):
            row = self._find(list(in_path.values())[-1])
            if row is None:
                raise Problem(_error(404, "not_found"))
            return JSONResponse(row)
        return JSONResponse(example(self.document, schema, self.clock.now()) if schema is not None else {})

    def _page(
        self, request: Request, op: Op, path: str, schema: Any, where: tuple[str, ...], items: Any
    ) -> Response:
        rows = self._lists.setdefault(path, [])
        if any(MADE.fullmatch(key) for key in self.document.flat(items).get("properties", {})):
            rows = rows[::-1]  # the newest first
        asked, names = request.query_params, {p["name"] for p in self.document.parameters(op)}
        size = min(
            [self._page_size, *(int(asked[n]) for n in ("limit", "PageSize", "per_page") if n in asked)]
        )
        start = int(asked.get("offset", asked.get("practice_from", 0)))
        if "before" in asked:
            ids = [str(_id_of(row)) for row in rows]
            start = ids.index(asked["before"]) + 1 if asked["before"] in ids else 0
        if "page" in asked and "page" in names:
            start = (int(asked["page"]) - 1) * size
        shown, further = rows[start : start + size], start + size
        goes_on = further < len(rows)
        is_paged = bool({"limit", "PageSize", "per_page", "offset", "page"} & names)
        if not is_paged:
            shown, goes_on = rows, False
        if not where:
            return JSONResponse(shown)
        told = example(self.document, schema, self.clock.now())
        told[where[0]] = shown
        address = f"{request.url.path}?practice_from={further}" if goes_on else None
        _set_next(told, address)
        if "total_count" in told:
            told["total_count"] = len(rows)
        return JSONResponse(told)

    async def _write(self, request: Request, op: Op, path: str, in_path: Json) -> Response:
        body = await self._body(request, op)
        schema = self.document.answer_schema(op)
        changes = "}" in op.template.rsplit("/", 1)[-1] or op.method == "put"
        key = list(in_path.values())[-1] if changes and in_path else body.get("id")
        row = self._find(str(key)) if changes else None
        if changes and row is None:
            raise Problem(_error(404, "not_found"))
        if row is None:
            row, key = self._add(path, schema, body)
        elif row is not None:
            row.update(body)
        self._written.append(
            {"operation": op.node.get("operationId", f"{op.method} {op.template}"), "path": path, "body": body,
             "id": str(key), "in_path": {name: in_path[_group(name)] for name in in_path}}
        )  # fmt: skip
        return JSONResponse(row, self.document.status(op))

    async def _body(self, request: Request, op: Op) -> Json:
        told = self.document.body_schema(op)
        raw = await request.body()
        if told is None:
            return {}
        kind, schema = told
        sent = request.headers.get("content-type", "")
        if kind == "form":
            if "urlencoded" not in sent:
                raise Problem(_error(415, "unsupported_media_type"))
            return _unpacked(parse_qsl(raw.decode(), keep_blank_values=True))
        try:
            body = json.loads(raw)
        except ValueError:
            raise Problem(_error(400, "not_json")) from None
        fault = self.document.fault(schema, body)
        if fault or not isinstance(body, dict):
            raise Problem(_error(422, "invalid", told={"detail": fault}))
        return body

    def _add(self, path: str, schema: Any, body: Json) -> tuple[Json, Any]:
        now = self.clock.now()
        row = example(self.document, schema, now) if schema is not None else {}
        properties = self.document.flat(schema).get("properties", {}) if schema is not None else {}
        low = {key.lower().replace("_", ""): key for key in properties}
        for key, value in body.items():  # a form's names may be written in another way than the answer's
            row[low.get(key.lower().replace("_", ""), key)] = value
        number = next(self._numbers)
        key = next((key for key in IDS if key in properties), "id")
        if key not in body:
            is_number = self.document.flat(properties.get(key, {})).get("type") in ("integer", "number")
            row[key] = number if is_number else str(10**17 + number)
        for name in properties:
            if MADE.fullmatch(name) and name not in body:
                row[name] = example(self.document, properties[name], now, 1, name)
        self._lists.setdefault(path, []).append(row)
        return row, row[key]

    def _find(self, id: str) -> Json | None:
        for rows in self._lists.values():
            for row in rows:
                if str(_id_of(row)) == id:
                    return row
        return None

    # Signing in

    async def _allow(self, request: Request) -> Response:
        """Stand for the page on which a person presses Allow, and send them back at once."""
        back, state = request.query_params["redirect_uri"], request.query_params.get("state", "")
        if request.query_params.get("client_id") != CLIENT_ID:
            return _error(400, "invalid_client")
        return RedirectResponse(f"{back}?code=code-{next(self._codes)}&state={quote(state, safe='')}")

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _error(401, "invalid_client")
        number = next(self._codes)
        self._tokens.add(f"access-{number}")
        told: Json = {"access_token": f"access-{number}", "token_type": "bearer", "expires_in": 3600}
        if form.get("grant_type") != "client_credentials":
            told["refresh_token"] = f"refresh-{number}"
        return JSONResponse(told)


def _id_of(row: Json) -> Any:
    return next((row[key] for key in IDS if key in row), None)


def _set_next(told: Json, address: str | None) -> None:
    """Put the address of the next page where an answer has a place for one."""
    for key in list(told):
        inner = told[key]
        if key in ("next", "next_page_uri", "next_url") and not isinstance(inner, dict | list):
            told[key] = address
        elif key in ("paging", "pagination", "links", "meta") and isinstance(inner, dict):
            inner["next"] = address


def _unpacked(pairs: Sequence[tuple[str, str]]) -> Json:
    """Return a form's values; what is written as outer[inner] lies inside."""
    body: Json = {}
    for name, value in pairs:
        outer, _, rest = name.partition("[")
        if rest:
            body.setdefault(outer, {})[rest.rstrip("]")] = value
        else:
            body[outer] = value
    return body


def _error(
    status: int, code: str, headers: dict[str, str] | None = None, told: Json | None = None
) -> Response:
    return JSONResponse({"error": code, **(told or {})}, status, headers=headers)
