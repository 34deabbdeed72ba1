"""The practice mailboxes as a whole: Dovecot, the outgoing server, and what a person could do in them meanwhile."""

from __future__ import annotations

import contextlib
import imaplib
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from signoff_sandbox.mail.dovecot import Certificate, Dovecot
from signoff_sandbox.mail.outgoing import Outgoing

PRACTICE_ADDRESS = "support@example.test"
PRACTICE_PASSWORD = "practice-mail-password"


@dataclass(frozen=True)
class Mail:
    """A mail as it lies in a folder."""

    number: int
    raw: bytes
    flags: tuple[str, ...]


@dataclass
class Mailroom:
    """Both servers. `plan` lets a fault strike once: `plan("DATA", "lost_answer")`."""

    incoming: Dovecot
    outgoing: Outgoing
    password: str
    planned: dict[str, list[str]] = field(default_factory=dict)

    def plan(self, stage: str, fault: str) -> None:
        self.planned.setdefault(stage, []).append(fault)

    def fault_at(self, stage: str) -> str | None:
        waiting = self.planned.get(stage)
        return waiting.pop(0) if waiting else None

    def deliver(self, address: str, raw: bytes, folder: str = "INBOX", at: datetime | None = None) -> None:
        """Let a mail arrive. It can be read when this returns."""
        with self.signed_in(address) as box:
            stamp = imaplib.Time2Internaldate(at or datetime.now().astimezone())
            self._ok(box.append(f'"{folder}"', "", stamp, raw))

    def mails(self, address: str, folder: str = "INBOX") -> list[Mail]:
        """Return what lies in a folder, in the order of its numbers."""
        with self.signed_in(address) as box:
            self._ok(box.select(f'"{folder}"', readonly=True))
            _, (found,) = box.uid("SEARCH", "ALL")
            mails = []
            for number in found.split():
                _, told = box.uid("FETCH", number.decode(), "(FLAGS BODY.PEEK[])")
                head, raw = next(part for part in told if isinstance(part, tuple))
                flags = imaplib.ParseFlags(head) or imaplib.ParseFlags(
                    told[-1] if isinstance(told[-1], bytes) else b""
                )
                kept = tuple(flag.decode() for flag in flags if flag != b"\\Recent")
                mails.append(Mail(int(number), raw, kept))
            return mails

    def remove(self, address: str, number: int, folder: str = "INBOX", into: str = "") -> None:
        """Delete a mail for good, or move it into another folder, as its owner would."""
        with self.signed_in(address) as box:
            self._ok(box.select(f'"{folder}"'))
            if into:
                self._ok(box.uid("MOVE", str(number), f'"{into}"'))
            else:
                self._ok(box.uid("STORE", str(number), "+FLAGS", "(\\Deleted)"))
                self._ok(box.expunge())

    def file_as_sent(self, address: str, raw: bytes) -> None:
        """Put a copy among the sent mails, as the servers of Google and Microsoft do by themselves."""
        self.deliver(address, raw, "Sent")

    @contextlib.contextmanager
    def signed_in(self, address: str) -> Iterator[imaplib.IMAP4]:
        box = imaplib.IMAP4(self.incoming.host, self.incoming.port, timeout=20.0)
        try:
            box.login(address, self.password)
            yield box
        finally:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                box.logout()

    @staticmethod
    def _ok(answered: tuple[str, object]) -> None:
        if answered[0] != "OK":
            raise RuntimeError(f"the practice mailbox refused: {answered[1]!r}")


@contextlib.contextmanager
def running_mail(
    *,
    password: str = PRACTICE_PASSWORD,
    certificate: Certificate | None = None,
    tls: ssl.SSLContext | None = None,
    token_info: str = "",
) -> Iterator[Mailroom]:
    """Start both servers on free ports; they end with the block. Raises `RuntimeError` where Dovecot does not start."""
    with tempfile.TemporaryDirectory(prefix="signoff-mail-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        incoming = Dovecot(Path(folder), password, certificate, token_info)
        room: Mailroom
        outgoing = Outgoing(
            password,
            lambda address, raw: room.deliver(address, raw),
            lambda stage: room.fault_at(stage),
            tls,
        )
        room = Mailroom(incoming, outgoing, password)
        try:
            incoming.start()
            outgoing.start()
            yield room
        finally:
            outgoing.stop()
            incoming.stop()
