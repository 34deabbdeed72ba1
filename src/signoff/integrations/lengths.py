"""How long a text of an answer may be where it goes, by what the apps say of their own fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from signoff.connections.models import Connection
from signoff.connectors.base import Action, Field
from signoff.integrations import offers
from signoff.integrations.references import IN_TEXT, WHOLE, references
from signoff.integrations.written import known_as, object_of

LONGER_THAN_ANY_DRAFT = 20_000  # room for so much is no limit worth naming to an AI


@dataclass(frozen=True)
class Room:
    """How many characters there are for a field of the answer, and where: "“Lead source” at hubspot-main"."""

    most: int
    where: str


def rooms(answer: Mapping[str, Any], steps: Sequence[tuple[str, str, Mapping[str, Any]]]) -> dict[str, Room]:
    """
    Return the room for each text of an answer, by its name, where its destinations leave less than the owner says.

    `steps` are a connection, an action and its parameters. A text without `max` is held to the room as well. An app
    that cannot be asked now says nothing.
    """
    found: dict[str, Room] = {}
    for connection, name, params in steps:
        row, action = offers.action_of(connection, name)
        if row is None or action is None:
            continue
        for value, room in _places(row, action, params):
            for field, most in shares(value, room.most):
                if field not in found or most < found[field].most:
                    found[field] = Room(most, room.where)
    return {name: room for name, room in found.items() if _is_less(room.most, answer.get(name))}


def written_to(row: Connection, action: Action) -> tuple[Field, ...]:
    """Return the fields of what an action writes to: of the object that it names, else of the app's first one."""
    return offers.fields_of(row, object_of(row, action)).found


def _places(row: Connection, action: Action, params: Mapping[str, Any]) -> Iterator[tuple[Any, Room]]:
    """Yield each value that goes somewhere with a known room."""
    for name, info in action.params.model_fields.items():
        value = params.get(name)
        most = next((found for one in info.metadata if (found := getattr(one, "max_length", None))), None)
        if most is not None and isinstance(value, str):
            yield value, Room(most, f"`{name}` of `{row.name}.{action.name}`")
        if isinstance(value, Mapping) and str(info.annotation).startswith("dict["):
            for key, inner in value.items():
                yield from _in_field(row, action, str(key), inner)
    if isinstance(params.get("property"), str):
        yield from _in_field(row, action, params["property"], params.get("value"))


def _in_field(row: Connection, action: Action, name: str, value: Any) -> Iterator[tuple[Any, Room]]:
    if not any(one.source == "answer" for one in references(value)):
        return
    field = known_as(name, {one.name: one for one in written_to(row, action)})
    if field is not None and field.max_length is not None:
        yield value, Room(field.max_length, f"“{field.label}” at `{row.name}`")


def shares(value: Any, most: int) -> Iterator[tuple[str, int]]:
    """Yield the fields of the answer in a value, each with the room that the words around it leave."""
    if not isinstance(value, str):
        return
    whole = WHOLE.fullmatch(value.strip())
    around = 0 if whole else len(IN_TEXT.sub("", value))
    for one in references(value):
        if one.source == "answer" and "." not in one.field:
            yield one.field, max(most - around, 1)


def _is_less(most: int, block: Any) -> bool:
    settings = block if isinstance(block, Mapping) else {"type": block}
    if settings.get("type") != "text":
        return False
    stated = settings.get("max")
    limit = stated if isinstance(stated, int) and not isinstance(stated, bool) else LONGER_THAN_ANY_DRAFT
    return most < limit
