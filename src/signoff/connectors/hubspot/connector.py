"""
HubSpot's CRM, on the date version in `kinds.py`: contacts, companies and deals, and what is logged on them.

Facts and quirks come from HubSpot's API reference (error handling, search, usage guidelines, service keys, webhooks)
as of November 2026; VENDOR_APIS.md, section 6, lists the pages. How changes are found stands in `polled.py`, how a
write is found again in `writing.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from signoff.connectors.base import (
    Account,
    Connector,
    Event,
    Field,
    Intent,
    Limit,
    Outcome,
    Page,
    Record,
    Trigger,
    Unknown,
    Written,
    action,
)
from signoff.connectors.hubspot import polled, pushed
from signoff.connectors.hubspot.answers import SCOPES, explain, property_of, written
from signoff.connectors.hubspot.asking import Asking
from signoff.connectors.hubspot.fields import fields_of
from signoff.connectors.hubspot.kinds import (
    COMPANY,
    CONTACT,
    DEAL,
    EMAIL,
    KINDS,
    NEW_COMPANY,
    NEW_DEAL,
    NOTE,
    TASK,
    VERSION,
    Logged,
)
from signoff.connectors.hubspot.params import (
    AddNote,
    Associate,
    ByEmail,
    CreateCompany,
    CreateContact,
    CreateDeal,
    CreateTask,
    LogEmail,
    MoveDeal,
    SetOwner,
    SetProperty,
    UpdateCompany,
    UpdateContact,
    UpdateDeal,
)
from signoff.connectors.hubspot.pipelines import pipelines, stage_meant
from signoff.connectors.hubspot.polled import Watch
from signoff.connectors.hubspot.values import as_text, iso, marked, marked_html
from signoff.connectors.hubspot.writing import Writing, about_of
from signoff.connectors.push import Push
from signoff.connectors.shapes import member, whole_number
from signoff.core.clock import now
from signoff.core.errors import AnswerUnexpected, InputRejected, PermissionMissing
from signoff.outbound.door import Door
from signoff.outbound.request import KEY

# Whoever may read the records may read their fields too.
NOT_MISSED: Final = frozenset({"crm.schemas.companies.read", "crm.schemas.deals.read"})
DEAL_FIELDS: Final = ("dealname", "amount", "dealstage")


def _scopes(*names: str) -> tuple[str, ...]:
    """Return permissions in the words in which `check()` tells them."""
    return tuple(SCOPES[name] for name in names)


READS: Final = {
    "contact": _scopes("crm.objects.contacts.read"),
    "company": _scopes("crm.objects.companies.read"),
    "deal": _scopes("crm.objects.deals.read"),
}
# HubSpot keeps notes and tasks under the contacts' scope, whatever record they hang on.
WRITES_CONTACTS: Final = _scopes("crm.objects.contacts.write")
WRITES_COMPANIES: Final = _scopes("crm.objects.companies.write")
WRITES_DEALS: Final = _scopes("crm.objects.deals.write")
KEEPS_EMAILS: Final = _scopes("sales-email-read")
OWNER: Final = "hubspot_owner_id"
READS_OWNERS: Final = _scopes("crm.objects.owners.read")

WATCHES: Final = {
    watch.trigger: watch
    for watch in (
        Watch("contact_created", CONTACT, "created"),
        Watch("contact_changed", CONTACT, "changed"),
        Watch("company_created", COMPANY, "created"),
        Watch("company_changed", COMPANY, "changed"),
        Watch("deal_created", DEAL, "created"),
        Watch("deal_changed", DEAL, "changed"),
        Watch("deal_moved", DEAL, "moved"),
    )
}
# What is made anew, by the action that makes it.
MADE: Final[dict[str, Logged]] = {
    "add_note": NOTE,
    "create_task": TASK,
    "log_email": EMAIL,
    "create_deal": NEW_DEAL,
    "create_company": NEW_COMPANY,
}


def _new(name: str, label: str, object: str, fields: tuple[str, ...]) -> Trigger:
    """Return a trigger that an app of HubSpot's can tell us, and that is found by asking where none does."""
    return Trigger(name, label, object, fields, pushed=True, also_polled=True, needs=READS[object])


class HubSpot(Connector):
    """One HubSpot account, by a service key or a private app's token."""

    # A form may make a contact first and fill it then; search copies are late by seconds, at times minutes.
    settled: ClassVar[timedelta] = timedelta(seconds=10)
    overlap: ClassVar[timedelta] = timedelta(minutes=5)

    triggers = (
        _new("contact_created", "A new contact appears", "contact", ("email", "firstname", "lastname")),
        Trigger(
            "contact_changed",
            "A contact is changed",
            "contact",
            ("email", "firstname", "lastname"),
            needs=READS["contact"],
        ),
        _new("company_created", "A new company appears", "company", ("name", "domain")),
        Trigger(
            "company_changed", "A company is changed", "company", ("name", "domain"), needs=READS["company"]
        ),
        _new("deal_created", "A new deal appears", "deal", DEAL_FIELDS),
        Trigger("deal_changed", "A deal is changed", "deal", DEAL_FIELDS, needs=READS["deal"]),
        Trigger("deal_moved", "A deal comes into another stage", "deal", DEAL_FIELDS, needs=READS["deal"]),
    )

    def __init__(self, door: Door, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(door, settings)
        self.asking = Asking(door)
        self.writing = Writing(self.asking, self.manifest.name)

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
            ("crm.objects.contacts.read", f"{CONTACT.path}?limit=1"),
            ("crm.schemas.contacts.read", f"/crm/properties/{VERSION}/contacts/email"),
            ("crm.objects.companies.read", f"{COMPANY.path}?limit=1"),
            ("crm.objects.deals.read", f"{DEAL.path}?limit=1"),
        ):
            try:
                self.asking.get(path)
                may.append(SCOPES[scope])
            except PermissionMissing:
                lacks.append(f"{SCOPES[scope]} ({scope})")
        return tuple(may), tuple(lacks)

    @staticmethod
    def limits(headers: Mapping[str, str]) -> tuple[Limit, ...]:
        interval = whole_number(headers.get("x-hubspot-ratelimit-interval-milliseconds"), 10_000) / 1000
        found = []
        for suffix, left, seconds in (("max", "remaining", interval), ("daily", "daily-remaining", 86_400.0)):
            limit = whole_number(headers.get(f"x-hubspot-ratelimit-{suffix}"), 0)
            remaining = headers.get(f"x-hubspot-ratelimit-{left}")
            if limit > 0 and seconds > 0:
                known = whole_number(remaining, 0) if remaining is not None else None
                found.append(Limit("requests", limit, seconds, known))
        return tuple(found)

    # What comes in

    def changes(self, trigger: str, cursor: str | None, fields: Sequence[str]) -> Page:
        watch = self._watch(trigger)
        return polled.changes(self.asking, watch, cursor, fields, self.overlap, self.settled)

    def read(self, trigger: str, object_id: str, fields: Sequence[str]) -> Record | None:
        return polled.read(self.asking, self._watch(trigger).kind, object_id, fields)

    def latest(self, trigger: str, most: int) -> Sequence[Event]:
        return polled.latest(self.asking, self._watch(trigger), most)

    @classmethod
    def receive(cls, push: Push, trigger: str) -> Sequence[Event]:
        return pushed.receive(push, WATCHES[trigger])

    def responsible(self, trigger: str, object_id: str, record: Mapping[str, Any]) -> str | None:
        """Return the e-mail address of a record's owner at HubSpot; one that left the account is none."""
        # A record is often given to somebody a moment after it came.
        known = record if record.get(OWNER) else self.read(trigger, object_id, [OWNER]) or {}
        owner = str(known.get(OWNER) or "")
        if not owner.isdigit():
            return None
        try:
            told = self.asking.get(f"/crm/owners/{VERSION}/{owner}").json()
        except InputRejected:  # it is not there (any more)
            return None
        return str(member(told, "email") or "") or None

    def fields(self, object: str) -> list[Field]:
        if object not in KINDS:
            raise self._not_offered(f"fields of {object}")
        return fields_of(self.asking, KINDS[object])

    def _watch(self, trigger: str) -> Watch:
        if trigger not in WATCHES:
            raise self._not_offered(f"the trigger {trigger}")
        return WATCHES[trigger]

    # What goes back

    @action(label="Set a field of a contact", effect="write", repeatable=True, needs=WRITES_CONTACTS)
    def set_property(self, params: SetProperty, marker: str) -> Written:
        id = self.writing.contact_id(params.contact)
        return self.writing.update(CONTACT, id, {params.property: params.value})

    @action(label="Change a contact", effect="write", repeatable=True, needs=WRITES_CONTACTS)
    def update_contact(self, params: UpdateContact, marker: str) -> Written:
        return self.writing.update(CONTACT, self.writing.contact_id(params.contact), params.properties)

    @action(
        label="Create a contact, unless one with this e-mail address exists",
        effect="write",
        repeatable=True,
        needs=WRITES_CONTACTS,
    )
    def create_contact(self, params: CreateContact, marker: str) -> Written:
        values = {**as_text(params.properties), "email": params.email}
        reply = self.door.post(CONTACT.path, effect="write", json={"properties": values})
        if reply.status == 409:
            # It is there already, which is the same as having made it; its fields stay as they are.
            return Written(id=self.writing.contact_id(ByEmail(email=params.email)))
        explain(reply)
        return written(reply)

    @action(label="Change a company", effect="write", repeatable=True, needs=WRITES_COMPANIES)
    def update_company(self, params: UpdateCompany, marker: str) -> Written:
        return self.writing.update(COMPANY, self.writing.company_id(params.company), params.properties)

    @action(
        label="Create a company, unless one with this domain exists",
        effect="write",
        repeatable=False,
        needs=WRITES_COMPANIES,
    )
    def create_company(self, params: CreateCompany, marker: str) -> Written:
        about = self.writing.named(contact=params.contact)
        there = self.writing.companies_of(params.domain) if params.domain else []
        if there:
            self.writing.tie({COMPANY: there[0], **about})
            return Written(id=there[0])
        values = {**as_text(params.properties), "name": params.name}
        if params.domain:
            values["domain"] = params.domain.strip().lower()
        values["description"] = marked(values.get("description", ""), marker)
        return self.writing.create(NEW_COMPANY, values, about)

    @action(label="Change a deal", effect="write", repeatable=True, needs=WRITES_DEALS)
    def update_deal(self, params: UpdateDeal, marker: str) -> Written:
        return self.writing.update(DEAL, self.writing.named(deal=params.deal)[DEAL], params.properties)

    @action(label="Create a deal", effect="write", repeatable=False, needs=WRITES_DEALS)
    def create_deal(self, params: CreateDeal, marker: str) -> Written:
        values = {**as_text(params.properties), "dealname": params.name}
        values["pipeline"], values["dealstage"] = self._stage(params.stage, params.pipeline, "")
        if params.amount is not None:
            values |= as_text({"amount": params.amount})
        values["description"] = marked(values.get("description", ""), marker)
        about = self.writing.named(contact=params.contact, company=params.company)
        return self.writing.create(NEW_DEAL, values, about)

    @action(label="Move a deal to another stage", effect="write", repeatable=True, needs=WRITES_DEALS)
    def move_deal(self, params: MoveDeal, marker: str) -> Written:
        id = self.writing.named(deal=params.deal)[DEAL]
        present = next(self.asking.records(DEAL.path, [id], ["pipeline"]), None)
        if present is None:
            raise InputRejected(
                "deal: gone",
                app=self.manifest.name,
                field="deal",
                owner_message="{app} does not have this deal any more. Nothing was written there.",
                next_step="If it was merged or deleted, nothing is to be done; otherwise run it again.",
            )
        now_in = str(property_of(present, "pipeline") or "")
        pipeline, stage = self._stage(params.stage, params.pipeline, now_in)
        return self.writing.update(DEAL, id, {"pipeline": pipeline, "dealstage": stage})

    def _stage(self, stage: str | None, pipeline: str | None, present: str) -> tuple[str, str]:
        known = pipelines(self.asking)
        if stage is None and known and known[0].stages:
            first = next((one for one in known if pipeline in (one.id, one.label)), known[0])
            return first.id, first.stages[0].id
        return stage_meant(known, stage or "", pipeline, present or known[0].id, self.manifest.name)

    @action(label="Make somebody responsible", effect="write", repeatable=True, needs=READS_OWNERS)
    def set_owner(self, params: SetOwner, marker: str) -> Written:
        owner = self.writing.owner_id(params.owner)
        done = [
            self.writing.update(kind, id, {"hubspot_owner_id": owner})
            for kind, id in self.writing.named(**about_of(params)).items()
        ]
        return done[0]

    @action(label="Tie records to each other", effect="write", repeatable=True)
    def associate(self, params: Associate, marker: str) -> Written:
        about = self.writing.named(**about_of(params))
        self.writing.tie(about)
        return Written(id=next(iter(about.values())))

    @action(label="Add a note", effect="write", repeatable=False, needs=WRITES_CONTACTS)
    def add_note(self, params: AddNote, marker: str) -> Written:
        values = {"hs_timestamp": iso(now()), "hs_note_body": marked_html(params.body, marker)}
        return self.writing.create(NOTE, values, self.writing.named(**about_of(params)))

    @action(label="Create a task", effect="write", repeatable=False, needs=WRITES_CONTACTS)
    def create_task(self, params: CreateTask, marker: str) -> Written:
        values = {
            "hs_timestamp": iso(now() + timedelta(days=params.due_in_days)),
            "hs_task_subject": params.subject,
            "hs_task_body": marked_html(params.body, marker),
            "hs_task_status": "NOT_STARTED",
            "hs_task_type": "TODO",
        }
        if params.owner:
            values["hubspot_owner_id"] = self.writing.owner_id(params.owner)
        return self.writing.create(TASK, values, self.writing.named(**about_of(params)))

    @action(
        label="Keep an e-mail with a record (nothing is sent)",
        effect="write",
        repeatable=False,
        needs=KEEPS_EMAILS,
    )
    def log_email(self, params: LogEmail, marker: str) -> Written:
        sides = {"from": params.from_email, "to": params.to_email}
        headers = {
            side: [{"email": address}] if side == "to" else {"email": address}
            for side, address in sides.items()
            if address
        }
        values = {
            "hs_timestamp": iso(now()),
            "hs_email_direction": "EMAIL" if params.direction == "sent" else "INCOMING_EMAIL",
            "hs_email_status": "SENT",
            "hs_email_subject": params.subject,
            "hs_email_html": marked_html(params.body, marker),
            **({"hs_email_headers": json.dumps(headers)} if headers else {}),
        }
        return self.writing.create(EMAIL, values, self.writing.named(**about_of(params)))

    # Was it done?

    def reconcile(self, intent: Intent) -> Outcome:
        what = MADE.get(intent.action)
        if what is None:
            return Unknown("it can simply be done again")
        params = self.parse(self.actions()[intent.action], intent.params)
        return self.writing.find(what, self.writing.named(**about_of(params)), intent)


def _in_words(scopes: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    may = tuple(words for scope, words in SCOPES.items() if scope in scopes)
    lacks = tuple(f"{words} ({scope})" for scope, words in SCOPES.items() if scope not in scopes | NOT_MISSED)
    return may, lacks
