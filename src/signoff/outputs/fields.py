"""The fields of an answer: each a name with a type; a row has fields of its own, called columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from signoff.outputs.addresses import Email, Link, Phone
from signoff.outputs.amounts import Money, Number
from signoff.outputs.choices import ManyChoices, OneChoice
from signoff.outputs.days import Day, Moment
from signoff.outputs.faults import Notes, kind_of, shown
from signoff.outputs.kind import Kind, count, counted
from signoff.outputs.options import Options
from signoff.outputs.texts import Text, YesNo


@dataclass(frozen=True)
class FieldOf:
    """One field of an answer (or one column of its rows): a name, a type, whether it must be there."""

    name: str
    kind: Kind
    required: bool = True
    label: str = ""
    about: str = ""

    def schema(self) -> dict[str, Any]:
        schema = self.kind.schema()
        if not self.required:
            schema["type"] = [schema["type"], "null"]
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
        return {**schema, "description": self.describe()}

    def describe(self) -> str:
        says = [part for part in (self.label, self.about) if part]
        return ". ".join([*(s.rstrip(".") for s in says), self.kind.describe()]) + (
            "" if self.required else ", or null"
        )

    def canonical(self) -> dict[str, Any]:
        extra = {"label": self.label, "about": self.about, "optional": not self.required}
        return {
            "name": self.name,
            **self.kind.canonical(),
            **{name: value for name, value in extra.items() if value},
        }


@dataclass(frozen=True)
class Rows:
    """A list of rows, each an object with the same columns."""

    type: ClassVar[str] = "rows"
    columns: tuple[FieldOf, ...]
    max: int | None = None
    min: int | None = None

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": object_schema(self.columns)}

    def describe(self) -> str:
        columns = "; ".join(f"{column.name}: {column.describe()}" for column in self.columns)
        return f"a list of {count(self.min, self.max, 'any number')} of objects, each with ({columns})"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        if not isinstance(value, list):
            return notes.fault(at, f"is {kind_of(value)}", "a list of objects")
        rows = [read_object(self.columns, item, f"{at}[{n}]", notes) for n, item in enumerate(value)]
        return counted(rows, self.min, self.max, at, notes, "rows")

    def canonical(self) -> dict[str, Any]:
        columns = [column.canonical() for column in self.columns]
        return {"type": self.type, "columns": columns, "max": self.max, "min": self.min}


KINDS: Mapping[str, Callable[[Options], Kind]] = {
    kind.type: kind.of
    for kind in (Text, OneChoice, ManyChoices, Number, Money, Day, Moment, YesNo, Email, Phone, Link)
}


def object_schema(fields: Sequence[FieldOf]) -> dict[str, Any]:
    """Return a schema that every strict mode takes: all fields required, no others, null for optional."""
    return {
        "type": "object",
        "properties": {one.name: one.schema() for one in fields},
        "required": [one.name for one in fields],
        "additionalProperties": False,
    }


def read_object(fields: Sequence[FieldOf], value: Any, at: str, notes: Notes) -> Any:
    """Return an object with each field read. A name in other case is repaired, an unknown name a fault."""
    if not isinstance(value, dict):
        return notes.fault(at, f"is {kind_of(value)}", f"an object with {', '.join(f.name for f in fields)}")
    known = {one.name: one for one in fields}
    found: dict[str, Any] = {}
    for name, item in value.items():
        meant = name if name in known else _meant(name, known, value)
        if meant is None:
            notes.fault(_path(at, name), "is not a field of this answer", f"only {', '.join(known)}")
        else:
            if meant != name:
                notes.repair(_path(at, meant), f"the name {shown(name)} was read as {meant}")
            found[meant] = item
    return {
        name: _read_field(one, found.get(name), _path(at, name), notes)
        for name, one in known.items()
        if one.required or name in found
    }


def _read_field(one: FieldOf, value: Any, at: str, notes: Notes) -> Any:
    if value is None:
        if one.required:
            notes.fault(at, "is missing", one.kind.describe())
        return None
    if not one.required and isinstance(value, str) and not value.strip():
        if value or one.kind.type != "text":
            notes.repair(at, "an empty text was read as null")
            return None
        return value
    return one.kind.read(value, at, notes)


def _meant(name: str, known: Mapping[str, FieldOf], given: Mapping[str, Any]) -> str | None:
    plain = [one for one in known if one.casefold() == name.strip().casefold()]
    same = [other for other in given if other.strip().casefold() == name.strip().casefold()]
    return plain[0] if len(plain) == 1 and len(same) == 1 else None


def _path(at: str, name: str) -> str:
    name = name if len(name) <= 60 else name[:59] + "…"
    name = name.encode("utf-8", "replace").decode()
    return f"{at}.{name}" if at else name
