"""Which values HubSpot takes for a property: every value is a text, checked by the property's type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from signoff_sandbox.hubspot.properties import Property

LONGEST_TEXT = 65_536
_EMAIL = re.compile(r"[^@\s,;<>]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_DAY_MS = 86_400_000


def check(
    values: Mapping[str, Any], known: Mapping[str, Property], *, with_rules: bool
) -> list[tuple[str, str, str]]:
    """
    Return (property, code, message) for every value that is refused.

    `with_rules`: by the rules that an administrator made, too.
    """
    faults = []
    for name, value in values.items():
        fault = _fault(name, value, known.get(name))
        most = known[name].most_letters if name in known else 0
        if not fault and with_rules and 0 < most < len(as_text(value)):
            fault = "MAX_LENGTH", f"{name} must be at most {most} characters"
        if fault:
            faults.append((name, *fault))
    return faults


def as_text(value: Any) -> str:
    """Return the text that HubSpot keeps for a value as it came in JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def milliseconds(text: str) -> int | None:
    """Return the epoch milliseconds that a date or datetime value means, or None."""
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _fault(name: str, value: Any, known: Property | None) -> tuple[str, str] | None:
    if known is None or known.archived:
        return "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'
    if known.read_only:
        return "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.'
    if isinstance(value, (dict, list)):
        return "INVALID_VALUE", f"{name} must be a text"
    text = as_text(value)
    if text == "":
        return None
    if len(text) > LONGEST_TEXT:
        return "PROPERTY_VALUE_TOO_LONG", f"{name} is longer than {LONGEST_TEXT} characters"
    if name == "email" and not _EMAIL.fullmatch(text):
        return "INVALID_EMAIL", f"Email address {text} is invalid"
    return _type_fault(text, known)


def _type_fault(text: str, known: Property) -> tuple[str, str] | None:
    match known.type:
        case "number":
            if not re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text):
                return "INVALID_INTEGER", f"{text} was not a valid number."
        case "bool":
            if text not in ("true", "false"):
                return "INVALID_BOOLEAN", f"{text} was not a valid boolean."
        case "date":
            if not _is_date(text):
                return "INVALID_DATE", f"{text} is at a time other than midnight UTC or is no date."
        case "datetime":
            if milliseconds(text) is None:
                return "INVALID_LONG", f"{text} was not a valid long."
        case "enumeration":
            return _option_fault(text, known)
    return None


def _option_fault(text: str, known: Property) -> tuple[str, str] | None:
    if known.pipelined:
        return None  # which stages there are depends on the pipeline: `Pipelines.fault`
    if known.references_owner:
        return None if text.isdigit() else ("INVALID_OPTION", f"{text} is not a valid owner id")
    chosen = text.split(";") if known.field_type == "checkbox" else [text]
    wrong = [one for one in chosen if one and one not in known.values()]
    if not wrong:
        return None
    allowed = ", ".join(value for value, _ in known.options)
    return "INVALID_OPTION", f"{wrong[0]} was not one of the allowed options: [{allowed}]"


def _is_date(text: str) -> bool:
    if text.lstrip("-").isdigit():
        return int(text) % _DAY_MS == 0
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
