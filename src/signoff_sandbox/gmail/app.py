"""The practice Gmail as an app: the API's paths, what they cost and which scopes they need."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from signoff_sandbox.desk import Desk, ErrorMaker, Json, Problem, Verb, body_of
from signoff_sandbox.gmail import errors
from signoff_sandbox.gmail.accounts import ALL_MAIL, EMAIL, SCOPE_ROOT, Accounts
from signoff_sandbox.gmail.books import Books
from signoff_sandbox.gmail.control import Control
from signoff_sandbox.gmail.mailbox import Mailbox, attachment, decode_raw, encode
from signoff_sandbox.gmail.quota import Quota
from signoff_sandbox.gmail.signing_in import SigningIn
from signoff_sandbox.gmail.telling import message_of, only_metadata, page_of, short, told
from signoff_sandbox.world import World

_READ = ("modify", "readonly")
_WRITE_DRAFTS = ("compose", "modify")
# Method: quota units (since May 2026) and the scopes of which one is needed.
METHODS: dict[str, tuple[int, tuple[str, ...]]] = {
    "profile": (1, ("compose", "metadata", *_READ)),
    "labels.list": (1, ("labels", "metadata", *_READ)),
    "labels.get": (1, ("labels", "metadata", *_READ)),
    "labels.create": (5, ("labels", "modify")),
    "drafts.create": (10, _WRITE_DRAFTS),
    "drafts.update": (15, _WRITE_DRAFTS),
    "drafts.delete": (10, _WRITE_DRAFTS),
    "drafts.send": (100, _WRITE_DRAFTS),
    "drafts.get": (20, ("compose", *_READ)),
    "drafts.list": (5, ("compose", *_READ)),
    "messages.list": (5, ("metadata", *_READ)),
    "messages.get": (20, ("metadata", *_READ)),
    "attachments.get": (20, _READ),
    "messages.send": (100, ("compose", "send", "modify")),
    "messages.modify": (5, ("modify",)),
    "messages.trash": (20, ("modify",)),
    "threads.list": (10, ("metadata", *_READ)),
    "threads.modify": (10, ("modify",)),
    "threads.get": (40, ("metadata", *_READ)),
    "history.list": (2, ("metadata", *_READ)),
    "watch": (100, ("metadata", *_READ)),
    "stop": (50, ("metadata", *_READ)),
}
AUTHORISE_PATHS = ("/o/oauth2/v2/auth", "/o/oauth2/auth")

Handler = Callable[[Request], Awaitable[Response]]


class Gmail(Desk):
    name = "gmail"
    title = "Practice Gmail"

    def __init__(self, world: World) -> None:
        self.accounts = Accounts(world.clock)
        self.mailbox = Mailbox(world.clock, EMAIL)
        self.quota = Quota(world.clock)
        self._signing_in = SigningIn(self.accounts, world.clock)
        self._control = Control(self.accounts, self.mailbox, self.quota)
        self._books = Books(self.accounts, self.mailbox, self.quota)
        super().__init__(world)

    # Paths

    def routes(self) -> Sequence[BaseRoute]:
        me = "/gmail/v1/users/{user}"
        return [
            self._route("POST", me + "/drafts", "drafts.create", self._create_draft),
            self._route("GET", me + "/drafts", "drafts.list", self._list_drafts),
            self._route("POST", me + "/drafts/send", "drafts.send", self._send_draft),
            self._route("GET", me + "/drafts/{id}", "drafts.get", self._get_draft),
            self._route("PUT", me + "/drafts/{id}", "drafts.update", self._update_draft),
            self._route("DELETE", me + "/drafts/{id}", "drafts.delete", self._delete_draft),
            self._route("GET", me + "/profile", "profile", self._profile),
            self._route("GET", me + "/messages", "messages.list", self._list_messages),
            self._route("POST", me + "/messages/send", "messages.send", self._send_message),
            self._route("GET", me + "/messages/{id}", "messages.get", self._get_message),
            self._route("POST", me + "/messages/{id}/modify", "messages.modify", self._modify_message),
            self._route("POST", me + "/messages/{id}/trash", "messages.trash", self._trash_message),
            self._route(
                "GET", me + "/messages/{id}/attachments/{part}", "attachments.get", self._get_attachment
            ),
            self._route("GET", me + "/threads", "threads.list", self._list_threads),
            self._route("GET", me + "/threads/{id}", "threads.get", self._get_thread),
            self._route("POST", me + "/threads/{id}/modify", "threads.modify", self._modify_thread),
            self._route("GET", me + "/labels", "labels.list", self._list_labels),
            self._route("POST", me + "/labels", "labels.create", self._create_label),
            self._route("GET", me + "/labels/{id}", "labels.get", self._get_label),
            self._route("GET", me + "/history", "history.list", self._history),
            self._route("POST", me + "/watch", "watch", self._watch),
            self._route("POST", me + "/stop", "stop", self._stop),
            Route("/token", self._signing_in.token, methods=["POST"]),
            Route("/revoke", self._signing_in.revoke, methods=["GET", "POST"]),
            Route("/tokeninfo", self._signing_in.token_info, methods=["GET", "POST"]),
            Route("/oauth2/v2/tokeninfo", self._signing_in.token_info, methods=["GET", "POST"]),
            Route("/oauth2/v2/userinfo", self._signing_in.user_info),
        ]

    def _route(self, method: str, path: str, name: str, handler: Handler) -> Route:
        units, short = METHODS[name]
        enough = frozenset({ALL_MAIL, *(f"{SCOPE_ROOT}gmail.{s}" for s in short)})

        async def endpoint(request: Request) -> Response:
            access = self.accounts.holder(request.headers.get("authorization", ""))
            if not access.scopes & enough:
                raise errors.scope_missing()
            if request.path_params["user"] not in ("me", EMAIL):
                raise Problem(errors.error(403, "forbidden", f"Delegation denied for {EMAIL}"))
            self._count(units)
            if self.latency_seconds:
                await asyncio.sleep(self.latency_seconds)
            request.state.scopes = access.scopes
            return await handler(request)

        return Route(path, endpoint, methods=[method])

    def pages(self) -> Sequence[BaseRoute]:
        signing_in = [
            Route(path, self._signing_in.authorise, methods=["GET", "POST"]) for path in AUTHORISE_PATHS
        ]
        return [*super().pages(), *signing_in, Route("/mail/{kind}/{id}", self._mail_page)]

    def is_page(self, path: str) -> bool:
        return super().is_page(path) or path in AUTHORISE_PATHS or path.startswith("/mail/")

    def vendor_errors(self) -> Mapping[str, ErrorMaker]:
        return errors.BY_FAULT

    def is_write(self, method: str, path: str) -> bool:
        return method != "GET" and path.startswith("/gmail/")

    async def no_such_path(self, scope: Scope, receive: Receive, send: Send) -> None:
        await errors.not_found().response(scope, receive, send)

    def _count(self, units: int) -> None:
        try:
            self.quota.take(units)
        except Problem:
            # A 429 counts itself; a 403 can mean anything.
            self.rate_limited += self.quota.status != 429
            raise

    # Drafts

    async def _create_draft(self, request: Request) -> Response:
        raw, thread_id = message_of(await body_of(request, errors.refuse))
        draft_id, mail = self.mailbox.create_draft(raw, thread_id)
        return JSONResponse({"id": draft_id, "message": short(mail)})

    async def _update_draft(self, request: Request) -> Response:
        raw, thread_id = message_of(await body_of(request, errors.refuse))
        mail = self.mailbox.update_draft(request.path_params["id"], raw, thread_id)
        return JSONResponse({"id": request.path_params["id"], "message": short(mail)})

    async def _get_draft(self, request: Request) -> Response:
        mail = self.mailbox.draft(request.path_params["id"])
        return JSONResponse({"id": request.path_params["id"], "message": told(mail, request)})

    async def _list_drafts(self, request: Request) -> Response:
        by_mail = {mail_id: draft_id for draft_id, mail_id in self.mailbox.drafts.items()}
        found = self.mailbox.find(request.query_params.get("q", ""), ("DRAFT",), with_trash=False)
        drafts = [
            {"id": by_mail[m.id], "message": {"id": m.id, "threadId": m.thread_id}}
            for m in found
            if m.id in by_mail
        ]
        return page_of("drafts", drafts, request)

    async def _delete_draft(self, request: Request) -> Response:
        self.mailbox.delete_draft(request.path_params["id"])
        return Response(status_code=204)

    async def _send_draft(self, request: Request) -> Response:
        asked = await body_of(request, errors.refuse)
        message = asked.get("message") or {}
        raw = decode_raw(message["raw"]) if message.get("raw") else None
        return JSONResponse(short(self.mailbox.send_draft(str(asked.get("id")), raw)))

    # Messages

    async def _list_messages(self, request: Request) -> Response:
        asked = request.query_params
        if asked.get("q") and only_metadata(request):
            raise Problem(errors.error(403, "forbidden", "Metadata scope does not support 'q' parameter"))
        found = self.mailbox.find(
            asked.get("q", ""), asked.getlist("labelIds"), with_trash=asked.get("includeSpamTrash") == "true"
        )
        return page_of("messages", [{"id": m.id, "threadId": m.thread_id} for m in found], request)

    async def _get_message(self, request: Request) -> Response:
        if only_metadata(request) and request.query_params.get("format", "full") in ("full", "raw"):
            raise Problem(errors.error(403, "forbidden", "Metadata scope doesn't allow format FULL"))
        return JSONResponse(told(self.mailbox.mail(request.path_params["id"]), request))

    async def _send_message(self, request: Request) -> Response:
        asked = await body_of(request, errors.refuse)
        raw, thread_id = message_of({"message": asked})
        return JSONResponse(short(self.mailbox.send(raw, thread_id)))

    async def _modify_message(self, request: Request) -> Response:
        asked = await body_of(request, errors.refuse)
        mail = self.mailbox.mail(request.path_params["id"])
        self.mailbox.relabel(mail, asked.get("addLabelIds") or (), asked.get("removeLabelIds") or ())
        return JSONResponse(short(mail))

    async def _trash_message(self, request: Request) -> Response:
        mail = self.mailbox.mail(request.path_params["id"])
        self.mailbox.relabel(mail, ("TRASH",), ("INBOX",))
        return JSONResponse(short(mail))

    async def _get_attachment(self, request: Request) -> Response:
        mail = self.mailbox.mail(request.path_params["id"])
        data = attachment(mail.parsed(), request.path_params["part"].removeprefix("ANGjdJ-"))
        if data is None:
            raise errors.not_found()
        return JSONResponse({"size": len(data), "data": encode(data)})

    async def _list_threads(self, request: Request) -> Response:
        asked = request.query_params
        found = self.mailbox.find(asked.get("q", ""), asked.getlist("labelIds"), with_trash=False)
        newest = {mail.thread_id: mail for mail in reversed(found)}
        threads = [
            {"id": id, "historyId": str(mail.history_id), "snippet": mail.body()[:120]}
            for id, mail in sorted(newest.items(), key=lambda one: -one[1].at_ms)
        ]
        return page_of("threads", threads, request)

    async def _modify_thread(self, request: Request) -> Response:
        asked = await body_of(request, errors.refuse)
        mails = [m for m in self.mailbox.mails.values() if m.thread_id == request.path_params["id"]]
        if not mails:
            raise errors.not_found()
        for mail in mails:
            self.mailbox.relabel(mail, asked.get("addLabelIds") or (), asked.get("removeLabelIds") or ())
        return JSONResponse({"id": request.path_params["id"], "messages": [short(m) for m in mails]})

    async def _get_thread(self, request: Request) -> Response:
        id = request.path_params["id"]
        mails = [m for m in self.mailbox.mails.values() if m.thread_id == id]
        if not mails:
            raise errors.not_found()
        return JSONResponse(
            {"id": id, "historyId": str(mails[-1].history_id), "messages": [told(m, request) for m in mails]}
        )

    # The rest

    async def _profile(self, _request: Request) -> Response:
        mails = self.mailbox.mails
        return JSONResponse(
            {
                "emailAddress": EMAIL,
                "messagesTotal": len(mails),
                "threadsTotal": len({m.thread_id for m in mails.values()}),
                "historyId": str(self.mailbox.history_id),
            }
        )

    async def _list_labels(self, _request: Request) -> Response:
        return JSONResponse({"labels": list(self.mailbox.labels.values())})

    async def _get_label(self, request: Request) -> Response:
        label = self.mailbox.labels.get(request.path_params["id"])
        if label is None:
            raise errors.not_found()
        total = sum(label["id"] in m.labels for m in self.mailbox.mails.values())
        return JSONResponse({**label, "messagesTotal": total, "messagesUnread": 0})

    async def _create_label(self, request: Request) -> Response:
        asked = await body_of(request, errors.refuse)
        return JSONResponse(self.mailbox.create_label(str(asked.get("name") or "")))

    async def _history(self, request: Request) -> Response:
        start = request.query_params.get("startHistoryId", "")
        if not start.isdigit():
            raise errors.invalid("Missing startHistoryId")
        asked = request.query_params
        types, label = asked.getlist("historyTypes"), asked.get("labelId", "")
        changes = self.mailbox.changes_since(int(start), types, label)
        size = min(500, int(asked.get("maxResults") or 100))
        first = asked.get("pageToken") or "0"
        if not first.isdigit():
            raise errors.invalid("Invalid pageToken")
        chosen = changes[int(first) : int(first) + size]
        told: Json = {"historyId": str(self.mailbox.history_id)}
        if chosen:
            told["history"] = chosen
        if int(first) + size < len(changes):
            told["nextPageToken"] = str(int(first) + size)
        return JSONResponse(told)

    async def _watch(self, _request: Request) -> Response:
        week_ms = int((self.clock.now() + 7 * 86_400) * 1000)
        return JSONResponse({"historyId": str(self.mailbox.history_id), "expiration": str(week_ms)})

    async def _stop(self, _request: Request) -> Response:
        return Response(status_code=204)

    # What is told about it

    def control_verbs(self) -> dict[str, Verb]:
        return self._control.verbs()

    def books(self, *, summary: bool) -> Json:
        return self._books.summary() if summary else self._books.whole()

    def front_page(self) -> str:
        return self._books.front_page(self.title)

    async def _mail_page(self, request: Request) -> Response:
        shown = self._books.mail_page(self.title, request.path_params["id"])
        return HTMLResponse(shown or "", 200 if shown else 404)
