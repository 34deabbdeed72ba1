"""
Writing to HubSpot: records by who they are, what is logged on them, and finding it again after a lost answer.

Changes of a record can be repeated. What is made anew cannot: notes, tasks, e-mails, deals and companies carry our
marker, by which they are found again. What was to be tied to a record is looked for among what is tied to it, which is
read from the record; what stands alone is looked for in the search index, which is late, and then among all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from signoff.connectors.base import Intent, NotSent, Outcome, Sent, Unknown, Written
from signoff.connectors.hubspot.answers import explain, id_of, results, written
from signoff.connectors.hubspot.asking import Asking
from signoff.connectors.hubspot.kinds import COMPANY, CONTACT, DEAL, KINDS, VERSION, Kind, Logged
from signoff.connectors.hubspot.params import CompanyRef, ContactRef
from signoff.connectors.hubspot.values import Value, as_text, marked_one
from signoff.connectors.polling import millis
from signoff.core.errors import InputRejected

MOST_READ: Final = 2000
LATE: Final = timedelta(minutes=5)  # what clocks and the index may be apart

Named = Mapping[Kind, str]


class Writing:
    def __init__(self, asking: Asking, app: str) -> None:
        self.asking = asking
        self.app = app

    # Who is meant

    def named(
        self, contact: ContactRef | None = None, company: CompanyRef | None = None, deal: str | None = None
    ) -> dict[Kind, str]:
        """Return the ids of the records that something is about."""
        found = {}
        if contact is not None:
            found[CONTACT] = self.contact_id(contact)
        if company is not None:
            found[COMPANY] = self.company_id(company)
        if deal is not None:
            found[DEAL] = self._id(DEAL, deal)
        return found

    def contact_id(self, contact: ContactRef) -> str:
        if isinstance(contact, str):
            return self._id(CONTACT, contact)
        # Not in the path: addresses belong to people, and paths land in logs.
        question = {"idProperty": "email", "properties": ["email"], "inputs": [{"id": contact.email.strip()}]}
        found = results(self.asking.post(f"{CONTACT.path}/batch/read", question))
        if not found:
            raise self._nobody(CONTACT, "e-mail address")
        return id_of(found[0])

    def company_id(self, company: CompanyRef) -> str:
        if isinstance(company, str):
            return self._id(COMPANY, company)
        found = self.companies_of(company.domain)
        if not found:
            raise self._nobody(COMPANY, "domain")
        if len(found) > 1:
            raise InputRejected(
                "company: several with this domain",
                app=self.app,
                field="company",
                owner_message="{app} has more than one company with this domain. Nothing was written there.",
                next_step="Merge them in {app}, or let the record name the company's id; then run it again.",
            )
        return found[0]

    def companies_of(self, domain: str) -> list[str]:
        filters = [{"propertyName": "domain", "operator": "EQ", "value": domain.strip().lower()}]
        question = {"filterGroups": [{"filters": filters}], "properties": ["domain"], "limit": 2}
        return [id_of(item) for item in self.asking.search(COMPANY.path, question)]

    def owner_id(self, owner: str) -> str:
        if owner.strip().isdigit():
            return owner.strip()
        reply = self.asking.get(f"/crm/owners/{VERSION}", email=owner.strip(), limit="1")
        for found in results(reply):
            return id_of(found)
        raise InputRejected(
            "owner: nobody with this e-mail address",
            app=self.app,
            field="owner",
            owner_message="Nobody in {app} who can own records has this e-mail address. Nothing was changed there.",
            next_step="Mend the address in the integration or in the record, then run it again.",
        )

    def _id(self, kind: Kind, text: str) -> str:
        if text.isascii() and text.strip().isdigit():
            return text.strip()
        looked_up = {CONTACT: "its e-mail address", COMPANY: "its domain"}.get(kind)
        raise InputRejected(
            f"{kind.name}: an id of digits was expected",
            app=self.app,
            field=kind.name,
            owner_message=f"The record names no {kind.name} in {{app}}. Nothing was written there.",
            next_step=f"In the integration, let the {kind.name} be looked up by {looked_up}."
            if looked_up
            else f"In the integration, take the {kind.name}'s id from a field of the record that holds it.",
        )

    def _nobody(self, kind: Kind, by: str) -> InputRejected:
        return InputRejected(
            f"no {kind.name} with this {by}",
            app=self.app,
            field=kind.name,
            owner_message=f"{{app}} has no {kind.name} with this {by}. Nothing was written there.",
            next_step=f"Create the {kind.name} in {{app}} or mend the {by}, then run it again.",
        )

    # Changing and making

    def update(self, kind: Kind, id: str, values: Mapping[str, Value]) -> Written:
        reply = self.asking.door.patch(
            f"{kind.path}/{quote(id, safe='')}", json={"properties": as_text(values)}
        )
        explain(reply)
        return written(reply)

    def create(self, what: Logged, values: Mapping[str, str], about: Named) -> Written:
        """Make something and tie it to what it is about, in one call: both or neither."""
        body: dict[str, Any] = {"properties": dict(values)}
        if about:
            body["associations"] = [
                {
                    "to": {"id": id},
                    "types": [
                        {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": what.ties[kind.name]}
                    ],
                }
                for kind, id in about.items()
            ]
        reply = self.asking.door.post(what.path, effect="write", json=body)
        explain(reply)
        return written(reply)

    def tie(self, about: Named) -> None:
        """Tie records to each other; what is tied already stays so."""
        records = list(about.items())
        for position, (kind, id) in enumerate(records):
            for other, other_id in records[position + 1 :]:
                path = f"{kind.path}/{id}/associations/default/{other.plural}/{other_id}"
                explain(self.asking.door.put(path))

    # Was it done?

    def find(self, what: Logged, about: Named, intent: Intent) -> Outcome:
        if not about:
            return self._among_all(what, intent)
        kind, id = next(iter(about.items()))
        ids = []
        for tied in self.asking.tied(kind, quote(id, safe=""), what.plural):
            ids.append(tied)
            if len(ids) > MOST_READ:
                return Unknown(f"the {kind.name} has too many to look through")
        found = marked_one(self.asking.records(what.path, ids, [what.text]), what.text, intent.marker)
        return NotSent() if found is None else Sent(found)

    def _among_all(self, what: Logged, intent: Intent) -> Outcome:
        """
        Look for one that is tied to nothing: the newest by search, and all of them if there are not too many.
        """
        plurals = {kind.plural for kind in KINDS.values()}
        stamp = "createdate" if what.plural in plurals else "hs_createdate"
        since = str(millis(intent.started_at - LATE))
        filters = [{"propertyName": stamp, "operator": "GTE", "value": since}]
        question = {"filterGroups": [{"filters": filters}], "properties": [what.text], "limit": 200}
        recent = self.asking.search(what.path, question)
        if (found := marked_one(recent, what.text, intent.marker)) is not None:
            return Sent(found)
        for seen, item in enumerate(self.asking.pages(what.path, limit="100", properties=what.text)):
            if (found := marked_one([item], what.text, intent.marker)) is not None:
                return Sent(found)
            if seen >= MOST_READ:
                return Unknown("the account has too many to look through")
        return NotSent()


def about_of(params: Any) -> dict[str, Any]:
    """Return what an action's parameters say it is about, ready for `Writing.named`."""
    return {name: getattr(params, name, None) for name in ("contact", "company", "deal")}
