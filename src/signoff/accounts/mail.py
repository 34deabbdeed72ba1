"""Letters to people, by the owner's mail server; without one, links are shown to be handed over."""

from __future__ import annotations

import ipaddress
import os
import smtplib
from dataclasses import dataclass
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

import structlog
from django.core.mail import EmailMessage, get_connection

from signoff.core.home import public_url
from signoff.core.secret import Secret

log = structlog.get_logger()

TIMEOUT_SECONDS = 10
BACKEND = "django.core.mail.backends.smtp.EmailBackend"


class NotSent(Exception):
    """The mail server was not reached, or did not take the letter."""


class MailTrouble(Exception):
    """`SIGNOFF_SMTP` cannot be understood; the text is for the owner."""


@dataclass(frozen=True)
class Server:
    """
    A mail server: `smtps://user:password@host` speaks TLS from the first byte, `smtp://…` turns to it (STARTTLS).

    Only to this computer itself does a letter go without.
    """

    host: str
    port: int
    user: str
    password: Secret
    is_smtps: bool

    @property
    def is_here(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def server() -> Server | None:
    """Return the mail server of `SIGNOFF_SMTP`, None when none is set. Raises `MailTrouble`."""
    given = os.environ.get("SIGNOFF_SMTP", "").strip()
    if not given:
        return None
    wanted = (
        "SIGNOFF_SMTP must look like smtps://user:password@mail.example.com or smtp://mail.example.com:587."
    )
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError:
        raise MailTrouble(wanted) from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise MailTrouble(wanted)
    return Server(
        host=parts.hostname,
        port=port or (465 if parts.scheme == "smtps" else 587),
        user=unquote(parts.username or ""),
        password=Secret(unquote(parts.password or "")),
        is_smtps=parts.scheme == "smtps",
    )


def can_send() -> bool:
    """Say whether a mail server is set."""
    try:
        return server() is not None
    except MailTrouble:
        return False


def send(to: str, subject: str, text: str, *, message_id: str = "") -> None:
    """
    Send a letter. Raises `NotSent`; what went wrong is in the log, without the letter. `MailTrouble` as `server`.

    `message_id` is the part before the @ of its Message-ID: a letter that is sent again can be known by it.
    """
    mail_server = server()
    if mail_server is None:
        raise NotSent("no mail server is set")
    connection = get_connection(
        BACKEND,
        host=mail_server.host,
        port=mail_server.port,
        username=mail_server.user,
        password=mail_server.password.reveal(),
        use_ssl=mail_server.is_smtps,
        use_tls=not mail_server.is_smtps and not mail_server.is_here,
        timeout=TIMEOUT_SECONDS,
    )
    sender = _sender(mail_server)
    domain = sender.rpartition("@")[2]
    headers = {
        "Date": formatdate(),
        "Message-ID": f"<{message_id}@{domain}>" if message_id else make_msgid(domain=domain),
        "Auto-Submitted": "auto-generated",
    }
    subject = " ".join(subject.split())
    letter = EmailMessage(subject, text, f"Signoff <{sender}>", [to], headers=headers, connection=connection)
    try:
        letter.send()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("a letter could not be sent", host=mail_server.host, why=type(error).__name__)
        raise NotSent(type(error).__name__) from None


def _sender(mail_server: Server) -> str:
    given = os.environ.get("SIGNOFF_MAIL_FROM", "").strip()
    if given:
        return given
    if "@" in mail_server.user:
        return mail_server.user
    return f"signoff@{urlsplit(public_url()).hostname or 'localhost'}"
