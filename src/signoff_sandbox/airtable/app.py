"""The practice Airtable as an app: who one is, the schema, and records; with the pace that each base allows."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from signoff_sandbox.airtable import errors
from signoff_sandbox.airtable.books import Books
from signoff_sandbox.airtable.control import Control
from signoff_sandbox.airtable.formulas import BadFormula, matches
from signoff_sandbox.airtable.pacing import Pacing
from signoff_sandbox.airtable.tables import USER, Account, Base, Record, Table, Token
from signoff_sandbox.desk import Desk, ErrorMaker, Json, Verb, body_of
from signoff_sandbox.world import World

MOST_AT_ONCE = 10
LARGEST_PAGE = 100


class Airtable(Desk):
    name = "airtable"
    title = "Practice Airtable"

    def __init__(self, world: World) -> None:
        self.account = Account(world.clock)
        self.pacing = Pacing(world.clock)
        self.iterators: dict[str, list[str]] = {}
        self._iterator_numbers = itertools.count(1)
        self._books = Books(self.account)
        self._control = Control(self.account, self.pacing, self.iterators)
        super().__init__(world)

    def routes(self) -> Sequence[BaseRoute]:
        table = "/v0/{base}/{table}"
        return [
            Route("/v0/meta/whoami", self._who, methods=["GET"]),
            Route("/v0/meta/bases", self._bases, methods=["GET"]),
            Route("/v0/meta/bases/{base}/tables", self._schema, methods=["GET"]),
            Route(f"{table}/listRecords", self._list, methods=["POST"]),
            Route(table, self._list, methods=["GET"]),
            Route(table, self._create, methods=["POST"]),
            Route(table, self._update_several, methods=["PATCH", "PUT"]),
            Route(table, self._delete_several, methods=["DELETE"]),
            Route(f"{table}/{{record}}", self._get, methods=["GET"]),
            Route(f"{table}/{{record}}", self._update, methods=["PATCH", "PUT"]),
            Route(f"{table}/{{record}}", self._delete, methods=["DELETE"]),
        ]

    # Who, and what there is

    async def _who(self, request: Request) -> Response:
        token = await self._token(request)
        email = {"email": "priya@harbourdesk.example"} if "user.email:read" in token.scopes else {}
        return JSONResponse({"id": USER, **email})

    async def _bases(self, request: Request) -> Response:
        token = await self._token(request)
        _need(token, "schema.bases:read")
        seen = [self.account.bases[id] for id in token.bases if id in self.account.bases]
        told = [{"id": one.id, "name": one.name, "permissionLevel": one.permission} for one in seen]
        return JSONResponse({"bases": told})

    async def _schema(self, request: Request) -> Response:
        base = await self._admit(request, "schema.bases:read")
        return JSONResponse({"tables": [one.told() for one in base.tables]})

    # Records

    async def _list(self, request: Request) -> Response:
        table = await self._admit_to_table(request, "data.records:read")
        asked = await _asked(request)
        size = min(LARGEST_PAGE, int(asked.get("pageSize") or LARGEST_PAGE))
        if asked.get("offset"):
            number, ids = self._read_on(str(asked["offset"]))
        else:
            ids = [one.id for one in self._chosen(table, asked)]
            ids = ids[: int(asked["maxRecords"])] if asked.get("maxRecords") else ids
            number = f"itr{next(self._iterator_numbers):014d}"
        page, rest = ids[:size], ids[size:]
        told: Json = {
            "records": [self._told(table, table.records[id], asked) for id in page if id in table.records]
        }
        if rest:
            self.iterators[number] = ids
            told["offset"] = f"{number}/{rest[0]}"
        return JSONResponse(told)

    def _chosen(self, table: Table, asked: Json) -> list[Record]:
        found = list(table.records.values())
        formula = str(asked.get("filterByFormula") or "")
        if formula:
            try:
                # A table without rows has its formula read all the same.
                matches(formula, table.row(Record("rec00000000000000", 0.0)))
                found = [one for one in found if matches(formula, table.row(one))]
            except (BadFormula, TypeError) as wrong:
                message = f"The formula for filtering records is invalid: {wrong}"
                raise errors.invalid("INVALID_FILTER_BY_FORMULA", message) from None
        for order in reversed(asked.get("sort") or []):
            column = table.column(str(order["field"]))
            found.sort(
                key=lambda one: str(one.cells.get(column.id, "")), reverse=order.get("direction") == "desc"
            )
        return found

    def _read_on(self, offset: str) -> tuple[str, list[str]]:
        """Return an iterator and what is left of it. Raises 422 when it is not kept any more."""
        number, _, first = offset.partition("/")
        kept = self.iterators.get(number, [])
        if first not in kept:
            raise errors.invalid(
                "LIST_RECORDS_ITERATOR_NOT_AVAILABLE", "The iterator is not available any more"
            )
        return number, kept[kept.index(first) :]

    async def _get(self, request: Request) -> Response:
        table = await self._admit_to_table(request, "data.records:read")
        record = self._record(table, request.path_params["record"])
        return JSONResponse(self._told(table, record, await _asked(request)))

    async def _create(self, request: Request) -> Response:
        table = await self._admit_to_table(request, "data.records:write")
        asked = await _asked(request)
        several = asked.get("records")
        rows = several if isinstance(several, list) else [{"fields": asked.get("fields")}]
        _not_too_many(rows)
        made = [self._make(table, one, asked) for one in rows]
        return JSONResponse({"records": made} if several is not None else made[0])

    async def _update(self, request: Request) -> Response:
        table = await self._admit_to_table(request, "data.records:write")
        asked = await _asked(request)
        record = self._record(table, request.path_params["record"])
        whole = request.method == "PUT"
        typecast = bool(asked.get("typecast"))
        self.account.update(table, record.id, asked.get("fields") or {}, typecast=typecast, whole=whole)
        return JSONResponse(self._told(table, record, asked))

    async def _update_several(self, request: Request) -> Response:
        table = await self._admit_to_table(request, "data.records:write")
        asked = await _asked(request)
        rows = asked.get("records") or []
        _not_too_many(rows)
        merge = (asked.get("performUpsert") or {}).get("fieldsToMergeOn")
        told, made, changed = [], [], []
        for one in rows:
            id = one.get("id") or (self._merged(table, one["fields"], merge) if merge else None)
            if id is None and merge:
                told.append(self._make(table, one, asked))
                made.append(told[-1]["id"])
                continue
            if id not in table.records:
                raise errors.invalid("ROW_DOES_NOT_EXIST", f"Record ID {id} does not exist in this table")
            whole = request.method == "PUT"
            record = self.account.update(
                table, str(id), one.get("fields") or {}, typecast=bool(asked.get("typecast")), whole=whole
            )
            told.append(self._told(table, record, asked))
            changed.append(id)
        more = {"createdRecords": made, "updatedRecords": changed} if merge else {}
        return JSONResponse({"records": told, **more})

    async def _delete(self, request: Request) -> Response:
        table = await self._admit_to_table(request, "data.records:write")
        record = self._record(table, request.path_params["record"])
        del table.records[record.id]
        return JSONResponse({"id": record.id, "deleted": True})

    async def _delete_several(self, request: Request) -> Response:
        table = await self._admit_to_table(request, "data.records:write")
        ids = request.query_params.getlist("records[]")
        _not_too_many(ids)
        for id in ids:
            self._record(table, id)
        for id in ids:
            del table.records[id]
        return JSONResponse({"records": [{"id": id, "deleted": True} for id in ids]})

    def _make(self, table: Table, one: Json, asked: Json) -> Json:
        record = self.account.create(table, one.get("fields"), typecast=bool(asked.get("typecast")))  # type: ignore[arg-type]
        return self._told(table, record, asked)

    def _merged(self, table: Table, fields: Json, merge: list[str]) -> str | None:
        """Return the one record whose merge fields are the same, None where there is none. Raises 422 for two."""
        columns = [table.column(name) for name in merge]
        wanted = {table.column(name).id: value for name, value in fields.items()}
        found = [
            one.id
            for one in table.records.values()
            if all(one.cells.get(column.id) == wanted.get(column.id) for column in columns)
        ]
        if len(found) > 1:
            raise errors.invalid("INVALID_REQUEST_UNKNOWN", "Several records match")
        return found[0] if found else None

    def _record(self, table: Table, id: str) -> Record:
        if id not in table.records:
            raise self._control.gone()
        return table.records[id]

    def _told(self, table: Table, record: Record, asked: Mapping[str, Any]) -> Json:
        by_id = asked.get("returnFieldsByFieldId") in (True, "true", "1")
        only = (
            [str(name) for name in asked.get("fields") or []]
            if isinstance(asked.get("fields"), list)
            else None
        )
        return self.account.told(table, record, by_id=by_id, only=only)

    # Who may come in, and how often

    async def _token(self, request: Request) -> Token:
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        token = self.account.tokens.get(sent.strip()) if scheme.lower() == "bearer" else None
        if token is None or token.revoked:
            raise errors.not_signed_in()
        return token

    async def _admit(self, request: Request, scope: str) -> Base:
        token = await self._token(request)
        id = request.path_params["base"]
        self.pacing.take(id)
        _need(token, scope)
        if id not in token.bases or id not in self.account.bases:
            raise errors.no_right_or_gone()
        return self.account.bases[id]

    async def _admit_to_table(self, request: Request, scope: str) -> Table:
        base = await self._admit(request, scope)
        if scope == "data.records:write" and base.permission not in ("edit", "create"):
            raise errors.no_right_or_gone()
        return base.table(request.path_params["table"])

    # What is told about it

    def vendor_errors(self) -> Mapping[str, ErrorMaker]:
        return errors.BY_FAULT

    def is_write(self, method: str, path: str) -> bool:
        return method != "GET" and not path.endswith("/listRecords")

    async def no_such_path(self, scope: Scope, receive: Receive, send: Send) -> None:
        await errors.answer(404, "NOT_FOUND")(scope, receive, send)

    def control_verbs(self) -> dict[str, Verb]:
        return self._control.verbs()

    def books(self, *, summary: bool) -> Json:
        return self._books.summary() if summary else self._books.whole()

    def front_page(self) -> str:
        return self._books.front_page(self.title)


def _need(token: Token, scope: str) -> None:
    if scope not in token.scopes:
        raise errors.no_right_or_gone()


def _not_too_many(rows: Sequence[Any]) -> None:
    if not rows or len(rows) > MOST_AT_ONCE:
        raise errors.invalid("INVALID_RECORDS", f"records must be an array of 1 to {MOST_AT_ONCE} items")


async def _asked(request: Request) -> Json:
    """Return what a request asks for, from its query (`fields[]`, `sort[0][field]`) or its body."""
    asked = _from_query(request.query_params)
    if request.method == "GET":
        return asked
    return {**asked, **await body_of(request, _not_json)}


def _not_json(why: str) -> NoReturn:
    raise errors.refuse(400, "INVALID_REQUEST_BODY", f"Could not parse request body: {why}")


def _from_query(query: QueryParams) -> Json:
    asked: Json = {name: value for name, value in query.items() if "[" not in name}
    if query.getlist("fields[]"):
        asked["fields"] = query.getlist("fields[]")
    take: Callable[[int, str], str | None] = lambda n, part: query.get(f"sort[{n}][{part}]")  # noqa: E731
    sort = [
        {"field": take(n, "field"), "direction": take(n, "direction") or "asc"}
        for n in itertools.takewhile(lambda n: take(n, "field"), itertools.count())
    ]
    return {**asked, "sort": sort} if sort else asked
