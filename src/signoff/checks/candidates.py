"""
Candidates: the fields of a record that the words around a value may name, and how strongly they do.

Words right after a value name its field first, words before it second; fields are compared by their ideas, so
`Schlafzimmer` and `bedrooms` meet.
"""

from __future__ import annotations

from dataclasses import dataclass

from signoff.checks.claims import Claim
from signoff.checks.fields import Field
from signoff.checks.reading import Reading
from signoff.checks.words import COUNTED, COUNTING, Token


@dataclass(slots=True)
class Candidate:
    """A field that a claim may speak about, and how strongly the words say so."""

    field: Field
    score: float
    strong: bool
    head: bool  # named by the noun right after the number
    full: bool = True  # every telling word of the field's name stands near the claim


def strongest(candidates: list[Candidate]) -> list[Candidate]:
    """Return the best candidates, best first; those within a hair of the best count as equal."""
    if not candidates:
        return []
    ordered = sorted(candidates, key=lambda c: -c.score)
    return [c for c in ordered if c.score >= ordered[0].score - 0.35]


def worded(reading: Reading, claim: Claim, fields: list[Field]) -> list[Candidate]:
    """Return those of some fields that the words around a date or a time name."""
    weights: list[tuple[Token, float, bool, bool]] = []
    for token, distance, linked in reading.before(claim):
        weights.append(
            (
                token,
                (6.0 - 0.2 * distance) if linked else max(0.0, 4.6 - 0.4 * distance),
                linked or distance <= 4,
                False,
            )
        )
    for token, distance in reading.after(claim.end, 3, prepositions=True):
        weights.append((token, 3.0 - 0.5 * distance, distance <= 2, True))
    return all_scored(fields, weights, False)


def all_scored(
    fields: list[Field], weights: list[tuple[Token, float, bool, bool]], known_head: bool
) -> list[Candidate]:
    """Return those of some fields that the words around a claim name."""
    named = frozenset().union(*[token.ideas for token, _, _, _ in weights])
    found = [
        scored(field, weights, known_head)
        for field in fields  # most are about something else, and their words are not gone through
        if not (named.isdisjoint(field.ideas) and named.isdisjoint(field.context))
    ]
    return [c for c in found if c and c.score > 0]


def noun_of(head: list[tuple[Token, int]]) -> Token | None:
    """Return the noun among the words right after a number: one of what is counted, else the first."""
    for token, _ in head[:3]:
        if not COUNTED.isdisjoint(token.ideas):
            return token
    return head[0][0] if head else None


def scored(
    field: Field, weights: list[tuple[Token, float, bool, bool]], known_head: bool
) -> Candidate | None:
    """Return how strongly the words around a claim name a field; None if they do not."""
    score = 0.0
    strong = head = False
    matched = 0
    for label in field.labels:
        best = 0.0
        for token, weight, is_strong, is_head in weights:
            if weight > best and not label.isdisjoint(token.ideas):
                best = weight
                if is_strong:
                    strong = True
                head = head or is_head
        if best:
            matched += 1
            score += best
    context = 0.0
    if field.context:
        for token, weight, _, is_head in weights:
            if weight > context and not field.context.isdisjoint(token.ideas):
                context = weight
                if not matched and is_head and field.ideas & {"quantity"}:
                    head = True
    if not matched:
        if head and context:
            return Candidate(field, context * 0.9, True, True)
        return None
    if known_head and not head:
        return None
    score = score - 0.3 * (len(field.labels) - matched) if matched == 1 else score * 0.75
    score += 0.25 * context
    if field.prose:
        score -= 2.0
        strong = False
    if field.from_facts:
        score -= 0.1
    return Candidate(field, score, strong, head, matched == len(field.labels))


def supports(candidate: Candidate, top: Candidate, claim: Claim) -> bool:
    """
    Return whether a field that holds the value bears it out, beside the field that the words name best.

    "Your Basic plan answers in 24 hours" names `answer plan Basic` in full; that `answer plan Pro` says 24 is no help.
    """
    if candidate.field.prose and not candidate.field.from_facts:
        return True
    if claim.ordinal and candidate.field.words & COUNTING and not top.field.words & COUNTING:
        return False
    if top.full and not candidate.full and top.score - candidate.score >= 1.2 and len(top.field.labels) > 1:
        return False
    return candidate.score >= min(top.score, 2.5) or candidate.field.prose
