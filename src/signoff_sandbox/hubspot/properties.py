"""The property definitions of the practice account: what fields exist, their types and choices."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from signoff_sandbox.clock import iso

INTENTS = (
    ("pricing", "Pricing"),
    ("demo", "Demo"),
    ("support", "Support"),
    ("partnership", "Partnership"),
    ("other", "Other"),
)
STAGES = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "other",
)
LEAD_STATUS = ("NEW", "OPEN", "IN_PROGRESS", "CONNECTED", "UNQUALIFIED")


@dataclass(frozen=True)
class Property:
    """One field of an object, as `/crm/properties` tells it."""

    name: str
    label: str
    type: str = "string"
    field_type: str = "text"
    options: tuple[tuple[str, str], ...] = ()
    read_only: bool = False
    calculated: bool = False
    unique: bool = False
    ours: bool = False
    archived: bool = False
    references_owner: bool = False
    pipelined: bool = False
    # A rule that an administrator made; 0: none.
    most_letters: int = 0
    description: str = ""
    group: str = "contactinformation"
    updated: float = 1_793_520_000.0
    created: float = 1_777_622_400.0
    extra: dict[str, Any] = field(default_factory=dict)

    def values(self) -> frozenset[str]:
        return frozenset(value for value, _ in self.options)

    def as_json(self) -> dict[str, Any]:
        options = [
            {"label": label, "value": value, "displayOrder": order, "hidden": False}
            for order, (value, label) in enumerate(self.options)
        ]
        told: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": options,
            "displayOrder": -1,
            "calculated": self.calculated,
            "externalOptions": self.references_owner or self.pipelined,
            "hasUniqueValue": self.unique,
            "hidden": False,
            "formField": not self.read_only,
            "hubspotDefined": not self.ours,
            "dataSensitivity": "non_sensitive",
            "archived": self.archived,
            "modificationMetadata": {
                "archivable": self.ours,
                "readOnlyDefinition": not self.ours,
                "readOnlyOptions": not self.ours,
                "readOnlyValue": self.read_only,
            },
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated),
        }
        if self.references_owner:
            told["referencedObjectType"] = "OWNER"
        return {**told, **self.extra}


# As HubSpot calls what it writes together.
_LABELS = {
    "marketingqualifiedlead": "Marketing Qualified Lead",
    "salesqualifiedlead": "Sales Qualified Lead",
    "newbusiness": "New Business",
    "existingbusiness": "Existing Business",
}


def _choice(name: str, label: str, values: tuple[str, ...], **more: Any) -> Property:
    options = tuple((v, _LABELS.get(v) or v.replace("_", " ").capitalize()) for v in values)
    return Property(name, label, "enumeration", "select", options=options, **more)


def _stamp(name: str, label: str) -> Property:
    return Property(name, label, "datetime", "date", read_only=True)


OBJECT_ID = Property("hs_object_id", "Record ID", "number", "number", read_only=True)
OWNER = Property("hubspot_owner_id", "Contact owner", "enumeration", "select", references_owner=True)

CONTACTS = (
    Property("firstname", "First Name"),
    Property("lastname", "Last Name"),
    Property("email", "Email", unique=True),
    Property("company", "Company Name"),
    Property("jobtitle", "Job Title"),
    Property("phone", "Phone Number", "string", "phonenumber"),
    Property("mobilephone", "Mobile Phone Number", "string", "phonenumber"),
    Property("website", "Website URL"),
    Property("city", "City"),
    Property("country", "Country/Region"),
    Property("message", "Message", "string", "textarea"),
    _choice("lifecyclestage", "Lifecycle Stage", STAGES),
    _choice("hs_lead_status", "Lead Status", LEAD_STATUS),
    Property("lead_intent", "Lead intent", "enumeration", "select", INTENTS, ours=True),
    Property("lead_summary", "Lead summary", "string", "textarea", ours=True),
    _choice("lead_temperature", "Lead temperature", ("hot", "warm", "cold"), ours=True),
    Property(
        "interests",
        "Interests",
        "enumeration",
        "checkbox",
        (("reminders", "Reminders"), ("online_booking", "Online booking"), ("payments", "Payments")),
        ours=True,
    ),
    Property("numemployees", "Number of Employees", "number", "number"),
    Property("budget", "Monthly budget", "number", "number", ours=True, extra={"showCurrencySymbol": True}),
    Property("wanted_start", "Wanted start", "date", "date", ours=True),
    Property("demo_at", "Demo at", "datetime", "date", ours=True),
    _choice(
        "lead_source", "Lead source", ("Website form", "Paid search", "Referral", "Trade fair"), ours=True
    ),
    Property(
        "wants_newsletter",
        "Wants the newsletter",
        "bool",
        "booleancheckbox",
        (("true", "Yes"), ("false", "No")),
        ours=True,
    ),
    Property(
        "hs_language",
        "Preferred language",
        "enumeration",
        "select",
        tuple((c, c) for c in ("en", "de", "es", "fr")),
    ),
    OWNER,
    OBJECT_ID,
    _stamp("createdate", "Create Date"),
    _stamp("lastmodifieddate", "Last Modified Date"),
    Property("hs_merged_object_ids", "Merged record IDs", "enumeration", "checkbox", read_only=True),
    Property("hs_full_name_or_email", "Full name or email", read_only=True, calculated=True),
)

_OTHER_STAMPS = (
    OBJECT_ID,
    replace(OWNER, label="Owner"),
    _stamp("hs_createdate", "Create date"),
    _stamp("hs_lastmodifieddate", "Last modified date"),
    Property("hs_timestamp", "Activity date", "datetime", "date"),
)

NOTES = (
    *_OTHER_STAMPS,
    Property("hs_note_body", "Note body", "string", "html"),
    Property("hs_attachment_ids", "Attachments"),
)
TASKS = (
    *_OTHER_STAMPS,
    Property("hs_task_subject", "Task title"),
    Property("hs_task_body", "Notes", "string", "html"),
    _choice("hs_task_status", "Status", ("NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED")),
    _choice("hs_task_priority", "Priority", ("LOW", "MEDIUM", "HIGH")),
    _choice("hs_task_type", "Type", ("EMAIL", "CALL", "TODO")),
)
EMAILS = (
    *_OTHER_STAMPS,
    _choice("hs_email_direction", "Direction", ("EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL")),
    _choice("hs_email_status", "Status", ("BOUNCED", "FAILED", "SCHEDULED", "SENDING", "SENT")),
    Property("hs_email_subject", "Subject"),
    Property("hs_email_text", "Text", "string", "textarea"),
    Property("hs_email_html", "HTML", "string", "html"),
    Property("hs_email_headers", "Headers", "string", "textarea"),
)
_MADE_BY = (
    Property("hs_object_source", "Record source", read_only=True),
    Property("hs_object_source_id", "Record source ID", read_only=True),
)
COMPANIES = (
    OBJECT_ID,
    *_MADE_BY,
    replace(OWNER, label="Company owner"),
    _stamp("createdate", "Create Date"),
    _stamp("hs_lastmodifieddate", "Last Modified Date"),
    Property("name", "Company name"),
    Property("domain", "Company Domain Name"),
    Property("city", "City"),
    Property("country", "Country/Region"),
    Property("numberofemployees", "Number of Employees", "number", "number"),
    Property("phone", "Phone Number", "string", "phonenumber"),
    Property("website", "Website URL"),
    Property("description", "Description", "string", "textarea"),
    _choice("industry", "Industry", ("DENTISTS", "RETAIL", "CONSTRUCTION", "SOFTWARE", "OTHER")),
    _choice("lifecyclestage", "Lifecycle Stage", STAGES),
    Property("account_summary", "Account summary", "string", "textarea", ours=True),
)
DEALS = (
    OBJECT_ID,
    *_MADE_BY,
    replace(OWNER, label="Deal owner"),
    _stamp("createdate", "Create Date"),
    _stamp("hs_lastmodifieddate", "Last Modified Date"),
    Property("dealname", "Deal Name"),
    Property("amount", "Amount", "number", "number", extra={"showCurrencySymbol": True}),
    # Their choices are the pipelines and their stages: see `pipelines.py`.
    Property("pipeline", "Pipeline", "enumeration", "select", pipelined=True),
    Property("dealstage", "Deal Stage", "enumeration", "radio", pipelined=True),
    Property("closedate", "Close Date", "datetime", "date"),
    Property("description", "Deal Description", "string", "textarea"),
    Property("hs_next_step", "Next step"),
    _choice("dealtype", "Deal Type", ("newbusiness", "existingbusiness")),
    Property("deal_summary", "Deal summary", "string", "textarea", ours=True),
    Property("hs_is_closed_won", "Is closed won", "bool", "booleancheckbox", read_only=True, calculated=True),
    Property(
        "hs_deal_stage_probability", "Deal probability", "number", "number", read_only=True, calculated=True
    ),
)
