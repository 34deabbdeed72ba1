"""Reads the fields of an answer, and the columns of a table in it, out of the form of the builder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from signoff.integrations.writing import clean

Data = dict[str, Any]
NUMBER = re.compile(r"\d{1,6}")
MOST = 100
# What a field may say of itself whatever its type is; the rest belongs to the type, and goes with it.
OF_ALL = ("type", "label", "about", "optional")
LISTED = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def read_fields(
    post: QueryDict, at: str, count: str, before: Mapping[str, Any], *, rows: bool = True
) -> Data:
    """
    Return the fields whose controls begin with `at` ("a": a-0-name, a-1-name, …), as many as the control `count` says.

    A field that had another name keeps what only its file says of it. `rows`: a field may be a table.
    """
    found: Data = {}
    for number in range(_count(post, count)):
        each = f"{at}-{number}"
        was = post.get(f"{each}-was", "")
        name = re.sub(r"\W+", "_", line(post, f"{each}-name")).strip("_") or was or f"field_{number + 1}"
        while name in found:
            name += "_2"
        found[name] = _field(post, each, before.get(was), rows=rows)
    return found


def line(post: QueryDict, name: str) -> str:
    """Return what was written into a control, as one line."""
    return " ".join(clean(post.get(name, "")).split())


def lines(text: str) -> list[str]:
    """Return the lines of a text, each without the spaces around it; empty ones are left out."""
    return [" ".join(one.split()) for one in clean(text).splitlines() if one.strip()]


def put(data: Data, name: str, value: Any) -> None:
    """Set a value, or take it out where it is empty: a file says nothing of what is not there."""
    if value in ("", None, [], {}):
        data.pop(name, None)
    else:
        data[name] = value


def options_as_text(options: Any) -> str:
    """Return choices as they are written into the form, one a line."""
    if isinstance(options, Mapping):
        return "\n".join(
            str(name) if name == about else f"{name}: {about}" for name, about in options.items()
        )
    return "\n".join(str(one) for one in options) if isinstance(options, list | tuple) else ""


def number_as_text(value: Any) -> str:
    """Return a number as it is written into the form."""
    return "" if value is None else str(value)


def _count(post: QueryDict, name: str) -> int:
    given = post.get(name, "")
    return min(int(given), MOST) if NUMBER.fullmatch(given) else 0


def _field(post: QueryDict, at: str, was: Any, *, rows: bool) -> Any:
    block = dict(was) if isinstance(was, Mapping) else {"type": was or "text"}
    _kind(post.get(f"{at}-kind", ""), block)
    match block.get("type"):
        case "text":
            _text(post, at, block)
        case "choice":
            _choices(post, at, block)
            _tick(post, at, block, "unsure", "unsure")
        case "choices":
            _choices(post, at, block)
            _number(post, f"{at}-count", block, "max")
        case "number":
            _range(post, at, block)
            _word(post, f"{at}-unit", block, "unit")
            _tick(post, at, block, "whole", "integer")
        case "money":
            _range(post, at, block)
            if f"{at}-currency" in post:
                put(block, "currency", line(post, f"{at}-currency").upper())
        case "datetime":
            _word(post, f"{at}-zone", block, "zone")
        case "phone":
            if f"{at}-country" in post:
                put(block, "country", line(post, f"{at}-country").upper())
        case "rows" if rows and f"{at}-columns" in post:
            before = block.get("columns")
            columns = before if isinstance(before, Mapping) else {}
            put(block, "columns", read_fields(post, f"{at}-c", f"{at}-columns", columns, rows=False))
            _number(post, f"{at}-count", block, "max")
    put(block, "about", line(post, f"{at}-about"))
    if f"{at}-shown" in post:
        put(block, "optional", None if f"{at}-needed" in post else True)
    return block if set(block) != {"type"} else block["type"]


def _kind(chosen: str, block: Data) -> None:
    """Let a field be of the type that was chosen; what only belonged to the one before is left out."""
    if not chosen:
        return
    from_app = chosen.removeprefix("from:") if chosen.startswith("from:") else ""
    several = block.get("type") == "choices"
    type_ = ("choices" if several else "choice") if from_app else chosen
    if type_ != block.get("type"):
        for name in [name for name in block if name not in OF_ALL]:
            del block[name]
    block["type"] = type_
    if from_app:
        block["from"] = from_app
        block.pop("options", None)
    else:
        block.pop("from", None)


def _text(post: QueryDict, at: str, block: Data) -> None:
    if f"{at}-max" in post:
        written = line(post, f"{at}-max").replace(",", "")
        put(block, "max", int(written) if NUMBER.fullmatch(written) and int(written) else written)
    _word(post, f"{at}-format", block, "format")


def _choices(post: QueryDict, at: str, block: Data) -> None:
    if "from" not in block:
        put(block, "options", _options(post.get(f"{at}-options", ""), block.get("options")))


def _options(written: str, before: Any) -> Any:
    """Return choices as a file has them: a list, or names with what each means ("Prices: they ask what it costs")."""
    if written == options_as_text(before):
        return before
    pairs = [one.partition(":") for one in lines(written)]
    if any(colon for _, colon, _ in pairs):
        return {name.strip(): about.strip() or name.strip() for name, _, about in pairs}
    if len(pairs) == 1 and "," in pairs[0][0]:
        return [part.strip() for part in pairs[0][0].split(",") if part.strip()]
    return [name.strip() for name, _, _ in pairs]


def _range(post: QueryDict, at: str, block: Data) -> None:
    _number(post, f"{at}-least", block, "min")
    _number(post, f"{at}-most", block, "max")


def _number(post: QueryDict, control: str, block: Data, name: str) -> None:
    if control not in post:
        return
    written = line(post, control)
    if written != number_as_text(block.get(name)):  # 5.0 stays 5.0
        put(block, name, _as_number(written))


def _as_number(written: str) -> Any:
    """Return what was written as a number; what is none stays as it is, and is named as wrong."""
    plain = written.replace(",", "") if LISTED.fullmatch(written) else written.replace(",", ".", 1)
    if re.fullmatch(r"-?\d{1,15}", plain):
        return int(plain)
    return float(plain) if re.fullmatch(r"-?\d{1,15}\.\d{1,6}", plain) else written


def _word(post: QueryDict, control: str, block: Data, name: str) -> None:
    if control in post:
        put(block, name, line(post, control))


def _tick(post: QueryDict, at: str, block: Data, control: str, name: str) -> None:
    if f"{at}-shown" in post:
        ticked = f"{at}-{control}" in post
        put(block, name, True if ticked else False if block.get(name) is False else None)
