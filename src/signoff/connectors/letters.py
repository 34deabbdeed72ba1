"""
A letter as it came: what an e-mail says, who wrote it, and whether a person did. Pure.

`read_letter` takes a whole message, `letter_of` one that an app has taken apart already. Real mail keeps to no
standard: charsets are wrong, headers hold bytes that nobody declared, the plain part is a stub beside the HTML. Nothing
here raises for what a message holds; what cannot be read is left out, and the rest is still told.

Sources: RFC 5322 and 2045 to 2047 (messages), RFC 3834 (automatic answers), RFC 2369 and 2919 (lists), RFC 3464
(reports of delivery).
"""

from __future__ import annotations

import email.policy
import email.utils
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from typing import Any, Final, Literal

from signoff.connectors.base import Choice, Field, Trigger
from signoff.connectors.letter_text import decoded, text_of_html, without_history

Kind = Literal["person", "group", "newsletter", "automatic answer", "not delivered", "machine"]

LONGEST_TEXT: Final = 100_000
MOST_PARTS: Final = 1_000
MOST_BOUNDARIES: Final = 100
LONGEST_HEAD: Final = 100_000
LONGEST_HEADER: Final = 8_000  # some two hundred recipients
MARK: Final = "X-Signoff-Run"  # the header by which our own letters are known again


@dataclass(frozen=True)
class Part:
    """One part of a message. `content` is None where it was not fetched; `is_utf8`: see `letter_text.decoded`."""

    type: str
    charset: str = ""
    name: str = ""
    is_attached: bool = False
    content: bytes | None = None
    size: int = 0
    is_utf8: bool = False
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Attachment:
    name: str
    type: str
    size: int


@dataclass(frozen=True)
class Letter:
    """
    An e-mail, read. Addresses are lower case, ids without their brackets; what is missing is empty.

    `text` is what was written now, `history` what is quoted of earlier letters. `answer_to` is where an answer
    goes. `mark` is our marker, where the letter is one of ours.
    """

    message_id: str
    subject: str
    from_email: str
    from_name: str
    answer_to: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    sent_at: datetime | None
    in_reply_to: str
    references: tuple[str, ...]
    text: str
    history: str
    kind: Kind
    attachments: tuple[Attachment, ...] = ()
    mark: str = ""

    @property
    def answer_subject(self) -> str:
        """Return the subject of an answer: mail programs keep a conversation together by it."""
        return f"Re: {_ANSWERED.sub('', self.subject)}".strip()

    def record(self) -> dict[str, Any]:
        """Return the letter as a record, with the fields that `FIELDS` describes."""
        return {
            "message_id": self.message_id,
            "subject": self.subject,
            "answer_subject": self.answer_subject,
            "from_email": self.from_email,
            "from_name": self.from_name,
            "answer_to": self.answer_to,
            "to": ", ".join(self.to),
            "cc": ", ".join(self.cc),
            "sent_at": self.sent_at.isoformat() if self.sent_at else None,
            "in_reply_to": self.in_reply_to,
            "references": " ".join((*self.references, self.message_id)).strip(),
            "text": _capped(self.text),
            "history": _capped(self.history),
            "kind": self.kind,
            "attachments": ", ".join(one.name for one in self.attachments),
        }


FIELDS: Final = (
    Field("subject", "Subject", "text"),
    Field("text", "What was written, without what it quotes", "text"),
    Field("history", "What it quotes of earlier e-mails", "text"),
    Field("from_name", "Name of the sender", "text"),
    Field("from_email", "Address of the sender", "email"),
    Field("answer_to", "Address that an answer goes to", "email"),
    Field("answer_subject", "Subject of an answer", "text"),
    Field("to", "To", "text"),
    Field("cc", "Cc", "text"),
    Field("sent_at", "Sent at", "datetime"),
    Field("attachments", "Names of what is attached", "text"),
    Field(
        "kind",
        "Who wrote it",
        "choice",
        choices=(
            Choice("person", "A person"),
            Choice("group", "Somebody, through a group or list"),
            Choice("newsletter", "A newsletter or other mass mail"),
            Choice("automatic answer", "An automatic answer (out of office)"),
            Choice("not delivered", "A report that something was not delivered"),
            Choice("machine", "A program"),
        ),
    ),
    Field("message_id", "Message-ID", "text"),
    Field("in_reply_to", "Message-ID of what it answers", "text"),
    Field("references", "Message-IDs of its conversation", "text"),
)
ARRIVES: Final = Trigger(
    "mail_received",
    "An e-mail arrives",
    "message",
    ("from_email", "subject", "text", "kind"),
    needs=("read e-mails",),
    whole=False,
)


def read_letter(raw: bytes) -> Letter:
    """Return the letter in a whole message, as it stands in a mailbox."""
    parser = BytesParser(policy=email.policy.compat32)
    if raw.lower().count(b"boundary") <= MOST_BOUNDARIES:
        try:
            message = parser.parsebytes(raw)
            return letter_of(list(_raw_headers(message)), _part(message, [MOST_PARTS]))
        except RecursionError:  # letters in letters in letters
            pass
    # Made to keep us busy, or by a program gone mad: its headers still say who wrote, and about what.
    return letter_of(headers_of(raw), Part("text/plain", content=b""))


def headers_of(head: bytes) -> list[tuple[str, str]]:
    """Return the headers at the head of a message, for `letter_of`."""
    lines = _END_OF_HEAD.split(head[:LONGEST_HEAD], maxsplit=1)[0]
    parser = BytesParser(policy=email.policy.compat32)
    return list(_raw_headers(parser.parsebytes(lines + b"\r\n\r\n", headersonly=True)))


def letter_of(headers: Iterable[tuple[str, str]], body: Part) -> Letter:
    """Return the letter of these headers, which may be decoded already, and this outermost part."""
    found = _Headers(headers)
    subject = found.text("subject")
    sender = next(iter(_addresses(found.raw("from"))), ("", ""))
    answer_to = next((address for _, address in _addresses(found.raw("reply-to"))), sender[1])
    whole = _text_of(body).strip()
    text, history = without_history(whole, is_forwarded=bool(_FORWARDED.match(subject)))
    return Letter(
        message_id=next(iter(_ids(found.raw("message-id"))), ""),
        subject=subject,
        from_email=sender[1],
        from_name=sender[0],
        answer_to=answer_to,
        to=tuple(dict.fromkeys(address for _, address in _addresses(found.raw("to")))),
        cc=tuple(dict.fromkeys(address for _, address in _addresses(found.raw("cc")))),
        sent_at=_moment(found.raw("date")),
        in_reply_to=next(iter(_ids(found.raw("in-reply-to"))), ""),
        references=tuple(dict.fromkeys(_ids(found.raw("references")))),
        text=text,
        history=history,
        kind=_kind(found, body, subject, sender[1]),
        attachments=tuple(_attachments(body)),
        mark=found.text(MARK),
    )


# Who wrote it

_ANSWERED: Final = re.compile(
    r"^(?:\s*(?:re|aw|sv|vs|antw|odp|r|rif|res)\s*(?:\[\d+\])?\s*[::])+\s*", re.IGNORECASE
)
_FORWARDED: Final = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|enc|doorst|vl|pd)\s*[::]", re.IGNORECASE)
_AWAY: Final = re.compile(
    r"\s*(?:automatic reply|auto(?:matic)?[- ]?reply|out of (?:the )?office|automatische antwort|abwesenheits\w*|"
    r"réponse automatique|absence du bureau|respuesta automática|risposta automatica|automatisch antwoord|"
    r"resposta automática|autosvar)\b",
    re.IGNORECASE,
)
_NOBODY: Final = re.compile(
    r"(?:no|do-?not|not|never)[-_.]?(?:reply|respond|answer)|mailer-daemon|postmaster|bounces?|notifications?",
    re.IGNORECASE,
)


def _kind(headers: _Headers, body: Part, subject: str, sender: str) -> Kind:
    """Return who wrote a letter. Only what its headers state counts; a subject alone says too little."""
    name = sender.partition("@")[0]
    automatic = re.split(r"[;\s(]", headers.text("auto-submitted").lower())[0]
    precedence = headers.text("precedence").lower()
    if body.type == "multipart/report" or headers.has("x-failed-recipients"):
        return "not delivered"
    if name in ("mailer-daemon", "postmaster") and headers.text("return-path").strip() in ("<>", ""):
        return "not delivered"
    says_automatic = automatic not in ("", "no")
    if (
        automatic == "auto-replied"
        or precedence == "auto_reply"
        or headers.has("x-autoreply", "x-autorespond")
    ):
        return "automatic answer"
    if (says_automatic or headers.has("x-auto-response-suppress")) and _AWAY.match(subject):
        return "automatic answer"
    if headers.has("list-post"):  # a group passes on what people write; a newsletter cannot be written to
        return "group"
    if headers.has("list-unsubscribe", "list-id", "x-campaign", "x-mailchimp-id") or precedence in (
        "bulk",
        "list",
        "junk",
    ):
        return "newsletter"
    if says_automatic or _NOBODY.fullmatch(name):
        return "machine"
    return "person"


# Its headers

_WORD: Final = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=")
_ID: Final = re.compile(r"<\s*([^<>\s]{1,900})\s*>")
_BRACKETS: Final = re.compile(r"(?P<name>[^<>]*)<\s*(?P<address>[^<>\s,;]+@[^<>\s,;]+)\s*>")
_BARE: Final = re.compile(r"[^\s<>()\",;:]+@[^\s<>()\",;:]+")


class _Headers:
    """Headers by lower-case name, the first of each."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._found: dict[str, str] = {}
        for name, value in pairs:
            self._found.setdefault(name.lower().strip(), " ".join(value[:LONGEST_HEADER].split()))

    def raw(self, name: str) -> str:
        return self._found.get(name.lower(), "")

    def text(self, name: str) -> str:
        return _readable(self.raw(name))

    def has(self, *names: str) -> bool:
        return any(name in self._found for name in names)


def _raw_headers(message: Message) -> Iterator[tuple[str, str]]:
    """Return a message's headers, with bytes that nobody declared read as well as they can be."""
    for name, value in message.raw_items():
        yield str(name), decoded(str(value).encode("utf-8", "surrogateescape"))


def _readable(value: str) -> str:
    """Return a header with its encoded words decoded; words that are damaged stay as they are."""
    if not _WORD.search(value):
        return value
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    text = "".join(
        part if isinstance(part, str) else decoded(part, charset or "") if charset else decoded(part)
        for part, charset in parts
    )
    return " ".join(text.split())


def _addresses(value: str) -> list[tuple[str, str]]:
    """Return the (name, address) pairs of a header; what is no address is left out."""
    try:
        parsed = email.utils.getaddresses([value])
    except RecursionError:  # remarks in remarks in remarks
        parsed = [("", "")]
    if not all(_BARE.fullmatch(address) for _, address in parsed):
        # The library gives up on a name with a bare comma or a bracket in it, and real mail has both.
        named = [(m["name"].strip(" ,;\"'"), m["address"]) for m in _BRACKETS.finditer(value)]
        parsed = named or [("", bare) for bare in _BARE.findall(value)]
    return [(_readable(name), address.lower()) for name, address in parsed if address]


def _ids(value: str) -> list[str]:
    """Return the message ids in a header, without their brackets."""
    found = _ID.findall(value)
    return found or [word for word in value.split() if "@" in word][:50]


def _moment(value: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


# Its parts

_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_META: Final = re.compile(rb"<meta[^<>]{1,200}charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)


def _part(message: Message, left: list[int]) -> Part:
    """Return a part of a parsed message, with the parts inside it."""
    left[0] -= 1
    disposition = str(message.get("content-disposition") or "").strip().lower()
    type = message.get_content_type()
    inside = message.get_payload() if message.is_multipart() else []
    parts = [one for one in inside if isinstance(one, Message)]
    if type.startswith("multipart/"):
        content = None
    elif parts:  # a letter inside: kept whole, as one thing
        content = b"".join(_as_bytes(one) for one in parts)
        parts = []
    else:
        content = _content(message)
    return Part(
        type=type,
        charset=_told(message.get_content_charset),
        name=_readable(_told(message.get_filename)),
        is_attached=disposition.startswith("attachment"),
        content=content,
        size=len(content or b""),
        parts=tuple(_part(one, left) for one in parts if left[0] > 0),
    )


def _content(message: Message) -> bytes:
    try:
        data = message.get_payload(decode=True)
    except (TypeError, ValueError, LookupError):  # parameters that the library cannot read
        data = None
    return data if isinstance(data, bytes) else b""


def _as_bytes(message: Message) -> bytes:
    try:
        return bytes(message)
    except (TypeError, ValueError, LookupError, AttributeError):
        return b""


def _told(ask: Callable[[], str | None]) -> str:
    """Return what a message says of itself, "" where it says it in a way that the library cannot read."""
    try:
        return ask() or ""
    except (TypeError, ValueError, LookupError):
        return ""


def _text_of(part: Part) -> str:
    """Return the text of a part and what lies in it, attachments left out."""
    if part.type == "multipart/alternative":
        return _better([(one.type, _text_of(one)) for one in part.parts])
    if part.type in ("multipart/related", "multipart/signed"):
        return next((text for one in part.parts if (text := _text_of(one)).strip()), "")
    if part.type.startswith("multipart/"):
        return "\n\n".join(text.strip("\n") for one in part.parts if (text := _text_of(one)).strip())
    if part.is_attached or part.content is None or part.type not in ("text/plain", "text/html"):
        return ""
    charset = part.charset
    if part.type == "text/html" and not charset and (stated := _META.search(part.content[:4_000])):
        charset = stated[1].decode()
    text = decoded(part.content, charset, is_utf8=part.is_utf8).replace("\x00", "")
    if part.type == "text/html":
        return text_of_html(text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _better(choices: Sequence[tuple[str, str]]) -> str:
    """
    Return the plain one of several forms of the same text, unless it is a stub ("Your program shows no HTML").
    """
    plain = next((text for type, text in choices if type == "text/plain" and text.strip()), "")
    rich = next((text for type, text in reversed(choices) if type != "text/plain" and text.strip()), "")
    return rich if len(plain.split()) * 3 < len(rich.split()) or not plain else plain


def _attachments(part: Part) -> Iterator[Attachment]:
    for one in part.parts:
        yield from _attachments(one)
    if part.parts or part.type.startswith("multipart/"):
        return
    if part.is_attached or part.type == "message/rfc822" or (part.name and not part.type.startswith("text/")):
        yield Attachment(part.name or part.type, part.type, part.size)


def _capped(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    return f"{text[:LONGEST_TEXT]}\n[What follows is left out: the e-mail is longer than {LONGEST_TEXT:,} characters.]"
