"""Values as HubSpot writes them, and texts that carry our marker."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from signoff.connectors.hubspot.answers import id_of, property_of

Value = str | bool | int | float | list[str] | None


def as_text(values: Mapping[str, Value]) -> dict[str, str]:
    """Return values as HubSpot writes them: always text, "" to clear, several choices as "a;b"."""
    return {name: _text(value) for name, value in values.items()}


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(value)
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value)


def marked_html(body: str, marker: str) -> str:
    """Return a text as HTML, with our marker as a last line that tells a reader where it came from."""
    said = html.escape(body, quote=False).replace("\r\n", "\n").replace("\n", "<br>")
    return f"{said}<br><br>{_signature(marker)}"


def marked(body: str, marker: str) -> str:
    """Return a text with our marker as its last line."""
    return f"{body}\n\n{_signature(marker)}".lstrip("\n")


def marked_one(objects: Iterable[Any], text: str, marker: str) -> str | None:
    """Return the id of the one that carries our marker in this property, None where none does."""
    sought = re.compile(re.escape(_signature(marker)) + r"(?![\w-])")
    for item in objects:
        if sought.search(html.unescape(str(property_of(item, text) or ""))):
            return id_of(item)
    return None


def _signature(marker: str) -> str:
    return f"Signoff run {marker}"


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
