"""Values made after a schema: valid, believable where the name says what it is, and the same each time."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from signoff_sandbox.openapi.document import Document, _is

DEEPEST = 6


def example(document: Document, schema: Any, at: float, depth: int = 0, name: str = "") -> Any:
    """Return a value after a schema; only what it demands, and simple values beside it."""
    node = document.flat(schema)
    if "const" in node:
        return node["const"]
    if node.get("enum"):
        return next((one for one in node["enum"] if one is not None), None)
    if node.get("properties") or _is(node, "object"):
        return _object(document, node, at, depth)
    if _is(node, "array"):
        few = int(node.get("minItems", 0))
        return [example(document, node.get("items", {}), at, depth + 1) for _ in range(min(few, 3))]
    if _is(node, "boolean"):
        return False
    if _is(node, "integer"):
        return int(max(node.get("minimum", 1), 1) if not isinstance(node.get("minimum"), bool) else 1)
    if _is(node, "number"):
        return float(node.get("minimum", 1) or 1)
    return _text(node, at, name)


def _object(document: Document, node: dict[str, Any], at: float, depth: int) -> dict[str, Any]:
    needed = set(node.get("required", ()))
    found = {}
    for key, told in node.get("properties", {}).items():
        inner = document.flat(told)
        is_simple = not (inner.get("properties") or _is(inner, "object") or _is(inner, "array"))
        if (key in needed or (is_simple and depth == 0)) and depth < DEEPEST:
            found[key] = example(document, told, at, depth + 1, key)
    return found


def _text(node: dict[str, Any], at: float, name: str) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    made = {
        "date-time": moment.isoformat().replace("+00:00", "Z"),
        "date-time-rfc-2822": format_datetime(moment),
        "date": moment.date().isoformat(),
        "email": "ada@example.test",
        "uri": "https://example.test/practice",
        "url": "https://example.test/practice",
        "uuid": "00000000-0000-4000-8000-000000000001",
        "ipv4": "192.0.2.1",
    }.get(str(node.get("format")))
    if made is None and isinstance(node.get("example"), str) and not node.get("pattern"):
        made = node["example"]
    if made is None:
        made = (
            "1"
            if node.get("pattern") == "^(0|[1-9][0-9]*)$"
            else f"A practice {name.replace('_', ' ') or 'value'}"
        )
    least, most = int(node.get("minLength", 0)), int(node.get("maxLength", 10_000))
    return made.ljust(least, "x")[:most]
