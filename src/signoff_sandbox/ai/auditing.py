"""Reads a draft beside its record, as a careful model does: which numbers of it stand in neither record nor facts."""

from __future__ import annotations

import json
import re
from typing import Any

_NUMBER = re.compile(r"(?<!\w)[$€£]?\d[\d.,]*\d|(?<!\w)[$€£]?\d+%?")


def audit_of(asked: str) -> list[dict[str, str]] | None:
    """
    Return the doubtful numbers of the draft in a question `{"record", "facts", "draft"}`; None when it is no such one.

    Each is `{"quote", "kind", "why"}`, the quote with the word behind the number.
    """
    try:
        shown = json.loads(asked)
    except ValueError:
        return None
    if not isinstance(shown, dict) or not {"record", "draft"} <= set(shown):
        return None
    known = set(_NUMBER.findall(json.dumps([shown["record"], shown.get("facts")], ensure_ascii=False)))
    found = []
    for text in _texts(shown["draft"]):
        for number in _NUMBER.finditer(text):
            if number.group() not in known:
                word = re.match(r"\s?\w*", text[number.end() :])
                quote = number.group() + (word.group() if word else "")
                why = "Neither the record nor the facts give this number."
                found.append({"quote": quote.strip(), "kind": "not in the record", "why": why})
    return found


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in _texts(part)]
