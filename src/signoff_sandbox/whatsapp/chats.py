"""The customers of the practice WhatsApp, what was written, and for how long they may be answered freely."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from signoff_sandbox.clock import Clock, iso
from signoff_sandbox.whatsapp.office import Number

WINDOW_SECONDS = 24 * 3600
MEDIA_SECONDS = 300
BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
KINDS_WITH_MEDIA = ("image", "audio", "video", "document", "sticker")


@dataclass
class Customer:
    """Somebody with a phone. `hides_number`: they have a username, and businesses do not see their number."""

    wa_id: str
    user_id: str
    name: str
    username: str = ""
    hides_number: bool = False
    on_whatsapp: bool = True

    def contact(self) -> dict[str, Any]:
        """Return them as a webhook's `contacts` tells them."""
        profile = {"name": self.name, **({"username": self.username} if self.username else {})}
        number = {} if self.hides_number else {"wa_id": self.wa_id}
        return {"profile": profile, **number, "user_id": self.user_id}


@dataclass
class Message:
    """One message, in either direction; `content` as the API has it."""

    id: str
    number: str
    customer: Customer
    inbound: bool
    kind: str
    content: Any
    at: float
    marker: str = ""
    answers: str = ""
    text: str = ""
    status: str = ""
    fault: int | None = None
    read: bool = False

    def told(self) -> dict[str, Any]:
        """Return it as the books have it."""
        return {
            "id": self.id,
            "number": self.number,
            "with": self.customer.wa_id,
            "user_id": self.customer.user_id,
            "name": self.customer.name,
            "inbound": self.inbound,
            "type": self.kind,
            "text": self.text,
            "marker": self.marker,
            "answers": self.answers,
            "status": self.status,
            "fault": self.fault,
            "read": self.read,
            "at": iso(self.at),
            **(
                {"media": self.content["id"]}
                if self.kind in KINDS_WITH_MEDIA and self.content.get("id")
                else {}
            ),
        }


@dataclass
class Media:
    """A file that was sent or uploaded."""

    id: str
    number: str
    kind: str
    content: bytes = field(repr=False)
    name: str = ""

    def sha256(self) -> str:
        return base64.b64encode(hashlib.sha256(self.content).digest()).decode()


@dataclass
class Chats:
    """Everything that was written, by id."""

    clock: Clock
    customers: dict[str, Customer] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    last_heard: dict[tuple[str, str], float] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def customer(self, wa_id: str, **about: Any) -> Customer:
        """Return the customer with a phone number; somebody new is somebody who was not written to yet."""
        found = self.customers.get(wa_id)
        if found is None:
            digits = hashlib.sha256(wa_id.encode()).hexdigest()
            found = Customer(wa_id, f"US.{int(digits[:15], 16)}", f"Customer {wa_id[-4:]}")
            self.customers[wa_id] = found
        for name, value in about.items():
            if value is not None:
                setattr(found, name, value)
        return found

    def by_user_id(self, user_id: str) -> Customer | None:
        return next((c for c in self.customers.values() if c.user_id == user_id), None)

    def add(
        self, number: Number, customer: Customer, inbound: bool, kind: str, content: Any, **more: Any
    ) -> Message:
        """Keep a message and return it; one of a customer opens the window."""
        at = float(more.pop("at", self.clock.now()))
        mark = f"{'IN' if inbound else 'OUT'}{next(self._numbers):08d}{customer.wa_id[-6:]}"
        id = more.pop("id", None) or "wamid." + base64.b64encode(mark.encode()).decode()
        message = Message(id, number.id, customer, inbound, kind, content, at, **more)
        message.text = message.text or text_of(kind, content)
        self.messages[id] = message
        if inbound:
            key = (number.id, customer.wa_id)
            self.last_heard[key] = max(self.last_heard.get(key, 0.0), at)
        return message

    def is_open(self, number: Number, customer: Customer) -> bool:
        """Say whether the customer may be answered freely: for 24 hours after they last wrote."""
        heard = self.last_heard.get((number.id, customer.wa_id))
        return heard is not None and self.clock.now() < heard + WINDOW_SECONDS

    def keep(self, number: str, kind: str, content: bytes, name: str = "") -> Media:
        """Keep a file and return it."""
        id = str(1_003_383_421_387_000 + next(self._numbers))
        self.media[id] = Media(id, number, kind, content, name)
        return self.media[id]


def text_of(kind: str, content: Any) -> str:
    """Return what a person reads in a message."""
    if not isinstance(content, dict):
        return ""
    found = content.get("body") or content.get("caption") or content.get("text") or content.get("name")
    if isinstance(found, str):
        return found
    if kind == "interactive":
        reply = content.get("button_reply") or content.get("list_reply") or content.get("body") or {}
        return str(reply.get("title") or reply.get("text") or "")
    return ""
