"""
Binding: which field of the record a stated number speaks about, and whether the two agree.

"12 dentists" speaks about `dentists`, wherever else in the record a 12 may stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from signoff.checks.agreeing import (
    NUMERIC,
    can_be_same,
    close,
    could_speak_of,
    lone_value,
    numbers_agree,
    periods_agree,
)
from signoff.checks.candidates import Candidate, all_scored, noun_of, strongest, supports
from signoff.checks.claims import Claim
from signoff.checks.emptiness import empty_why, says
from signoff.checks.fields import Field
from signoff.checks.following import stays, what_follows
from signoff.checks.idle import (
    DIFFERENCE,
    EXAMPLE,
    FURTHER,
    IDLE_NOUNS,
    IDLE_TIME,
    MAXIMUM,
    MOST,
    OF_THOSE,
    SHORT_TALK,
    WOULD,
    is_no_claim,
)
from signoff.checks.reading import Doubt, Reading
from signoff.checks.record import Record
from signoff.checks.sums import Sums, is_factor
from signoff.checks.wordings import Wording
from signoff.checks.words import COUNTED, Token, label_ideas

_INDEX = re.compile(r"\[(\d+)\]")


class Binder:
    """Judges the values of one answer against one record."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.record: Record = reading.record
        self.numeric = [f for f in self.record.fields if any(c.kind in NUMERIC for c in f.claims)]
        self.empty = [f for f in self.record.fields if f.state == "empty" and f.labels]
        self._derived: list[tuple[str, float, frozenset[str]]] | None = None
        self._counts: list[Field] | None = None
        self._sums: Sums | None = None
        self._said: dict[tuple[Wording, int], bool] = {}
        self._near: dict[int, list[tuple[Claim, frozenset[str]]]] = {}
        self._of_kind: dict[tuple[str, str, str, bool], list[Field]] = {}
        self._meeting: dict[
            tuple[str, str, str, bool], list[tuple[Field, list[tuple[Claim, float | None]]]]
        ] = {}
        self._holding: dict[int, list[Field]] = {}

    # -- numbers -------------------------------------------------------------------------------------------------

    def numbers(self) -> Iterator[Doubt]:
        """Yield a doubt for every number, amount, share and measure that the record does not bear out."""
        # Amounts come last: a number that is wrong itself is no part of a sum.
        for claim in sorted(self.reading.claims, key=lambda c: c.kind == "money"):
            if claim.kind in NUMERIC:
                doubt = self._number(claim)
                if doubt:
                    self.sums.doubt(claim)
                    yield doubt

    def _number(self, claim: Claim) -> Doubt | None:
        reading = self.reading
        if claim.kind == "number" and (is_no_claim(reading, claim) or self._is_known_year(claim)):
            return None
        head = reading.after(claim.end, prepositions=claim.kind != "number")
        if claim.values and claim.values[0] >= 100_000 and self._is_in_a_code(claim):
            return None
        if claim.kind == "number" and is_factor(reading, claim):
            return None
        if claim.scale == "h" and self._is_an_hour(claim):
            return None
        candidates = self._candidates(claim, head)
        exact = self._exact(claim)
        exact_ids = {id(f) for f in exact}
        top = strongest(candidates)
        start, end = self._span(claim, head, top)
        noun = noun_of(head)
        if claim.kind == "number" and self._is_in_a_name(claim):
            return None
        if not exact and self._is_example(claim):
            return None
        if (
            exact
            and claim.kind == "number"
            and not claim.ordinal
            and noun
            and OF_THOSE.match(reading.text.folded[noun.end : noun.end + 8])
        ):
            return None
        if exact and any(f.words & MOST for f in exact) and MAXIMUM.search(_around(reading, claim)):
            return None
        stay = self._stay(claim, noun, start, end)
        if stay:
            return stay
        if top and top[0].strong:
            if any(id(c.field) in exact_ids and supports(c, top[0], claim) for c in candidates):
                return None
            if self._said_in_text(claim, head, exact) or self._derives(claim, head):
                return None
            if claim.ordinal and not top[0].head:
                return None
            if not top[0].full and any(f.text is None or len(f.text.tokens) <= 3 for f in exact):
                return None
            field = top[0].field
            if field.state == "empty":
                if exact and not top[0].head:
                    return None
                return Doubt(start, end, "empty in the record", field, empty_why(field), 3)
            return Doubt(start, end, "contradicts", field, says(field), 4)
        if claim.ordinal:
            return self._floor(claim, start, end)
        if exact:
            if noun and claim.kind == "number" and not self._noun_fits(noun, exact):
                if (claim.spelled and claim.values[0] == 1) or reading.asks_here(claim.start):
                    return None
                return Doubt(start, end, "not in the record", None, _no_field(noun.word), 2)
            return None
        if self._derives(claim, head) or self._idle(claim, head, noun):
            return None
        if self._is_supposed(claim, bool(top)):
            return None
        if top:
            field = top[0].field
            if field.state == "empty":
                return Doubt(start, end, "empty in the record", field, empty_why(field), 3)
            if top[0].score >= 1.5:
                return Doubt(start, end, "contradicts", field, says(field), 3)
        if claim.kind == "money":
            amounts = [
                f for f in self.numeric if any(c.kind == "money" for c in f.claims) and not f.from_facts
            ]
            if len(amounts) == 1 and not amounts[0].prose and _price_like(amounts[0]):
                return Doubt(start, end, "contradicts", amounts[0], says(amounts[0]), 3)
        near = self._nearest(claim)
        if near is not None:
            return Doubt(start, end, "contradicts", near, says(near), 2)
        return Doubt(start, end, "not in the record", None, _no_field(noun.word if noun else ""), 2)

    def _stay(self, claim: Claim, noun: Token | None, start: int, end: int) -> Doubt | None:
        """Return a doubt if the nights are neither those between arrival and departure nor any the record tells of."""
        if claim.kind != "number" or noun is None or noun.ideas[0] != "night" or claim.values[0] <= 1:
            return None
        known, leaving = stays(self.record)
        if leaving is None or close(claim.values, known):
            return None
        if FURTHER.search(_around(self.reading, claim)) or self.reading.asks(claim.start):
            return None
        told = [
            f for f in self._exact(claim)
            if f.ideas & {"night", "duration"}
            or any("night" in around and self._same(claim, other, f) for other, around in self._near_in_text(f))
        ]  # fmt: skip
        return None if told else Doubt(start, end, "contradicts", leaving, says(leaving), 4)

    def _is_in_a_code(self, claim: Claim) -> bool:
        """Return whether a long number is the end of a phone number or a reference of the record."""
        digits = re.sub(r"\D", "", self.reading.text.folded[claim.start : claim.end])
        return len(digits) >= 6 and digits in self.record.codes

    def _is_in_a_name(self, claim: Claim) -> bool:
        """Return whether a field is named after the number: "from 80 meals" beside `price_from_80_meals`."""
        value = claim.values[0]
        return value >= 2 and value == int(value) and str(int(value)) in self._named

    @cached_property
    def _named(self) -> frozenset[str]:
        names = " ".join(f.path.rsplit(".", 1)[-1] for f in self.record.fields)
        return frozenset(re.findall(r"(?<![\d\[])\d{1,5}(?![\d\]])", names))

    def _is_an_hour(self, claim: Claim) -> bool:
        """Return whether "10 h" is a time of day that the record gives."""
        minute = round(claim.values[0] / 60)
        return any(minute in c.times for f in self.record.fields for c in f.claims if c.kind == "time")

    def _is_known_year(self, claim: Claim) -> bool:
        """Return whether "since 2019" names the year of one of the record's dates."""
        year = claim.values[0]
        if not 1900 <= year <= 2100 or claim.end - claim.start != 4:
            return False
        return any(when.year == year for f in self.record.fields for c in f.claims for when in c.dates)

    def _nearest(self, claim: Claim) -> Field | None:
        """Return the field that a wrong amount or measure was most likely meant to repeat: of its kind, and close."""
        if (
            claim.kind == "number"
            or not claim.values
            or (claim.unit == "duration" and claim.values[0] < 3600)
        ):
            return None
        best: tuple[float, Field] | None = None
        for field in self.numeric:
            for other in field.claims:
                if other.kind != claim.kind or not other.values or other.values[0] <= 0:
                    continue
                if claim.unit and other.unit and claim.unit != other.unit:
                    continue
                gap = abs(claim.values[0] - other.values[0]) / other.values[0]
                if gap <= 0.6 and (best is None or gap < best[0]):
                    best = (gap, field)
        return best[1] if best else None

    def _floor(self, claim: Claim, start: int, end: int) -> Doubt | None:
        """Return a doubt if a text of the record names another floor: "2. OG links"."""
        named = [
            (field, other)
            for field in self.record.fields
            if not field.prose
            and field.text is not None
            and any("floor" in t.ideas for t in field.text.tokens)
            for other in field.claims
            if other.ordinal
        ]
        if not named or any(close(claim.values, other.values[0]) for _, other in named):
            return None
        return Doubt(start, end, "contradicts", named[0][0], says(named[0][0]), 3)

    def _candidates(self, claim: Claim, head: list[tuple[Token, int]]) -> list[Candidate]:
        before = self.reading.before(claim)
        head_weight = 8.0 if claim.kind == "number" else 5.0
        weights: list[tuple[Token, float, bool, bool]] = []
        for token, steps in head:
            weight = head_weight - steps if not claim.per else 0.5
            weights.append((token, weight, True, True))
        for token, distance, linked in before:
            weight = (6.0 - 0.2 * distance) if linked else max(0.0, 4.0 - 0.4 * distance)
            weights.append((token, weight, linked or distance <= 3, False))
        if claim.per:
            weights.append((Token(0, 0, claim.per, (claim.per,)), 2.0, False, False))
        if not weights:
            return []
        known_head = claim.kind == "number" and any(set(t.ideas) & COUNTED for t, _ in head)
        return all_scored(self._compatible(claim), weights, known_head)

    def _compatible(self, claim: Claim) -> list[Field]:
        """Return the fields that could speak of the same kind of thing; worked out once for a kind."""
        kind = (claim.kind, claim.unit, claim.scale, claim.ordinal)
        if kind not in self._of_kind:
            fields = [*self.numeric, *self.counts, *self.empty]
            self._of_kind[kind] = [f for f in fields if could_speak_of(claim, f)]
        return self._of_kind[kind]

    def _exact(self, claim: Claim) -> list[Field]:
        """Return the fields that hold the claim's value; worked out once for a claim."""
        known = self._holding.get(id(claim))
        if known is None:
            known = self._holding[id(claim)] = []
            value = lone_value(claim)
            for field, others in self._comparable(claim):
                for other, theirs in others:
                    # Most are far from it, and then need not be looked at closely.
                    if value is not None and theirs is not None and abs(value - theirs) > 1 + value * 1e-6:
                        continue
                    if self._agree(claim, other, field):
                        known.append(field)
                        break
        return known

    def _comparable(self, claim: Claim) -> list[tuple[Field, list[tuple[Claim, float | None]]]]:
        """
        Return the fields with those of their numbers that can be the claim's, worked out once for a kind.

        Beside each number stands its value where nothing else counts, as `lone_value` says.
        """
        kind = (claim.kind, claim.unit, claim.scale, claim.ordinal)
        if kind not in self._meeting:
            several = (
                (f, [(c, None if f.words & MOST else lone_value(c)) for c in f.claims if can_be_same(claim, c, f)])
                for f in (*self.numeric, *self.counts)
            )  # fmt: skip
            self._meeting[kind] = [(field, others) for field, others in several if others]
        return self._meeting[kind]

    def _same(self, claim: Claim, other: Claim, field: Field) -> bool:
        return can_be_same(claim, other, field) and self._agree(claim, other, field)

    def _agree(self, claim: Claim, other: Claim, field: Field) -> bool:
        """Return whether two numbers that can speak of the same kind of thing are the same."""
        if claim.per and (other.per or field.per) and not periods_agree(claim.per, other.per or field.per):
            return False
        if claim.kind == other.kind == "number" and not claim.hedge and field.words & MOST:
            near = _around(self.reading, claim)
            if claim.values[0] <= other.values[0] and not MAXIMUM.search(near):
                return True
        return numbers_agree(claim, other)

    def _near_in_text(self, field: Field) -> list[tuple[Claim, frozenset[str]]]:
        """Return the values inside a text of the record with the ideas of the words around each."""
        known = self._near.get(id(field))
        if known is None:
            known = []
            text = field.text
            if text is not None:
                for claim in field.claims:
                    at = text.first_token_from(claim.end)
                    around: set[str] = set()
                    for token in text.tokens[max(0, at - 5) : at + 3]:
                        around.update(token.ideas)
                    known.append((claim, frozenset(around)))
            self._near[id(field)] = known
        return known

    def _said_in_text(self, claim: Claim, head: list[tuple[Token, int]], exact: list[Field]) -> bool:
        """Return whether a text of the record says the same value of the same thing."""
        named = {idea for token, _ in head for idea in token.ideas}
        named |= {idea for token, distance, _ in self.reading.before(claim, 4) for idea in token.ideas}
        for field in exact:
            if field.text is None or len(field.text.tokens) < 2:
                continue
            for other, around in self._near_in_text(field):
                if self._same(claim, other, field) and around & named:
                    return True
        return False

    def _noun_fits(self, noun: Token, exact: list[Field]) -> bool:
        """Return whether a counted thing may be what an equal field counts: "3 bathrooms" is not `bedrooms: 3`."""
        counted = set(noun.ideas) & COUNTED
        if not counted:
            return True
        for field in exact:
            own = field.ideas | field.context
            if field.text is not None and len(field.text.tokens) > 1:
                if any(set(around) & set(noun.ideas) for _, around in self._near_in_text(field)):
                    return True
                if not field.prose and not (own & COUNTED):
                    return True
                continue
            if own & counted or not (field.ideas & COUNTED):
                return True
        return False

    def _idle(self, claim: Claim, head: list[tuple[Token, int]], noun: Token | None) -> bool:
        """Return whether a number says nothing about the business: "two options", "a 15-minute call"."""
        reading = self.reading
        if claim.kind == "percent":
            return claim.values[0] == 100 and not head
        if claim.kind == "measure":
            if claim.unit == "duration":
                if claim.values[0] <= 3600 and (
                    reading.asks(claim.start) or SHORT_TALK.search(_around(reading, claim))
                ):
                    return True
                if claim.values[0] == 360 * 86400.0 and self._reckons(claim):
                    return True
                return IDLE_TIME.search(_around(reading, claim)) is not None
            return False
        if claim.kind == "money":
            return False
        value = claim.values[0]
        word = noun.word if noun else ""
        if claim.spelled and not (noun and set(noun.ideas) & COUNTED):
            return value <= 12
        if word in IDLE_NOUNS:
            return value <= 12
        if not noun and value <= 12 and claim.spelled:
            return True
        return bool(
            not noun and value <= 9 and reading.text.folded[claim.start - 1 : claim.start] not in (" ",)
        )

    def _is_supposed(self, claim: Claim, bound: bool) -> bool:
        """Return whether a count is only supposed: "with five pieces it would be ..."."""
        if claim.kind != "number" or bound:
            return False
        return self._says(WOULD, claim) or self.reading.asks_here(claim.start)

    def _is_example(self, claim: Claim) -> bool:
        return self._says(EXAMPLE, claim)

    def _says(self, wording: Wording, claim: Claim) -> bool:
        """Return whether a claim's sentence has a wording; looked for once a sentence."""
        sentence = self.reading.sentence(claim.start)
        known = self._said.get((wording, sentence.start))
        if known is None:
            known = wording.search(self.reading.text, sentence.start, sentence.end) is not None
            self._said[wording, sentence.start] = known
        return known

    def _reckons(self, claim: Claim) -> bool:
        """Return whether an amount is worked out beside a span: "over twelve months 1,156.80 €"."""
        sentence = self.reading.sentence(claim.start)
        return any(c.kind == "money" for c in self.reading.claims_between(sentence.start, sentence.end))

    def _span(self, claim: Claim, head: list[tuple[Token, int]], top: list[Candidate]) -> tuple[int, int]:
        """Return where the whole claim stands: "12 full-time dentists", not "12"."""
        end = claim.end
        if claim.kind == "number" and head:
            end = head[0][0].end
            for token, _ in head[:3]:
                if any(set(token.ideas) & c.field.ideas for c in top if c.head) or set(token.ideas) & COUNTED:
                    end = token.end
                    break
        return claim.start, end

    # -- what follows from the record ------------------------------------------------------------------------------

    @property
    def counts(self) -> list[Field]:
        """The number of entries of each list, as if it were a field."""
        if self._counts is None:
            sizes: dict[str, int] = {}
            for field in self.record.fields:
                if field.is_list and isinstance(field.value, list):
                    sizes[field.path] = len(field.value)
                for match in _INDEX.finditer(field.path) if "[" in field.path else ():
                    prefix = field.path[: match.start()]
                    sizes[prefix] = max(sizes.get(prefix, 0), int(match[1]) + 1)
            self._counts = []
            for path, size in sizes.items():
                leaf = path.split(".")[-1]
                labels = label_ideas(leaf)
                if labels:
                    entry = Field(path, labels, frozenset(), frozenset(), size, str(size), "value")
                    entry.claims = [Claim(0, 1, "number", values=(float(size),))]
                    self._counts.append(entry)
        return self._counts

    @property
    def derived(self) -> list[tuple[str, float, frozenset[str]]]:
        """Values that follow from the record: totals, products of price and quantity, nights between two dates."""
        if self._derived is None:
            self._derived = list(what_follows(self.record))
        return self._derived

    def _derives(self, claim: Claim, head: list[tuple[Token, int]]) -> bool:
        found = self._follows(claim, head)
        if found:
            self.sums.accept(claim)
        return found

    def _follows(self, claim: Claim, head: list[tuple[Token, int]]) -> bool:
        named = {idea for token, _ in head for idea in token.ideas}
        if self.sums.follows(claim):
            return True
        for kind, value, ideas in self.derived:
            if kind == "days":
                if claim.unit == "duration" and close(claim.values, value * 86400.0):
                    return True
                if claim.kind == "number" and named & ideas and close(claim.values, value):
                    return True
            elif claim.kind == "money" and any(abs(v - value) < 0.011 for v in claim.values):
                if kind == "money" or (
                    kind == "difference" and DIFFERENCE.search(_around(self.reading, claim))
                ):
                    return True
            elif kind == "number" and claim.kind == "number" and named & ideas and close(claim.values, value):
                return True
        return False

    def _known(self, claim: Claim) -> bool:
        head = self.reading.after(claim.end)
        named = {idea for token, _ in head for idea in token.ideas}
        return bool(self._exact(claim)) or any(
            kind in ("days", "number") and named & ideas and close(claim.values, value)
            for kind, value, ideas in self.derived
        )

    @property
    def sums(self) -> Sums:
        if self._sums is None:
            totals = [value for kind, value, ideas in self.derived if kind == "money" and "item" in ideas]
            self._sums = Sums(self.reading, self._known, totals)
        return self._sums


def _around(reading: Reading, claim: Claim) -> str:
    return reading.text.folded[max(0, claim.start - 40) : claim.end + 40]


def _price_like(field: Field) -> bool:
    return bool(field.ideas & {"price", "total", "amount", "rent"}) or not field.ideas


def _no_field(word: str) -> str:
    return (
        f"No field in this record gives this number of {word}."
        if word and len(word) > 2
        else "This value is nowhere in the record or the facts."
    )
