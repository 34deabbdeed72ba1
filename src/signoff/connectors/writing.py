"""
Writing a letter: one recipient, a subject and a text, with our marker in it. Pure.

The marker stands in a header, `X-Signoff-Run`, and in the `Message-ID`, which some servers rewrite. By it a letter is
found again after a lost answer. What would break out of a header's line is refused, never repaired in silence.
"""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.policy import SMTP

from email_validator import EmailNotValidError, validate_email
from pydantic import Field as PydanticField

from signoff.connectors.base import Notice, Params, action, target
from signoff.connectors.letters import MARK
from signoff.core.errors import InputRejected

# ".invalid" belongs to nobody, ever (RFC 2606), so an id there can collide with no other system's.
NOBODYS = "signoff.invalid"


class WriteLetter(Params):
    """What every letter takes, whatever app carries it."""

    to: str = target("Who the e-mail is for: one address.")
    subject: str = PydanticField(description="The subject, in one line.", max_length=998)
    body: str = PydanticField(description="The text of the e-mail.", min_length=1, max_length=1_000_000)
    reply_to_message_id: str | None = target("The Message-ID of the e-mail that is answered.", default=None)
    references: str | None = target(
        "The Message-IDs of the whole conversation, where the record has them.", default=None
    )


# What every mailbox can do, under the same names and in the same words.
drafting = action(
    label="Put an e-mail into Drafts", effect="write", repeatable=False, needs=("create drafts",)
)
sending = action(
    label="Send an e-mail", effect="write", repeatable=False, reaches_customer=True, needs=("send e-mails",)
)


def written(params: WriteLetter, marker: str, app: str, domain: str = NOBODYS) -> EmailMessage:
    """
    Return the letter, ready to be sent; its id is made at the `domain`.

    Raises `InputRejected` naming a field that is not acceptable.
    """
    mail = EmailMessage(policy=SMTP)
    mail["To"] = address(params.to, app)
    mail["Subject"] = one_line("subject", params.subject, app)
    mail["Message-ID"] = message_id(marker, domain)
    mail[MARK] = plain(marker)
    if params.reply_to_message_id:
        answered = one_line("reply_to_message_id", params.reply_to_message_id.strip(), app).strip("<>")
        before = (
            one_line("references", params.references or "", app).replace("<", " ").replace(">", " ").split()
        )
        mail["In-Reply-To"] = f"<{answered}>"
        mail["References"] = " ".join(f"<{id}>" for id in dict.fromkeys([*before, answered]))
    mail.set_content(params.body.replace("\r\n", "\n"))
    return mail


def message_id(marker: str, domain: str = NOBODYS) -> str:
    """Return the Message-ID of the letter with this marker."""
    return f"<{plain(marker)}@{domain}>"


def plain(marker: str) -> str:
    """Return a marker of letters that every mail system leaves alone."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", marker)


def address(text: str, app: str) -> str:
    """Return an address that is one; whether somebody reads there is not for us to find out."""
    try:
        found = validate_email(
            text.strip(),
            check_deliverability=False,
            globally_deliverable=False,
            test_environment=True,  # ".test" is where practice leads live
            allow_smtputf8=False,
        )
    except EmailNotValidError:
        raise InputRejected(
            "to: not one e-mail address",
            app=app,
            field="to",
            owner_message="The record has no usable e-mail address. Nothing was written to {app}.",
            next_step="Mend the address in the record, then run it again.",
        ) from None
    return found.ascii_email or found.normalized


def place_fault(place: str, app: str) -> str | None:
    """Return what is wrong with an address that people are to be told at, None where nothing is."""
    try:
        address(place, app)
    except InputRejected:
        return "is no e-mail address"
    return None


def told_by_mail(place: str, notice: Notice) -> dict[str, str]:
    """Return a notice as a letter to somebody of the business; `place` is their address."""
    text = "\n".join((*notice.lines, "", f"{notice.button}:", notice.url))
    return {"to": place, "subject": notice.title, "body": text}


def one_line(field: str, text: str, app: str) -> str:
    """Return a header's text, or refuse one that would break out of its line and write headers of its own."""
    if any(ord(letter) < 32 or ord(letter) == 127 or letter in "\u0085\u2028\u2029" for letter in text):
        raise InputRejected(
            f"{field}: holds a line break or another control character",
            app=app,
            field=field,
            owner_message=f"The {field.replace('_', ' ')} holds a line break, which no e-mail allows. "
            "Nothing was written to {app}.",
            next_step="Open the run, take the line break out and approve it again.",
        )
    return text
