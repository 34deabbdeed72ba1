"""What the schema of a structured output may hold, by Anthropic's structured-outputs page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Words that the service does not enforce; the official client takes them out before it asks.
_NOT_SUPPORTED = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    | {"minLength", "maxLength", "pattern", "maxItems", "uniqueItems", "oneOf", "not", "if"}
)


def fault(schema: Any) -> str | None:
    """Return what is wrong with a schema, or None."""
    if not isinstance(schema, dict):
        return "Input should be an object"
    for part in _parts(schema):
        kind = part.get("type", "object" if "properties" in part else "")
        of_object = kind == "object" or (isinstance(kind, list) and "object" in kind)
        if of_object and part.get("additionalProperties") is not False:
            return "For 'object' type, 'additionalProperties' must be explicitly set to false"
        wrong = sorted(_NOT_SUPPORTED & set(part))
        if wrong:
            return f"For '{kind}' type, property '{wrong[0]}' is not supported"
        if part.get("minItems", 0) not in (0, 1):
            return "For 'array' type, 'minItems' values other than 0 or 1 are not supported"
    return None


def _parts(part: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(part, dict):
        return
    yield part
    for inner in (*part.get("properties", {}).values(), *part.get("$defs", {}).values()):
        yield from _parts(inner)
    yield from _parts(part.get("items"))
    for inner in (*part.get("anyOf", ()), *part.get("allOf", ())):
        yield from _parts(inner)
