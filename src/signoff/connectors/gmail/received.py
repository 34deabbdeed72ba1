"""
Mail that arrives in a Gmail mailbox, told by the history that Gmail keeps of it.

The history is asked from the place where it was left. Gmail keeps it for a week or so, at times only for hours; where
it is gone, the inbox is searched from a day before the last good look, and each message is told by its number, so what
was seen before is known again. Mail that is moved into the inbox later (from spam) is told too, once. A message that
cannot be read keeps no other from being told: it begins a run of its own, and what is wrong stands there.

Left out are drafts, what was sent from this mailbox, and mail that is older than the integration: a mailbox that is
moved to Google brings ten thousand of those. Source: https://developers.google.com/gmail/api/guides/sync
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from signoff.connectors.base import Event, Field, Page, Record
from signoff.connectors.cursors import Cursor
from signoff.connectors.gmail.answers import explain
from signoff.connectors.letters import ARRIVES, FIELDS, Letter, Part, letter_of
from signoff.connectors.polling import millis
from signoff.connectors.shapes import items, member, whole_number
from signoff.core.clock import now
from signoff.core.errors import AnswerUnexpected, Broken, Unavailable
from signoff.outbound.door import Door

ME: Final = "/gmail/v1/users/me"
AT_ONCE: Final = 25  # messages of one page: each costs 20 of the 6,000 units a minute
LOOK_BACK: Final = timedelta(days=1)
CLOCKS: Final = timedelta(hours=1)  # what our clock and Google's may be apart, generously
NOT_MAIL: Final = frozenset({"DRAFT", "SENT", "SPAM", "TRASH", "CHAT"})

OF_GMAIL: Final = (
    Field("thread_id", "Conversation in Gmail", "text"),
    Field("labels", "Labels in Gmail", "text"),
    Field("received_at", "Received at", "datetime"),
)
MAIL_FIELDS: Final = (*FIELDS, *OF_GMAIL)


@dataclass(frozen=True)
class Place(Cursor):
    """
    How far the mailbox was read; times are milliseconds. Written as JSON, it is the cursor.

    `history` is Gmail's number for the last change seen, `start` when the integration began, `seen` when we last
    looked. While the inbox is searched, `since` says from when on, and `token` names the next page.
    """

    history: str
    start: int
    seen: int
    since: int | None = None
    token: str = ""


def changes(door: Door, cursor: str | None, fields: Sequence[str]) -> Page:
    """Return the mail that has arrived since the cursor; see `Connector.changes`."""
    moment = millis(now())
    if cursor is None:
        return Page((), Place(_present(door), start=moment, seen=moment).write())
    place = Place.read(cursor)
    if place.since is not None:
        return _searched(door, place)
    reply = door.get(
        f"{ME}/history",
        params={
            "startHistoryId": place.history,
            "historyTypes": ["messageAdded", "labelAdded"],
            "maxResults": str(AT_ONCE),
        },
    )
    if reply.status == 404:
        # First from where the history goes on, then what lies before: in this order nothing falls between.
        # Gmail searches by whole seconds: mail of the second in which we began may be told, rather than missed.
        since = max(place.start, place.seen - millis_of(LOOK_BACK))
        again = replace(place, history=_present(door), since=since, token="")
        return Page((), again.write(), more=True)
    explain(reply)
    said = reply.json()
    events, history, whole = _told(door, items(member(said, "history")), place, fields)
    if not whole:
        return Page(events, replace(place, history=history).write())
    if member(said, "nextPageToken"):
        # The history is in order, so the last change of this page is a place to go on from; a token could end.
        return Page(events, replace(place, history=history).write(), more=True)
    latest = str(member(said, "historyId") or history)
    return Page(events, replace(place, history=latest, seen=moment).write())


def read(door: Door, id: str, fields: Sequence[str]) -> Record | None:
    """Return one message as a record, or None when it is gone or no mail of others."""
    message = _message(door, id)
    if message is None:
        return None
    letter = _letter(message)
    return None if _is_ours(door, message, letter) else record_of(door, message, letter, fields)


def latest(door: Door, most: int) -> list[Event]:
    """Return the latest mail of the inbox, the newest first; see `Connector.latest`."""
    reply = door.get(f"{ME}/messages", params={"q": "in:inbox", "maxResults": str(most)})
    explain(reply)
    events = []
    for item in items(member(reply.json(), "messages")):
        id = str(member(item, "id") or "")
        message = _message(door, id) if id else None
        if message is None:
            continue
        letter = _letter(message)
        if not _is_ours(door, message, letter):
            events.append(Event(_key(id), id, {"id": id}, _label(letter), _moment(message)))
    return events


def record_of(door: Door, message: Any, letter: Letter, fields: Sequence[str]) -> Record:
    record = {
        **letter.record(),
        "thread_id": str(member(message, "threadId") or ""),
        "received_at": _moment(message).isoformat(),
    }
    if not fields or "labels" in fields:
        record["labels"] = ", ".join(_label_names(door, message))
    names = fields or list(record)
    return {"id": str(member(message, "id")), **{name: record.get(name) for name in names if name != "id"}}


def millis_of(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)


# What arrived


def _told(
    door: Door, history: Sequence[Any], place: Place, fields: Sequence[str]
) -> tuple[tuple[Event, ...], str, bool]:
    """
    Return the events of a page of history, how far it was read, and whether that is all of it.

    Where Gmail cannot be asked in the middle, what was read before is told, so that a busy mailbox comes on.
    """
    events: dict[str, Event] = {}
    done = place.history
    for entry in history:
        for id in _arrived(entry):
            if id in events:
                continue
            try:
                event = _event(door, id, place, fields)
            except Unavailable:
                if done == place.history:
                    raise
                return tuple(events.values()), done, False
            except Broken:
                event = Event(_key(id), id, {"id": id}, "", to_read=True)
            if event is not None:
                events[id] = event
        done = str(member(entry, "id") or done)
    return tuple(events.values()), done, True


def _arrived(entry: Any) -> Iterator[str]:
    """Return the numbers of the messages that a change has brought into the inbox."""
    for added in items(member(entry, "messagesAdded")):
        labels = items(member(added, "message", "labelIds"))
        # Where no labels are told, the message itself will say.
        if not labels or ("INBOX" in labels and not NOT_MAIL & set(labels)):
            yield str(member(added, "message", "id"))
    for labelled in items(member(entry, "labelsAdded")):
        if "INBOX" in items(member(labelled, "labelIds")):
            yield str(member(labelled, "message", "id"))


def _event(door: Door, id: str, place: Place, fields: Sequence[str]) -> Event | None:
    message = _message(door, id)
    if message is None:
        return None
    at = _moment(message)
    letter = _letter(message)
    if millis(at) < place.start - millis_of(CLOCKS) or _is_ours(door, message, letter):
        return None
    record = record_of(door, message, letter, fields)
    return Event(_key(id), id, record, _label(letter), at)


def _label(letter: Letter) -> str:
    return f"{letter.from_name or letter.from_email or 'Somebody'}: {letter.subject or 'no subject'}"


def _searched(door: Door, place: Place) -> Page:
    """Return a page of the inbox, by its messages' numbers: those that are known are not read again."""
    asked = {"q": f"in:inbox after:{(place.since or 0) // 1000}", "maxResults": "100"}
    reply = door.get(
        f"{ME}/messages", params={**asked, **({"pageToken": place.token} if place.token else {})}
    )
    explain(reply)
    said = reply.json()
    found = (str(member(item, "id")) for item in items(member(said, "messages")) if member(item, "id"))
    events = tuple(Event(_key(id), id, {"id": id}, "", to_read=True) for id in found)
    token = member(said, "nextPageToken")
    if isinstance(token, str) and token:
        return Page(events, replace(place, token=token).write(), more=True)
    return Page(events, replace(place, since=None, token="").write(), more=True)


def _key(id: str) -> str:
    return f"{ARRIVES.name}:{id}"


# Asking


def _present(door: Door) -> str:
    """Return Gmail's number for the mailbox as it is now."""
    reply = door.get(f"{ME}/profile")
    explain(reply)
    history = member(reply.json(), "historyId")
    if not str(history or "").isdigit():
        raise AnswerUnexpected(f"{reply.call}: historyId missing", app=reply.app)
    return str(history)


def _message(door: Door, id: str) -> Any:
    """Return a message as Gmail takes it apart, None when it is gone."""
    reply = door.get(f"{ME}/messages/{quote(id, safe='')}", params={"format": "full"})
    if reply.status == 404:
        return None
    explain(reply)
    said = reply.json()
    if not isinstance(said, dict) or not member(said, "id"):
        raise AnswerUnexpected(f"{reply.call}: id missing", app=reply.app)
    return said


def _is_ours(door: Door, message: Any, letter: Letter) -> bool:
    """Say whether a message was written in this mailbox: by its labels, or by our mark and its address."""
    labels = set(items(member(message, "labelIds")))
    if NOT_MAIL & labels:
        return True
    if not letter.mark:
        return False
    # Marked by a Signoff, which may be somebody else's: ours only if it comes from this address.
    reply = door.get(f"{ME}/profile")
    explain(reply)
    return str(member(reply.json(), "emailAddress")).lower() == letter.from_email


def _label_names(door: Door, message: Any) -> list[str]:
    ids = [str(id) for id in items(member(message, "labelIds"))]
    names = labels_of(door) if any(id.startswith("Label_") for id in ids) else {}
    return [names.get(id, id) for id in ids]


def labels_of(door: Door) -> dict[str, str]:
    """Return the mailbox's labels, their names by their ids."""
    reply = door.get(f"{ME}/labels")
    explain(reply)
    return {
        str(member(label, "id")): str(member(label, "name"))
        for label in items(member(reply.json(), "labels"))
    }


# Reading


def _letter(message: Any) -> Letter:
    headers = [
        (str(member(header, "name")), str(member(header, "value")))
        for header in items(member(message, "payload", "headers"))
    ]
    return letter_of(headers, _part(member(message, "payload")))


def _part(told: Any) -> Part:
    """Return a part of a message; text comes as UTF-8, whatever its headers still say."""
    headers = {
        str(member(h, "name")).lower(): str(member(h, "value")) for h in items(member(told, "headers"))
    }
    data = member(told, "body", "data")
    return Part(
        type=str(member(told, "mimeType") or "text/plain").lower(),
        charset=_charset(headers.get("content-type", "")),
        name=str(member(told, "filename") or ""),
        is_attached=headers.get("content-disposition", "").strip().lower().startswith("attachment"),
        content=_decoded(data) if isinstance(data, str) else None,
        size=whole_number(member(told, "body", "size"), 0),
        is_utf8=True,
        parts=tuple(_part(one) for one in items(member(told, "parts"))),
    )


def _charset(content_type: str) -> str:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")
    return ""


def _decoded(data: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        return b""


def _moment(message: Any) -> datetime:
    return datetime.fromtimestamp(whole_number(member(message, "internalDate"), 0) / 1000, UTC)
