"""The practice WhatsApp as an app: the Graph API's paths, and who may use them."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from signoff_sandbox.desk import Desk, ErrorMaker, Json, Verb, body_of
from signoff_sandbox.whatsapp import errors
from signoff_sandbox.whatsapp.books import Books
from signoff_sandbox.whatsapp.chats import MEDIA_SECONDS, Chats, Media
from signoff_sandbox.whatsapp.control import Control
from signoff_sandbox.whatsapp.office import APP_ID, MANAGING, SENDING, WABA_ID, Number, Office
from signoff_sandbox.whatsapp.sending import Sending
from signoff_sandbox.whatsapp.webhooks import Webhooks
from signoff_sandbox.world import World

NEWEST = "v26.0"
NUMBER_FIELDS = ("verified_name", "display_phone_number", "quality_rating", "id")
MOST_UPLOAD = 16_000_000
PAGE = 25

Handler = Callable[[Request], Awaitable[Response]]


class WhatsApp(Desk):
    name = "whatsapp"
    title = "Practice WhatsApp"

    def __init__(self, world: World) -> None:
        self.office = Office(world.clock)
        self.chats = Chats(world.clock)
        self.webhooks = Webhooks(self.office, world.clock)
        self.sending = Sending(self.office, self.chats, self.webhooks)
        self._control = Control(self.office, self.chats, self.sending, self.webhooks)
        self._books = Books(self.office, self.chats, self.sending, self.webhooks)
        super().__init__(world)

    # Paths

    def routes(self) -> Sequence[BaseRoute]:
        paths: list[tuple[str, str, Handler]] = [
            ("GET", "/debug_token", self._debug_token),
            ("GET", "/oauth/access_token", self._app_token),
            ("POST", "/{id}/messages", self._messages),
            ("POST", "/{id}/media", self._upload),
            ("GET", "/{id}/message_templates", self._templates),
            ("GET", "/{id}/phone_numbers", self._numbers),
            ("POST", "/{id}/subscriptions", self._subscribe),
            ("POST", "/{id}/subscribed_apps", self._subscribe_account),
            ("GET", "/{id}", self._read),
            ("POST", "/{id}", self._change_number),
            ("POST", "/{id}/", self._change_number),
            ("DELETE", "/{id}", self._delete),
        ]
        # A path without a version got the newest one before it came here.
        routes: list[BaseRoute] = [self._route(method, "/{version}" + path, do) for method, path, do in paths]
        return [*routes, Route("/whatsapp_business/attachments/", self._download)]

    def _route(self, method: str, path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            self.office.serve(request.path_params["version"])
            self.office.calls.take(self.clock.now())
            if self.latency_seconds:
                await asyncio.sleep(self.latency_seconds)
            response = await handler(request)
            response.headers.update(self.office.usage())
            return response

        return Route(path, endpoint, methods=[method])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not re.match(r"/v\d+\.\d+/", scope["path"]):
            scope["path"] = _versioned(scope["path"], self.is_page(scope["path"]))
        await super().__call__(scope, receive, send)

    async def no_such_path(self, scope: Scope, receive: Receive, send: Send) -> None:
        await errors.unknown_object(scope["path"].rsplit("/", 1)[-1]).response(scope, receive, send)

    def vendor_errors(self) -> Mapping[str, ErrorMaker]:
        return errors.BY_FAULT

    # Who we are

    async def _debug_token(self, request: Request) -> Response:
        asker = request.query_params.get("access_token") or _bearer(request)
        if asker != f"{APP_ID}|{self.office.app_secret}":
            self.office.admit(asker)
        return JSONResponse({"data": self.office.told_of(request.query_params.get("input_token", ""))})

    async def _app_token(self, request: Request) -> Response:
        asked = request.query_params
        if (asked.get("client_id"), asked.get("client_secret")) != (APP_ID, self.office.app_secret):
            raise errors.problem(1, "Error validating client secret.", status=400)
        if asked.get("grant_type") != "client_credentials":
            raise errors.problem(100, "Missing or unknown grant_type")
        return JSONResponse({"access_token": f"{APP_ID}|{self.office.app_secret}", "token_type": "bearer"})

    async def _read(self, request: Request) -> Response:
        """Read whatever has this id: a number, the account, or a file."""
        self._admit(request)
        id = request.path_params["id"]
        fields = [f for f in request.query_params.get("fields", "").split(",") if f]
        if id in self.office.numbers:
            return JSONResponse(_number(self.office.numbers[id], fields))
        if id == WABA_ID:
            told = {"id": WABA_ID, "name": "Practice Ltd", "currency": "USD", "timezone_id": "1"}
            return JSONResponse({**told, "message_template_namespace": "practice_namespace"})
        if id in self.chats.media:
            return JSONResponse(self._media(self._file(request, id)))
        raise errors.unknown_object(id)

    async def _numbers(self, request: Request) -> Response:
        self._admit(request, MANAGING)
        self._account(request)
        return JSONResponse({"data": [_number(number, []) for number in self.office.numbers.values()]})

    # Messages

    async def _messages(self, request: Request) -> Response:
        self._admit(request, SENDING)
        number = self._own_number(request)
        return JSONResponse(self.sending.accept(number, await body_of(request, errors.refuse)))

    async def _templates(self, request: Request) -> Response:
        self._admit(request, MANAGING)
        self._account(request)
        asked = request.query_params
        found = list(self.office.listed(asked.get("status", "").upper(), asked.get("name", "")))
        size = min(int(asked.get("limit", PAGE)), 100)
        start = int(asked.get("after") or 0)
        page = found[start : start + size]
        paging: Json = {"cursors": {"before": str(start), "after": str(start + len(page))}}
        if start + size < len(found):
            paging["next"] = f"{self.address}{request.scope['path']}?limit={size}&after={start + size}"
        told: Json = {"data": [template.told() for template in page], "paging": paging}
        if asked.get("summary"):
            told["summary"] = {
                "total_count": len(found),
                "message_template_count": len(self.office.templates),
                "message_template_limit": 250,
                "are_translations_complete": True,
            }
        return JSONResponse(told)

    # Files

    async def _upload(self, request: Request) -> Response:
        self._admit(request, SENDING)
        number = self._own_number(request)
        form = await request.form(max_part_size=MOST_UPLOAD)
        given = form.get("file")
        if form.get("messaging_product") != "whatsapp" or given is None or isinstance(given, str):
            raise errors.problem(100, "The parameters messaging_product and file are required.")
        kind = str(form.get("type") or given.content_type or "application/octet-stream")
        return JSONResponse(
            {"id": self.chats.keep(number.id, kind, await given.read(), given.filename or "").id}
        )

    def _media(self, kept: Media) -> Json:
        ends = int(self.clock.now()) + MEDIA_SECONDS
        seal = _seal(kept.id, ends)
        return {
            "url": f"{self.address}/whatsapp_business/attachments/?mid={kept.id}&ext={ends}&hash={seal}",
            "mime_type": kept.kind,
            "sha256": hashlib.sha256(kept.content).hexdigest(),
            "file_size": len(kept.content),
            "id": kept.id,
            "messaging_product": "whatsapp",
        }

    async def _download(self, request: Request) -> Response:
        self._admit(request, SENDING)
        asked = request.query_params
        kept = self.chats.media.get(asked.get("mid", ""))
        ends = int(asked.get("ext") or 0)
        if kept is None or ends < self.clock.now() or asked.get("hash") != _seal(kept.id, ends):
            return Response("URL signature expired", 404, media_type="text/plain")
        name = {"Content-Disposition": f'attachment; filename="{kept.name or kept.id}"'}
        return Response(kept.content, media_type=kept.kind, headers=name)

    async def _delete(self, request: Request) -> Response:
        self._admit(request, SENDING)
        kept = self._file(request, request.path_params["id"])
        del self.chats.media[kept.id]
        return JSONResponse({"success": True})

    def _file(self, request: Request, id: str) -> Media:
        kept = self.chats.media.get(id)
        if kept is None or request.query_params.get("phone_number_id", kept.number) != kept.number:
            raise errors.unknown_object(id)
        return kept

    # Where the business hears

    async def _subscribe(self, request: Request) -> Response:
        """Set the app's callback, by the app's own token."""
        asked = request.query_params
        if asked.get("access_token") != f"{APP_ID}|{self.office.app_secret}":
            raise errors.problem(190, "This method must be called with an app access_token.")
        if request.path_params["id"] != APP_ID or asked.get("object") != "whatsapp_business_account":
            raise errors.unknown_object(request.path_params["id"])
        await self._ask(asked.get("callback_url", ""), asked.get("verify_token", ""))
        self.office.callback_url = asked["callback_url"]
        return JSONResponse({"success": True})

    async def _subscribe_account(self, request: Request) -> Response:
        self._admit(request, MANAGING)
        self._account(request)
        raw = await request.body()
        asked = await body_of(request, errors.refuse) if raw else {}
        if asked.get("override_callback_uri"):
            await self._ask(str(asked["override_callback_uri"]), str(asked.get("verify_token", "")))
            self.office.callback_url = str(asked["override_callback_uri"])
        return JSONResponse({"success": True})

    async def _change_number(self, request: Request) -> Response:
        self._admit(request, MANAGING)
        number = self._own_number(request)
        asked = (await body_of(request, errors.refuse)).get("webhook_configuration")
        if isinstance(asked, dict):
            url = str(asked.get("override_callback_uri") or "")
            if url:
                await self._ask(url, str(asked.get("verify_token", "")))
            number.override_url = url
        return JSONResponse({"success": True})

    async def _ask(self, url: str, verify_token: str) -> None:
        if not await self.webhooks.ask(url, verify_token):
            raise errors.problem(
                100, "The callback URL or verify token could not be validated.", subcode=2200
            )

    # Who may come in

    def _admit(self, request: Request, *scopes: str) -> None:
        self.office.admit(_bearer(request), *scopes)

    def _own_number(self, request: Request) -> Number:
        id = request.path_params["id"]
        if id not in self.office.numbers:
            raise errors.unknown_object(id)
        return self.office.numbers[id]

    def _account(self, request: Request) -> None:
        if request.path_params["id"] != WABA_ID:
            raise errors.unknown_object(request.path_params["id"])

    # What is told about it

    def pages(self) -> Sequence[BaseRoute]:
        return [*super().pages(), Route("/write", self._write, methods=["POST"])]

    def is_page(self, path: str) -> bool:
        return super().is_page(path) or path == "/write"

    async def _write(self, request: Request) -> Response:
        form = await request.form()
        name = str(form.get("name") or "Ada Lovelace")
        number = str(491_700_000_000 + int(hashlib.sha256(name.encode()).hexdigest()[:6], 16) % 1_000_000)
        await self._control.receive({"from": number, "name": name, "text": str(form.get("text") or "Hello")})
        return RedirectResponse("/", 303)

    def control_verbs(self) -> dict[str, Verb]:
        return self._control.verbs()

    def books(self, *, summary: bool) -> Json:
        return self._books.summary() if summary else self._books.whole()

    def front_page(self) -> str:
        return self._books.front_page(self.title)


def _versioned(path: str, is_page: bool) -> str:
    """Return a path with the newest version before it, where the caller named none."""
    return path if is_page or path.startswith("/whatsapp_business/") else f"/{NEWEST}{path}"


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.query_params.get("access_token", "")


def _seal(id: str, ends: int) -> str:
    return hashlib.sha256(f"practice:{id}:{ends}".encode()).hexdigest()[:24]


def _number(number: Number, fields: Sequence[str]) -> Json:
    """Return a number as the API has it; some fields only when they are asked for."""
    known: Json = {
        "verified_name": number.name,
        "display_phone_number": number.display,
        "quality_rating": number.quality,
        "code_verification_status": number.verified,
        "name_status": "APPROVED",
        "account_mode": number.mode,
        "throughput": {"level": "STANDARD"},
        "platform_type": "CLOUD_API",
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
        "id": number.id,
    }
    return {name: known[name] for name in [*(fields or NUMBER_FIELDS), "id"] if name in known}
