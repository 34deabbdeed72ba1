"""
HubSpot's CRM, on the date version in the manifest.

Facts and quirks come from HubSpot's API reference (error handling, search, usage guidelines, service keys)
as of November 2026; VENDOR_APIS.md, section 6, lists the pages. Three of them shape this file:

- Search copies lag behind and turn up late and out of order, so polling overlaps, and what it finds is read
  again by id. The same contact told twice carries the same event key.
- "Modified" does not mean that anything of ours changed: any calculated property, note or write of our own
  raises the stamp. A change counts when one of the fields that the integration reads has a new value since.
- Notes and tasks are not idempotent. Each carries a last line with our marker, by which it is found again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlsplit

from signoff.connectors.base import (
    Account,
    Choice,
    Connector,
    Event,
    Field,
    Intent,
    Limit,
    NotSent,
    Outcome,
    Page,
    Record,
    Sent,
    Trigger,
    Unknown,
    Written,
    action,
)
from signoff.connectors.hubspot.answers import (
    SCOPES,
    explain,
    id_of,
    moment_of,
    next_after,
    property_of,
    results,
    written,
)
from signoff.connectors.hubspot.described import choices_of, field_of
from signoff.connectors.hubspot.params import (
    AddNote,
    ByEmail,
    ContactRef,
    CreateContact,
    CreateTask,
    SetProperty,
    UpdateContact,
)
from signoff.connectors.hubspot.values import Value, as_text, iso, marked, marked_one
from signoff.connectors.polling import Place, millis
from signoff.connectors.shapes import items, member, whole_number
from signoff.core.clock import now
from signoff.core.errors import (
    AnswerUnexpected,
    InputRejected,
    PermissionMissing,
)
from signoff.outbound.door import KEY, Reply

VERSION: Final = "2026-09"
CONTACTS = f"/crm/objects/{VERSION}/contacts"
PROPERTIES = f"/crm/properties/{VERSION}/contacts"
OWNERS = f"/crm/owners/{VERSION}"

PAGE = 100  # what a batch read takes
PAGE_WITH_HISTORY = 50  # what it takes when it is asked for earlier values too
MAX_NOTES_READ = 2000
MAX_TEXT = 65_536

NEEDED = ("crm.objects.contacts.read", "crm.objects.contacts.write", "crm.schemas.contacts.read")

# The ids of HubSpot's own associations: https://github.com/HubSpot/hubspot-api-python association_type.py
NOTE_TO_CONTACT = 202
TASK_TO_CONTACT = 204


class HubSpot(Connector):
    """One HubSpot account, by a service key."""

    # A form may make a contact first and fill it then; search copies are late by seconds, at times minutes.
    settled: ClassVar[timedelta] = timedelta(seconds=10)
    overlap: ClassVar[timedelta] = timedelta(minutes=5)

    triggers = (
        Trigger("contact_created", "A new contact appears", "contact", ("email", "firstname", "lastname")),
        Trigger(
            "contact_changed", "A contact is new or changed", "contact", ("email", "firstname", "lastname")
        ),
    )

    # Who we are

    def check(self) -> Account:
        scopes = self._scopes()
        reply = self.door.get(f"/account-info/{VERSION}/details")
        if reply.status == 404 and self.door.base_url != self.manifest.api.base_url:
            return self._stand_in(scopes)
        explain(reply)
        details = reply.json()
        account = str(member(details, "portalId") or "")
        if not account:
            raise AnswerUnexpected("account-info details: portalId missing", app=self.manifest.name)
        may, lacks = self._probed() if scopes is None else _in_words(scopes)
        kind = {"SANDBOX": " (sandbox)", "DEVELOPER_TEST": " (test account)"}.get(
            str(member(details, "accountType")), ""
        )
        return Account(account, f"HubSpot account {account}{kind}", may, lacks)

    def _stand_in(self, scopes: frozenset[str] | None) -> Account:
        """Return the account of a server that speaks HubSpot's language but does not say whose it is."""
        may, lacks = _in_words(scopes) if scopes is not None else ((), ())
        host = urlsplit(self.door.base_url).netloc
        return Account(host, f"HubSpot at {host}", may, lacks)

    def _scopes(self) -> frozenset[str] | None:
        """Return the key's scopes by HubSpot's own word, or None where it does not say."""
        reply = self.door.post(
            "/oauth/v2/private-apps/get/access-token-info", effect="read", json={"tokenKey": KEY}
        )
        if reply.status == 429 or reply.status >= 500:
            explain(reply)
        if not reply.ok:  # not documented for service keys: account details will say whether the key is good
            return None
        scopes = member(reply.json(), "scopes")
        return frozenset(str(scope) for scope in scopes) if isinstance(scopes, list) else None

    def _probed(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what a key may and lacks by trying to read; writing is never tried."""
        may, lacks = [], []
        for scope, path in (
            ("crm.objects.contacts.read", f"{CONTACTS}?limit=1"),
            ("crm.schemas.contacts.read", f"{PROPERTIES}/email"),
        ):
            try:
                self._get(path)
                may.append(SCOPES[scope])
            except PermissionMissing:
                lacks.append(f"{SCOPES[scope]} ({scope})")
        return tuple(may), tuple(lacks)

    @staticmethod
    def limits(headers: Mapping[str, str]) -> tuple[Limit, ...]:
        found = []
        for suffix, left, seconds in (
            (
                "max",
                "remaining",
                whole_number(headers.get("x-hubspot-ratelimit-interval-milliseconds"), 10_000) / 1000,
            ),
            ("daily", "daily-remaining", 86_400.0),
        ):
            limit = whole_number(headers.get(f"x-hubspot-ratelimit-{suffix}"), 0)
            if limit > 0 and seconds > 0:
                remaining = headers.get(f"x-hubspot-ratelimit-{left}")
                found.append(
                    Limit(
                        "requests",
                        limit,
                        seconds,
                        whole_number(remaining, 0) if remaining is not None else None,
                    )
                )
        return tuple(found)

    # What comes in

    def changes(self, trigger: str, cursor: str | None, fields: Sequence[str]) -> Page:
        stamp = {"contact_created": "createdate", "contact_changed": "lastmodifieddate"}.get(trigger)
        if stamp is None:
            raise self._not_offered(f"the trigger {trigger}")
        moment = now()
        if cursor is None:
            return Page((), Place.first(moment).write())
        place = Place.read(cursor).begun(moment, self.overlap, self.settled)
        if place.high <= place.low:
            return Page((), cursor)
        changed = trigger == "contact_changed"
        size = PAGE_WITH_HISTORY if changed else PAGE
        found = self._search(stamp, place, size)
        stamps = [(millis(moment_of(property_of(item, stamp))), int(id_of(item))) for item in found]
        following, more = place.after(stamps, size)
        contacts = self._contacts([id_of(item) for item in found], fields, history=changed)
        events = tuple(
            _event(trigger, contact, fields)
            for contact in contacts
            if not changed or _has_changed(contact, fields, place.low)
        )
        return Page(events, following.write(), more)

    def _search(self, stamp: str, place: Place, size: int) -> list[Any]:
        """
        Return the next contacts by their stamp; each question asks for a first page, so no limit of 10,000.
        """
        if place.tie is None:
            filters = [
                {"propertyName": stamp, "operator": "GTE", "value": str(place.at)},
                {"propertyName": stamp, "operator": "LT", "value": str(place.high)},
            ]
            order = stamp
        else:
            filters = [
                {"propertyName": stamp, "operator": "EQ", "value": str(place.at)},
                {"propertyName": "hs_object_id", "operator": "GT", "value": str(place.tie)},
            ]
            order = "hs_object_id"
        reply = self._post(
            f"{CONTACTS}/search",
            {
                "filterGroups": [{"filters": filters}],
                "sorts": [{"propertyName": order, "direction": "ASCENDING"}],
                "properties": [stamp],
                "limit": size,
            },
        )
        return results(reply)

    def read(self, trigger: str, object_id: str, fields: Sequence[str]) -> Record | None:
        found = list(self._contacts([object_id], fields))
        return _record(found[0], fields) if found else None

    def _contacts(self, ids: Sequence[str], fields: Sequence[str], history: bool = False) -> Iterator[Any]:
        """
        Read contacts by id, fresh from the record and not from the search index; those that are gone are
        left out.
        """
        if not ids:
            return
        wanted = list(dict.fromkeys([*fields, "email", "firstname", "lastname", "createdate"]))
        question: dict[str, Any] = {"properties": wanted, "inputs": [{"id": id} for id in dict.fromkeys(ids)]}
        if history:
            question["propertiesWithHistory"] = list(dict.fromkeys(fields or wanted))
        for contact in results(self._post(f"{CONTACTS}/batch/read", question)):
            if not member(contact, "archived"):
                yield contact

    # What fields there are

    def fields(self, object: str) -> list[Field]:
        if object != "contact":
            raise self._not_offered(f"fields of {object}")
        owners: tuple[Choice, ...] | None = None
        found = []
        for item in results(self._get(PROPERTIES, archived="false")):
            choices = choices_of(item)
            if member(item, "referencedObjectType") == "OWNER":
                owners = self._owners() if owners is None else owners
                choices = owners
            found.append(field_of(item, choices))
        return found

    def _owners(self) -> tuple[Choice, ...]:
        found: list[Choice] = []
        after: str | None = None
        try:
            while True:
                more = {"after": after} if after else {}
                reply = self._get(OWNERS, limit="100", archived="false", **more)
                for owner in results(reply):
                    names = [str(member(owner, part) or "") for part in ("firstName", "lastName")]
                    label = " ".join(name for name in names if name) or str(
                        member(owner, "email") or id_of(owner)
                    )
                    found.append(Choice(id_of(owner), label))
                after = next_after(reply)
                if after is None:
                    return tuple(found)
        except PermissionMissing:  # owners can then be set by their id only
            return ()

    # What goes back

    @action(label="Set a field of a contact", effect="write", repeatable=True)
    def set_property(self, params: SetProperty, marker: str) -> Written:
        return self._update(params.contact, {params.property: params.value})

    @action(label="Change a contact", effect="write", repeatable=True)
    def update_contact(self, params: UpdateContact, marker: str) -> Written:
        return self._update(params.contact, params.properties)

    def _update(self, contact: ContactRef, values: Mapping[str, Value]) -> Written:
        path = f"{CONTACTS}/{quote(self._contact_id(contact), safe='')}"
        reply = self.door.patch(path, json={"properties": as_text(values)})
        explain(reply)
        return written(reply)

    @action(
        label="Create a contact, unless one with this e-mail address exists", effect="write", repeatable=True
    )
    def create_contact(self, params: CreateContact, marker: str) -> Written:
        values = {**as_text(params.properties), "email": params.email}
        reply = self.door.post(CONTACTS, effect="write", json={"properties": values})
        if reply.status == 409:
            # It is there already, which is the same as having made it; its fields stay as they are.
            return Written(id=self._contact_id(ByEmail(email=params.email)))
        explain(reply)
        return written(reply)

    @action(label="Add a note", effect="write", repeatable=False)
    def add_note(self, params: AddNote, marker: str) -> Written:
        values = {"hs_timestamp": iso(now()), "hs_note_body": marked(params.body, marker)}
        return self._create("notes", values, params.contact, NOTE_TO_CONTACT)

    @action(label="Create a task", effect="write", repeatable=False)
    def create_task(self, params: CreateTask, marker: str) -> Written:
        values = {
            "hs_timestamp": iso(now() + timedelta(days=params.due_in_days)),
            "hs_task_subject": params.subject,
            "hs_task_body": marked(params.body, marker),
            "hs_task_status": "NOT_STARTED",
            "hs_task_type": "TODO",
        }
        return self._create("tasks", values, params.contact, TASK_TO_CONTACT)

    def _create(
        self, kind: str, values: Mapping[str, str], contact: ContactRef | None, association: int
    ) -> Written:
        body: dict[str, Any] = {"properties": dict(values)}
        if contact is not None:
            types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": association}]
            body["associations"] = [{"to": {"id": self._contact_id(contact)}, "types": types}]
        reply = self.door.post(f"/crm/objects/{VERSION}/{kind}", effect="write", json=body)
        explain(reply)
        return written(reply)

    def _contact_id(self, contact: ContactRef) -> str:
        if isinstance(contact, str):
            if not (contact.isascii() and contact.strip().isdigit()):
                raise InputRejected(
                    "contact: an id of digits was expected",
                    app=self.manifest.name,
                    field="contact",
                    owner_message="The record names no contact in {app}. Nothing was written there.",
                    next_step="In the integration, let the contact be looked up by its e-mail address.",
                )
            return contact.strip()
        # Not in the path: addresses belong to people, and paths land in logs.
        question = {"idProperty": "email", "properties": ["email"], "inputs": [{"id": contact.email.strip()}]}
        found = results(self._post(f"{CONTACTS}/batch/read", question))
        if not found:
            raise InputRejected(
                f"{CONTACTS}/batch/read: no contact with this email",
                app=self.manifest.name,
                field="contact",
                owner_message="{app} has no contact with this e-mail address. Nothing was written there.",
                next_step="Create the contact in {app} or mend the address, then run it again.",
            )
        return id_of(found[0])

    # Was it done?

    def reconcile(self, intent: Intent) -> Outcome:
        kinds = {"add_note": ("notes", "hs_note_body"), "create_task": ("tasks", "hs_task_body")}
        if intent.action not in kinds:
            return Unknown("it can simply be done again")
        kind, text = kinds[intent.action]
        params = self.parse(self.actions()[intent.action], intent.params)
        contact = getattr(params, "contact", None)
        if contact is None:
            return self._among_all(kind, text, intent)
        path = f"{CONTACTS}/{quote(self._contact_id(contact), safe='')}/associations/{kind}"
        ids = []
        for item in self._pages(path, limit="500"):
            ids.append(str(member(item, "toObjectId") or id_of(item)))
            if len(ids) > MAX_NOTES_READ:
                return Unknown("the contact has too many to look through")
        for start in range(0, len(ids), PAGE):
            question = {"properties": [text], "inputs": [{"id": id} for id in ids[start : start + PAGE]]}
            reply = self._post(f"/crm/objects/{VERSION}/{kind}/batch/read", question)
            if (found := marked_one(results(reply), text, intent.marker)) is not None:
                return Sent(found)
        return NotSent()

    def _among_all(self, kind: str, text: str, intent: Intent) -> Outcome:
        """
        Look for one that belongs to no contact: the newest by search, and all of them if there are not too
        many.
        """
        path = f"/crm/objects/{VERSION}/{kind}"
        since = millis(intent.started_at - self.overlap)
        filters = [{"propertyName": "hs_createdate", "operator": "GTE", "value": str(since)}]
        recent = self._post(
            f"{path}/search", {"filterGroups": [{"filters": filters}], "properties": [text], "limit": 200}
        )
        if (found := marked_one(results(recent), text, intent.marker)) is not None:
            return Sent(found)
        for seen, item in enumerate(self._pages(path, limit=str(PAGE), properties=text)):
            if (found := marked_one([item], text, intent.marker)) is not None:
                return Sent(found)
            if seen >= MAX_NOTES_READ:
                return Unknown("the account has too many to look through")
        return NotSent()

    # Asking

    def _get(self, path: str, **params: str) -> Reply:
        reply = self.door.get(path, params=params or None)
        explain(reply)
        return reply

    def _post(self, path: str, question: Mapping[str, Any]) -> Reply:
        """POST a question: searches and batch reads change nothing."""
        reply = self.door.post(path, effect="read", json=question)
        explain(reply)
        return reply

    def _pages(self, path: str, **params: str) -> Iterator[Any]:
        after: str | None = None
        while True:
            reply = self._get(path, **params, **({"after": after} if after else {}))
            yield from results(reply)
            after = next_after(reply)
            if after is None:
                return


# Reading HubSpot's shapes


def _record(contact: Any, fields: Sequence[str]) -> Record:
    values = member(contact, "properties") or {}
    names = fields or [name for name in values if not name.startswith("hs_")]
    return {"id": id_of(contact), **{name: values.get(name) for name in names if name != "id"}}


def _event(trigger: str, contact: Any, fields: Sequence[str]) -> Event:
    record = _record(contact, fields)
    key = f"{trigger}:{record['id']}"
    stamp = property_of(contact, "createdate")
    if trigger == "contact_changed":
        content = json.dumps(record, sort_keys=True, ensure_ascii=False)
        key = f"{key}:{hashlib.sha256(content.encode()).hexdigest()[:16]}"
        stamp = property_of(contact, "lastmodifieddate") or member(contact, "updatedAt")
    names = [str(property_of(contact, part) or "").strip() for part in ("firstname", "lastname")]
    label = (
        " ".join(name for name in names if name) or property_of(contact, "email") or f"Contact {record['id']}"
    )
    return Event(key, record["id"], record, str(label), moment_of(stamp) if stamp else None)


def _has_changed(contact: Any, fields: Sequence[str], since: int) -> bool:
    """Return whether one of the fields got a new value since; True when HubSpot does not tell the history."""
    history = member(contact, "propertiesWithHistory")
    if not isinstance(history, dict):
        return True
    stamps = [
        member(entry, "timestamp")
        for name, entries in history.items()
        if not fields or name in fields
        for entry in items(entries)
    ]
    return any(millis(moment_of(stamp)) >= since for stamp in stamps if stamp)


def _in_words(scopes: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    may = tuple(words for scope, words in SCOPES.items() if scope in scopes)
    lacks = tuple(f"{SCOPES[scope]} ({scope})" for scope in NEEDED if scope not in scopes)
    return may, lacks
