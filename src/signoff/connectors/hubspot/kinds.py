"""What kinds of records HubSpot has, how it calls them, and which ids tie one to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

VERSION: Final = "2026-09"


@dataclass(frozen=True)
class Kind:
    """
    A kind of record that people work with.

    `stamp` is the property that says when it was last changed, `names` are those that say who or what it is.
    """

    name: str
    plural: str
    type_id: str
    stamp: str
    names: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"/crm/objects/{VERSION}/{self.plural}"


@dataclass(frozen=True)
class Logged:
    """A kind of record that is logged on others. `text` is the property that carries our marker."""

    plural: str
    text: str
    # The ids of HubSpot's own associations: hubspot-api-python, association_type.py.
    ties: dict[str, int]

    @property
    def path(self) -> str:
        return f"/crm/objects/{VERSION}/{self.plural}"


CONTACT: Final = Kind("contact", "contacts", "0-1", "lastmodifieddate", ("firstname", "lastname"))
COMPANY: Final = Kind("company", "companies", "0-2", "hs_lastmodifieddate", ("name",))
DEAL: Final = Kind("deal", "deals", "0-3", "hs_lastmodifieddate", ("dealname",))
KINDS: Final = {kind.name: kind for kind in (CONTACT, COMPANY, DEAL)}

# What says who it is where the names are empty.
OTHERWISE: Final = {"contact": "email", "company": "domain"}

NOTE: Final = Logged("notes", "hs_note_body", {"contact": 202, "company": 190, "deal": 214})
TASK: Final = Logged("tasks", "hs_task_body", {"contact": 204, "company": 192, "deal": 216})
EMAIL: Final = Logged("emails", "hs_email_html", {"contact": 198, "company": 186, "deal": 210})
# Deals and companies that we make carry the marker in their description, as nothing else of theirs can.
NEW_DEAL: Final = Logged("deals", "description", {"contact": 3, "company": 341})
NEW_COMPANY: Final = Logged("companies", "description", {"contact": 280})

# Of several companies, the one that HubSpot calls the primary one.
PRIMARY: Final = frozenset({1, 5})
