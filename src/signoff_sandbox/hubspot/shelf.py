"""Keeps the records of the practice account and what is tied to what."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field

from signoff_sandbox.clock import Clock, iso
from signoff_sandbox.hubspot.properties import COMPANIES, CONTACTS, DEALS, EMAILS, NOTES, TASKS, Property

FIRST_ID = 501

# Who changed a property, as `propertiesWithHistory` tells it: a kind and an id.
Source = tuple[str, str]
A_PERSON: Source = ("CRM_UI", "userId:9001")


@dataclass(slots=True)
class Record:
    """
    One record. Times are epoch milliseconds, as HubSpot keeps them.

    `before` is the version that the search index still shows while the newest one is on its way into it.
    `changes` are (time, property, value before, value after, who), the oldest first.
    """

    id: int
    values: dict[str, str]
    created_ms: int
    modified_ms: int
    archived: bool = False
    before: tuple[dict[str, str], int] | None = None
    made_by: Source = A_PERSON
    changes: list[tuple[int, str, str, str, Source]] = field(default_factory=list)

    def history(self, name: str) -> list[tuple[str, int, Source]]:
        """Return what a property was, the newest first, each with its time and who wrote it."""
        changes = [change for change in self.changes if change[1] == name]
        told = [(after, at, source) for at, _, _, after, source in reversed(changes)]
        first = changes[0][2] if changes else self.values.get(name, "")
        return [*told, (first, self.created_ms, self.made_by)] if first else told


@dataclass
class Shelf:
    """All records of one kind."""

    name: str
    type_id: str
    singular: str
    properties: dict[str, Property]
    created_name: str
    modified_name: str
    shown: tuple[str, ...]
    scope: str
    required: tuple[str, ...] = ()
    records: dict[int, Record] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    by_email: dict[str, int] = field(default_factory=dict)
    # (modified, id), sorted; outdated pairs stay and are skipped by whoever looks.
    by_modified: list[tuple[int, int]] = field(default_factory=list)
    by_id: list[int] = field(default_factory=list)

    def get(self, id: int, *, archived: bool = False) -> Record | None:
        """Return the record with this id, following merges; archived ones only when asked."""
        record = self.records.get(self.merged.get(id, id))
        return record if record and record.archived == archived else None

    def find(self, text: str, id_property: str = "", *, archived: bool = False) -> Record | None:
        """Return the record by its id, or by another unique property."""
        if id_property in ("", "hs_object_id"):
            return self.get(int(text), archived=archived) if text.isdigit() else None
        if id_property == "email":
            return self.get(self.by_email.get(text.strip().lower(), -1), archived=archived)
        for record in self.records.values():
            if record.values.get(id_property) == text and record.archived == archived:
                return record
        return None

    def add(self, id: int, values: dict[str, str], now_ms: int, made_by: Source = A_PERSON) -> Record:
        record = Record(id, values, now_ms, now_ms, made_by=made_by)
        self.records[id] = record
        self.by_id.append(id)
        insort(self.by_modified, (now_ms, id))
        self._know_email(record)
        return record

    def change(
        self,
        record: Record,
        values: dict[str, str],
        now_ms: int,
        lag_ms: int = 0,
        source: Source = A_PERSON,
    ) -> None:
        """Write values (an empty text clears) and raise the time of the last change."""
        old = (dict(record.values), record.modified_ms)
        if record.before is None or record.modified_ms <= now_ms - lag_ms:
            record.before = old
        email = record.values.get("email", "").lower()
        # A change always has a later time than the one before it, as a poller relies on.
        at_ms = max(now_ms, record.modified_ms + 1)
        for name, value in values.items():
            was = record.values.get(name, "")
            if was != value:  # the same value once more is no change of the property, only of the record
                record.changes.append((at_ms, name, was, value, source))
            if value == "":
                record.values.pop(name, None)
            else:
                record.values[name] = value
        if "email" in values and self.by_email.get(email) == record.id:
            del self.by_email[email]
        self._know_email(record)
        record.modified_ms = at_ms
        insort(self.by_modified, (record.modified_ms, record.id))

    def remove(self, record: Record) -> None:
        record.archived = True
        email = record.values.get("email", "").lower()
        if self.by_email.get(email) == record.id:
            del self.by_email[email]

    def page(self, after: int, limit: int, *, archived: bool = False) -> tuple[list[Record], int | None]:
        """
        Return records with an id above `after`, and the id to continue after (None: this was the last page).
        """
        found: list[Record] = []
        start = bisect_right(self.by_id, after)
        for position in range(start, len(self.by_id)):
            record = self.records[self.by_id[position]]
            if record.archived != archived:
                continue
            if len(found) == limit:
                return found, found[-1].id
            found.append(record)
        return found, None

    def modified_since(self, since_ms: int) -> Iterator[Record]:
        """
        Return each record once whose last change is at or after `since_ms`, or may have been in the index.
        """
        seen: set[int] = set()
        for position in range(bisect_left(self.by_modified, (since_ms, 0)), len(self.by_modified)):
            id = self.by_modified[position][1]
            if id not in seen:
                seen.add(id)
                yield self.records[id]

    def value(self, record: Record, name: str) -> str | None:
        """Return one property of a record, also those HubSpot works out."""
        if name == "hs_object_id":
            return str(record.id)
        if name == self.created_name:
            return iso(record.created_ms / 1000)
        if name == self.modified_name:
            return iso(record.modified_ms / 1000)
        if name == "hs_full_name_or_email":
            parts = (record.values.get("firstname", ""), record.values.get("lastname", ""))
            return " ".join(p for p in parts if p) or record.values.get("email")
        if name in ("hs_object_source", "hs_object_source_id"):
            return record.made_by[name == "hs_object_source_id"]
        return record.values.get(name)

    def _know_email(self, record: Record) -> None:
        email = record.values.get("email", "").lower()
        if email and self.name == "contacts":
            self.by_email[email] = record.id


# The ids of HubSpot's own association types, one way and back.
TYPE_IDS = {
    ("notes", "contacts"): 202,
    ("contacts", "notes"): 201,
    ("emails", "contacts"): 198,
    ("contacts", "emails"): 197,
    ("tasks", "contacts"): 204,
    ("contacts", "tasks"): 203,
    ("notes", "companies"): 190,
    ("companies", "notes"): 189,
    ("notes", "deals"): 214,
    ("deals", "notes"): 213,
    ("tasks", "companies"): 192,
    ("companies", "tasks"): 191,
    ("tasks", "deals"): 216,
    ("deals", "tasks"): 215,
    ("emails", "companies"): 186,
    ("companies", "emails"): 185,
    ("emails", "deals"): 210,
    ("deals", "emails"): 209,
    ("contacts", "companies"): 279,
    ("companies", "contacts"): 280,
    ("deals", "contacts"): 3,
    ("contacts", "deals"): 4,
    ("deals", "companies"): 341,
    ("companies", "deals"): 342,
}
# A contact and a deal have one company that is called their primary one: the first they were tied to.
PRIMARY_IDS = {
    ("contacts", "companies"): 1,
    ("companies", "contacts"): 2,
    ("deals", "companies"): 5,
    ("companies", "deals"): 6,
}


class Cabinet:
    """All shelves of the account, and the ties between their records."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next_id = FIRST_ID
        self.ties: dict[tuple[str, int, str], list[int]] = {}
        self.shelves = {shelf.name: shelf for shelf in _shelves()}
        self._by_type_id = {s.type_id: s.name for s in self.shelves.values()}
        self._by_singular = {s.singular: s.name for s in self.shelves.values()}

    @property
    def contacts(self) -> Shelf:
        return self.shelves["contacts"]

    def now_ms(self) -> int:
        return int(self._clock.now() * 1000)

    def shelf(self, name: str) -> Shelf | None:
        """Return the shelf by its name (`contacts`), singular (`contact`) or type id (`0-1`)."""
        name = name.lower()
        name = self._by_type_id.get(name, self._by_singular.get(name, name))
        return self.shelves.get(name)

    def new_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def tied(self, one: Shelf, id: int, other: Shelf) -> list[int]:
        """Return the ids on shelf `other` that are tied to the record."""
        return self.ties.get((one.name, id, other.name), [])

    def type_ids(self, one: Shelf, id: int, other: Shelf, other_id: int) -> list[tuple[int, str | None]]:
        """Return the (id, label) of each association type between two records that are tied."""
        ids: list[tuple[int, str | None]] = [(TYPE_IDS.get((one.name, other.name), 0), None)]
        a, b = ((one, id), (other, other_id)) if other.name == "companies" else ((other, other_id), (one, id))
        primary = PRIMARY_IDS.get((one.name, other.name))
        if primary and self.tied(a[0], a[1], b[0])[:1] == [b[1]]:
            ids.append((primary, "Primary"))
        return ids

    def tie(self, one: Shelf, id: int, other: Shelf, other_id: int) -> None:
        """Tie two records, both ways; once is enough."""
        for a, a_id, b, b_id in ((one, id, other, other_id), (other, other_id, one, id)):
            there = self.ties.setdefault((a.name, a_id, b.name), [])
            if b_id not in there:
                there.append(b_id)

    def untie(self, one: Shelf, id: int, other: Shelf, other_id: int) -> None:
        for a, a_id, b, b_id in ((one, id, other, other_id), (other, other_id, one, id)):
            there = self.ties.get((a.name, a_id, b.name), [])
            if b_id in there:
                there.remove(b_id)

    def merge(self, winner: Record, loser: Record) -> None:
        """Let the loser's values and ties go to the winner; the old id leads to the winner from now on."""
        contacts = self.contacts
        contacts.remove(loser)
        gained = {k: v for k, v in loser.values.items() if k not in winner.values}
        merged = winner.values.get("hs_merged_object_ids", "")
        gained["hs_merged_object_ids"] = f"{merged};{loser.id}".strip(";")
        contacts.change(winner, gained, self.now_ms())
        contacts.merged[loser.id] = winner.id
        for name in self.shelves:
            for other_id in list(self.ties.get(("contacts", loser.id, name), [])):
                self.untie(contacts, loser.id, self.shelves[name], other_id)
                self.tie(contacts, winner.id, self.shelves[name], other_id)


def _by_name(properties: tuple[Property, ...]) -> dict[str, Property]:
    return {p.name: p for p in properties}


def _shelves() -> list[Shelf]:
    contacts = Shelf(
        name="contacts",
        type_id="0-1",
        singular="contact",
        properties=_by_name(CONTACTS),
        created_name="createdate",
        modified_name="lastmodifieddate",
        shown=("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
        scope="crm.objects.contacts",
    )
    companies = Shelf(
        name="companies",
        type_id="0-2",
        singular="company",
        properties=_by_name(COMPANIES),
        created_name="createdate",
        modified_name="hs_lastmodifieddate",
        shown=("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
        scope="crm.objects.companies",
    )
    deals = Shelf(
        name="deals",
        type_id="0-3",
        singular="deal",
        properties=_by_name(DEALS),
        created_name="createdate",
        modified_name="hs_lastmodifieddate",
        shown=(
            *("amount", "closedate", "createdate", "dealname", "dealstage"),
            *("hs_lastmodifieddate", "hs_object_id", "pipeline"),
        ),
        scope="crm.objects.deals",
    )
    return [
        contacts,
        companies,
        deals,
        _activity("notes", "0-46", "note", NOTES),
        _activity("tasks", "0-27", "task", TASKS),
        _activity("emails", "0-49", "email", EMAILS),
    ]


def _activity(name: str, type_id: str, singular: str, properties: tuple[Property, ...]) -> Shelf:
    """Return the shelf of something logged on a contact; the contacts' scopes are enough for it."""
    return Shelf(
        name=name,
        type_id=type_id,
        singular=singular,
        properties=_by_name(properties),
        created_name="hs_createdate",
        modified_name="hs_lastmodifieddate",
        shown=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
        scope="crm.objects.contacts",
        required=("hs_timestamp",),
    )
