"""
Which fields HubSpot's records have, by its own description: types, lengths, choices, and what cannot be written.

Choices are in three places: with the field, in the pipelines (a deal's stage), and among the owners. Lengths are in the
rules that an administrator made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from signoff.connectors.base import Choice, Field, FieldType
from signoff.connectors.hubspot.answers import id_of, results
from signoff.connectors.hubspot.asking import Asking
from signoff.connectors.hubspot.kinds import COMPANY, CONTACT, DEAL, VERSION, Kind
from signoff.connectors.hubspot.pipelines import Pipeline, pipelines
from signoff.connectors.shapes import items, member, whole_number
from signoff.core.errors import InputRejected, PermissionMissing
from signoff.outbound.reply import Reply

MAX_TEXT: Final = 65_536

TYPES: Final[dict[str, FieldType]] = {
    "string": "text",
    "phone_number": "phone",
    "number": "number",
    "bool": "yesno",
    "enumeration": "choice",
    "date": "date",
    "datetime": "datetime",
}

# What belongs to a record of another kind, and is read along with it.
LINKED: Final = {
    DEAL: (CONTACT, COMPANY),
    COMPANY: (CONTACT,),
    CONTACT: (COMPANY,),
}
OF_THE_OTHER: Final[dict[Kind, tuple[tuple[str, str, FieldType], ...]]] = {
    CONTACT: (
        ("id", "Contact: id", "text"),
        ("email", "Contact: e-mail", "email"),
        ("firstname", "Contact: first name", "text"),
        ("lastname", "Contact: last name", "text"),
    ),
    COMPANY: (
        ("id", "Company: id", "text"),
        ("name", "Company: name", "text"),
        ("domain", "Company: domain", "text"),
    ),
}


def fields_of(asking: Asking, kind: Kind) -> list[Field]:
    """Return the fields of a kind of record, and those of the contact or company that belongs to it."""
    lengths = _lengths(asking, kind)
    kept: dict[str, tuple[Choice, ...]] = {}
    found = []
    for described in results(asking.get(f"/crm/properties/{VERSION}/{kind.plural}", archived="false")):
        choices = _choices(described)
        elsewhere = _elsewhere(kind, described)
        if elsewhere:
            if elsewhere not in kept:
                kept[elsewhere] = _fetched(asking, kind, elsewhere)
            choices = kept[elsewhere]
        found.append(_field(described, choices, lengths))
    for other in LINKED[kind]:
        for name, label, type in OF_THE_OTHER[other]:
            found.append(Field(f"{other.name}.{name}", label, type, read_only=True))
    return found


def _elsewhere(kind: Kind, described: Any) -> str:
    """Return where a field's choices are kept, "" where they stand with it."""
    if member(described, "referencedObjectType") == "OWNER":
        return "owners"
    name = str(member(described, "name"))
    return name if kind == DEAL and name in ("dealstage", "pipeline") else ""


def _fetched(asking: Asking, kind: Kind, where: str) -> tuple[Choice, ...]:
    try:
        if where == "owners":
            return tuple(_owners(asking))
        known = pipelines(asking, kind)
    except PermissionMissing:  # they can then be set by their id only
        return ()
    if where == "pipeline":
        return tuple(Choice(pipeline.id, pipeline.label) for pipeline in known)
    return tuple(_stages(known))


def _stages(known: list[Pipeline]) -> Iterator[Choice]:
    """Return the stages of all pipelines; where there are several, each with its pipeline's name."""
    for pipeline in known:
        for stage in pipeline.stages:
            several = len(known) > 1
            yield Choice(stage.id, f"{pipeline.label}: {stage.label}" if several else stage.label)


def _owners(asking: Asking) -> Iterator[Choice]:
    for owner in asking.pages(f"/crm/owners/{VERSION}", limit="100", archived="false"):
        names = [str(member(owner, part) or "") for part in ("firstName", "lastName")]
        email = str(member(owner, "email") or id_of(owner))
        yield Choice(id_of(owner), " ".join(name for name in names if name) or email)


def _lengths(asking: Asking, kind: Kind) -> Mapping[str, int]:
    """Return how long a text may be, by the rules that an administrator made; not every account has them."""
    path = f"/crm/property-validations/{VERSION}/{kind.type_id}"
    try:
        reply: Reply = asking.get(path)
        told = items(member(reply.json(), "results"))
    except (PermissionMissing, InputRejected):
        return {}
    found = {}
    for item in told:
        for rule in items(member(item, "propertyValidationRules")):
            most = whole_number(next(iter(items(member(rule, "ruleArguments"))), None), 0)
            if member(rule, "ruleType") == "MAX_LENGTH" and most:
                found[str(member(item, "propertyName"))] = most
    return found


def _choices(described: Any) -> tuple[Choice, ...]:
    return tuple(
        Choice(str(member(option, "value")), str(member(option, "label") or member(option, "value")))
        for option in items(member(described, "options"))
        if not member(option, "hidden")
    )


def _field(described: Any, choices: tuple[Choice, ...], lengths: Mapping[str, int]) -> Field:
    name = str(member(described, "name"))
    kind, look = str(member(described, "type")), member(described, "fieldType")
    type = TYPES.get(kind, "text")
    if name == "email":
        type = "email"
    elif name == "website":
        type = "link"
    elif look == "phonenumber":
        type = "phone"
    elif kind == "enumeration" and look == "checkbox":
        type = "choices"
    elif kind == "enumeration" and look == "booleancheckbox":
        type = "yesno"
    elif kind == "enumeration" and not choices:
        type = "text"  # its choices are kept elsewhere
    how = member(described, "modificationMetadata")
    read_only = bool(
        member(how, "readOnlyValue")
        or member(described, "calculated")
        or member(described, "archived")
        or kind in ("json", "object_coordinates")
    )
    return Field(
        name=name,
        label=str(member(described, "label") or name),
        type=type,
        max_length=lengths.get(name, MAX_TEXT) if kind == "string" else None,
        choices=choices if type in ("choice", "choices") else (),
        read_only=read_only,
        unique=bool(member(described, "hasUniqueValue")),
    )
