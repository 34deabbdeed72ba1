"""Telling: which doubts about an answer are told, and what no reader doubted and yet weighs too much."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from signoff.checks.doubting import Doubted
from signoff.checks.emptiness import empty_why, says
from signoff.checks.fields import Field
from signoff.checks.parts import Part, parts_of
from signoff.checks.reading import Doubt, FindingKind, Reading
from signoff.checks.signs import Evidence
from signoff.checks.weighing import own_weights

# A part that is at least so likely not borne out is told.
LIMIT = 0.52
# In a short answer there is less to compare with, and a mark that is wrong spoils more of it.
SHORT, LIMIT_IN_SHORT = 9, 0.6  # parts
# In one sentence or two, where there is next to nothing to compare with, a reader's doubt is told earlier.
FEW, DOUBTED_IN_FEW = 2, 0.2
# Of 1,382 thanks that no reader doubted, 33 were wrong, and no more of those that weigh a good deal.
_THANKS, LIMIT_OF_THANKS = re.compile(r"\b(?:thanks?|danke?n?|gracias|merci|remerci\w+)\b"), 0.8
BEFORE_THANKS = 40  # characters: "Hi Dana, many "
SURE = 3  # a reader's own weight
# A text of more is no letter; its readers' doubts are told as they are, so that time stays bounded.
MOST_PARTS, MOST_CLAIMS = 600, 400


def weighed(reading: Reading, doubts: Sequence[Doubted]) -> list[Doubt]:
    """Return the doubts that are told: those in parts that weigh enough, and such parts that no reader doubts."""
    parts = parts_of(reading)
    if not parts or len(parts) > MOST_PARTS or len(reading.claims) > MOST_CLAIMS:
        return [doubted.doubt for doubted in doubts]
    weights = own_weights()
    evidence = Evidence(reading, doubts, weights.common, weights.records, weights.pairs)
    signs = evidence.signs(parts)
    limit = LIMIT_IN_SHORT if len(parts) <= SHORT else LIMIT
    doubted_from = DOUBTED_IN_FEW if len(parts) <= FEW else limit
    told = {id(d.doubt): d.doubt for d in doubts if _is_sure(d)}
    for part, its_signs, chance in zip(parts, signs, weights.chances(parts, signs), strict=True):
        here = [d.doubt for d in doubts if d.doubt.start < part.end and part.start < d.doubt.end]
        if chance < (doubted_from if here else limit):
            continue
        if not here and chance < LIMIT_OF_THANKS and _begins_with_thanks(part, reading):
            continue
        for doubt in here:
            before = told.get(id(doubt))
            told[id(doubt)] = replace(doubt, likely=max(chance, before.likely if before else 0.0))
        if not here:
            nobodys = _of_nobody(part, weights.kind(its_signs), evidence)
            told[id(part)] = replace(nobodys, likely=chance)
    return list(told.values())


def _begins_with_thanks(part: Part, reading: Reading) -> bool:
    folded = reading.text.folded
    return _THANKS.search(folded, part.start, min(part.end, part.start + BEFORE_THANKS)) is not None


def _is_sure(doubted: Doubted) -> bool:
    """Say whether a reader is right so often that nothing need be weighed, as with a wrong greeting."""
    reader, doubt = doubted
    if reader == "placeholders":
        return True
    return (
        reader in ("addresses", "days", "names")
        and doubt.kind != "not in the record"
        and doubt.weight >= SURE
    )


def _of_nobody(part: Part, kind: FindingKind, evidence: Evidence) -> Doubt:
    """Return the doubt about a part that no reader has; a field is told only where one is near enough."""
    nearest, missing = evidence.nearest(part), evidence.not_found(part)
    field: Field | None = None
    why = "Neither the record nor the facts bear this out."
    if missing:
        why += f" Not found in them: {', '.join(f'“{word}”' for word in missing)}."
    if kind == "promise":
        why = "No field and no fact stands behind this promise."
    elif nearest is not None and nearest.state == "empty":
        field, kind, why = nearest, "empty in the record", empty_why(nearest)
    elif kind == "contradicts" and nearest is not None:
        field, why = nearest, says(nearest)
    elif kind == "empty in the record":
        kind = "not in the record"
    return Doubt(part.start, part.end, kind, field, why)
