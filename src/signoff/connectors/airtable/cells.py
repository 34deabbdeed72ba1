"""Fields and records of Airtable as Signoff has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from signoff.connectors.base import Choice, Field, FieldType, Record
from signoff.connectors.shapes import items, member

TYPES: Final[dict[str, FieldType]] = {
    **dict.fromkeys(("singleLineText", "multilineText", "richText", "multipleRecordLinks"), "text"),
    **dict.fromkeys(("number", "currency", "percent", "rating", "duration"), "number"),
    **{"checkbox": "yesno", "date": "date", "dateTime": "datetime", "singleSelect": "choice"},
    **{"multipleSelects": "choices", "email": "email", "phoneNumber": "phone", "url": "link"},
}


def record_of(row: Any, fields: Sequence[str]) -> Record:
    """Return a row with the fields that are asked for (none: all it has), each under the name it was asked by."""
    cells = member(row, "fields") or {}
    named = {_name(name): value for name, value in cells.items()}
    return {"id": member(row, "id")} | {
        name: {**named, **cells}.get(name) for name in fields or named if name != "id"
    }


def field_of(told: Any) -> Field:
    """Return a field as the schema tells it; what we know no kind for can be read, never written."""
    name, kind = str(member(told, "name")), str(member(told, "type"))
    names = [str(member(one, "name")) for one in items(member(told, "options", "choices"))]
    choices = tuple(Choice(one, one) for one in names) if TYPES.get(kind) in ("choice", "choices") else ()
    return Field(
        _name(name),
        name,
        TYPES.get(kind, "text"),
        choices=choices,
        read_only=kind not in TYPES,
        id=str(member(told, "id") or ""),
    )


def _name(name: str) -> str:
    """Return a field's name as an integration can write it behind `record.`."""
    plain = re.sub(r"\W+", "_", name).strip("_")
    return plain if re.match("[A-Za-z]", plain) else f"_{plain}"
