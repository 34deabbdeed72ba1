"""
Mail that arrives in a folder, told by the numbers that the server gives its mails.

While a folder's UIDVALIDITY stays the same, a number names one mail for ever and later mails get higher ones (RFC
9051, 2.3.1.1), so the cursor is the next number. When it changes (a restored backup, a moved mailbox) the numbers mean
nothing any more: the folder is then searched from a week before the last good look, and each mail is told under a key
made of its own headers, by which what was seen before is known again.

Left out are drafts, what was sent from this mailbox, mail that is older than the integration, and what no person wrote,
unless the owner wants it. A mail that cannot be read keeps no other from being told: it begins a run of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from signoff.connectors.base import Event, Field, Page, Record
from signoff.connectors.cursors import Cursor
from signoff.connectors.letters import ARRIVES, FIELDS, Letter, headers_of
from signoff.connectors.mail.structure import WHOLE_BYTES, letter_in_parts, whole_letter
from signoff.connectors.polling import millis
from signoff.core.clock import now
from signoff.core.errors import InputRejected
from signoff.outbound.imap import Box, Opened
from signoff.outbound.mail_door import MailDoor

AT_ONCE: Final = 25
SEARCHED_AT_ONCE: Final = 100
LAST: Final = 4_294_967_295
LOOK_BACK: Final = timedelta(days=7)  # longer than servers try to deliver a mail
CLOCKS: Final = timedelta(hours=1)  # what our clock and the server's may be apart, generously

OF_A_MAILBOX: Final = (Field("received_at", "Received at", "datetime"),)
MAIL_FIELDS: Final = (*FIELDS, *OF_A_MAILBOX)

STARTS: Final[Mapping[str, frozenset[str]]] = {
    "from people": frozenset({"person"}),
    "from people and groups": frozenset({"person", "group"}),
    "everything": frozenset(
        {"person", "group", "newsletter", "automatic answer", "not delivered", "machine"}
    ),
}

_HEAD: Final = "BODY.PEEK[HEADER]<0.100000>"
_PRINTED: Final = re.compile(r"[\x21-\x7e]{1,150}")


@dataclass(frozen=True)
class Place(Cursor):
    """
    How far the folder was read; times are milliseconds. Written as JSON, it is the cursor.

    `next` is the lowest number that was not seen, `start` when the integration began, `seen` when we last looked.
    While the folder is searched, `since` says from when on and `at` the next number to tell; mails from `next` on
    come afterwards.
    """

    validity: int
    next: int
    start: int
    seen: int
    since: int | None = None
    at: int = 0


@dataclass(frozen=True)
class Inbox:
    """The folder that is read, whose address it is, and which letters are told."""

    door: MailDoor
    folder: str
    address: str
    starts: str

    def tells(self, letter: Letter) -> bool:
        """Say whether a letter starts anything: by who wrote it, and never what was sent from this mailbox."""
        if letter.from_email == self.address.lower():
            others = {*letter.to, *letter.cc} - {letter.from_email}
            if letter.mark or (others and letter.answer_to == letter.from_email):
                return False
        kind = letter.kind
        if kind == "machine" and letter.answer_to != letter.from_email:
            kind = (
                "person"  # a form on a website: a program sends it, and the answer goes to who filled it in
            )
        return kind in STARTS.get(self.starts, STARTS["from people"])


def changes(inbox: Inbox, cursor: str | None, fields: Sequence[str]) -> Page:
    """Return the mail that has arrived since the cursor; see `Connector.changes`."""
    moment = millis(now())
    with inbox.door.mailbox() as box:
        opened = box.open(inbox.folder)
        following = opened.next or max(box.search("ALL"), default=0) + 1
        if cursor is None:
            return Page((), Place(opened.validity, following, start=moment, seen=moment).write())
        place = Place.read(cursor)
        if opened.validity != place.validity or following < place.next:
            since = max(place.start, place.seen - _span(LOOK_BACK))
            since = since if place.since is None else min(since, place.since)
            place = replace(place, validity=opened.validity, next=following, since=since, at=1)
        if place.since is not None:
            return _searched(inbox, box, place, place.since)
        found = [uid for uid in box.search("UID", f"{place.next}:{LAST}") if uid >= place.next]
        if not found:
            return Page((), replace(place, next=max(place.next, following), seen=moment).write())
        now_read, later = found[:AT_ONCE], found[AT_ONCE:]
        events = _told(inbox, box, place, now_read, fields)
    there = replace(place, next=now_read[-1] + 1, seen=place.seen if later else moment)
    return Page(events, there.write(), more=bool(later))


def read(inbox: Inbox, id: str, fields: Sequence[str]) -> Record | None:
    """Return one mail as a record, or None when it is gone or starts nothing."""
    with inbox.door.mailbox() as box:
        opened = box.open(inbox.folder)
        uid = located(box, opened, id)
        if uid is None:
            return None
        heads = _heads(box, [uid])
        if uid not in heads:
            return None
        letter = _letter(box, uid, heads[uid])
    if letter is None or not inbox.tells(letter):
        return None
    return _record(_id(opened.validity, uid, letter.message_id), letter, heads[uid].at, fields)


def located(box: Box, opened: Opened, id: str) -> int | None:
    """Return the number of a mail in the open folder by the id in its record, None where it is not there (any more)."""
    validity, _, rest = id.partition(".")
    number, _, message_id = rest.partition(".")
    if not number.isdigit() or not validity.isdigit():
        return None
    if int(validity) == opened.validity:
        return int(number) if box.search("UID", f"{int(number)}:{int(number)}") else None
    return by_message_id(box, message_id)


def by_message_id(box: Box, message_id: str) -> int | None:
    """Return the number of the newest mail in the open folder with this Message-ID."""
    if not _PRINTED.fullmatch(message_id):
        return None
    return max(box.search("HEADER", "Message-ID", message_id), default=None)


@dataclass(frozen=True)
class _Head:
    """What is asked of a mail before anything of its body."""

    raw: bytes
    at: datetime
    size: int
    flags: frozenset[bytes]


def _told(
    inbox: Inbox, box: Box, place: Place, uids: Sequence[int], fields: Sequence[str]
) -> tuple[Event, ...]:
    """Return the events of mails that have arrived, the unreadable ones as events that are still to be read."""
    heads = _heads(box, uids)
    young = {uid: head for uid, head in heads.items() if _counts(head, place)}
    bodies = _bodies(box, [uid for uid, head in young.items() if head.size <= WHOLE_BYTES])
    events = []
    for uid in sorted(young):
        head = young[uid]
        try:
            letter = whole_letter(bodies[uid]) if uid in bodies else _letter(box, uid, head)
        except InputRejected:
            events.append(_unread(place.validity, uid, head))
            continue
        if letter is None or not inbox.tells(letter):
            continue
        id = _id(place.validity, uid, letter.message_id)
        who = letter.from_name or letter.from_email or "Somebody"
        label = f"{who}: {letter.subject or 'no subject'}"
        events.append(Event(_key(head.raw), id, _record(id, letter, head.at, fields), label, head.at))
    return tuple(events)


def _bodies(box: Box, uids: Sequence[int]) -> dict[int, bytes]:
    """Return mails whole, by one question; none where the server cannot give one of them: then each is asked for."""
    try:
        told = box.fetch(uids, "BODY.PEEK[]")
    except InputRejected:
        return {}
    return {uid: one[b"BODY[]"] for uid, one in told.items() if isinstance(one.get(b"BODY[]"), bytes)}


def _searched(inbox: Inbox, box: Box, place: Place, since: int) -> Page:
    """Return a page of what lies in a folder whose numbers have changed: those that are known are not read again."""
    # Servers compare days, in a time zone of their own: one day more, rather than a mail less.
    day = (datetime.fromtimestamp(since / 1000, UTC) - timedelta(days=1)).date()
    found = [uid for uid in box.search("SINCE", day) if place.at <= uid < place.next]
    heads = _heads(box, found[:SEARCHED_AT_ONCE])
    events = tuple(
        _unread(place.validity, uid, heads[uid])
        for uid in sorted(heads)
        if _counts(heads[uid], place) and not _is_long_ago(heads[uid], place)
    )
    if len(found) > SEARCHED_AT_ONCE:
        return Page(events, replace(place, at=found[SEARCHED_AT_ONCE - 1] + 1).write(), more=True)
    return Page(events, replace(place, since=None, at=0).write(), more=True)


def _heads(box: Box, uids: Sequence[int]) -> dict[int, _Head]:
    told = box.fetch(uids, "INTERNALDATE", "RFC822.SIZE", "FLAGS", _HEAD)
    return {uid: _head(told[uid]) for uid in uids if uid in told}


def _head(told: Mapping[bytes, Any]) -> _Head:
    at = told.get(b"INTERNALDATE")
    moment = at if isinstance(at, datetime) else now()
    raw = next((part for name, part in told.items() if name.startswith(b"BODY[HEADER]")), b"")
    return _Head(
        raw if isinstance(raw, bytes) else b"",
        moment if moment.tzinfo else moment.replace(tzinfo=UTC),
        int(told.get(b"RFC822.SIZE") or 0),
        frozenset(flag.lower() for flag in told.get(b"FLAGS", ()) if isinstance(flag, bytes)),
    )


def _letter(box: Box, uid: int, head: _Head) -> Letter | None:
    """Return a mail as a letter, None when it has gone meanwhile. What is attached to a large one is not fetched."""
    if head.size > WHOLE_BYTES:
        return letter_in_parts(box, uid, head.raw)
    raw = box.fetch([uid], "BODY.PEEK[]").get(uid, {}).get(b"BODY[]")
    return whole_letter(raw) if isinstance(raw, bytes) else None


def _counts(head: _Head, place: Place) -> bool:
    """Say whether a mail is one that has arrived: no draft, nothing deleted, nothing from before the integration."""
    if head.flags & {b"\\draft", b"\\deleted"}:
        return False
    return millis(head.at) >= place.start - _span(CLOCKS)


def _is_long_ago(head: _Head, place: Place) -> bool:
    """
    Say whether a mail was written long before the integration began.

    A mailbox that is moved can make all its mails look as if they had arrived at that moment.
    """
    date = next((value for name, value in headers_of(head.raw) if name.lower() == "date"), "")
    try:
        written = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return False
    written = written if written.tzinfo else written.replace(tzinfo=UTC)
    return millis(written) < place.start - _span(LOOK_BACK)


def _unread(validity: int, uid: int, head: _Head) -> Event:
    """Return an event that says no more than that a mail is there: its run begins by reading it."""
    message_id = _named(head.raw).get("message-id", "").strip().strip("<>")
    id = _id(validity, uid, message_id)
    return Event(_key(head.raw), id, {"id": id}, "", head.at, to_read=True)


def _key(head: bytes) -> str:
    """
    Return what a mail is known by, whatever number it has: its Message-ID with its date, sender and subject.

    Some programs give all their mails the same Message-ID, so that alone would lose some. Where a mail has none, all
    its headers count: the lines that servers put there on the way are different for each.
    """
    named = _named(head)
    names = ("message-id", "date", "from", "subject")
    said = (
        "\0".join(named.get(name, "") for name in names)
        if named.get("message-id")
        else head.decode("latin-1")
    )
    return f"{ARRIVES.name}:{hashlib.sha256(said.encode()).hexdigest()[:40]}"


def _named(head: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers_of(head):
        found.setdefault(name.lower(), " ".join(value.split()))
    return found


def _id(validity: int, uid: int, message_id: str) -> str:
    """Return the id of a mail in its record: by its number, and by its Message-ID once that means nothing any more."""
    return f"{validity}.{uid}.{message_id if _PRINTED.fullmatch(message_id) else ''}"


def _record(id: str, letter: Letter, at: datetime, fields: Sequence[str]) -> Record:
    record = {**letter.record(), "received_at": at.astimezone(UTC).isoformat()}
    names = fields or list(record)
    return {"id": id, **{name: record.get(name) for name in names if name != "id"}}


def _span(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)
