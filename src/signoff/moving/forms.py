"""The form of an answer, from a JSON Schema or an example that another tool keeps."""

from __future__ import annotations

import json
from typing import Any

from signoff.moving.vocabulary import as_text

MOST_FIELDS = 40


def fields_of_schema(schema: Any) -> dict[str, dict[str, Any]]:
    """Return the fields of a JSON Schema for an object (or its text); {} for what is none."""
    data = _read(schema)
    for _ in range(3):
        if isinstance(data, dict) and data.get("type") == "array":
            data = data.get("items")
    properties = data.get("properties") if isinstance(data, dict) else None
    required = data.get("required") if isinstance(data, dict) else None
    if not isinstance(properties, dict):
        return {}
    return {
        str(name): {
            **_block(part),
            **({"optional": True} if isinstance(required, list) and name not in required else {}),
        }
        for name, part in list(properties.items())[:MOST_FIELDS]
        if isinstance(part, dict)
    }


def fields_of_example(example: Any) -> dict[str, dict[str, Any]]:
    """Return the fields of an example answer, an object or the text of one; {} for what is none."""
    data = _read(example)
    if isinstance(data, list) and data:
        data = data[0]
    if not isinstance(data, dict):
        return {}
    return {str(name): _like(value) for name, value in list(data.items())[:MOST_FIELDS]}


def _block(part: dict[str, Any]) -> dict[str, Any]:
    about = {"about": as_text(part["description"])[:200]} if as_text(part.get("description")) else {}
    options = part.get("enum")
    if isinstance(options, list) and options and all(isinstance(one, str) for one in options):
        return {"type": "choice", "options": options[:100], **about}
    kind = part.get("type")
    kind = next((one for one in kind if one != "null"), "string") if isinstance(kind, list) else kind
    if kind in ("number", "integer"):
        return {"type": "number", **({"integer": True} if kind == "integer" else {}), **about}
    return {"type": "yesno" if kind == "boolean" else "text", **about}


def _like(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"type": "yesno"}
    if isinstance(value, int | float):
        return {"type": "number", **({"integer": True} if isinstance(value, int) else {})}
    return {"type": "text"}


def _read(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given.removeprefix("="))
    except (ValueError, RecursionError):
        return None
