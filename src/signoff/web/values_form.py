"""Reads the values that an action is given out of the form of the builder: a choice, a text, names with values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from django.http import QueryDict

from signoff.connectors.base import Action
from signoff.integrations.references import WHOLE
from signoff.integrations.suggesting import lookup_of
from signoff.web.fields_form import line, lines, put

Data = dict[str, Any]
OWN_TEXT = "text"  # the choice "a text of mine" of a value
AS_IT_IS = "keep"  # a value that only a file can say
LOOK_UP = "by:"
FIELD = re.compile(r"[A-Za-z_][\w-]{0,99}")
PAIRS_AT_MOST = 30


def kind_of(annotation: Any) -> str:
    """Return how a parameter is filled in: a "value", "pairs" of names and values, a "list", a "yesno"."""
    text = str(annotation)
    if annotation is bool:
        return "yesno"
    if text.startswith("dict["):
        return "pairs"
    if text.startswith("list["):
        return "list"
    return "value"


def fixed_choices(annotation: Any) -> tuple[str, ...]:
    """Return what may be chosen, where an action takes only certain words."""
    found = get_args(annotation) if "Literal[" in str(annotation) else ()
    return tuple(one for one in found if isinstance(one, str))


def read_params(post: QueryDict, begin: str, action: Action, before: Data) -> Data:
    """Return the values of an action whose controls begin with `begin` ("s-0"): what is not shown stays as it was."""
    found: Data = {}
    for name, info in action.params.model_fields.items():
        at = f"{begin}-{name}"
        kind = kind_of(info.annotation)
        was = before.get(name)
        if kind == "yesno":
            value: Any = (f"{at}-yes" in post) if f"{at}-shown" in post else was
            value = None if value == info.default else value
        elif kind == "pairs":
            value = _pairs(post, at, was) if f"{at}-0-name" in post else was
        elif kind == "list":
            written = lines(post.get(f"{at}-{OWN_TEXT}", "")) if f"{at}-{OWN_TEXT}" in post else None
            value = was if written is None else written
        else:
            value = _value(post, at, was, info.annotation) if at in post else was
        put(found, name, value)
    # What the action does not know stays, and is named as a fault.
    return found | {name: value for name, value in before.items() if name not in action.params.model_fields}


def _value(post: QueryDict, at: str, was: Any, annotation: Any) -> Any:
    chosen = post.get(at, "")
    if chosen == AS_IT_IS:
        return was
    if chosen == OWN_TEXT:
        written = line(post, f"{at}-{OWN_TEXT}")
        return int(written) if annotation is int and re.fullmatch(r"-?\d{1,9}", written) else written
    if chosen.startswith(LOOK_UP):
        found = lookup_of(annotation)
        return {found[0]: chosen.removeprefix(LOOK_UP)} if found else None
    if at.endswith("-property") and FIELD.fullmatch(chosen):
        return chosen  # one of the app's own fields, by its name
    return chosen if not chosen or WHOLE.fullmatch(chosen) or chosen in fixed_choices(annotation) else was


def _pairs(post: QueryDict, at: str, was: Any) -> Data:
    kept = was if isinstance(was, Mapping) else {}
    found: Data = {}
    for row in range(PAIRS_AT_MOST):
        name = line(post, f"{at}-{row}-name")
        if not name:
            continue
        value = _value(post, f"{at}-{row}", kept.get(post.get(f"{at}-{row}-was", name)), str)
        if value not in ("", None):
            found[name] = value
    return found
