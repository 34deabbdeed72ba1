"""
What Meta tells us: customers' messages as records, and what became of ours.

One request can hold several entries, numbers and messages, and much that nobody answers: reactions, changes of a
number, templates that were reviewed. Each part may be missing. A part that cannot be understood must not keep the
others out, and a message that we cannot read is still a message of a customer.
Source: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

from signoff.connectors.base import Event, Field, Receipt, Record
from signoff.connectors.push import Push, Unreadable
from signoff.connectors.shapes import items, member, whole_number
from signoff.connectors.whatsapp import faults
from signoff.core.clock import now

OBJECT = "whatsapp_business_account"
NOT_TO_ANSWER = ("reaction", "system", "request_welcome", "revoke")
WITH_FILE = ("image", "audio", "video", "document", "sticker")
# A voice message that was listened to was read, in our words.
STATES: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    "sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed",
}  # fmt: skip

FIELDS = (
    Field("id", "Message", "text"),
    Field("from", "From", "text"),
    Field("name", "Name", "text"),
    Field("type", "Kind", "text"),
    Field("text", "Text", "text"),
    Field("sent_at", "Sent at", "datetime"),
    Field("wa_id", "Phone number", "phone"),
    Field("user_id", "Their id for this business", "text"),
    Field("username", "Username", "text"),
    Field("reply_to", "Answers our message", "text"),
    Field("button", "Button", "text"),
    Field("file", "File", "text"),
    Field("file_type", "Kind of file", "text"),
    Field("file_name", "Name of the file", "text"),
    Field("latitude", "Latitude", "number"),
    Field("longitude", "Longitude", "number"),
    Field("place", "Place", "text"),
    Field("contacts", "Contacts sent", "text"),
    Field("items", "Ordered", "text"),
)


def messages(push: Push) -> list[Event]:
    """Return the messages to our number in a request. Raises `Unreadable`."""
    found = []
    for value in _values(push):
        contacts = items(member(value, "contacts"))
        for message in items(member(value, "messages")):
            if isinstance(message, dict) and message.get("type") not in NOT_TO_ANSWER:
                found.append(_event(message, _sender(message, contacts)))
    return found


def receipts(push: Push) -> list[Receipt]:
    """Return what became of messages of our number. Raises `Unreadable`."""
    found = []
    for value in _values(push):
        for status in items(member(value, "statuses")):
            marker, state = (
                member(status, "biz_opaque_callback_data"),
                STATES.get(str(member(status, "status"))),
            )
            if isinstance(marker, str) and marker and state:
                found.append(
                    Receipt(
                        marker,
                        _text(member(status, "id")),
                        state,
                        _moment(member(status, "timestamp")) or now(),
                        faults.of_status(member(status, "errors")) if state == "failed" else None,
                    )
                )
    return found


def _values(push: Push) -> Iterator[Any]:
    """Return what a request says of our number; what it says of others is not ours."""
    said = push.json()
    if not isinstance(said, dict):
        raise Unreadable("It must be a JSON object.")
    if said.get("object") != OBJECT:
        return
    for entry in items(said.get("entry")):
        for change in items(member(entry, "changes")):
            value = member(change, "value")
            ours = str(member(value, "metadata", "phone_number_id")) == push.settings.get("phone_number_id")
            if member(change, "field") == "messages" and ours:
                yield value


def _sender(message: dict[str, Any], contacts: list[Any]) -> dict[str, Any]:
    """Return who wrote a message: the contact that its `from` or `from_user_id` names, else the only one."""
    ids = {_text(message.get("from")), _text(message.get("from_user_id"))} - {""}
    for contact in contacts:
        if isinstance(contact, dict) and ids & {_text(contact.get("wa_id")), _text(contact.get("user_id"))}:
            return contact
    if len(contacts) == 1 and isinstance(contacts[0], dict):
        return contacts[0]
    return {}


def _event(message: dict[str, Any], contact: dict[str, Any]) -> Event:
    wa_id = _text(contact.get("wa_id")) or _text(message.get("from"))
    user_id = _text(contact.get("user_id")) or _text(message.get("from_user_id"))
    sent_at = _moment(message.get("timestamp"))
    name, username = _text(member(contact, "profile", "name")), _text(member(contact, "profile", "username"))
    kind = _text(message.get("type")) or "unsupported"
    record: Record = {
        "id": _text(message.get("id")),
        # Somebody with a username may have no number for us: then their id for this business is who they are.
        "from": wa_id or user_id,
        "name": name,
        "type": kind,
        "text": "",
        "sent_at": sent_at.isoformat() if sent_at else "",
        "wa_id": wa_id,
        "user_id": user_id,
        "username": username,
        "reply_to": _text(member(message, "context", "id")),
        **_content(kind, message.get(kind)),
    }
    record = {field: value for field, value in record.items() if value != "" or field in ("text", "name")}
    return Event(
        key=f"message:{record['id']}" if record.get("id") else f"message-hash:{_hash(message)}",
        object_id=_text(message.get("id")),
        record=record,
        label=name or username or (f"+{wa_id}" if wa_id else user_id),
        occurred_at=sent_at,
        parties=tuple(dict.fromkeys(filter(None, (wa_id, user_id, _text(contact.get("parent_user_id")))))),
    )


def _content(kind: str, content: Any) -> dict[str, Any]:
    """Return what a message says, in fields; `text` is always what a person would read."""
    if kind in WITH_FILE:
        return {
            "text": _text(member(content, "caption")),
            "file": _text(member(content, "id")),
            "file_type": _text(member(content, "mime_type")).split(";")[0],
            "file_name": _text(member(content, "filename")),
        }
    if kind == "text":
        return {"text": _text(member(content, "body"))}
    if kind == "button":  # a button of a template
        return {"text": _text(member(content, "text")), "button": _text(member(content, "payload"))}
    if kind == "interactive":  # a button or a list of ours
        reply = member(content, _text(member(content, "type")))
        return {"text": _text(member(reply, "title")), "button": _text(member(reply, "id"))}
    if kind == "location":
        name, address = _text(member(content, "name")), _text(member(content, "address"))
        place = ", ".join(filter(None, (name, address)))
        latitude, longitude = member(content, "latitude"), member(content, "longitude")
        return {
            "text": place or f"{latitude}, {longitude}",
            "place": place,
            "latitude": latitude if isinstance(latitude, int | float) else "",
            "longitude": longitude if isinstance(longitude, int | float) else "",
        }
    if kind == "contacts":
        people = "; ".join(_contact(person) for person in items(content))
        return {"text": people, "contacts": people}
    if kind == "order":
        ordered = "; ".join(_item(item) for item in items(member(content, "product_items")))
        return {"text": _text(member(content, "text")) or ordered, "items": ordered}
    return {}


def _contact(person: Any) -> str:
    """Return a contact that was sent, as a person would write it down."""
    parts = [
        _text(member(person, "name", "formatted_name")),
        _text(member(person, "org", "company")),
        *(_text(member(phone, "phone")) for phone in items(member(person, "phones"))),
        *(_text(member(mail, "email")) for mail in items(member(person, "emails"))),
    ]
    return ", ".join(filter(None, parts))


def _item(item: Any) -> str:
    count = whole_number(member(item, "quantity"), 1)
    price, currency = _text(member(item, "item_price")), _text(member(item, "currency"))
    each = f" at {price} {currency}".rstrip() if price else ""
    return f"{count} × {_text(member(item, 'product_retailer_id'))}{each}"


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def _moment(seconds: Any) -> datetime | None:
    count = whole_number(seconds)
    return datetime.fromtimestamp(count, UTC) if 0 < count < 10**11 else None


def _hash(message: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(message, sort_keys=True).encode()).hexdigest()
