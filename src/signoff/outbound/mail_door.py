"""
The one way out to a mailbox: IMAP for what is in it, SMTP for what leaves it.

Beside `door.py` and with its promises: private addresses are refused at the moment of connecting, certificates
are verified, nothing goes unencrypted unless its owner says so for a host that is allowed by name, time and size
have limits, and every failure says whose it is to mend. Connections go direct: the proxies that `door.py` honours
let no mail through.

IMAP sessions are kept between two questions, because providers slow down whoever signs in every ten seconds.
A session that was opened with one key is never used with another.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from signoff.core.errors import SignoffError, TimedOutBeforeSending, Unavailable, VendorDown
from signoff.outbound.guard import AddressRefused
from signoff.outbound.imap import Box
from signoff.outbound.sign_in import SignIn, SignInRefused
from signoff.outbound.smtp import Submission
from signoff.outbound.wire import Server, Wire, WireDown

__all__ = ["MailDoor", "Server", "SignIn", "SignInRefused"]

KEEP_SECONDS = 240.0  # routers forget idle connections after five minutes
KEEP_EACH = 2

S = TypeVar("S", Box, Submission)

_lock = threading.Lock()
_kept: dict[bytes, list[tuple[float, Box]]] = {}
_salt = secrets.token_bytes(16)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_kept.clear)  # two processes must not talk on one connection


class MailDoor:
    """
    The way out for one mailbox; cheap to make, safe to share between threads.

    `sign_in` gives who signs in, asked anew each time, so that a key can be replaced while work goes on;
    `refresh` is called once when a token is refused. `allow_hosts` are hosts that may be private, or spoken to
    without encryption. `send_before` is a `time.time()`: nothing is written after it. Without `smtp` nothing
    can be sent.
    """

    def __init__(
        self,
        imap: Server,
        smtp: Server | None,
        *,
        app: str,
        sign_in: Callable[[], SignIn],
        refresh: Callable[[], bool] | None = None,
        allow_hosts: frozenset[str] = frozenset(),
        timeout_seconds: float = 30.0,
    ) -> None:
        self.imap = imap
        self.smtp = smtp
        self.app = app
        self.allow_hosts = allow_hosts
        self.send_before: float | None = None
        self._sign_in = sign_in
        self._refresh = refresh
        self._timeout_seconds = timeout_seconds

    @contextlib.contextmanager
    def mailbox(self, *, fresh: bool = False) -> Iterator[Box]:
        """
        Give a signed-in session; `fresh` signs in anew, which shows whether the key still works.

        Raises `SignInRefused`, `AddressRefused`, `Unavailable`.
        """
        box, key = self._take(fresh)
        box.send_before = self.send_before
        try:
            yield box
        except Unavailable:
            box.close()  # a server in trouble may be in it for as long as this session lasts
            raise
        except SignoffError:
            _give_back(key, box)  # a plain no leaves the session as it was
            raise
        except BaseException:
            box.close()  # an answer may be on its way that nobody would read
            raise
        _give_back(key, box)

    def send(self, sender: str, recipients: Sequence[str], mail: bytes) -> None:
        """
        Hand one mail over to the outgoing server, for all its recipients or for none.

        Raises `InputRejected`, `TimedOutBeforeSending`, `OutcomeUnknown` and what `mailbox` raises.
        """
        with self._outgoing() as session:
            session.send(sender, recipients, mail, self.send_before)

    def try_sending(self) -> None:
        """Sign in at the outgoing server and send nothing. Raises what `send` raises before the mail."""
        with self._outgoing():
            pass

    @contextlib.contextmanager
    def _outgoing(self) -> Iterator[Submission]:
        if self.smtp is None:
            raise AddressRefused(
                "smtp_host is not stated",
                app=self.app,
                field="smtp_host",
                owner_message="There is no outgoing mail server for {app}. Nothing was sent.",
                next_step="Open Connections, choose {app} and state the server for sending.",
            )
        session = self._let_in(self.smtp, Submission)
        try:
            yield session
        finally:
            session.close()

    def _take(self, fresh: bool) -> tuple[Box, bytes]:
        """Return a session that was kept and still listens, else a new one."""
        who = self._sign_in()
        key = self._key(who)
        while not fresh and (box := _take_kept(key)) is not None:
            if box.is_alive():
                return box, key
            box.close()
        return self._let_in(self.imap, Box), self._key(self._sign_in())

    def _let_in(self, server: Server, kind: type[S]) -> S:
        """Return a new session, signed in; a token that is over is renewed once."""
        session = self._connect(server, kind)
        try:
            session.sign_in(self._sign_in())
            return session
        except SignInRefused:
            session.close()
            if self._refresh is None or not self._refresh():
                raise
        except BaseException as error:
            session.close()
            if isinstance(error, WireDown):
                raise VendorDown(f"{server.host}: sign in: {error.why}", app=self.app) from None
            raise
        session = self._connect(server, kind)
        try:
            session.sign_in(self._sign_in())
        except BaseException:
            session.close()
            raise
        return session

    def _connect(self, server: Server, kind: type[S]) -> S:
        wire = None
        try:
            wire = Wire(server, self.allow_hosts, self._timeout_seconds)
            return kind(wire, self.app, 2 * self._timeout_seconds)
        except WireDown as down:
            if wire is not None:
                wire.close()
            raise _unreachable(down, self.app) from None
        except SignoffError:
            if wire is not None:
                wire.close()
            raise

    def _key(self, who: SignIn) -> bytes:
        """Return what a kept session is found by: where, who, and with which key (of which nothing can be read)."""
        parts = repr((self.imap, self.allow_hosts, who.user, who.is_token)) + who.secret.reveal()
        return hashlib.blake2b(parts.encode(), key=_salt).digest()


def forget() -> None:
    """Close every session that is kept: for tests."""
    with _lock:
        kept = [box for boxes in _kept.values() for _, box in boxes]
        _kept.clear()
    for box in kept:
        box.close()


def _take_kept(key: bytes) -> Box | None:
    """Return a session that was kept for this key; those that were kept too long are closed."""
    over = time.monotonic() - KEEP_SECONDS
    old = []
    with _lock:
        for name in list(_kept):
            old += [box for since, box in _kept[name] if since < over]
            _kept[name] = [kept for kept in _kept[name] if kept[0] >= over]
            if not _kept[name]:
                del _kept[name]
        mine = _kept.get(key)
        found = mine.pop()[1] if mine else None
    for box in old:
        box.close()
    return found


def _give_back(key: bytes, box: Box) -> None:
    with _lock:
        mine = _kept.setdefault(key, [])
        if box.is_usable and len(mine) < KEEP_EACH:
            mine.append((time.monotonic(), box))
            return
    box.close()


def _unreachable(down: WireDown, app: str) -> SignoffError:
    """Return the error for a server that no session came about with: nothing was sent."""
    server, why = down.server, down.why
    where = f"{server.host}:{server.port}"
    detail = f"{where}: {why}, nothing was sent"
    host, port = _plain(server.host), server.port
    if why == "not public":
        return AddressRefused(detail, app=app, field="host")
    if why == "not encrypted" and server.security == "plain":
        return AddressRefused(
            f"{where}: without encryption, and it is not in SIGNOFF_ALLOW_HOSTS",
            app=app,
            field="security",
            owner_message=f"The mail server {host} would be spoken to without encryption, so a password would "
            "travel unprotected. Nothing was sent.",
            next_step="Choose TLS or STARTTLS under Connections. Only a server in your own house, named in "
            "SIGNOFF_ALLOW_HOSTS, may be spoken to without.",
        )
    told, then = _IN_WORDS.get(why, _IN_WORDS["broken"])
    if why == "silent" and server.security != "tls" and port in (465, 993):
        then = f"Port {port} usually wants TLS from the start: choose that under Connections."
    return TimedOutBeforeSending(
        detail,
        app=app,
        owner_message=told.format(host=host, port=port) + " Nothing was sent.",
        next_step=then.format(host=host, port=port),
    )


_LOOK = "Look at the mail server's name and port under Connections. If they are right, we go on by ourselves."
_IN_WORDS = {
    "no such name": ("There is no mail server named {host}.", _LOOK),
    "not reached": ("The mail server {host} does not answer at port {port}.", _LOOK),
    "silent": ("The mail server {host} does not answer at port {port} in time.", _LOOK),
    "broken": ("The mail server {host} ended the connection.", _LOOK),
    "strange": ("What answers at {host}, port {port}, is no mail server of this kind.", _LOOK),
    "too large": ("What answers at {host}, port {port}, is no mail server of this kind.", _LOOK),
    "not encrypted": (
        "The mail server {host} does not encrypt at port {port} in the way that was chosen.",
        "Choose the other kind of encryption or another port under Connections; your provider's help pages "
        "state both.",
    ),
    "expired": (
        "The certificate of the mail server {host} has ended.",
        "Tell whoever runs the mail server. We go on by ourselves when it is renewed.",
    ),
    "another name": (
        "The certificate of the mail server {host} was made for another name.",
        "State the name under which your provider's help pages list the server, under Connections.",
    ),
    "not trusted": (
        "Nobody we know vouches for the certificate of the mail server {host}.",
        "Look at the server's name under Connections. If it is your own server, add its authority to the "
        "computer's trusted certificates and start Signoff again.",
    ),
}


def _plain(host: str) -> str:
    """Return a host's name for a sentence that is formatted twice."""
    return host.replace("{", "").replace("}", "")
