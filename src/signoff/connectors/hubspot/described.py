"""HubSpot's own description of its fields, as ours."""

from __future__ import annotations

from typing import Any

from signoff.connectors.base import Choice, Field, FieldType
from signoff.connectors.shapes import items, member

MAX_TEXT = 65_536

TYPES: dict[str, FieldType] = {
    "string": "text",
    "phone_number": "phone",
    "number": "number",
    "bool": "yesno",
    "enumeration": "choice",
    "date": "date",
    "datetime": "datetime",
}


def choices_of(described: Any) -> tuple[Choice, ...]:
    return tuple(
        Choice(str(member(option, "value")), str(member(option, "label") or member(option, "value")))
        for option in items(member(described, "options"))
        if not member(option, "hidden")
    )


def field_of(described: Any, choices: tuple[Choice, ...]) -> Field:
    name = str(member(described, "name"))
    kind, look = str(member(described, "type")), member(described, "fieldType")
    type_ = TYPES.get(kind, "text")
    if name == "email":
        type_ = "email"
    elif name == "website":
        type_ = "link"
    elif look == "phonenumber":
        type_ = "phone"
    elif kind == "enumeration" and look == "checkbox":
        type_ = "choices"
    elif kind == "enumeration" and look == "booleancheckbox":
        type_ = "yesno"
    elif kind == "enumeration" and not choices:
        type_ = "text"  # its choices are kept elsewhere
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
        type=type_,
        max_length=MAX_TEXT if kind == "string" else None,
        choices=choices if type_ in ("choice", "choices") else (),
        read_only=read_only,
    )
