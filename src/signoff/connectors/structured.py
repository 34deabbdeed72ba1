"""A contract's schema as providers take it: in the form that they enforce, or told in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

# An enforced schema may hold these and no others; what is left out here is validated when the answer is judged.
# Sources: the structured-outputs guides of OpenAI and Anthropic, autumn 2026.
SCHEMA_WORDS = frozenset(
    {
        "type",
        "enum",
        "const",
        "required",
        "additionalProperties",
        "items",
        "anyOf",
        "description",
        "properties",
    }
    | {"$ref", "$defs", "definitions", "title"}
)


def strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return a JSON Schema as strict answers need it.

    Every property is required (an optional one may be null), no others are allowed, and words that providers
    refuse (lengths, patterns, defaults) are left out.
    """
    kept = {name: value for name, value in schema.items() if name in SCHEMA_WORDS}
    for name in ("$defs", "definitions"):
        if isinstance(kept.get(name), Mapping):
            kept[name] = {key: strict(value) for key, value in kept[name].items()}
    if isinstance(kept.get("items"), Mapping):
        kept["items"] = strict(kept["items"])
    if isinstance(kept.get("anyOf"), list):
        kept["anyOf"] = [strict(part) for part in kept["anyOf"]]
    if isinstance(kept.get("properties"), Mapping):
        required = schema.get("required", ())
        kept["properties"] = {
            name: strict(part) if name in required else _or_null(strict(part))
            for name, part in kept["properties"].items()
        }
        kept["required"] = list(kept["properties"])
        kept["additionalProperties"] = False
    return kept


def told(schema: Mapping[str, Any]) -> str:
    """Return the sentence that asks for a schema, where a provider enforces none."""
    wanted = json.dumps(schema, ensure_ascii=False, sort_keys=True)
    return f"Answer with one JSON object and nothing else. It must fit this JSON Schema:\n{wanted}"


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    type_ = schema.get("type")
    types = [type_] if isinstance(type_, str) else type_
    if isinstance(schema.get("anyOf"), list):
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    if not isinstance(types, list):
        return {"anyOf": [schema, {"type": "null"}]}
    if "null" in types:
        return schema
    changed = {**schema, "type": [*types, "null"]}
    if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        changed["enum"] = [*schema["enum"], None]
    return changed
