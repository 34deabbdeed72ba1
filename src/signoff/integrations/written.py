"""What an integration writes into fields of its apps, and what of that an app would refuse as its fields are now."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from signoff.connections.models import Connection
from signoff.connectors.base import Action, Field
from signoff.connectors.registry import connector_class
from signoff.integrations import offers
from signoff.integrations.definition import Definition, Step
from signoff.integrations.references import references

OTHER_TABLE = (
    "table"  # a parameter that names another table than the connection's own: its fields are not known
)


@dataclass(frozen=True)
class Written:
    """One field that a step writes: `value` is fixed, or a text with references; `path` is its place in the file."""

    connection: str
    object: str
    field: str
    value: Any
    path: tuple[str | int, ...]

    @property
    def reference(self) -> str:
        return f"{self.connection}.{self.object}.{self.field}"


def written(definition: Definition) -> Iterator[Written]:
    """Yield each field of an app that the steps of an integration write, by name."""
    for position, step in enumerate(definition.then):
        row, action = offers.action_of(step.connection, step.action)
        if row is None or action is None or step.params.get(OTHER_TABLE):
            continue
        kind = object_of(row, action)
        path = ("then", position, f"{step.connection}.{step.action}")
        for name, info in action.params.model_fields.items():
            values = step.params.get(name)
            if isinstance(values, Mapping) and str(info.annotation).startswith("dict["):
                for key, value in values.items():
                    yield Written(row.name, kind, str(key), value, (*path, name))
        if isinstance(step.params.get("property"), str) and not [*references(step.params["property"])]:
            value = step.params.get("value")
            yield Written(row.name, kind, step.params["property"], value, (*path, "property"))


def names_fields(step: Step) -> bool:
    """Say whether a step may write fields by their names; asks nobody."""
    return "property" in step.params or any(isinstance(value, Mapping) for value in step.params.values())


def object_of(row: Connection, action: Action) -> str:
    """Return what an action writes to: the object that it names, else the app's first one."""
    objects = list(dict.fromkeys(trigger.object for trigger in connector_class(row.app).triggers))
    named_by = action.name.rpartition("_")[2]
    return named_by if named_by in objects else (objects or [""])[0]


def known_as(name: str, fields: Mapping[str, Field]) -> Field | None:
    """Return the field that a step means: by its name here, by its name at the app, or by its id there."""
    return fields.get(name) or next((one for one in fields.values() if name in (one.label, one.id)), None)


def refusal(one: Written, fields: Mapping[str, Field]) -> str:
    """Return in a sentence why an app would refuse what is written, "" where it would not, as far as is known."""
    field = known_as(one.field, fields)
    if field is None:
        return f"The field “{one.field}” is gone."
    if field.read_only:
        return f"“{field.label}” cannot be written."
    fixed = one.value if isinstance(one.value, list) else [one.value]
    if field.type not in ("choice", "choices") or not field.choices or [*references(one.value)]:
        return ""
    values = {choice.value for choice in field.choices}
    lost = [value for value in fixed if isinstance(value, str) and value and value not in values]
    return f"“{field.label}” has no choice “{lost[0]}”." if lost else ""


def meant(name: str, fields: Mapping[str, Field]) -> str:
    """Return the name of a field that is nearly this one, "" where none is."""
    return next(iter(difflib.get_close_matches(name, fields, 1)), "")
