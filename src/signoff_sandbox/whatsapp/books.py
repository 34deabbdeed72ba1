"""The books of the practice WhatsApp, for programs and for people."""

from __future__ import annotations

import html

from signoff_sandbox.clock import iso
from signoff_sandbox.desk import Json
from signoff_sandbox.page import page, table
from signoff_sandbox.whatsapp.chats import Chats
from signoff_sandbox.whatsapp.office import Office
from signoff_sandbox.whatsapp.sending import Sending
from signoff_sandbox.whatsapp.webhooks import Webhooks

SHOWN = 60


class Books:
    """Tells what was written, and what became of it."""

    def __init__(self, office: Office, chats: Chats, sending: Sending, webhooks: Webhooks) -> None:
        self.office = office
        self.chats = chats
        self.sending = sending
        self.webhooks = webhooks

    def summary(self) -> Json:
        """Return counts only."""
        messages = self.chats.messages.values()
        return {
            "received": sum(m.inbound for m in messages),
            "sent": sum(not m.inbound for m in messages),
            "failed": sum(m.status == "failed" for m in messages),
            "undelivered_webhooks": len(self.webhooks.waiting),
            "held_statuses": len(self.sending.held),
            "callback": bool(self.office.callback_url),
        }

    def whole(self) -> Json:
        """Return every message and the webhooks that told of them."""
        messages = self.chats.messages.values()
        return {
            "received": [m.told() for m in messages if m.inbound],
            "sent": [m.told() for m in messages if not m.inbound],
            "webhooks": self.webhooks.told,
            "undelivered_webhooks": [one.answers for one in self.webhooks.waiting],
            "held_statuses": [[message.id, status] for message, status in self.sending.held],
            "templates": [t.told() for t in self.office.templates],
            "version": self.office.served,
        }

    def front_page(self, title: str) -> str:
        newest = list(reversed(self.chats.messages.values()))[:SHOWN]
        rows = [
            (
                "They wrote" if m.inbound else "We sent",
                html.escape(m.customer.name),
                html.escape(m.text or f"({m.kind})"),
                html.escape("read" if m.inbound and m.read else m.status),
                html.escape(iso(m.at)[:16].replace("T", " ")),
            )
            for m in newest
        ]
        form = (
            '<form method="post" action="/write"><p><label>Name <input name="name" value="Ada Lovelace"></label> '
            '<label>Writes <input name="text" size="50" value="What does it cost for 8 people?"></label> '
            '<button class="go">Send as this customer</button></p></form>'
        )
        heads = ("", "Customer", "Text", "", "When")
        return page(title, form + table(heads, rows, "Nobody has written yet."))
