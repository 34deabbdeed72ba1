"""What a strict JSON schema may contain, by OpenAI's structured-outputs guide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_LEVELS = 10
MOST_PROPERTIES = 5_000
MOST_CHOICES = 1_000
MOST_CHARACTERS = 120_000
_NOT_PERMITTED = (
    "default",
    "oneOf",
    "allOf",
    "not",
    "if",
    "then",
    "else",
    "patternProperties",
    "dependentRequired",
)


def fault(schema: Any) -> str | None:
    """Return what is wrong with a strict schema, in OpenAI's way of saying it, or None."""
    if not isinstance(schema, dict):
        return "schema must be a JSON Schema object"
    if schema.get("type") != "object" or "anyOf" in schema:
        return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{schema.get('type')}\"'."
    properties = choices = characters = 0
    for path, part, level in _parts(schema, (), 1):
        where = f"In context={path!r}, "
        if level > MOST_LEVELS:
            return f"{where}schema exceeds {MOST_LEVELS} levels of nesting."
        wrong = _part_fault(part)
        if wrong:
            return where + wrong
        names = list(part.get("properties", {}))
        texts = [str(choice) for choice in part.get("enum", ())]
        properties += len(names)
        choices += len(texts)
        characters += sum(map(len, (*names, *texts)))
    if properties > MOST_PROPERTIES or choices > MOST_CHOICES or characters > MOST_CHARACTERS:
        return "schema is too large: too many properties, enum values or characters."
    return None


def _part_fault(part: Schema) -> str | None:
    for word in _NOT_PERMITTED:
        if word in part:
            return f"'{word}' is not permitted."
    known = {"type", "enum", "const", "anyOf", "$ref"}
    if not known & set(part):
        return "schema must have a 'type' key."
    types = part.get("type")
    if types == "object" or (isinstance(types, list) and "object" in types) or "properties" in part:
        if part.get("additionalProperties") is not False:
            return "'additionalProperties' is required to be supplied and to be false."
        names, required = list(part.get("properties", {})), part.get("required")
        missing = [n for n in names if n not in (required or ())]
        if required is None or missing:
            lacking = f" Missing '{missing[0]}'." if missing else ""
            return (
                "'required' is required to be supplied and to be an array including every key in properties."
                + lacking
            )
        extra = [n for n in required if n not in names]
        if extra:
            return f"'required' names '{extra[0]}', which is no property."
    if (types == "array" or (isinstance(types, list) and "array" in types)) and "items" not in part:
        return "array schema missing items."
    texts = [c for c in part.get("enum", ()) if isinstance(c, str)]
    if len(texts) > 250 and sum(map(len, texts)) > 15_000:
        return "enum with more than 250 values exceeds 15,000 characters."
    return None


def _parts(part: Any, path: tuple[str, ...], level: int) -> Iterator[tuple[tuple[str, ...], Schema, int]]:
    if not isinstance(part, dict):
        return
    yield path, part, level
    for name, inner in part.get("properties", {}).items():
        yield from _parts(inner, (*path, "properties", name), level + 1)
    for name, inner in part.get("$defs", {}).items():
        yield from _parts(inner, (*path, "$defs", name), level + 1)
    if "items" in part:
        yield from _parts(part["items"], (*path, "items"), level + 1)
    for position, inner in enumerate(part.get("anyOf", ())):
        yield from _parts(inner, (*path, "anyOf", str(position)), level)
