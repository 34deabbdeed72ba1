"""Values of an answer beside those of its record: which says the same, and how near to what the answer speaks of."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, NamedTuple

from signoff.checks.agreeing import NUMERIC
from signoff.checks.answer_words import Words
from signoff.checks.bearing import Unit
from signoff.checks.claims import Claim
from signoff.checks.parts import Part
from signoff.checks.reading import Reading
from signoff.checks.reckoned import Reckoned, shown_number

NEAR = 70  # characters between a value and the words that say what it is
CLOSE = 0.005


class _Value(NamedTuple):
    """A value of the record: what it says, in which unit, of what kind and from where that is."""

    said: set[Any]
    unit: int
    kind: str
    source: str


class Values:
    """The values of a record, by kind; `words` knows the words of the answer."""

    def __init__(self, reading: Reading, units: Sequence[Unit], reckoned: Reckoned, words: Words) -> None:
        self._text, self._words = reading.text, words
        self._by_kind: dict[str, list[_Value]] = {}
        for at, unit in enumerate(units):
            for claim in unit.claims:
                said = reckoned.said.get(id(claim)) or said_by(claim)
                self._by_kind.setdefault(compared_as(claim), []).append(
                    _Value(said, at, claim.kind, unit.source)
                )
            for claim, numbers in unit.named:
                self._by_kind.setdefault("num", []).append(_Value({*numbers}, at, claim.kind, unit.source))
        # Each number of the record, in order, with its place among those: most are far from any that is said.
        self._numbers: list[tuple[float, int]] = sorted(
            (number, place)
            for place, value in enumerate(self._by_kind.get("num", ()))
            for number in value.said
        )

    def beside(self, claim: Claim, part: Part) -> tuple[float, float, set[str]]:
        """Return how near to the claim's words the record has its value and another (-1: nowhere), and where."""
        kind, said = compared_as(claim), said_by(claim)
        if claim.kind in NUMERIC and (shown := shown_number(self._text, claim)) is not None:
            said.add(shown)
        near = self._speaking_of(claim, part)
        same = other = -1.0
        sources: set[str] = set()
        values = self._by_kind.get(kind, ())
        if kind == "num":
            hits = self._close_to(said)
        else:
            hits = {place for place, value in enumerate(values) if not said.isdisjoint(value.said)}
        for place, (_, at, theirs, source) in enumerate(values):
            nearness = near.get(at, 0.0)
            if kind == "num" and theirs == claim.kind != "number":
                nearness += 0.05
            if place in hits:
                same = max(same, nearness)
                sources.add(source)
            elif nearness > other and (
                kind != "num" or theirs == claim.kind or "number" in (theirs, claim.kind)
            ):
                other = nearness
        return same, other, sources

    def _close_to(self, numbers: set[Any]) -> set[int]:
        """Return the places of those numeric values that say one of some numbers."""
        found = set()
        for number in numbers:
            for index in range(bisect_left(self._numbers, (number - 2 * CLOSE,)), len(self._numbers)):
                known, place = self._numbers[index]
                if known - number > CLOSE:
                    break
                if abs(number - known) < CLOSE:
                    found.add(place)
        return found

    def _speaking_of(self, claim: Claim, part: Part) -> dict[int, float]:
        """Return which units speak of what stands around a claim, the nearest words counting most."""
        near: dict[int, float] = {}
        sentence = part.sentence
        first, last = max(sentence.start, claim.start - NEAR + 1), min(sentence.end, claim.start + NEAR)
        words, begins, ends = self._words, claim.start, claim.end
        for start, _, word in self._text.words_between(first, last):
            seen = words[word]
            units = seen.borne.units  # none for a linking word
            if not units or begins <= start < ends:
                continue
            away = abs(start - (ends if start > ends else begins))
            weight = seen.pull / (1 + away / 12) / (1 + 0.1 * len(units))
            if not part.start <= start < part.end:
                weight *= 0.5
            for unit in units:
                near[unit] = near.get(unit, 0.0) + weight
        return near


def compared_as(claim: Claim) -> str:
    """Return with which values a claim is compared: of one kind, all that is a number being one."""
    return "num" if claim.kind in NUMERIC else claim.kind


def said_by(claim: Claim) -> set[Any]:
    """Return what a claim says, in a form that can be compared."""
    if claim.kind in NUMERIC:
        return {*claim.values, *claim.high}
    if claim.kind == "date":
        days: set[Any] = {(when.month, when.day) for when in claim.dates if when.month and when.day}
        return days or {(when.year, when.month) for when in claim.dates}
    return {*claim.times, *claim.days, *([claim.code] if claim.code else [])}
