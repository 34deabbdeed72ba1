"""
Fitting a table to an integration: which column is which field, and what becomes of each row.

Preview and taking in ask the same question of a row, so that what was shown is what happens.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from signoff.integrations.definition import Definition
from signoff.integrations.references import WHOLE, look_up, references
from signoff.runs.receive import label_of, storable, wanted
from signoff.sheets.columns import field_name, guess

LARGEST_RECORD = 1_000_000  # characters, as for a record that comes by webhook

Kind = Literal["fits", "twice", "known", "lacks", "not wanted", "too large"]


@dataclass(frozen=True)
class Field:
    """
    A field that a column can be chosen for. `is_needed`: without it a record goes nowhere.

    `by_ai` says whether the AI may see it.
    """

    name: str
    is_needed: bool
    by_ai: bool


@dataclass(frozen=True)
class Fitted:
    """What one row is: its record (None where there is none), by which key it is known, and why it does not fit."""

    number: int
    kind: Kind
    record: dict[str, Any] | None = None
    key: str = ""
    why: str = ""
    same_as: int = 0  # the row before it with the same record

    @property
    def label(self) -> str:
        found = label_of(self.record or {})
        return f"Row {self.number}" if found == "A record" else found


def fields_of(definition: Definition) -> list[Field]:
    """Return the fields an integration knows, those of the AI first; the rest are for its destinations and filter."""
    source = definition.record
    needed = {name: None for step in definition.then for name in _needed_by(step.params)}
    needed |= dict.fromkeys(source.only_if)
    referred = {
        reference.field: None
        for step in definition.then
        for reference in references(step.params)
        if reference.source == "record"
    }
    pictures = dict.fromkeys(definition.prompt.pictures)
    seen = dict.fromkeys(source.fields)
    return [
        Field(name, name in needed, not source.fields or name in seen or name in pictures)
        for name in {**seen, **pictures, **needed, **referred}
    ]


def takes_all(definition: Definition) -> bool:
    """Say whether columns that no field is chosen for go into the record as well: the file names no fields."""
    return not definition.record.fields


def columns_for(names: Sequence[str], fields: Sequence[Field]) -> dict[str, str]:
    """Return for each field the column that is probably meant."""
    return guess(names, [field.name for field in fields])


def checked(mapping: Mapping[str, str], names: Sequence[str], fields: Sequence[Field]) -> dict[str, str]:
    """Return a mapping without fields and columns that are not there (any more)."""
    known = {field.name for field in fields}
    return {field: column for field, column in mapping.items() if field in known and column in names}


def others(mapping: Mapping[str, str], names: Sequence[str], fields: Sequence[Field]) -> dict[str, str]:
    """Return the columns that no field was chosen for, each under a field's name of its own: {field: column}."""
    taken = {*mapping, *(field.name for field in fields)}
    found: dict[str, str] = {}
    for column in names:
        if column in mapping.values():
            continue
        name = base = field_name(column)
        count = 1
        while name in taken or name in found:
            count += 1
            name = f"{base}_{count}"
        found[name] = column
    return found


class Fitting:
    """How the rows of one table become records of one integration."""

    def __init__(
        self, definition: Definition, names: Sequence[str], mapping: Mapping[str, str], suffix: str = ""
    ) -> None:
        """`suffix` stands behind each key: rows that came in before come in once more."""
        fields = fields_of(definition)
        chosen = checked(mapping, names, fields)
        more = others(chosen, names, fields) if takes_all(definition) else {}
        places = {name: position for position, name in enumerate(names)}
        self._places = {field: places[column] for field, column in {**chosen, **more}.items()}
        self._needed = [field.name for field in fields if field.is_needed]
        self._only_if = definition.record.only_if
        self._suffix = suffix

    def fit(self, rows: Iterable[tuple[int, Sequence[str]]], seen: dict[str, int]) -> Iterator[Fitted]:
        """Return what each row is; `seen` are the keys of rows before these, with their numbers, and grows."""
        for number, values in rows:
            one = self._one(number, values)
            if one.kind == "fits" and one.key in seen:
                why = f"The same as row {seen[one.key]}."
                one = Fitted(number, "twice", one.record, one.key, why, seen[one.key])
            elif one.kind == "fits":
                seen[one.key] = number
            yield one

    def _one(self, number: int, values: Sequence[str]) -> Fitted:
        record = {
            field: storable(values[place])
            for field, place in self._places.items()
            if place < len(values) and values[place]
        }
        lacks = [name for name in self._needed if look_up(record, name) in (None, "")]
        if lacks:
            named = " and ".join(f"“{name}”" for name in lacks)
            return Fitted(number, "lacks", record, why=f"{named} is empty."[:300])
        if not wanted(record, self._only_if):
            return Fitted(number, "not wanted", record, why="It does not pass the integration’s filter.")
        if not record:
            return Fitted(number, "lacks", record, why="Nothing stands in the columns that were chosen.")
        if sum(map(len, record.values())) > LARGEST_RECORD:
            return Fitted(number, "too large", record, why="It is larger than 1 MB.")
        return Fitted(number, "fits", record, key_of_row(record) + self._suffix)


def key_of_row(record: Mapping[str, Any]) -> str:
    """Return by what a row is known again, in this file or in another one: a hash of its record."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=False)
    return "row:" + hashlib.sha256(text.encode()).hexdigest()


def _needed_by(params: Mapping[str, Any]) -> Iterator[str]:
    """
    Return the fields without which a step cannot be carried out; `admitting.missing_field` asks the same of a run.

    A reference that is the whole value must lead to something; one inside a text may lead to nothing.
    """
    for value in params.values():
        if all(reference.source == "record" for reference in references(value)):
            yield from _whole(value)


def _whole(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        found = WHOLE.fullmatch(value.strip())
        if found and found[1] == "record":
            yield found[2]
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _whole(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _whole(inner)
