"""The practice HubSpot as an app: its paths, and who may use them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from signoff_sandbox.desk import Desk, ErrorMaker, Json, Verb
from signoff_sandbox.hubspot import errors
from signoff_sandbox.hubspot.account import Account
from signoff_sandbox.hubspot.books import Books
from signoff_sandbox.hubspot.control import Control
from signoff_sandbox.hubspot.door import Door
from signoff_sandbox.hubspot.objects import ACCOUNT_ID, Objects
from signoff_sandbox.hubspot.pipelines import Pipelines
from signoff_sandbox.hubspot.shelf import Cabinet
from signoff_sandbox.world import World

# HubSpot's own path rule: /crm/v3/objects/x is the old spelling of /crm/objects/{version}/x.
_OLD_PATH = re.compile(
    r"^/crm/(v[34])/(objects|properties|property-validations|owners|associations|pipelines)(?=/|$)"
)
_READS = re.compile(r"/(search|batch/read)$|get/access-token-info$")

Handler = Callable[[Request], Awaitable[Response]]


class HubSpot(Desk):
    name = "hubspot"
    title = "Practice HubSpot"

    def __init__(self, world: World) -> None:
        self.cabinet = Cabinet(world.clock)
        self.door = Door(world.clock, world.options.hubspot_per_10s)
        self.pipelines = Pipelines()
        self.objects = Objects(self.cabinet, self.pipelines)
        self.account = Account(self.cabinet, self.pipelines, self.door, world.clock)
        self._control = Control(self.cabinet, self.pipelines, self.door, self.objects, self.account, world)
        self._books = Books(self.cabinet, self.door, self.objects)
        super().__init__(world)
        if world.options.leads:
            self._control.seed_leads(world.options.leads)

    def opened(self) -> None:
        self.objects.address = self.address

    # Paths

    def routes(self) -> Sequence[BaseRoute]:
        o, a = self.objects, self.account
        base = "/crm/objects/{version}/{kind}"
        tied = base + "/{id}/associations/{to}"
        tied_default = "/crm/objects/{version}/{kind}/{id}/associations/default/{to}/{to_id}"
        properties = "/crm/properties/{version}/{kind}"
        pipelines = "/crm/pipelines/{version}/{kind}"
        return [
            self._route("POST", base + "/search", o.search, search=True),
            self._route("GET", base + "/{id}", o.read),
            self._route("PATCH", base + "/{id}", o.update, write=True),
            self._route("POST", base, o.create, write=True),
            self._route("GET", base, o.list_page),
            self._route("DELETE", base + "/{id}", o.archive, write=True),
            self._route("POST", base + "/merge", o.merge, write=True),
            self._route("POST", base + "/gdpr-delete", o.gdpr_delete, write=True),
            self._route("POST", base + "/batch/{verb}", o.batch),
            self._route("GET", tied, o.associations),
            self._route("PUT", tied_default, o.associate_default, write=True),
            self._route("PUT", tied + "/{to_id}", o.associate, write=True),
            self._route("PUT", tied + "/{to_id}/{type}", o.associate, write=True),
            self._route("DELETE", tied + "/{to_id}", o.dissociate, write=True),
            self._route("DELETE", tied + "/{to_id}/{type}", o.dissociate, write=True),
            self._route(
                "POST", "/crm/associations/{version}/{from}/{to}/batch/{verb:path}", o.associations_batch
            ),
            self._route("GET", properties, a.properties, needs=_schemas),
            self._route("POST", properties, a.create_property, needs=_schemas_write),
            self._route("GET", properties + "/{name}", a.property, needs=_schemas),
            self._route("PATCH", properties + "/{name}", a.update_property, needs=_schemas_write),
            self._route("DELETE", properties + "/{name}", a.archive_property, needs=_schemas_write),
            self._route("GET", "/crm/property-validations/{version}/{kind}", a.validations, needs=_schemas),
            self._route("GET", pipelines, a.pipelines, needs=_schemas),
            self._route("GET", pipelines + "/{pipeline}", a.pipeline, needs=_schemas),
            self._route("GET", pipelines + "/{pipeline}/stages", a.stages, needs=_schemas),
            self._route("GET", "/crm/owners/{version}", a.owners, needs=_owners),
            self._route("GET", "/crm/owners/{version}/", a.owners, needs=_owners),
            self._route("GET", "/crm/owners/{version}/{id}", a.owner, needs=_owners),
            self._route("GET", "/account-info/{version}/details", a.details, needs=_nothing),
            self._route(
                "GET", "/account-info/{version}/api-usage/daily/private-apps", a.daily_usage, needs=_nothing
            ),
            Route("/oauth/v2/private-apps/get/access-token-info", a.token_info, methods=["POST"]),
        ]

    def _route(
        self,
        method: str,
        path: str,
        handler: Handler,
        *,
        write: bool = False,
        search: bool = False,
        needs: Callable[[Request, Cabinet, bool], list[tuple[str, ...]]] | None = None,
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            key = self.door.admit(request.headers)
            if request.path_params.get("version") not in self.door.versions:
                raise errors.not_found("This API version is not supported any more.")
            writes = write or (
                request.method == "POST" and not _READS.search(request.scope["path"]) and not search
            )
            self.door.require(key, *(needs or _objects)(request, self.cabinet, writes))
            headers = self.door.pace(key, search=search)
            request.state.app_id = key.app_id
            if self.latency_seconds:
                await asyncio.sleep(self.latency_seconds)
            response = await handler(request)
            response.headers.update(headers)
            return response

        return Route(path, endpoint, methods=[method])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["path"] = _OLD_PATH.sub(r"/crm/\2/\1", scope["path"])
        await super().__call__(scope, receive, send)

    async def no_such_path(self, scope: Scope, receive: Receive, send: Send) -> None:
        await errors.error(404, "OBJECT_NOT_FOUND", "resource not found")(scope, receive, send)

    def vendor_errors(self) -> Mapping[str, ErrorMaker]:
        return errors.BY_FAULT

    def is_write(self, method: str, path: str) -> bool:
        return method != "GET" and not _READS.search(path)

    # What is told about it

    def control_verbs(self) -> dict[str, Verb]:
        return self._control.verbs()

    def books(self, *, summary: bool) -> Json:
        return self._books.summary() if summary else self._books.whole()

    def pages(self) -> Sequence[BaseRoute]:
        return [
            *super().pages(),
            Route("/_books/contacts/{id}", self._tell_contact),
            Route(f"/contacts/{ACCOUNT_ID}/record/{{kind}}/{{id}}", self._record_page),
            Route("/new-lead", self._new_lead, methods=["POST"]),
        ]

    def is_page(self, path: str) -> bool:
        ours = ("/_books/", f"/contacts/{ACCOUNT_ID}/")
        return super().is_page(path) or path == "/new-lead" or path.startswith(ours)

    def front_page(self) -> str:
        return self._books.front_page(self.title)

    async def _tell_contact(self, request: Request) -> Response:
        return JSONResponse(self._books.contact(request.path_params["id"]))

    async def _new_lead(self, _request: Request) -> Response:
        self._control.seed_leads(1)
        return RedirectResponse("/", 303)

    async def _record_page(self, request: Request) -> Response:
        asked = request.path_params
        shown = self._books.record_page(self.title, asked["kind"], asked["id"])
        return HTMLResponse(shown or "", 200 if shown else 404)


def _objects(request: Request, cabinet: Cabinet, write: bool) -> list[tuple[str, ...]]:
    shelf = cabinet.shelf(request.path_params.get("kind") or request.path_params.get("from") or "")
    if shelf is None:
        return []
    scope = f"{shelf.scope}.{'write' if write else 'read'}"
    return [(scope, "sales-email-read") if shelf.name == "emails" else (scope,)]


def _schemas(request: Request, cabinet: Cabinet, _write: bool) -> list[tuple[str, ...]]:
    scope = _scope(request, cabinet)
    return [(f"{scope.replace('objects', 'schemas')}.read",), (f"{scope}.read",)]


def _schemas_write(request: Request, cabinet: Cabinet, _write: bool) -> list[tuple[str, ...]]:
    return [(f"{_scope(request, cabinet).replace('objects', 'schemas')}.write",)]


def _scope(request: Request, cabinet: Cabinet) -> str:
    shelf = cabinet.shelf(request.path_params["kind"])
    return shelf.scope if shelf else "crm.objects.contacts"


def _owners(_request: Request, _cabinet: Cabinet, _write: bool) -> list[tuple[str, ...]]:
    return [("crm.objects.owners.read",)]


def _nothing(_request: Request, _cabinet: Cabinet, _write: bool) -> list[tuple[str, ...]]:
    return []
