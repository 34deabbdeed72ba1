"""Reading answers whose shape is only promised: every member may be missing, or be of another kind."""

from __future__ import annotations

import json
import re
from typing import Any

from signoff.core.errors import VendorDown
from signoff.outbound.reply import Reply

_WORD = re.compile(r"[\w.-]{1,80}")


def lenient_json(reply: Reply) -> Any:
    """Return an error's body as JSON, or an empty object when it is none: gateways answer in HTML."""
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}


def is_page(reply: Reply) -> bool:
    """Say whether a web page came where an API should answer: from a gateway, a proxy, a sign-in page."""
    return "html" in reply.headers.get("content-type", "") or reply.body[:200].lstrip().startswith(b"<")


def web_page(detail: str, app: str) -> VendorDown:
    """Return the error for a refusal that is a web page: it says nothing about our key."""
    return VendorDown(
        f"{detail}, a web page",
        app=app,
        owner_message="Something between us and {app} answered in its place, with a web page. "
        "Nothing is lost; we try again by ourselves.",
        next_step="If it stays, a proxy or a firewall keeps us from {app}: ask who looks after your network.",
    )


def member(value: Any, *path: str) -> Any:
    """Return what lies at a path of names, or None where it does not lead on."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def items(value: Any) -> list[Any]:
    """Return a list, or an empty one when it is none."""
    return value if isinstance(value, list) else []


def word(value: Any) -> str:
    """
    Return a vendor's code or name if it is one word, else "".

    For error texts: a sentence of the vendor's may quote what a customer wrote, a single word may not.
    """
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""


def whole_number(value: Any, otherwise: int = 0) -> int:
    """Return a count, however it is written, or `otherwise` when it is none or negative."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        return otherwise
    return number if number >= 0 else otherwise
