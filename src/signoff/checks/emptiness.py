"""Empty fields: whether one could hold a value by its name, and how a field's state is said."""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

from signoff.checks.claims import Claim
from signoff.checks.fields import Field
from signoff.checks.words import COUNTED

_NOT_NUMBERS = frozenset(
    "phone email website name firstname contact agent company address city country region product category color material status plan language message job".split()
)
_DATE_IDEAS = frozenset(
    "checkin checkout appointment viewing available_from birthday founded built renovated created updated due expiry start end delivery dispatch order"
    " payment return cancellation invoice contract".split()
)
_DATE_WORDS = frozenset("date datum fecha day at on deadline until since time tag dia jour".split())


def empty_fits(claim: Claim, field: Field) -> bool:
    """Return whether an empty field could hold such a value, by its name."""
    ideas = field.ideas
    if claim.kind == "date":
        return bool(field.words & _DATE_WORDS or ideas & _DATE_IDEAS)
    if claim.kind == "time":
        return bool(
            field.words & {"time", "hora", "zeit", "uhrzeit", "heure", "at"}
            or ideas & {"hours", "appointment", "checkin", "checkout", "open", "close"}
        )
    if ideas & _NOT_NUMBERS and not ideas & COUNTED:
        return False
    return not field.words & {"date", "datum", "fecha", "at"}


def says(field: Field) -> str:
    """Return the sentence that states a field's value."""
    return (
        f"The record says: {field.title} {field.shown}."
        if not field.from_facts
        else f"The facts say: {field.title} {field.shown}."
    )


def empty_why(field: Field) -> str:
    """Return the sentence that says that a field is empty."""
    return f"The record leaves {field.title} empty."
