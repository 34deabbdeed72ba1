"""The gate: whether a draft goes to a person or out at once."""

from __future__ import annotations

from dataclasses import dataclass

from signoff.integrations.definition import Definition


@dataclass(frozen=True)
class Release:
    """Goes out without a person; `why` says what allows it."""

    why: str


@dataclass(frozen=True)
class ToPerson:
    """Goes to a person; `why` says for what reason."""

    why: str


def gate(definition: Definition, has_findings: bool) -> Release | ToPerson:
    """
    Decide who decides. Only `review: none` goes out by itself.

    `autopilot` in a file states what the owner would accept; until the error rate was measured and a person signed
    for it, everything goes to a person.
    """
    if definition.review != "none":
        return ToPerson("Every draft waits for a person.")
    if has_findings:
        return ToPerson("Something in it was not found in the record.")
    return Release("This integration reaches no customer and asks for no review.")
