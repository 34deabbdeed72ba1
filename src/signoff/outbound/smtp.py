"""
A signed-in SMTP session that hands over one mail.

The server takes a mail over with the line that holds a single dot (RFC 5321, 4.1.1.4). Until that line is out
nothing was sent, whatever breaks; after it only the server's answer tells.
"""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
from collections.abc import Iterator, Sequence

from signoff.core.errors import (
    AnswerUnexpected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    SignoffError,
    TimedOutBeforeSending,
    VendorDown,
)
from signoff.outbound.network import SendingTooLate
from signoff.outbound.sign_in import SignIn, refused
from signoff.outbound.wire import Wire, WireDown

ANSWER_BYTES = 200_000
# RFC 5321, 4.5.3.2.6, asks for ten minutes after the dot; a person's answer need not be looked for that long.
TAKE_OVER_SECONDS = 120.0

# What is said in the place of our name: the address of the sender's computer is nobody's business.
HERE = "[127.0.0.1]"

# Written as they are: what `smtplib` does to addresses would make another one of a hostile one.
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]{1,250}@[^\s<>@\x00-\x1f\x7f]{1,250}")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_A_DAY = ("5.4.5", "5.1.90", "5.7.232")  # the daily limits of Google and Microsoft


class Submission:
    """One session, for one mail."""

    def __init__(self, wire: Wire, app: str, exchange_seconds: float) -> None:
        """Greet and, where it is asked for, encrypt. Raises `WireDown` and the four families."""
        self.app = app
        self._wire = wire
        self._seconds = exchange_seconds
        self._is_usable = True
        wire.allow(exchange_seconds, ANSWER_BYTES)
        with self._exchange("greeting"):
            self._talk = _Talk(wire)
            code, said = _text(self._talk.getreply())
            if code < 200:
                raise WireDown("strange", wire.server)
            if code != 220:
                raise self._busy("SMTP greeting", code, said)
            self._hello()
            if wire.server.security == "starttls":
                if not self._talk.has_extn("starttls") or self._say("STARTTLS")[0] != 220:
                    raise WireDown("not encrypted", wire.server)
                wire.start_tls()
                self._hello()

    @property
    def takes_any_address(self) -> bool:
        """Return whether the server takes addresses with letters beyond ASCII before the @ (RFC 6531)."""
        return self._talk.has_extn("smtputf8")

    def sign_in(self, who: SignIn) -> None:
        """Sign in. Raises `SignInRefused`, or what keeps the server from saying so."""
        ways = self._talk.esmtp_features.get("auth", "").upper().split()
        with self._exchange("sign in"):
            if who.is_token:
                code, said = self._say("AUTH", f"XOAUTH2 {_packed(who.bearer)}")
                if code == 334:  # it tells why not, and waits for an empty line before it says no
                    code, said = self._say("")
            elif "PLAIN" in ways:
                packed = _packed("\0".join(("", who.user, who.secret.reveal())))
                code, said = self._say("AUTH", f"PLAIN {packed}")
            elif "LOGIN" in ways:
                code, said = self._say("AUTH", "LOGIN")
                for answer in (who.user, who.secret.reveal()):
                    if code == 334:
                        code, said = self._say(_packed(answer))
            else:
                raise refused("smtp", "password sign-in is not offered", self.app)
        if code == 235 or (code == 503 and "already" in said.lower()):
            return
        if code == 421 or 450 <= code < 500:
            raise self._busy("SMTP sign in", code, said)
        raise refused("smtp", f"{code} {said}", self.app)

    def send(
        self, sender: str, recipients: Sequence[str], mail: bytes, send_before: float | None = None
    ) -> None:
        """
        Hand over one mail for all its recipients, or for none of them.

        Raises `InputRejected` naming `to` when one of them is refused, `TimedOutBeforeSending` when anything
        breaks before the mail is whole, `OutcomeUnknown` when no answer comes after that.
        """
        for address, field in ((sender, "from"), *((one, "to") for one in recipients)):
            if not _ADDRESS.fullmatch(address):
                raise InputRejected("SMTP: not an address", app=self.app, field=field)
        options = f" SIZE={len(mail)}" if self._talk.has_extn("size") else ""
        if not all(address.isascii() for address in (sender, *recipients)):
            self._refuse_odd_letters()
            options += " SMTPUTF8"
            self._talk.command_encoding = "utf-8"
        with self._exchange("MAIL, RCPT"):
            code, said = self._say("MAIL", f"FROM:<{sender}>{options}")
            if code != 250:
                raise self._declined("SMTP MAIL", code, said, "from")
            for address in recipients:
                code, said = self._say("RCPT", f"TO:<{address}>")
                if code not in (250, 251):
                    raise self._declined("SMTP RCPT", code, said, "to")
            code, said = self._say("DATA")
            if code != 354:
                raise self._declined("SMTP DATA", code, said, "body")
            self._wire.sendall(_quoted(mail))
        self._wire.allow(TAKE_OVER_SECONDS, ANSWER_BYTES, send_before)
        with self._exchange("DATA"):
            self._wire.commit(b".\r\n")
            code, said = _text(self._talk.getreply())
        if code < 200:
            raise OutcomeUnknown("SMTP DATA: no reply code in the answer, after sending", app=self.app)
        if code >= 300:
            raise self._declined("SMTP DATA", code, said, "body")

    def close(self) -> None:
        try:
            if self._is_usable:
                self._wire.allow(2.0, 10_000)
                self._say("QUIT")
        except (WireDown, smtplib.SMTPException, ValueError):
            pass
        self._wire.close()

    def _hello(self) -> None:
        self._talk.forget_hello()
        code, said = _text(self._talk.ehlo(HERE))
        if code != 250:
            raise self._busy("SMTP EHLO", code, said)

    def _say(self, command: str, rest: str = "") -> tuple[int, str]:
        return _text(self._talk.docmd(command, rest))

    @contextlib.contextmanager
    def _exchange(self, call: str) -> Iterator[None]:
        """Translate whatever goes wrong in one exchange. `WireDown` goes on when nothing can have been sent."""
        try:
            yield
        except SendingTooLate:
            self._is_usable = False
            raise TimedOutBeforeSending(f"SMTP {call}: the time to send had passed", app=self.app) from None
        except (WireDown, smtplib.SMTPServerDisconnected) as error:
            self._is_usable = False
            why = error.why if isinstance(error, WireDown) else "broken"
            if self._wire.sent:
                raise OutcomeUnknown(f"SMTP {call}: {why}, after sending", app=self.app) from None
            if call == "greeting" and isinstance(error, WireDown):
                raise
            raise TimedOutBeforeSending(f"SMTP {call}: {why}, nothing was sent", app=self.app) from None
        except (smtplib.SMTPException, ValueError, LookupError) as error:
            self._is_usable = False
            detail = f"SMTP {call}: {type(error).__name__} while reading the answer"
            if self._wire.sent:
                raise OutcomeUnknown(detail, app=self.app) from None
            raise AnswerUnexpected(detail, app=self.app) from None

    def _refuse_odd_letters(self) -> None:
        if not self.takes_any_address:
            raise InputRejected(
                "SMTP MAIL: an address is not ASCII and the server does not offer SMTPUTF8",
                app=self.app,
                field="to",
                owner_message="Your mail server cannot send to an address with letters like ü or 田 before "
                "the @. Nothing was sent.",
                next_step="Ask the recipient for another address, or send this one from another mailbox.",
            )

    def _busy(self, detail: str, code: int, said: str) -> SignoffError:
        if code < 200:
            return AnswerUnexpected(f"{detail}: no reply code in the answer", app=self.app)
        detail = f"{detail}: {code} {_status(said)}".rstrip()
        if code == 421 or _status(said) in ("4.7.0", "4.7.28", "4.3.2"):
            return RateLimited(detail, app=self.app, retry_after_seconds=60.0)
        return VendorDown(detail, app=self.app)

    def _declined(self, detail: str, code: int, said: str, field: str) -> SignoffError:
        """Return the error for a refusal: the server did not take the mail. Codes: RFC 5321, RFC 3463."""
        status = _status(said)
        told = f"{detail}: {code} {status}".rstrip()
        if status in _A_DAY and ("limit" in said.lower() or "quota" in said.lower()):
            return RateLimited(
                told,
                app=self.app,
                retry_after_seconds=3600.0,
                owner_message="Your mailbox has sent as many e-mails as your provider allows in a day. "
                "Nothing is lost; we go on by ourselves.",
            )
        if 400 <= code < 500:
            return self._busy(detail, code, said)
        if code == 530 or (status.startswith("5.7.") and field == "from"):
            return PermissionMissing(
                told,
                app=self.app,
                owner_message="Your mail server does not let this mailbox send under its address. Nothing "
                "was sent; the work waits.",
                next_step="Look at the address under Connections, or ask who runs the mailbox, then press "
                "Test now.",
            )
        if code == 552 or status in ("5.3.4", "5.2.3"):
            return InputRejected(
                told,
                app=self.app,
                field="body",
                owner_message="The e-mail is larger than your mail server takes. Nothing was sent.",
                next_step="Open the run, shorten it and approve it again.",
            )
        if field == "to":
            return InputRejected(
                told,
                app=self.app,
                field="to",
                owner_message="Your mail server does not take the recipient's address. Nothing was sent.",
                next_step="Look whether the address is right, mend it in the record, then run it again.",
            )
        return InputRejected(
            told,
            app=self.app,
            field=field,
            owner_message="Your mail server refused the e-mail. Nothing was sent.",
            next_step="Open the run, look at the text and the recipient, and approve it again.",
        )


class _Talk(smtplib.SMTP):
    """`smtplib` on our wire, greeted already."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(local_hostname=HERE)
        self.sock = wire  # type: ignore[assignment]  # of a socket it needs `sendall` and `close`
        self.file = wire

    def forget_hello(self) -> None:
        """Forget what the server offered before it was encrypted."""
        self.ehlo_resp = None
        self.helo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False


def _text(answer: tuple[int, bytes]) -> tuple[int, str]:
    code, said = answer
    return code, said.decode("utf-8", "replace")


def _status(said: str) -> str:
    """Return the status that RFC 3463 describes, "" where the server tells none."""
    found = _STATUS.search(said)
    return found.group(1) if found else ""


def _packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _quoted(mail: bytes) -> bytes:
    """Return a mail with line ends as SMTP has them, and no line that could be taken for its end."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", mail)
    lines = re.sub(rb"(?m)^\.", b"..", lines)
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"
