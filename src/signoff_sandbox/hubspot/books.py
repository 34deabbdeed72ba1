"""The books of the practice HubSpot, for programs and for people."""

from __future__ import annotations

import html

from signoff_sandbox.clock import iso
from signoff_sandbox.desk import Json
from signoff_sandbox.hubspot.account import OWNERS
from signoff_sandbox.hubspot.door import Door
from signoff_sandbox.hubspot.objects import ACCOUNT_ID, Objects
from signoff_sandbox.hubspot.shelf import Cabinet, Record
from signoff_sandbox.page import page, table


class Books:
    """Tells what the account holds and what was written by API."""

    def __init__(self, cabinet: Cabinet, door: Door, objects: Objects) -> None:
        self.cabinet = cabinet
        self.door = door
        self.objects = objects

    def summary(self) -> Json:
        """Return counts only; cheap for any number of contacts."""
        contacts, notes = self.cabinet.contacts, self.cabinet.shelves["notes"]
        writes = self.objects.property_writes
        return {
            "contacts": sum(not r.archived for r in contacts.records.values()),
            "notes": len(notes.records),
            "property_writes": len(writes),
            "tasks": len(self.cabinet.shelves["tasks"].records),
            "companies": len(self.cabinet.shelves["companies"].records),
            "deals": len(self.cabinet.shelves["deals"].records),
            "emails": len(self.cabinet.shelves["emails"].records),
        }

    def whole(self) -> Json:
        """Return all contacts, notes, writes and the keys' last letters."""
        contacts, notes = self.cabinet.contacts, self.cabinet.shelves["notes"]
        writes = self.objects.property_writes
        return {
            "contacts": [self._contact_told(r) for r in contacts.records.values()],
            "notes": [self._note_told(r) for r in notes.records.values()],
            "property_writes": writes,
            **{name: self._shelf_told(name) for name in ("tasks", "emails", "companies", "deals")},
            "keys": [
                {"last4": k.token[-4:], "revoked": k.revoked, "scopes": sorted(k.scopes)}
                for k in self.door.keys.values()
            ],
            "used_today": self.door.used_today,
        }

    def contact(self, id: str) -> Json | None:
        """Return one contact as `whole` tells it, None where there is none: the whole grows with every lead."""
        record = self.cabinet.contacts.records.get(int(id)) if id.isdecimal() else None
        return self._contact_told(record) if record else None

    def _shelf_told(self, name: str) -> list[Json]:
        shelf = self.cabinet.shelves[name]
        return [
            {"id": str(record.id), "tied": self._ties(name, record.id), **record.values}
            for record in shelf.records.values()
        ]

    def _ties(self, name: str, id: int) -> Json:
        """Return the ids that a record is tied to, by their kind."""
        shelf = self.cabinet.shelves[name]
        tied = {
            other.singular: self.cabinet.tied(shelf, id, other) for other in self.cabinet.shelves.values()
        }
        return {kind: [str(one) for one in ids] for kind, ids in tied.items() if ids}

    def _contact_told(self, record: Record) -> Json:
        return {
            "id": str(record.id),
            "archived": record.archived,
            "created_at": iso(record.created_ms / 1000),
            "modified_at": iso(record.modified_ms / 1000),
            "properties": record.values,
        }

    def _note_told(self, record: Record) -> Json:
        tied = self.cabinet.tied(self.cabinet.shelves["notes"], record.id, self.cabinet.contacts)
        return {
            "id": str(record.id),
            "body": record.values.get("hs_note_body", ""),
            "contact_ids": [str(i) for i in tied],
            "tied": self._ties("notes", record.id),
            "created_at": iso(record.created_ms / 1000),
            "archived": record.archived,
        }

    def front_page(self, title: str) -> str:
        newest = sorted(self.cabinet.contacts.records.values(), key=lambda r: -r.id)[:50]
        rows = [
            (
                f'<a href="/contacts/{ACCOUNT_ID}/record/0-1/{r.id}">{html.escape(_name(r))}</a>',
                html.escape(r.values.get("company", "")),
                html.escape(r.values.get("lead_intent", "")),
                html.escape(iso(r.created_ms / 1000)[:16].replace("T", " ")),
            )
            for r in newest
        ]
        owners = ", ".join(f"{o['firstName']} {o['lastName']}" for o in OWNERS)
        intro = (
            f"<p>The contacts of Harbour Desk, a made-up business. Owners: {html.escape(owners)}.</p>"
            '<form method="post" action="/new-lead"><button class="go">Let a new lead arrive</button></form>'
        )
        return page(
            title,
            intro + table(("Contact", "Company", "Lead intent", "Created"), rows, "No contacts yet."),
        )

    def record_page(self, title: str, kind: str, id: str) -> str | None:
        """Return the page of one contact, company or deal, or None when there is none."""
        shelf = self.cabinet.shelf(kind)
        record = shelf.find(id) if shelf else None
        if shelf is None or record is None:
            return None
        properties = shelf.properties
        fields = [
            (html.escape(properties[k].label if k in properties else k), html.escape(v))
            for k, v in record.values.items()
        ]
        notes_shelf = self.cabinet.shelves["notes"]
        ids = self.cabinet.tied(shelf, record.id, notes_shelf)
        notes = [
            (
                html.escape(iso(n.created_ms / 1000)[:16].replace("T", " ")),
                html.escape(n.values.get("hs_note_body", "")),
            )
            for n in (notes_shelf.get(i) for i in ids)
            if n
        ]
        content = (
            f"<h2>{html.escape(_name(record))}</h2>"
            + table(("Field", "Value"), fields, "Nothing is known.")
            + "<h2>Notes</h2>"
            + table(("When", "Note"), notes, "No notes yet.")
        )
        return page(title, content)


def _name(record: Record) -> str:
    parts = (record.values.get("firstname", ""), record.values.get("lastname", ""))
    others = (record.values.get(name) for name in ("email", "name", "dealname"))
    return " ".join(p for p in parts if p) or next((o for o in others if o), f"Record {record.id}")
