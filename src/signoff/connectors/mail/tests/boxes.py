"""Connectors on the practice mailboxes, and mails to put into them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import count

from signoff.connectors.registry import connector_class, manifest_for
from signoff.core.secret import Secret
from signoff.outbound.mail_door import MailDoor, SignIn
from signoff_sandbox.mail.room import Mailroom

HERE = frozenset({"localhost"})
_numbers = count(1)


def boxed(
    mailroom: Mailroom, address: str, password: str | None = None, *, imap=None, smtp=None, **more: str
):
    """Return a connector to a mailbox of the practice servers, signed in with this password."""
    settings = {
        "address": address,
        "imap_host": "localhost",
        "imap_port": str(imap or mailroom.incoming.tls_port),
        "imap_security": "tls",
        "smtp_host": "localhost",
        "smtp_port": str(smtp or mailroom.outgoing.tls_port),
        "smtp_security": "tls",
        **more,
    }
    cls = connector_class("mail")
    place = cls.mailbox(settings)
    secret = Secret(mailroom.password if password is None else password)
    door = MailDoor(
        place.imap,
        place.smtp,
        app=manifest_for("mail", settings).name,
        sign_in=lambda: SignIn(place.user, secret),
        allow_hosts=HERE,
        timeout_seconds=3.0,
    )
    return cls(door, settings)


def settings_of(connector) -> dict[str, str]:
    return connector.settings


def mail(
    sender: str = "Ada <ada@elsewhere.test>",
    subject: str = "Hello",
    body: str = "What does it cost?",
    *,
    to: str = "support@example.test",
    message_id: str | None = None,
    date: datetime | None = None,
    attached: bytes = b"",
    html: str = "",
    **headers: str,
) -> bytes:
    """Return a mail as it lies in a mailbox; `list_id="x"` becomes the header List-Id."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, to, subject
    letter["Date"] = format_datetime(date or datetime.now(UTC))
    if message_id != "":
        letter["Message-ID"] = f"<{message_id or f'm{next(_numbers)}@elsewhere.test'}>"
    for name, value in headers.items():
        letter[name.replace("_", "-").title()] = value
    letter.set_content(body)
    if html:
        letter.add_alternative(html, subtype="html")
    if attached:
        letter.add_attachment(attached, "application", "pdf", filename="offer.pdf")
    return letter.as_bytes().replace(b"\n", b"\r\n")
