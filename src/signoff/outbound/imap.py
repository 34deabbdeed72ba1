"""
A signed-in IMAP session: folders, mails, and what may be written, each failure in its family.

`IMAPClient` reads the answers (folder names in UTF-7, literals, UID sets); the connection under it is our `Wire`.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import imapclient
from imapclient.exceptions import IMAPClientError

from signoff.core.errors import (
    AnswerUnexpected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    SignoffError,
    TimedOutBeforeSending,
    VendorDown,
)
from signoff.outbound.network import SendingTooLate
from signoff.outbound.sign_in import SignIn, SignInRefused, refused
from signoff.outbound.wire import Wire, WireDown

ANSWER_BYTES = 30_000_000  # the most that one exchange may bring
_CODE = re.compile(r"\[([A-Z][A-Z-]*)")
_ANNOUNCED = re.compile(rb"\{(\d+)\+?\}\r\n\Z")
_APPENDED = re.compile(rb"\[APPENDUID (\d+) (\d+)\]", re.IGNORECASE)


class FolderMissing(InputRejected):
    """A folder that is named does not exist (any more)."""


@dataclass(frozen=True)
class Folder:
    """A folder by its name; `uses` are its special uses and marks in lower case, such as "\\drafts"."""

    name: str
    uses: frozenset[str]


@dataclass(frozen=True)
class Opened:
    """
    A folder that was opened. While `validity` stays the same, a number names the same mail for ever, and
    every later mail gets `next` or more.
    """

    validity: int
    next: int
    total: int
    takes_keywords: bool = False


class Box:
    """
    One session, for one thread at a time. Its methods raise the four families; after a broken connection
    `is_usable` is False.
    """

    def __init__(self, wire: Wire, app: str, exchange_seconds: float) -> None:
        """Greet and, where it is asked for, encrypt. Raises `WireDown`."""
        self.app = app
        self.is_usable = True
        self._wire = wire
        self._seconds = exchange_seconds
        self.send_before: float | None = None
        wire.allow(exchange_seconds, ANSWER_BYTES)
        with self._exchange("greeting"):
            self._client = _Client(wire)
            if wire.server.security == "starttls":
                if self._client._imap.state != "NONAUTH" or not self._client.has_capability("STARTTLS"):
                    # A greeting that says we are signed in already would keep us from encrypting.
                    raise WireDown("not encrypted", wire.server)
                self._client.starttls()

    def sign_in(self, who: SignIn) -> None:
        """Sign in. Raises `SignInRefused`, or what keeps the server from saying so."""
        can = self.capabilities
        try:
            with self._exchange("sign in"):
                if who.is_token:
                    self._client.sasl_login("XOAUTH2", _once(who.bearer))
                elif "AUTH=PLAIN" in can or not _is_plain(who):
                    self._client.plain_login(who.user, who.secret.reveal())
                elif "LOGINDISABLED" in can:
                    raise refused("imap", "password sign-in is not offered", self.app)
                else:
                    self._client.login(who.user, who.secret.reveal())
                self._client.capabilities()  # asked anew: more is offered after signing in
        except _Declined as declined:
            raise self._not_let_in(declined) from None

    @property
    def capabilities(self) -> frozenset[str]:
        with self._exchange("CAPABILITY"):
            return frozenset(c.decode("ascii", "replace").upper() for c in self._client.capabilities())

    def is_alive(self) -> bool:
        """Return whether the server still listens on a session that was kept."""
        try:
            with self._exchange("NOOP", seconds=10.0):
                self._client.noop()
        except (SignoffError, WireDown, _Declined):
            return False
        return True

    def close(self) -> None:
        """End the session, politely where that is possible."""
        try:
            if self.is_usable:
                self._wire.allow(2.0, 10_000)
                self._client.logout()
        except (imaplib.IMAP4.error, WireDown, OSError, ValueError):
            pass
        self._wire.close()

    # Reading

    def folders(self) -> list[Folder]:
        """Return every folder that can hold mails."""
        with self._asking("LIST"):
            listed = self._client.list_folders()
        found = []
        for flags, _delimiter, name in listed:
            uses = frozenset(flag.decode("ascii", "replace").lower() for flag in flags)
            if not uses & {"\\noselect", "\\nonexistent"}:
                found.append(Folder(str(name), uses))
        return found

    def open(self, folder: str, *, to_write: bool = False) -> Opened:
        """Open a folder; without `to_write` nothing in it changes, not even what counts as read."""
        try:
            with self._asking("EXAMINE"):
                told = self._client.select_folder(folder, readonly=not to_write)
        except InputRejected as error:
            raise FolderMissing(
                str(error),
                app=self.app,
                field="folder",
                owner_message=f"{{app}} has no folder named {_shown(folder)} (any more). Nothing is lost.",
                next_step="Open Connections, choose {app} and name a folder that exists.",
            ) from None
        marks = [bytes(mark) for mark in told.get(b"PERMANENTFLAGS", ())]
        return Opened(
            int(told.get(b"UIDVALIDITY", 0)),
            int(told.get(b"UIDNEXT", 0)),
            int(told.get(b"EXISTS", 0)),
            any(b"\\*" in mark for mark in marks),
        )

    def search(self, *criteria: Any) -> list[int]:
        """Return the numbers of the mails in the open folder that fit, in their order."""
        with self._asking("SEARCH"):
            return sorted(int(uid) for uid in self._client.search(list(criteria)))

    def fetch(self, uids: Sequence[int], *parts: str) -> dict[int, Mapping[bytes, Any]]:
        """Return parts of mails by their numbers; a mail that is gone is left out."""
        if not uids:
            return {}
        with self._asking("FETCH"):
            told: dict[int, Mapping[bytes, Any]] = self._client.fetch(list(uids), list(parts))
        return told

    # Writing

    def append(
        self, folder: str, mail: bytes, flags: Iterable[str], at: datetime | None = None
    ) -> tuple[int, int] | None:
        """
        Put a mail into a folder; return its folder's validity and its number, where the server tells them.

        The server acts when the whole mail and the line's end have arrived, so a connection that breaks
        before that has changed nothing.
        """
        with self._asking("APPEND", write=True):
            told = self._client.append(folder, mail, [flag.encode() for flag in flags], at)
        found = _APPENDED.search(told if isinstance(told, bytes) else b"")
        return (int(found.group(1)), int(found.group(2))) if found else None

    def mark(self, uid: int, flags: Iterable[str], *, on: bool = True) -> None:
        """Set marks on a mail of the open folder, or take them away."""
        change = self._client.add_flags if on else self._client.remove_flags
        with self._asking("STORE", write=True):
            change([uid], [flag.encode() for flag in flags], silent=True)

    def label(self, uid: int, label: str) -> None:
        """Put one of Gmail's labels on a mail of the open folder."""
        with self._asking("STORE", write=True):
            self._client.add_gmail_labels([uid], [label], silent=True)

    def move(self, uid: int, folder: str) -> None:
        """Move a mail of the open folder to another one."""
        if "MOVE" in self.capabilities:
            with self._asking("MOVE", write=True):
                self._client.move([uid], folder)
            return
        with self._asking("COPY", write=True):
            self._client.copy([uid], folder)
        with self._asking("STORE", write=True):
            self._client.add_flags([uid], [b"\\Deleted"], silent=True)
            if "UIDPLUS" in self.capabilities:  # else others' deleted mails would go with it
                self._client.uid_expunge([uid])

    # Failures

    @contextlib.contextmanager
    def _asking(self, call: str, *, write: bool = False) -> Iterator[None]:
        """Translate whatever goes wrong in one exchange."""
        detail = f"IMAP {call}"
        try:
            with self._exchange(call, write=write):
                yield
        except _Declined as declined:
            raise self._declined(detail, declined, write) from None
        except SendingTooLate:
            self.is_usable = False
            raise TimedOutBeforeSending(f"{detail}: the time to send had passed", app=self.app) from None
        except WireDown as down:
            if write and self._wire.sent:
                raise OutcomeUnknown(f"{detail}: {down.why}, after sending", app=self.app) from None
            if write:
                raise TimedOutBeforeSending(
                    f"{detail}: {down.why}, nothing was written", app=self.app
                ) from None
            raise VendorDown(f"{detail}: {down.why}, after asking", app=self.app) from None

    @contextlib.contextmanager
    def _exchange(self, call: str, *, write: bool = False, seconds: float | None = None) -> Iterator[None]:
        """Give one exchange its limits; raises `_Declined` and `WireDown`, and `AnswerUnexpected`."""
        self._wire.allow(seconds or self._seconds, ANSWER_BYTES, self.send_before if write else None)
        try:
            yield
        except (WireDown, SendingTooLate, SignInRefused):
            self.is_usable = False
            raise
        except (imaplib.IMAP4.error, IMAPClientError) as error:
            # What IMAPClient calls a failed sign-in can be a session that ended in the middle of one.
            ended = any(isinstance(one, imaplib.IMAP4.abort) for one in (error, error.__context__))
            self.is_usable = self.is_usable and not ended
            if ended and not _says_goodbye(error):
                raise WireDown("strange", self._wire.server) from None
            raise _Declined(str(error), was_cut=ended) from None
        except (ValueError, TypeError, LookupError, AssertionError, AttributeError, RecursionError) as error:
            # An answer that is no IMAP. Its words may be a customer's, so they are not passed on.
            self.is_usable = False
            detail = f"IMAP {call}: {type(error).__name__} while reading the answer"
            if write and self._wire.sent:
                raise OutcomeUnknown(detail, app=self.app) from None
            raise AnswerUnexpected(detail, app=self.app) from None

    def _declined(self, detail: str, declined: _Declined, write: bool) -> SignoffError:
        """Return the error that a NO, BAD or BYE stands for. Codes: RFC 5530, RFC 9208."""
        code = declined.code
        detail = f"{detail}: declined {code}".rstrip()
        if declined.was_cut and write and self._wire.sent:
            return OutcomeUnknown(detail, app=self.app)
        if code in ("UNAVAILABLE", "SERVERBUG", "INUSE", "CONTACTADMIN") or declined.was_cut:
            return VendorDown(detail, app=self.app)
        if code in ("LIMIT", "THROTTLED"):
            return RateLimited(detail, app=self.app, retry_after_seconds=60.0)
        if code == "OVERQUOTA":
            return QuotaExhausted(
                detail,
                app=self.app,
                owner_message="The mailbox of {app} is full. Nothing was written there; the work waits.",
                next_step="Make room in the mailbox, then press Test now under Connections.",
            )
        if code in ("NOPERM", "AUTHORIZATIONFAILED"):
            return PermissionMissing(detail, app=self.app)
        return InputRejected(detail, app=self.app)

    def _not_let_in(self, declined: _Declined) -> SignoffError:
        code = declined.code
        if code == "LIMIT" or "too many" in str(declined).lower():
            return RateLimited("IMAP sign in: too many sessions", app=self.app, retry_after_seconds=60.0)
        if declined.was_cut or code in ("UNAVAILABLE", "SERVERBUG", "INUSE"):
            return VendorDown(f"IMAP sign in: declined {code}".rstrip(), app=self.app)
        return refused("imap", str(declined), self.app)


class _Declined(Exception):
    """The server said NO or BAD, or ended the session with a word. Its text stays in here."""

    def __init__(self, text: str, *, was_cut: bool = False) -> None:
        super().__init__(text)
        self.was_cut = was_cut

    @property
    def code(self) -> str:
        found = _CODE.search(str(self))
        return found.group(1) if found else ""


class _Talk(imaplib.IMAP4):
    """`imaplib` on our wire, which is told which bytes make the server act."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._announced: int | None = None
        super().__init__(wire.server.host, wire.server.port)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.host, self.port = host, port

    def readline(self) -> bytes:
        return self._wire.readline()

    def read(self, size: int) -> bytes:
        return self._wire.read(size)

    def send(self, data: Any) -> None:
        announced, self._announced = self._announced, None
        if announced is not None and len(data) == announced:
            self._wire.sendall(data)  # a literal: the line's end that follows is what counts
            return
        literal = _ANNOUNCED.search(data)
        if literal:
            self._announced = int(literal.group(1))
            self._wire.sendall(data)
        elif bytes(data).endswith(b"\r\n"):
            self._wire.commit(bytes(data))
        else:
            self._wire.sendall(data)

    def shutdown(self) -> None:
        self._wire.close()

    def starttls(self, ssl_context: Any = None) -> Any:
        kind, told = self._simple_command("STARTTLS")
        if kind == "OK":
            self._wire.start_tls()
            self._tls_established = True
            self._get_capabilities()
        return kind, told


class _Client(imapclient.IMAPClient):  # type: ignore[misc]  # it has no types
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        super().__init__(wire.server.host, wire.server.port, ssl=False)
        self.normalise_times = False
        # Nothing of a conversation is kept, in memory or in a log: it holds passwords and what customers write.
        self._imap.debug = 0
        self._imap._log = self._imap._mesg = lambda *_: None

    def _create_IMAP4(self) -> _Talk:
        return _Talk(self._wire)

    def _set_read_timeout(self) -> None:
        """The wire keeps the time."""


def _says_goodbye(error: Exception) -> bool:
    text = str(error)
    return "EOF" not in text and "unexpected" not in text and "unterminated" not in text


def _once(said: str) -> Callable[[bytes], str]:
    """Answer the server's first question; a second one tells only why it says no, and wants an empty answer."""
    left = [said]
    return lambda _asked: left.pop() if left else ""


def _is_plain(who: SignIn) -> bool:
    """Return whether a name and a password can be said by LOGIN, which knows ASCII only."""
    return who.user.isascii() and who.secret.reveal().isascii()


def _shown(folder: str) -> str:
    return f"“{folder[:80]}”".replace("{", "{{").replace("}", "}}")
