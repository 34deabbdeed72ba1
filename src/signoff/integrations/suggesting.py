"""
What most likely belongs into an integration that is being built: its name, the form of its answer, where it goes, and
the values of an action's parameters, by their names and what the record has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from signoff.connectors.base import Action, Params
from signoff.integrations import offers

ADDRESSES = ("answer_to", "email", "from_email", "from")
SAME = {"thread_id": "thread_id", "references": "references", "reply_to_message_id": "message_id"}
LONG = ("body", "text", "summary", "note", "name", "subject")

# What an answer often is: a subject is as long as mail programs show it.
FORMS: Mapping[str, Mapping[str, Any]] = {
    "email": {"subject": {"type": "text", "max": 78}, "body": {"type": "text", "max": 1200}},
    "text": {"text": {"type": "text", "max": 400}},
    "choice": {"topic": "choice"},
    "yesno": {"yes_or_no": "yesno"},
}


def likely_name(data: Mapping[str, Any]) -> str:
    """Return what an integration may be called after what begins it ("New contact appears"), "" where nothing does."""
    start = offers.start_of(data)
    label = start.trigger.label if start else ""
    article, _space, rest = label.partition(" ")
    return rest if article in ("A", "An") else label


def likely_action(data: Mapping[str, Any]) -> str:
    """Return where the answer most likely goes first ("mail.create_draft": an e-mail goes to Drafts), else ""."""
    if data.get("then") or not {"subject", "body"} <= set(data.get("answer") or {}):
        return ""
    found = (f"{row.name}.{one.name}" for row, one in offers.actions() if one.name == "create_draft")
    return next(found, "")


def suggested(connection: str, action: Action, data: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return values for an action's parameters, and the fields of the record that must be read for them."""
    start = offers.start_of(data)
    at_home = start is not None and start.connection.name == connection
    told = {"id"} | set((data.get("record") or {}).get("fields") or ())
    if start is not None:
        told |= {field.name for field in offers.fields_of(start.connection, start.trigger.object).found}
        told |= set(start.trigger.fields)
    params: dict[str, Any] = {}
    for name, info in action.params.model_fields.items():
        if name in action.targets():
            of = start.trigger.object if at_home and start else ""
            value = _target(name, info.annotation, of, told, at_home)
        else:
            value = _content(name, info.annotation, data.get("answer") or {}, info.is_required())
        if value is not None:
            params[name] = value
    needed = [one.removeprefix("record.") for one in _texts(params) if one.startswith("record.")]
    return params, [name for name in needed if name != "id"]


def lookup_of(annotation: Any) -> tuple[str, type[BaseModel]] | None:
    """Return by what a record can be looked up where its id is not known: "email" of a contact."""
    for one in get_args(annotation):
        if isinstance(one, type) and issubclass(one, Params) and len(one.model_fields) == 1:
            return next(iter(one.model_fields)), one
    return None


def _target(name: str, annotation: Any, object: str, told: set[str], at_home: bool) -> Any:
    if object and name == object:
        return "record.id"
    if name == "to":
        return next((f"record.{field}" for field in ADDRESSES if field in told), None)
    if at_home and SAME.get(name) in told:
        return f"record.{SAME[name]}"
    if name == "reply_to" and at_home:
        return "record.id"
    found = lookup_of(annotation)
    if found and name == "contact" and object not in ("company", "deal"):
        field = next((one for one in ADDRESSES[:3] if one in told), None)
        return {found[0]: f"record.{field}"} if field and found[0] == "email" else None
    return None


def _content(name: str, annotation: Any, answer: Mapping[str, Any], required: bool) -> Any:
    if name in answer:
        return f"answer.{name}"
    if name == "data":
        return {field: f"answer.{field}" for field in answer} or None
    if not required:
        return None
    if name == "value":
        return next((f"answer.{one}" for one, block in answer.items() if _type(block) == "choice"), None)
    if name in LONG:
        return f"answer.{_longest(answer)}" if _longest(answer) else None
    return None


def _longest(answer: Mapping[str, Any]) -> str:
    texts = {one: block for one, block in answer.items() if _type(block) == "text"}
    return max(texts, key=lambda one: _room(texts[one]), default="")


def _room(block: Any) -> float:
    most = block.get("max") if isinstance(block, Mapping) else None
    return most if isinstance(most, int | float) else 10_000


def _type(block: Any) -> str:
    return str(block.get("type") if isinstance(block, Mapping) else block)


def _texts(value: Any) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _texts(inner)]
    return [text for inner in value for text in _texts(inner)] if isinstance(value, list) else []
