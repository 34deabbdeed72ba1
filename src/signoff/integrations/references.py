"""What may stand behind `then`: a reference (`record.email`), or a text with references in braces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

WHOLE = re.compile(r"(record|answer)\.([A-Za-z_][\w.-]*)")
# What somebody may have meant as one: "records.email", "Answer.body", "answer"; "{subject}", "{ record }".
LIKE_WHOLE = re.compile(r"(?:records?|answers?)(?:\.\S*)?", re.IGNORECASE)
LIKE_IN_TEXT = re.compile(r"\{\s*[A-Za-z_][\w.-]*\s*\}")
IN_TEXT = re.compile(r"\{\s*(record|answer)\.([A-Za-z_][\w.-]*)\s*\}")


@dataclass(frozen=True)
class Reference:
    """`source` is "record" or "answer", `field` the name in it, with dots for what lies deeper."""

    source: str
    field: str

    def __str__(self) -> str:
        return f"{self.source}.{self.field}"


class Missing(Exception):
    """A reference leads to nothing: the record has no such value."""

    def __init__(self, reference: Reference) -> None:
        super().__init__(f"{reference} is missing or empty")
        self.reference = reference


def references(value: Any) -> Iterator[Reference]:
    """Return every reference in a value of `then`, however deep."""
    if isinstance(value, str):
        whole = WHOLE.fullmatch(value.strip())
        if whole:
            yield Reference(*whole.groups())
        else:
            for found in IN_TEXT.finditer(value):
                yield Reference(*found.groups())
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def misread(value: Any) -> Iterator[str]:
    """Return what looks like a reference and is none: it would be delivered as it stands."""
    if isinstance(value, str):
        if not WHOLE.fullmatch(value.strip()) and LIKE_WHOLE.fullmatch(value.strip()):
            yield value.strip()
        for found in LIKE_IN_TEXT.finditer(value):
            if not IN_TEXT.fullmatch(found[0]):
                yield found[0]
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from misread(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from misread(inner)


def render(value: Any, record: Mapping[str, Any], answer: Mapping[str, Any]) -> Any:
    """
    Return a value of `then` with every reference replaced.

    A whole reference keeps the value's type; in a text it becomes text. Raises `Missing` for a whole
    reference to a record's field that is not there or empty; in a text such a field leaves nothing behind.
    """
    sources = {"record": record, "answer": answer}
    if isinstance(value, str):
        whole = WHOLE.fullmatch(value.strip())
        if whole:
            reference = Reference(*whole.groups())
            found = look_up(sources[reference.source], reference.field)
            if reference.source == "record" and found in (None, "", [], {}):
                raise Missing(reference)
            return found
        return IN_TEXT.sub(lambda m: as_text(look_up(sources[m[1]], m[2])), value)
    if isinstance(value, Mapping):
        return {key: render(inner, record, answer) for key, inner in value.items()}
    if isinstance(value, list):
        return [render(inner, record, answer) for inner in value]
    return value


def look_up(data: Mapping[str, Any], field: str) -> Any:
    """Return a field, by its whole name first ("address.city"), then level by level; else None."""
    if field in data:
        return data[field]
    here: Any = data
    for part in field.split("."):
        if isinstance(here, Mapping) and part in here:
            here = here[part]
        elif isinstance(here, list) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        else:
            return None
    return here


def as_text(value: Any) -> str:
    """Return a value as it stands in a text: yes and no in words, a choice beside the other, a row below the other."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        # Rows of a table stand below each other, what can be chosen beside each other.
        between = "\n" if any(isinstance(item, Mapping) for item in value) else ", "
        return between.join(as_text(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {as_text(inner)}" for name, inner in value.items() if inner is not None)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
