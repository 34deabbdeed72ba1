"""The mailbox of the practice account: messages, drafts, labels, and the history of what changed."""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any

from signoff_sandbox.clock import Clock
from signoff_sandbox.gmail import errors

Json = dict[str, Any]
SYSTEM_LABELS = (
    *("INBOX", "SENT", "DRAFT", "TRASH", "SPAM", "UNREAD", "STARRED", "IMPORTANT", "CHAT"),
    *("CATEGORY_PERSONAL", "CATEGORY_SOCIAL", "CATEGORY_PROMOTIONS", "CATEGORY_UPDATES", "CATEGORY_FORUMS"),
)
# The API asks for `messageAdded` and tells of `messagesAdded`.
_HISTORY_NAMES = {
    "messageAdded": "messagesAdded",
    "messageDeleted": "messagesDeleted",
    "labelAdded": "labelsAdded",
    "labelRemoved": "labelsRemoved",
}
_FIRST_MESSAGE = 0x19A0_0000_0000_0000
_FIRST_DRAFT = 7_000_000_000_000_000_000
_PLACES = {
    "draft": "DRAFT",
    "drafts": "DRAFT",
    "sent": "SENT",
    "inbox": "INBOX",
    "trash": "TRASH",
    "spam": "SPAM",
}


@dataclass(slots=True)
class Mail:
    """One message. `headers` are as they came, folded lines joined."""

    id: str
    thread_id: str
    raw: bytes
    labels: list[str]
    at_ms: int
    history_id: int
    headers: list[tuple[str, str]]

    def header(self, name: str) -> str:
        """Return a header as people read it, or an empty text."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return readable(value)
        return ""

    def parsed(self) -> Message:
        return email.message_from_bytes(self.raw)

    def body(self) -> str:
        """Return the text of the message: its plain part, else its HTML."""
        parts = [p for p in self.parsed().walk() if p.get_content_maintype() == "text"]
        parts.sort(key=lambda p: p.get_content_subtype() != "plain")
        return _text(parts[0]) if parts else ""


@dataclass
class Mailbox:
    """Keeps mail; every change raises the history id."""

    clock: Clock
    address: str
    mails: dict[str, Mail] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)
    labels: dict[str, Json] = field(default_factory=dict)
    history: list[Json] = field(default_factory=list)
    history_floor: int = 1
    # In some cases Gmail replaces the Message-ID; off unless asked.
    rewrites_message_id: bool = False
    drafts_created: int = 0
    drafts_deleted: list[Json] = field(default_factory=list)
    _by_message_id: dict[str, str] = field(default_factory=dict)
    _messages: int = 0
    _history_id: int = 1000
    _made: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in SYSTEM_LABELS:
            self.labels[name] = {"id": name, "name": name, "type": "system"}

    @property
    def history_id(self) -> int:
        return self._history_id

    # Drafts

    def create_draft(self, raw: bytes, thread_id: str = "") -> tuple[str, Mail]:
        mail = self._put(raw, ["DRAFT"], self._fitting_thread(thread_id, raw))
        self.drafts_created += 1
        draft_id = f"r{_FIRST_DRAFT + self.drafts_created}"
        self.drafts[draft_id] = mail.id
        self._made[draft_id] = self.clock.now()
        return draft_id, mail

    def update_draft(self, draft_id: str, raw: bytes, thread_id: str = "") -> Mail:
        """Replace a draft: its id stays, its message gets a new one."""
        old = self.draft(draft_id)
        thread_id = self._fitting_thread(thread_id, raw) or old.thread_id
        self._drop(old)
        mail = self._put(raw, ["DRAFT"], thread_id)
        self.drafts[draft_id] = mail.id
        return mail

    def draft(self, draft_id: str) -> Mail:
        """Return the draft's message. Raises 404: it was sent, deleted or never was."""
        if draft_id not in self.drafts:
            raise errors.not_found()
        return self.mails[self.drafts[draft_id]]

    def draft_made_at(self, draft_id: str) -> float:
        return self._made[draft_id]

    def delete_draft(self, draft_id: str) -> None:
        mail = self.draft(draft_id)
        self.drafts_deleted.append(
            {
                "id": draft_id,
                "to": mail.header("To"),
                "subject": mail.header("Subject"),
                "at": self.clock.now(),
            }
        )
        del self.drafts[draft_id]
        self._drop(mail)

    def send_draft(self, draft_id: str, raw: bytes | None = None) -> Mail:
        """Send a draft: it disappears, and a message with a new id stands under SENT."""
        mail = self.draft(draft_id)
        sent = self._send(raw if raw is not None else mail.raw, mail.thread_id)
        del self.drafts[draft_id]
        self._drop(mail)
        return sent

    # Messages

    def send(self, raw: bytes, thread_id: str = "") -> Mail:
        return self._send(raw, self._fitting_thread(thread_id, raw))

    def _send(self, raw: bytes, thread_id: str) -> Mail:
        headers = _headers(raw)
        if not any(k.lower() in ("to", "cc", "bcc") and v.strip() for k, v in headers):
            raise errors.invalid("Recipient address required")
        labels = ["SENT"]
        # What one sends to oneself is one message, under both labels.
        if any(k.lower() in ("to", "cc") and self.address in v.lower() for k, v in headers):
            labels += ["INBOX", "UNREAD"]
        return self._put(raw, labels, thread_id)

    def receive(
        self, raw: bytes, thread_id: str = "", labels: Iterable[str] = (), at_ms: int | None = None
    ) -> Mail:
        """
        Let a message arrive, in the inbox unless `labels` say otherwise.

        Without a thread it joins the one that its References lead to, if the subject is the same.
        """
        thread_id = self._known_thread(thread_id) or self._answered_thread(raw)
        return self._put(raw, list(labels) or ["INBOX", "UNREAD"], thread_id, at_ms)

    def mail(self, id: str) -> Mail:
        if id not in self.mails:
            raise errors.not_found()
        return self.mails[id]

    def delete(self, id: str) -> None:
        """Remove a message for good."""
        self._drop(self.mail(id))

    def find(self, query: str, labels: Iterable[str], *, with_trash: bool) -> list[Mail]:
        """Return the messages that fit, newest first."""
        wanted = set(labels)
        terms = _terms(query)
        return [
            mail
            for mail in self._candidates(terms)
            if wanted <= set(mail.labels)
            and (with_trash or not {"TRASH", "SPAM"} & set(mail.labels))
            and all(self._fits(mail, *term) for term in terms)
        ]

    def changes_since(self, history_id: int, types: Iterable[str] = (), label: str = "") -> list[Json]:
        """
        Return what changed after `history_id`. Raises 404 when that is too long ago.

        `types` are those of the API (`messageAdded`); `label`: only what concerns messages that have it.
        """
        if history_id < self.history_floor:
            raise errors.not_found()
        wanted = {_HISTORY_NAMES[name] for name in types if name in _HISTORY_NAMES} or set(
            _HISTORY_NAMES.values()
        )
        found = []
        for change in self.history:
            if int(change["id"]) <= history_id:
                continue
            kinds = {name: change[name] for name in wanted if name in change}
            if not kinds:
                continue
            about = [entry["message"] for entries in kinds.values() for entry in entries]
            if label and not any(label in message["labelIds"] for message in about):
                continue
            found.append({"id": change["id"], "messages": change["messages"], **kinds})
        return found

    def relabel(self, mail: Mail, add: Iterable[str], remove: Iterable[str]) -> None:
        """Put labels on a message and take others off. Raises 400 for one that does not exist or may not."""
        added = [name for name in dict.fromkeys(add) if name not in mail.labels]
        removed = [name for name in dict.fromkeys(remove) if name in mail.labels]
        for name in (*add, *remove):
            if name not in self.labels:
                raise errors.invalid(f"Invalid label: {name}")
            if name in ("SENT", "DRAFT"):
                raise errors.invalid(f"Cannot modify system label {name}")
        mail.labels = [*(name for name in mail.labels if name not in removed), *added]
        for what, names in (("labelsAdded", added), ("labelsRemoved", removed)):
            if names:
                mail.history_id = self._note(what, mail, names)

    def create_label(self, name: str) -> Json:
        """Make a label. Raises 409 when there is one of this name, and 400 for a name that cannot be."""
        if not name.strip() or name.upper() in SYSTEM_LABELS:
            raise errors.invalid("Invalid label name")
        if any(label["name"].lower() == name.lower() for label in self.labels.values()):
            raise errors.label_exists()
        id = f"Label_{len(self.labels)}"
        self.labels[id] = {
            "id": id,
            "name": name,
            "type": "user",
            "messageListVisibility": "show",
            "labelListVisibility": "labelShow",
        }
        return self.labels[id]

    # Inside

    def _known_thread(self, thread_id: str) -> str:
        """Return the thread id. Raises 404 when there is no such thread."""
        if thread_id and not any(m.thread_id == thread_id for m in self.mails.values()):
            raise errors.not_found()
        return thread_id

    def _fitting_thread(self, thread_id: str, raw: bytes) -> str:
        """
        Return the thread that a message of ours joins: it needs the thread's id, and a reference to one of its
        messages, and the same subject; else it begins one of its own. Raises 404 for an unknown thread.
        """
        self._known_thread(thread_id)
        return thread_id if thread_id and self._answered_thread(raw) == thread_id else ""

    def _answered_thread(self, raw: bytes) -> str:
        """Return the thread that a message's References and subject lead to, or an empty text."""
        headers = {key.lower(): value for key, value in _headers(raw)}
        named = f"{headers.get('in-reply-to', '')} {headers.get('references', '')}"
        subject = _plain_subject(readable(headers.get("subject", "")))
        for id in reversed(re.findall(r"<[^<>]+>", named)):
            mail = self.mails.get(self._by_message_id.get(_bare(id), ""))
            if mail and _plain_subject(mail.header("Subject")) == subject:
                return mail.thread_id
        return ""

    def _put(self, raw: bytes, labels: list[str], thread_id: str, at_ms: int | None = None) -> Mail:
        headers = _headers(raw)
        raw, headers = self._completed(raw, headers)
        self._messages += 1
        id = f"{_FIRST_MESSAGE + self._messages:x}"
        at_ms = int(self.clock.now() * 1000) if at_ms is None else at_ms
        mail = Mail(id, thread_id or id, raw, labels, at_ms, 0, headers)
        self.mails[id] = mail
        self._by_message_id[_bare(mail.header("Message-ID"))] = id
        mail.history_id = self._note("messagesAdded", mail)
        return mail

    def _completed(self, raw: bytes, headers: list[tuple[str, str]]) -> tuple[bytes, list[tuple[str, str]]]:
        """Give a message what it lacks: From and Message-ID."""
        has = {key.lower() for key, _ in headers}
        added = []
        if "message-id" not in has or self.rewrites_message_id:
            if "message-id" in has:
                raw = re.sub(rb"(?im)^message-id:", b"X-Google-Original-Message-ID:", raw, count=1)
            number = self._messages + 1
            added.append(("Message-ID", f"<CAPractice{number:08d}@mail.gmail.com>"))
        if "from" not in has:
            added.append(("From", self.address))
        if not added:
            return raw, headers
        top = b"".join(f"{k}: {v}\r\n".encode() for k, v in added)
        raw = top + raw
        return raw, _headers(raw)

    def _drop(self, mail: Mail) -> None:
        del self.mails[mail.id]
        message_id = _bare(mail.header("Message-ID"))
        if self._by_message_id.get(message_id) == mail.id:
            del self._by_message_id[message_id]
        self._note("messagesDeleted", mail)

    def _note(self, what: str, mail: Mail, labels: Iterable[str] = ()) -> int:
        self._history_id += 1
        ids = {"id": mail.id, "threadId": mail.thread_id}
        entry: Json = {"message": {**ids, "labelIds": list(mail.labels)}}
        if labels:
            entry["labelIds"] = list(labels)
        self.history.append({"id": str(self._history_id), "messages": [ids], what: [entry]})
        return self._history_id

    def _candidates(self, terms: list[tuple[bool, str, str]]) -> Iterator[Mail]:
        for wanted, key, value in terms:
            if wanted and key == "rfc822msgid":
                id = self._by_message_id.get(_bare(value))
                if id in self.mails:
                    yield self.mails[id]
                return
        yield from reversed(list(self.mails.values()))

    def _fits(self, mail: Mail, wanted: bool, key: str, value: str) -> bool:
        return wanted == self._has(mail, key, value.lower())

    def _has(self, mail: Mail, key: str, value: str) -> bool:
        match key:
            case "rfc822msgid":
                return _bare(mail.header("Message-ID")) == _bare(value)
            case "from" | "to" | "cc" | "subject":
                return value in mail.header(key).lower()
            case "in" | "label" | "is":
                if value == "anywhere":
                    return True
                return _PLACES.get(value, value.upper()) in (label.upper() for label in mail.labels)
            case "after" | "newer":
                return mail.at_ms >= _moment_ms(value)
            case "before" | "older":
                return mail.at_ms < _moment_ms(value)
            case _:
                parts = (mail.header("Subject"), mail.header("To"), mail.header("From"), mail.body())
                return value in " ".join(parts).lower()


def decode_raw(text: Any) -> bytes:
    """Return the bytes of a base64url `raw`. Raises 400."""
    if not isinstance(text, str) or not text:
        raise errors.invalid(
            "'raw' RFC822 payload message string or uploading message via /upload/* URL required"
        )
    try:
        return base64.b64decode(
            text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True
        )
    except (binascii.Error, ValueError):
        raise errors.invalid("Invalid value for ByteString: raw") from None


def encode(data: bytes) -> str:
    """Return base64url, padded, as Gmail writes it."""
    return base64.urlsafe_b64encode(data).decode()


def payload(message: Message, part_id: str = "") -> Json:
    """
    Return Gmail's form of a MIME part and of all parts inside it.

    Text comes as UTF-8 whatever its headers say, and what is attached has to be fetched by itself.
    """
    told: Json = {
        "partId": part_id,
        "mimeType": message.get_content_type(),
        "filename": message.get_filename() or "",
        "headers": [{"name": k, "value": readable(str(v))} for k, v in message.items()],
    }
    if message.is_multipart():
        inside = [p for p in message.get_payload() if isinstance(p, Message)]
        dot = f"{part_id}." if part_id else ""
        told["body"] = {"size": 0}
        told["parts"] = [payload(p, f"{dot}{n}") for n, p in enumerate(inside)]
    else:
        data = message.get_payload(decode=True)
        data = data if isinstance(data, bytes) else b""
        if told["filename"] or message.get_content_maintype() != "text":
            told["body"] = {"attachmentId": f"ANGjdJ-{part_id or 0}", "size": len(data)}
        else:
            data = _text(message, keep_lines=True).encode()
            told["body"] = {"size": len(data), "data": encode(data)}
    return told


def attachment(message: Message, part_id: str) -> bytes | None:
    """Return the bytes of the part with this id, or None."""
    part: Message | None = message
    for number in [n for n in part_id.split(".") if message.is_multipart()]:
        inside = [p for p in part.get_payload() if isinstance(p, Message)] if part else []
        part = inside[int(number)] if number.isdigit() and int(number) < len(inside) else None
    data = part.get_payload(decode=True) if part is not None else None
    return data if isinstance(data, bytes) else None


def readable(value: str) -> str:
    """Return a header with its encoded words decoded."""
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError):
        return value


def _headers(raw: bytes) -> list[tuple[str, str]]:
    parsed = BytesHeaderParser(policy=email.policy.compat32).parsebytes(raw)
    return [(k, re.sub(r"\r?\n[ \t]+", " ", str(v))) for k, v in parsed.items()]


def _text(part: Message, *, keep_lines: bool = False) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    try:
        text = data.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        text = data.decode("utf-8", "replace")
    return text if keep_lines else text.replace("\r\n", "\n")


def _plain_subject(subject: str) -> str:
    return re.sub(r"^(?:(?:re|aw|fwd?|wg)\s*:\s*)+", "", subject.strip(), flags=re.IGNORECASE).lower()


def _bare(message_id: str) -> str:
    return message_id.strip().strip("<>").lower()


def _terms(query: str) -> list[tuple[bool, str, str]]:
    """Return (must hold, operator or "", value) for each word of a Gmail search."""
    try:
        words = shlex.split(query.replace("'", " "))
    except ValueError:
        words = query.split()
    terms = []
    for word in words:
        wanted = not word.startswith("-")
        key, colon, value = word.lstrip("-").partition(":")
        terms.append(
            (wanted, key.lower(), value) if colon and key.isalnum() else (wanted, "", word.lstrip("-"))
        )
    return terms


def _moment_ms(text: str) -> int:
    from datetime import UTC, datetime

    if text.isdigit():
        return int(text) * 1000
    try:
        year, month, day = (int(part) for part in re.split(r"[/-]", text))
        return int(datetime(year, month, day, tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return 0
