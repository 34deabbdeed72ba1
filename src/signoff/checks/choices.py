"""Closed groups of values: "oak" where the record says pine, "by courier" where it names no such carrier."""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator

from signoff.checks.emptiness import says
from signoff.checks.fields import Field
from signoff.checks.reading import ASKED, Doubt, Reading
from signoff.checks.words import phrases

_HOLDERS = {
    "color": {"color"}, "material": {"material"}, "carrier": {"carrier", "delivery"}, "payment": {"payment_method", "payment"},
    "dwelling": {"category", "product"}, "roomtype": {"room", "category", "bedroom"}, "bed": {"bed", "room", "category"}, "board": {"board", "breakfast"},
    "heating": {"heating"}, "direction": {"direction"}, "channel": {"appointment", "contact", "location", "city", "lieu", "lugar", "place"}, "plan": {"plan", "product", "contract"}, "priority": {"priority"},
    "furnishing": {"furnished"},
    "insurance": {"insurance"}, "fuel": {"fuel"}, "gear": {"gear"}, "tenure": {"tenure"}, "role": {"job"},
}  # fmt: skip
_NEAR = {
    "insurance": re.compile(
        r"\b(?:versicher\w*|insur\w*|asegurad[oa]s?|seguro|assure\w*|mutuelle|patient\w*|paciente\w*)\b"
    ),
    "plan": re.compile(
        r"\b(?:plan|paket|package|tier|edition|tarif|subscription|abo|abonnement|suscripcion|version|license|lizenz|member\w*|account|kunde\w*|formule|forfait)\b"
    ),
    "priority": re.compile(
        r"\b(?:priority|prioritat|prioridad|priorite|urgency|severity|dringlichkeit|priorisiert)\b"
    ),
    "channel": re.compile(
        r"\b(?:appointment|meeting|termin|gesprach|cita|reunion|rendez-vous|call|consultation|visit)\b"
    ),
}
_OPEN_GROUPS = frozenset(
    [
        "furnishing",
        "dwelling",
        "roomtype",
        "bed",
        "board",
        "role",
        "color",
        "material",
        "heating",
        "payment",
        "carrier",
        "tenure",
        "gear",
        "fuel",
        "direction",
    ]
)


class Choices:
    """Judges what one answer says of closed groups of values."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.fields = reading.record.fields

    def doubts(self) -> Iterator[Doubt]:
        """Yield a doubt for every choice that the record does not make."""
        named = phrases(self.reading.text, "choices")
        if not named:
            return
        said: set[str] = set()
        holders: dict[str, Field] = {}
        for field in self.fields:
            if field.text is None:
                continue
            for _, _, found in phrases(field.text, "choices"):
                said.update(found)
            if not field.prose and not field.from_facts and len(field.text.tokens) <= 5:
                if "role" not in holders and _holds(field, "role"):
                    holders["role"] = field
                for choice in choices_of(field):
                    group = choice.split("/")[0]
                    if _holds(field, group):
                        holders.setdefault(group, field)
        for start, end, found in named:
            if said.intersection(found):
                continue
            doubt = self._choice(start, end, found, holders)
            if doubt:
                yield doubt

    def _choice(
        self, start: int, end: int, found: tuple[str, ...], holders: dict[str, Field]
    ) -> Doubt | None:
        reading = self.reading
        low, high = reading.clause(start)
        folded = reading.text.folded
        if reading.denied(start, end) or reading.asks(start) or reading.claim_over(start, end):
            return None
        for choice in found:
            group = choice.split("/")[0]
            field = holders.get(group)
            if group == "carrier" and not reading.text.raw[start].isupper():
                continue
            if field is None:
                if group == "carrier":
                    return Doubt(
                        start, end, "not in the record", None, "The record names no such carrier.", 2
                    )
                continue
            near = _NEAR.get(group)
            if near is not None:
                match = near.search(folded, max(low, start - 28), min(max(high, end), end + 28))
                if match is None:
                    continue
                start, end = (
                    min(start, match.start()) if match.start() > start - 3 else start,
                    max(end, match.end()),
                )
            takes_place = (
                group == "channel" and "findet" in folded[low:high]
            )  # "findet ... statt" wishes for nothing
            if (
                ASKED.search(reading.text, low, high)
                and not takes_place
                and group not in ("dwelling", "color")
            ):
                continue
            return Doubt(start, end, "contradicts", field, says(field), 3)
        return None


def _holds(field: Field, group: str) -> bool:
    """Return whether a field is the one that chooses from a group: by its name, or because it says nothing else."""
    ideas = field.ideas | set(field.words)
    if group == "role" and field.words & {
        "title",
        "role",
        "position",
        "funktion",
        "cargo",
        "fonction",
        "puesto",
        "poste",
    }:
        return field.text is not None and len(field.text.tokens) > 1
    if ideas & _HOLDERS.get(group, set()) or group in field.words or f"{group}s" in field.words:
        return True
    return (
        group in _OPEN_GROUPS
        and field.text is not None
        and len(field.text.tokens) <= 3
        and bool(field.words & {"type", "typ", "tipo", "kind", "art"})
    )


def choices_of(entry: Field) -> tuple[str, ...]:
    """Return the choices ("color/red") that a short text field names."""
    if entry.text is None or entry.prose:
        return ()
    return tuple(choice for _, _, found in phrases(entry.text, "choices") for choice in found)
