"""The page of all keys of an integration file, from the model that reads one."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from signoff.integrations.definition import FILLED_IN, AskedPart, Definition, PromptPart
from signoff.outputs.contract import TYPES
from signoff.site.manual.markdown import WRITTEN, code, table

HEAD = """# Every key of an integration file

What `signoff apply` takes: each key, what may stand behind it, and what holds where it is left out. A key that is not
here is refused with its line. [Integration files](../integration-files.md) says what each is for.

"""
WORDS = {"ge": "at least", "le": "at most", "min_length": "at least", "max_length": "at most"}
NEEDED = "must be there"
NAMES = {str: "text", int: "a whole number", float: "a number", bool: "yes or no"}


def page() -> str:
    """Return the page."""
    rows = [(code(path), kind, default) for path, kind, default in _keys(Definition, "")]
    types_of_answer = ", ".join(code(name) for name in TYPES)
    return (
        WRITTEN
        + HEAD
        + table(["Key", "Value", "Left out"], rows)
        + "## Types of an answer's fields\n\n"
        + "`answer` holds a field for each name, as in `subject: {type: text, max: 78}`. Its `type` is one of "
        + f"{types_of_answer}. [What each takes](../integration-files.md#answer-what-must-come-back).\n"
    )


def _keys(part: type[BaseModel], at: str) -> Iterator[tuple[str, str, str]]:
    """Return each key with its path, what may stand there, and what holds without it."""
    for name, info in part.model_fields.items():
        if part is Definition and name in (*FILLED_IN, "reply"):
            continue
        path = f"{at}{info.alias or name}"
        if part is Definition and name == "then":
            kind = "a list of `connection.action: {…}`; `reply` alone, or last, gives the answer back to whoever asked"
            yield path, kind, NEEDED
            continue
        inner = [one for one in _options(info.annotation) if _is_part(one)]
        yield path, _kind(info.annotation) + _bounds(info), _needed(path, _default(info))
        for one in inner:
            yield from _keys(AskedPart if one is PromptPart else one, f"{path}.")


def _needed(path: str, default: str) -> str:
    """Add where a key may be left out after all."""
    with_an_ai = path in ("record", "prompt") or path.startswith("prompt.")
    return f"{default}, except with `drafts: handed in`" if default == NEEDED and with_an_ai else default


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _options(kind: Any) -> list[Any]:
    if get_origin(kind) in (Union, types.UnionType):
        return [one for one in get_args(kind) if one is not type(None)]
    return [kind]


def _kind(kind: Any) -> str:
    return " or ".join(dict.fromkeys(_one_kind(one) for one in _options(kind)))


def _one_kind(kind: Any) -> str:
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Literal:
        return ", ".join(code(one) for one in inside)
    if origin is tuple:
        return f"a list of {_kind(inside[0])}"
    if origin is dict or kind is dict:
        return "names with values"
    if _is_part(kind):
        return "the keys below"
    return NAMES.get(kind, "anything")


def _bounds(info: FieldInfo) -> str:
    """Return how much or how many there may be, "" where that is not said."""
    said = {name: getattr(one, name) for one in info.metadata for name in WORDS if hasattr(one, name)}
    return "".join(
        f", {WORDS[name]} {value}" for name, value in said.items() if (name, value) != ("min_length", 1)
    )


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return NEEDED
    value = info.get_default(call_default_factory=True) if info.default is PydanticUndefined else info.default
    if value is None or value in ("", (), {}) or isinstance(value, BaseModel):
        return ""
    return code({True: "yes", False: "no"}[value] if isinstance(value, bool) else value)
