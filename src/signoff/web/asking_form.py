"""Reads what a server is asked about each record out of the form of the builder: `context:` of a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from signoff.core.numbers import row_number
from signoff.integrations import offers
from signoff.integrations.definition import CONTEXT_NAME
from signoff.web.fields_form import line, put
from signoff.web.values_form import read_params

Data = dict[str, Any]
MOST_QUESTIONS = 5  # as a file may have


def read_context(post: QueryDict, before: Mapping[str, Any]) -> Data:
    """Return what is asked; what the form does not show, or was another when it was drawn, stays as it was."""
    if "question_count" not in post:
        return dict(before)
    found: Data = {}
    for number, (was, part) in enumerate(before.items()):
        at = f"q-{number}"
        if post.get(f"{at}-was") != was or not isinstance(part, Mapping):
            found[was] = part
            continue
        name = line(post, f"{at}-name") or was
        # Two of one name would be one of them lost.
        name = was if name in found or (name != was and name in before) else name
        found[name] = _question(post, at, dict(part))
    return found


def _question(post: QueryDict, at: str, part: Data) -> Data:
    if "resource" in part:
        if f"{at}-resource" in post:
            part["resource"] = line(post, f"{at}-resource")
        return part
    connection, _, tool = str(part.get("from") or "").partition(".")
    _row, action = offers.action_of(connection, tool)
    if action is not None:
        given = part.get("with")
        put(part, "with", read_params(post, at, action, dict(given) if isinstance(given, Mapping) else {}))
    return part


def add_question(chosen: str, data: Data) -> None:
    """Ask one thing more about each record: "desk.look_up" a tool, "desk" what lies at an address of the server's."""
    connection, _, tool = chosen.partition(".")
    row, action = offers.action_of(connection, tool)
    context: Data = dict(data.get("context") or {})
    if row is None or len(context) >= MOST_QUESTIONS or (tool and action is None):
        return
    part: Data = {"from": chosen}
    if action is None:
        part["resource"] = ""
    else:
        fields = [str(name) for name in (data.get("record") or {}).get("fields") or ()]
        likely = {name: f"record.{name}" for name in action.params.model_fields if name in fields}
        put(part, "with", likely)
    context[_free(tool or connection, context, data)] = part
    data["context"] = context


def drop_question(number: str, data: Data) -> None:
    """Ask one thing no more, by its place."""
    names = list(data.get("context") or {})
    gone = row_number(number, 4)
    if gone is not None and gone < len(names):
        kept = {name: data["context"][name] for name in names if name != names[gone]}
        put(data, "context", kept)


def _free(wanted: str, context: Data, data: Data) -> str:
    """Return a name for what is told that neither the record nor another question has."""
    stem = re.sub(r"\W+", "_", wanted, flags=re.ASCII).strip("_")[:50]
    stem = stem if CONTEXT_NAME.fullmatch(stem) and stem != "id" else f"told_{stem}".rstrip("_")
    taken = {*context, *map(str, (data.get("record") or {}).get("fields") or ())}
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}_{number}", number + 1
    return name
