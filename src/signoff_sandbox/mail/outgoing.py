"""
A mail server that takes mails from whoever signs in, keeps them in its books and sends them to nobody.

What is for a user of the practice mailbox itself arrives there. `aiosmtpd` speaks SMTP; what is here is what a
provider adds: who may sign in, under which address one may write, and what goes wrong. Source: RFC 5321, 4954,
3463; the replies are those that Google and Microsoft publish.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

START_SECONDS = 10.0

# Stage and reply; "cut" hangs up with nothing taken, "lost_answer" after it was taken, "hang" never answers.
REPLIES = {
    "busy": ("MAIL", "421 4.7.0 Try again later, closing connection"),
    "locked": ("MAIL", "450 4.2.1 The mailbox is busy"),
    "not_allowed": ("MAIL", "550 5.7.60 Client does not have permissions to send as this sender"),
    "limit": ("MAIL", "550 5.4.5 Daily user sending limit exceeded"),
    "no_such_user": ("RCPT", "550 5.1.1 The account that you tried to reach does not exist"),
    "greylisted": ("RCPT", "451 4.7.1 Greylisted, try again in 5 minutes"),
    "full": ("RCPT", "452 4.2.2 The recipient's mailbox is full"),
    "spam": ("DATA", "554 5.7.1 Message rejected as spam"),
    "too_large": ("DATA", "552 5.3.4 Message size exceeds fixed limit"),
    "server_trouble": ("DATA", "451 4.3.0 Temporary trouble, the mail was not taken"),
}
AT_SIGN_IN = {
    "app_password": "534 5.7.9 Application-specific password required",
    "switched_off": "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant",
    "sign_in_trouble": "454 4.7.0 Temporary authentication failure",
}
CUTS = ("cut", "lost_answer", "hang")


@dataclass(frozen=True)
class Taken:
    """One mail that was taken over."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    at: float
    user: str


@dataclass
class Outgoing:
    """
    The server, on a thread of its own. Whoever knows the `password` may send under their own name.

    `deliver` puts a mail into a mailbox of the own `domain`; `files_itself` puts a copy among the sender's sent mails,
    as some providers do. `fault_at` is asked at each stage (AUTH, MAIL, RCPT, DATA) which fault strikes.
    """

    password: str
    deliver: Callable[[str, bytes], None]
    fault_at: Callable[[str], str | None] = lambda _stage: None
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    takes_any_address: bool = True
    domain: str = "example.test"
    tokens: dict[str, str] = field(default_factory=dict)
    files_itself: Callable[[str, bytes], None] | None = None
    taken: list[Taken] = field(default_factory=list)
    sign_ins: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0
    tls_port: int = 0
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None
    _transports: list[Any] = field(default_factory=list)

    def start(self) -> None:
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        if not ready.wait(START_SECONDS):
            raise RuntimeError("the practice mail server did not start")

    def stop(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(START_SECONDS)

    def _run(self, ready: threading.Event) -> None:
        loop = self._loop
        assert loop is not None  # noqa: S101 (set by `start`)
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(
            loop.create_server(lambda: self._session(self.tls), self.host, self.port)
        )
        self.port = server.sockets[0].getsockname()[1]
        if self.tls is not None:
            secure = loop.run_until_complete(
                loop.create_server(lambda: self._session(None), self.host, self.tls_port, ssl=self.tls)
            )
            self.tls_port = secure.sockets[0].getsockname()[1]
        ready.set()
        loop.run_forever()

    def _session(self, starttls: ssl.SSLContext | None) -> SMTP:
        # It warns of passwords without encryption; this server is reached on this machine only.
        warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS", module="aiosmtpd")
        return SMTP(
            self,
            hostname="mail.practice.test",
            ident="practice",
            enable_SMTPUTF8=self.takes_any_address,
            tls_context=starttls,
            auth_required=True,
            auth_require_tls=False,
            authenticator=self._authenticate,
            loop=self._loop,
        )

    # Who may

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        fault = self.fault_at("AUTH")
        if fault in AT_SIGN_IN:
            return AuthResult(success=False, handled=False, message=AT_SIGN_IN[fault])
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        name = data.login.decode("utf-8", "replace")
        if data.password.decode("utf-8", "replace") != self.password:
            return AuthResult(success=False, handled=False)
        self.sign_ins.append(mechanism)
        return AuthResult(success=True, auth_data=name)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        parts = base64.b64decode(args[1]).decode().split("\1")
        name = parts[0].removeprefix("user=")
        token = parts[1].removeprefix("auth=Bearer ")
        if self.tokens.get(token) == name:
            self.sign_ins.append("XOAUTH2")
            return AuthResult(success=True, auth_data=name)
        why = base64.b64encode(b'{"status":"400","schemes":"Bearer"}').decode()
        await server.push(f"334 {why}")
        await server._reader.readline()
        return AuthResult(success=False, handled=False)

    # What they may do

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = await self._refusal("MAIL", server)
        if refusal:
            return refusal
        if address.lower() != str(session.auth_data).lower():
            return REPLIES["not_allowed"][1]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        self.commands.append(f"MAIL {' '.join(options)}".strip())
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = await self._refusal("RCPT", server)
        if refusal:
            return refusal
        if address.lower().startswith("nobody@"):
            return REPLIES["no_such_user"][1]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fault = self.fault_at("DATA")
        if fault == "cut":
            _cut(server)
            return "451 gone"
        if fault == "hang":
            await asyncio.sleep(600)
        if fault in REPLIES and REPLIES[fault][0] == "DATA":
            return REPLIES[fault][1]
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        one = Taken(
            str(envelope.mail_from), tuple(envelope.rcpt_tos), raw, time.time(), str(session.auth_data)
        )
        self.taken.append(one)
        for address in one.recipients:
            if address.lower().endswith(f"@{self.domain}"):
                await asyncio.to_thread(self.deliver, address.lower(), raw)
        if self.files_itself is not None:
            await asyncio.to_thread(self.files_itself, one.user, raw)
        if fault == "lost_answer":
            _cut(server)
        return "250 2.0.0 OK, taken"

    async def _refusal(self, stage: str, server: SMTP) -> str:
        fault = self.fault_at(stage)
        if fault == "cut":
            _cut(server)
        elif fault == "hang":
            await asyncio.sleep(600)
        elif fault in REPLIES and REPLIES[fault][0] == stage:
            return REPLIES[fault][1]
        return ""


def _cut(server: SMTP) -> None:
    """Hang up without a word."""
    transport: Any = server.transport
    transport.abort()
