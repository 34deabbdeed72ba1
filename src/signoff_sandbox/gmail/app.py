"""The practice Gmail as an app: sign-in pages, the API's paths, `/_control`, its books and its pages."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Awaitable, Callable, Mapping, Sequence
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from signoff_sandbox.clock import iso
from signoff_sandbox.desk import Desk, ErrorMaker, Json, Problem, Verb, body_of
from signoff_sandbox.gmail import errors
from signoff_sandbox.gmail.accounts import (
    ALL_MAIL,
    CLIENT_ID,
    EMAIL,
    KNOWN_SCOPES,
    PERSON,
    SCOPE_ROOT,
    Accounts,
)
from signoff_sandbox.gmail.mailbox import Mail, Mailbox, decode_raw, encode, payload
from signoff_sandbox.pace import RollingWindow
from signoff_sandbox.page import page, table
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
    "messages.send": (100, ("compose", "send", "modify")),
    "messages.modify": (5, ("modify",)),
    "messages.trash": (20, ("modify",)),
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
        self.units = RollingWindow(6_000, 60.0)
        self.units_used = 0
        self.rate_status = 403
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
            self._route("GET", me + "/threads/{id}", "threads.get", self._get_thread),
            self._route("GET", me + "/labels", "labels.list", self._list_labels),
            self._route("POST", me + "/labels", "labels.create", self._create_label),
            self._route("GET", me + "/labels/{id}", "labels.get", self._get_label),
            self._route("GET", me + "/history", "history.list", self._history),
            self._route("POST", me + "/watch", "watch", self._watch),
            self._route("POST", me + "/stop", "stop", self._stop),
            Route("/token", self._token, methods=["POST"]),
            Route("/revoke", self._revoke, methods=["GET", "POST"]),
            Route("/tokeninfo", self._token_info, methods=["GET", "POST"]),
            Route("/oauth2/v2/tokeninfo", self._token_info, methods=["GET", "POST"]),
            Route("/oauth2/v2/userinfo", self._user_info),
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
            self._count_units(units)
            if self.latency_seconds:
                await asyncio.sleep(self.latency_seconds)
            request.state.scopes = access.scopes
            return await handler(request)

        return Route(path, endpoint, methods=[method])

    def pages(self) -> Sequence[BaseRoute]:
        signing_in = [Route(path, self._authorise, methods=["GET", "POST"]) for path in AUTHORISE_PATHS]
        return [*super().pages(), *signing_in, Route("/mail/{kind}/{id}", self._mail_page)]

    def is_page(self, path: str) -> bool:
        return super().is_page(path) or path in AUTHORISE_PATHS or path.startswith("/mail/")

    def vendor_errors(self) -> Mapping[str, ErrorMaker]:
        return errors.BY_FAULT

    def is_write(self, method: str, path: str) -> bool:
        return method != "GET" and path.startswith("/gmail/")

    async def no_such_path(self, scope: Scope, receive: Receive, send: Send) -> None:
        await errors.not_found().response(scope, receive, send)

    def _count_units(self, units: int) -> None:
        now = self.clock.now()
        if not self.units.take(now, units):
            self.rate_limited += self.rate_status != 429  # a 429 is counted as such
            raise Problem(errors.user_rate(self.rate_status, iso(self.units.free_at(now))))
        self.units_used += units

    # Signing in

    async def _authorise(self, request: Request) -> Response:
        form = await request.form() if request.method == "POST" else {}
        asked = {k: str(v) for k, v in {**request.query_params, **form}.items()}
        wrong = _wrong_request(asked)
        if wrong:
            return HTMLResponse(page("Practice Google", f"<p>Access blocked: {html.escape(wrong)}</p>"), 400)
        if request.method == "POST":
            return self._back(asked, allowed=asked.get("choice") != "deny")
        if asked.get("auto") == "1" or asked.get("login_hint") == "auto":
            return self._back(asked, allowed=True)
        return HTMLResponse(_consent(asked))

    def _back(self, asked: Mapping[str, str], *, allowed: bool) -> Response:
        """Send the person back to the app, with a code or with `access_denied`."""
        told = {"state": asked["state"]} if asked.get("state") else {}
        scopes = tuple(asked["scope"].split())
        if allowed:
            offline = asked.get("access_type") == "offline"
            code = self.accounts.allow(
                scopes, asked["redirect_uri"], asked.get("code_challenge", ""), offline=offline
            )
            told.update(code=code, scope=" ".join(scopes))
        else:
            told["error"] = "access_denied"
        joint = "&" if urlsplit(asked["redirect_uri"]).query else "?"
        return RedirectResponse(asked["redirect_uri"] + joint + urlencode(told), 302)

    async def _token(self, request: Request) -> Response:
        form = {k: str(v) for k, v in (await request.form()).items()}
        self.accounts.check_client(*_client(request, form))
        match form.get("grant_type"):
            case "authorization_code":
                told = self.accounts.exchange(
                    form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier", "")
                )
            case "refresh_token":
                told = self.accounts.refresh(form.get("refresh_token", ""))
            case other:
                raise errors.grant_error("unsupported_grant_type", f"Invalid grant_type: {other}")
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    async def _revoke(self, request: Request) -> Response:
        form = await request.form() if request.method == "POST" else {}
        token = str(form.get("token") or request.query_params.get("token") or "")
        if not self.accounts.revoke(token):
            raise errors.grant_error("invalid_token", "Token expired or revoked")
        return JSONResponse({})

    async def _token_info(self, request: Request) -> Response:
        form = await request.form() if request.method == "POST" else {}
        token = str(form.get("access_token") or request.query_params.get("access_token") or "")
        access = self.accounts.access.get(token)
        if access is None or access.ends_at <= self.clock.now():
            raise errors.grant_error("invalid_token", "Invalid Value")
        return JSONResponse(
            {
                "azp": CLIENT_ID,
                "aud": CLIENT_ID,
                "scope": " ".join(sorted(access.scopes)),
                "exp": str(int(access.ends_at)),
                "expires_in": str(int(access.ends_at - self.clock.now())),
                "email": EMAIL,
                "email_verified": "true",
                "access_type": "offline",
            }
        )

    async def _user_info(self, request: Request) -> Response:
        self.accounts.holder(request.headers.get("authorization", ""))
        return JSONResponse(
            {"id": "100000000000000000001", "email": EMAIL, "verified_email": True, "name": PERSON}
        )

    # Drafts

    async def _create_draft(self, request: Request) -> Response:
        raw, thread_id = _message_of(await body_of(request, errors.refuse))
        draft_id, mail = self.mailbox.create_draft(raw, thread_id)
        return JSONResponse({"id": draft_id, "message": _short(mail)})

    async def _update_draft(self, request: Request) -> Response:
        raw, thread_id = _message_of(await body_of(request, errors.refuse))
        mail = self.mailbox.update_draft(request.path_params["id"], raw, thread_id)
        return JSONResponse({"id": request.path_params["id"], "message": _short(mail)})

    async def _get_draft(self, request: Request) -> Response:
        mail = self.mailbox.draft(request.path_params["id"])
        return JSONResponse({"id": request.path_params["id"], "message": _told(mail, request)})

    async def _list_drafts(self, request: Request) -> Response:
        by_mail = {mail_id: draft_id for draft_id, mail_id in self.mailbox.drafts.items()}
        found = self.mailbox.find(request.query_params.get("q", ""), ("DRAFT",), with_trash=False)
        drafts = [
            {"id": by_mail[m.id], "message": {"id": m.id, "threadId": m.thread_id}}
            for m in found
            if m.id in by_mail
        ]
        return _page_of("drafts", drafts, request)

    async def _delete_draft(self, request: Request) -> Response:
        self.mailbox.delete_draft(request.path_params["id"])
        return Response(status_code=204)

    async def _send_draft(self, request: Request) -> Response:
        asked = await body_of(request, errors.refuse)
        message = asked.get("message") or {}
        raw = decode_raw(message["raw"]) if message.get("raw") else None
        return JSONResponse(_short(self.mailbox.send_draft(str(asked.get("id")), raw)))

    # Messages

    async def _list_messages(self, request: Request) -> Response:
        asked = request.query_params
        if asked.get("q") and _only_metadata(request):
            raise Problem(errors.error(403, "forbidden", "Metadata scope does not support 'q' parameter"))
        found = self.mailbox.find(
            asked.get("q", ""), asked.getlist("labelIds"), with_trash=asked.get("includeSpamTrash") == "true"
        )
        return _page_of("messages", [{"id": m.id, "threadId": m.thread_id} for m in found], request)

    async def _get_message(self, request: Request) -> Response:
        if _only_metadata(request) and request.query_params.get("format", "full") in ("full", "raw"):
            raise Problem(errors.error(403, "forbidden", "Metadata scope doesn't allow format FULL"))
        return JSONResponse(_told(self.mailbox.mail(request.path_params["id"]), request))

    async def _send_message(self, request: Request) -> Response:
        asked = await body_of(request, errors.refuse)
        raw, thread_id = _message_of({"message": asked})
        return JSONResponse(_short(self.mailbox.send(raw, thread_id)))

    async def _modify_message(self, request: Request) -> Response:
        asked = await body_of(request, errors.refuse)
        mail = self.mailbox.mail(request.path_params["id"])
        self.mailbox.relabel(mail, asked.get("addLabelIds") or (), asked.get("removeLabelIds") or ())
        return JSONResponse(_short(mail))

    async def _trash_message(self, request: Request) -> Response:
        mail = self.mailbox.mail(request.path_params["id"])
        self.mailbox.relabel(mail, ("TRASH",), ("INBOX",))
        return JSONResponse(_short(mail))

    async def _get_thread(self, request: Request) -> Response:
        id = request.path_params["id"]
        mails = [m for m in self.mailbox.mails.values() if m.thread_id == id]
        if not mails:
            raise errors.not_found()
        return JSONResponse(
            {"id": id, "historyId": str(mails[-1].history_id), "messages": [_told(m, request) for m in mails]}
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
        id = f"Label_{len(self.mailbox.labels)}"
        self.mailbox.labels[id] = {"id": id, "name": str(asked.get("name")), "type": "user"}
        return JSONResponse(self.mailbox.labels[id])

    async def _history(self, request: Request) -> Response:
        start = request.query_params.get("startHistoryId", "")
        if not start.isdigit():
            raise errors.invalid("Missing startHistoryId")
        changes = self.mailbox.changes_since(int(start))
        answer: Json = {"historyId": str(self.mailbox.history_id)}
        return JSONResponse({**({"history": changes} if changes else {}), **answer})

    async def _watch(self, _request: Request) -> Response:
        week_ms = int((self.clock.now() + 7 * 86_400) * 1000)
        return JSONResponse({"historyId": str(self.mailbox.history_id), "expiration": str(week_ms)})

    async def _stop(self, _request: Request) -> Response:
        return Response(status_code=204)

    # Control

    def control_verbs(self) -> dict[str, Verb]:
        return {
            "revoke_grant": self._revoke_grant,
            "expire_access_tokens": self._expire_access,
            "access_token_seconds": lambda n: setattr(self.accounts, "access_seconds", int(n)),
            "testing_mode": lambda on: setattr(self.accounts, "testing", bool(on)),
            "rotate_client_secret": lambda secret: setattr(self.accounts, "client_secret", str(secret)),
            "units_per_minute": lambda n: setattr(self.units, "limit", float(n)),
            "rate_limit_status": lambda status: setattr(self, "rate_status", int(status)),
            "rewrite_message_id": lambda on: setattr(self.mailbox, "rewrites_message_id", bool(on)),
            "forget_history": self._forget_history,
            "receive": self._receive,
            "send_draft": lambda id: _short(self.mailbox.send_draft(str(id))),
            "delete_draft": lambda id: self.mailbox.delete_draft(str(id)),
        }

    def _revoke_grant(self, _: Any) -> bool:
        self.accounts.end_all()
        return True

    def _expire_access(self, _: Any) -> bool:
        self.accounts.access.clear()
        return True

    def _forget_history(self, _: Any) -> int:
        self.mailbox.history.clear()
        self.mailbox.history_floor = self.mailbox.history_id
        return self.mailbox.history_floor

    def _receive(self, asked: Any) -> Json:
        """`{"from", "subject", "body", "thread_id"?, "headers"?}`: a message arrives in the inbox."""
        message = EmailMessage()
        message["From"] = asked["from"]
        message["To"] = EMAIL
        message["Subject"] = asked.get("subject", "")
        for name, value in (asked.get("headers") or {}).items():
            message[name] = value
        message.set_content(asked.get("body", ""))
        return _short(self.mailbox.receive(message.as_bytes(), str(asked.get("thread_id") or "")))

    # Books

    def books(self, *, summary: bool) -> Json:
        box = self.mailbox
        sent = [m for m in box.mails.values() if "SENT" in m.labels]
        common = {
            "account": EMAIL,
            "drafts_created": box.drafts_created,
            "units_used": self.units_used,
            "refreshes": self.accounts.refreshes,
        }
        if summary:
            return {
                **common,
                "drafts": len(box.drafts),
                "sent": len(sent),
                "drafts_deleted": len(box.drafts_deleted),
                "tokens": len(self.accounts.access),
            }
        return {
            **common,
            "drafts": [
                {"id": id, **_written(box.mails[mail_id]), "created_at": iso(box.draft_made_at(id))}
                for id, mail_id in box.drafts.items()
            ],
            "sent": [{"id": m.id, **_written(m)} for m in sent],
            "drafts_deleted": box.drafts_deleted,
            "tokens": [
                {"last4": a.token[-4:], "scopes": sorted(a.scopes), "ends_at": iso(a.ends_at)}
                for a in self.accounts.access.values()
            ],
        }

    # Pages

    def front_page(self) -> str:
        by_mail = {mail_id: draft_id for draft_id, mail_id in self.mailbox.drafts.items()}
        newest = list(reversed(self.mailbox.mails.values()))[:50]
        rows = [
            (
                "Draft" if m.id in by_mail else m.labels[0].capitalize(),
                html.escape(m.header("To")),
                f'<a href="/mail/message/{m.id}">{html.escape(m.header("Subject") or "(no subject)")}</a>',
                html.escape(iso(m.at_ms / 1000)[:16].replace("T", " ")),
            )
            for m in newest
        ]
        intro = (
            f"<p>The mailbox of {html.escape(PERSON)}, {html.escape(EMAIL)}. It sends nothing to anybody.</p>"
        )
        return page(self.title, intro + table(("", "To", "Subject", "When"), rows, "The mailbox is empty."))

    async def _mail_page(self, request: Request) -> Response:
        id = request.path_params["id"]
        mail = self.mailbox.mails.get(self.mailbox.drafts.get(id, id))
        if mail is None:
            return HTMLResponse(page(self.title, "<p>There is no such message.</p>"), status_code=404)
        rows = [(html.escape(k), html.escape(v)) for k, v in ((k, mail.header(k)) for k, _ in mail.headers)]
        text = f"<h2>{html.escape(mail.header('Subject'))}</h2><pre>{html.escape(mail.body())}</pre>"
        return HTMLResponse(page(self.title, text + table(("Header", "Value"), rows, "")))


def _client(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    """Return client id and secret, from the form or from HTTP Basic."""
    import base64

    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        id, _, secret = base64.b64decode(text).decode().partition(":")
        return id, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _wrong_request(asked: Mapping[str, str]) -> str:
    """Return what is wrong with a request for consent, as Google's error page names it, or an empty text."""
    target = urlsplit(asked.get("redirect_uri", ""))
    loopback = target.scheme == "http" and target.hostname in ("127.0.0.1", "localhost", "::1")
    scopes = asked.get("scope", "").split()
    checks = (
        (asked.get("client_id") != CLIENT_ID, "invalid_client: the OAuth client was not found"),
        (asked.get("response_type") != "code", "invalid_request: response_type must be code"),
        (not loopback and target.scheme != "https", "redirect_uri_mismatch"),
        (not scopes, "invalid_request: scope is missing"),
        (not KNOWN_SCOPES.issuperset(scopes), "invalid_scope"),
        (
            bool(asked.get("code_challenge")) and asked.get("code_challenge_method") != "S256",
            "invalid_request: only S256 is taken here",
        ),
    )
    return next((why for wrong, why in checks if wrong), "")


def _consent(asked: Mapping[str, str]) -> str:
    kept = "".join(
        f'<input type="hidden" name="{html.escape(k)}" value="{html.escape(v)}">' for k, v in asked.items()
    )
    means = {
        "gmail.compose": "Create and send drafts",
        "gmail.modify": "Read, write and send e-mail",
        "gmail.readonly": "Read e-mail",
        "gmail.metadata": "See headers and labels",
        "gmail.send": "Send e-mail",
        ALL_MAIL: "Read, write, send and delete all e-mail",
    }
    items = "".join(
        f"<li>{html.escape(means.get(s.removeprefix(SCOPE_ROOT), s))}</li>" for s in asked["scope"].split()
    )
    return page(
        "Practice Google",
        f"<h2>Signoff wants to use your practice account</h2><p>{html.escape(PERSON)} ({html.escape(EMAIL)})</p>"
        f"<p>It asks to:</p><ul>{items}</ul>"
        f'<form method="post">{kept}<button class="go" name="choice" value="allow">Allow</button>'
        '<button name="choice" value="deny">Cancel</button></form>',
    )


def _message_of(asked: Json) -> tuple[bytes, str]:
    message = asked.get("message")
    if not isinstance(message, dict):
        raise errors.invalid("Missing draft message")
    return decode_raw(message.get("raw")), str(message.get("threadId") or "")


def _short(mail: Mail) -> Json:
    return {"id": mail.id, "threadId": mail.thread_id, "labelIds": mail.labels}


def _told(mail: Mail, request: Request) -> Json:
    """Return a message in the format that the request asks for."""
    form = request.query_params.get("format", "full").lower()
    told = {
        **_short(mail),
        "sizeEstimate": len(mail.raw),
        "historyId": str(mail.history_id),
        "internalDate": str(mail.at_ms),
    }
    if form == "minimal":
        return {**told, "snippet": mail.body()[:120]}
    if form == "raw":
        return {**told, "snippet": mail.body()[:120], "raw": encode(mail.raw)}
    if form == "metadata":
        wanted = {name.lower() for name in request.query_params.getlist("metadataHeaders")}
        headers = [
            {"name": k, "value": mail.header(k)} for k, _ in mail.headers if not wanted or k.lower() in wanted
        ]
        return {**told, "snippet": mail.body()[:120], "payload": {"headers": headers}}
    if form != "full":
        raise errors.invalid(f"Invalid value at 'format': {form}")
    return {**told, "snippet": mail.body()[:120], "payload": payload(mail.parsed())}


def _written(mail: Mail) -> Json:
    return {
        "message_id": mail.id,
        "thread_id": mail.thread_id,
        "rfc822_message_id": mail.header("Message-ID"),
        "to": mail.header("To"),
        "subject": mail.header("Subject"),
        "body": mail.body(),
        "headers": {k: mail.header(k) for k, _ in mail.headers},
        "at": iso(mail.at_ms / 1000),
    }


def _page_of(name: str, all_of_them: list[Json], request: Request) -> Response:
    size = min(500, int(request.query_params.get("maxResults") or 100))
    token = request.query_params.get("pageToken") or "0"
    if not token.isdigit():
        raise errors.invalid("Invalid pageToken")
    start = int(token)
    chosen = all_of_them[start : start + size]
    told: Json = {name: chosen} if chosen else {}
    if start + size < len(all_of_them):
        told["nextPageToken"] = str(start + size)
    return JSONResponse({**told, "resultSizeEstimate": len(all_of_them)})


def _only_metadata(request: Request) -> bool:
    scopes = request.state.scopes
    rich = {ALL_MAIL, SCOPE_ROOT + "gmail.modify", SCOPE_ROOT + "gmail.readonly"}
    return not scopes & rich
