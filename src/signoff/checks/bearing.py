"""
Bearing out: which fields, or sentences of a long text in the record, say the same as a word of the answer.

A word is borne out by the same word in another form, by an idea in common (a word of another language), by the same
beginning, or by a word that it is put together with.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from signoff.checks.claims import Claim
from signoff.checks.fields import Field
from signoff.checks.in_names import InName, in_name
from signoff.checks.reading import FUNCTION_WORDS
from signoff.checks.record import SHORT, Record
from signoff.checks.words import NEGATION, STOPWORDS, Text, ideas, stem

LINKING_WORDS = frozenset().union(*STOPWORDS.values(), FUNCTION_WORDS)
SURENESS = {"form": 1.0, "idea": 0.85, "beginning": 0.7, "compound": 0.55}
_SHORT = {"form": "S", "idea": "S", "beginning": "p", "compound": "c"}  # as signs name them
LONG_ENOUGH_FOR_PARTS, LONG_ENOUGH_AS_A_PART = 7, 5

Key = tuple[str, str]  # a way of being the same, and what is compared


@dataclass(slots=True)
class Unit:
    """A field of the record, or a sentence of a long one: what can bear a part of an answer out."""

    field: Field
    keys: frozenset[Key]  # of its values
    words: int  # telling words among its values
    denies: bool
    claims: list[Claim]
    named: tuple[InName, ...]  # what the field's name says
    source: str  # "F" for the facts, "M" for the customer's own message, "R" for the rest of the record


class Borne(NamedTuple):
    """How surely a word is borne out (0: not at all), in which way, and by which units."""

    sureness: float
    way: str  # of SURENESS, "" for none
    units: frozenset[int]

    @property
    def sign(self) -> str:
        return _SHORT.get(self.way, "U")


_NO_KEYS: frozenset[Key] = frozenset()
NOT_BORNE = Borne(0.0, "", frozenset())


class Bearing:
    """
    The record as units, with an index from words to them.

    `common` tells in how many of `of` labelled records' answers a word stood.
    """

    def __init__(self, record: Record, common: Mapping[str, int], of: int) -> None:
        self.units: list[Unit] = []
        self._common, self._of = common, of
        self._most = math.log(of + 1)
        self._by_key: defaultdict[Key, set[int]] = defaultdict(set)
        self._stems: defaultdict[str, set[int]] = defaultdict(set)
        self._known: dict[str, Borne] = {}
        for entry in record.fields:
            self._add(entry)

    def _add(self, entry: Field) -> None:
        stems, names = _known_by(entry.words, entry.ideas | entry.context)
        named = in_name(entry.path)
        source = "F" if entry.from_facts else "M" if entry.is_customers else "R"
        for start, end in _stretches(entry):
            at, text, claims, said = len(self.units), entry.text, entry.claims, _NOTHING
            if text is not None and end - start < len(text.folded):
                claims = [c for c in claims if start <= c.start < end]
                denies = NEGATION.search(text.folded[start:end]) is not None
                said = _said(text.words_between(start, end), denies)
            elif text is not None:
                said = _said_by_short(text) if end <= SHORT else _said_by(text)
            self.units.append(Unit(entry, said.keys, said.words, said.denies, claims, named, source))
            for key in names | said.keys:
                self._by_key[key].add(at)
            for own in (*said.stems, *stems):
                self._stems[own].add(at)

    def rareness(self, word: str) -> float:
        """Return how rare a word is in business letters: 1 for one that was seen nowhere, 0 for one in every letter."""
        seen = max(0, self._common.get(word, 0) - 1)  # the record at hand may be one of those
        return math.log((self._of + 1) / (seen + 1)) / self._most

    def borne(self, word: str) -> Borne:
        """Return how a folded word is borne out."""
        found = self._known.get(word)
        if found is None:
            found = self._known[word] = self._borne(word)
        return found

    def _borne(self, word: str) -> Borne:
        for key in keys_of(word):
            units = self._by_key.get(key)
            if units:
                return Borne(SURENESS[key[0]], key[0], frozenset(units))
        if len(word) >= LONG_ENOUGH_FOR_PARTS:  # "Schlüsseltresor" and "Tresor"
            own = stem(word)
            within = {
                unit
                for one, units in self._stems.items()
                if one in own or (len(one) >= 8 and own in one)
                for unit in units
            }
            if within:
                return Borne(SURENESS["compound"], "compound", frozenset(within))
        return NOT_BORNE


@lru_cache(maxsize=16384)
def keys_of(word: str) -> tuple[Key, ...]:
    """Return by what a folded word may be known again, the surest first."""
    keys = [("form", stem(word))]
    if len(word) > 2:
        keys += [("idea", idea) for idea in ideas(word) if idea[0] != "~"]
    if len(word) >= 5:
        keys.append(("beginning", word[:5]))
    return tuple(keys)


@lru_cache(maxsize=4096)
def _known_by(words: frozenset[str], ideas_of_it: frozenset[str]) -> tuple[list[str], frozenset[Key]]:
    """
    Return by what a field may be known by its name and its place alone: stems that are long enough as a part of a word,
    and keys. Many records have the same fields.
    """
    name = [word for word in words if len(word) > 1]
    named = [key for word in name for key in keys_of(word)]
    stems = [own for own in map(stem, name) if len(own) >= LONG_ENOUGH_AS_A_PART]
    return stems, frozenset([*named, *(("idea", idea) for idea in ideas_of_it if idea[0] != "~")])


class _Said(NamedTuple):
    """What a stretch of a text says: its keys, how many telling words it has, the long stems of those, and a denial."""

    keys: frozenset[Key]
    words: int
    stems: list[str]
    denies: bool


_NOTHING = _Said(_NO_KEYS, 0, [], False)


def _said(words: Sequence[tuple[int, int, str]], denies: bool) -> _Said:
    telling = [word for _, _, word in words if len(word) > 1 and word not in LINKING_WORDS]
    if not telling:
        return _NOTHING._replace(denies=denies)
    stems = [own for own in map(stem, telling) if len(own) >= LONG_ENOUGH_AS_A_PART]
    return _Said(frozenset().union(*map(keys_of, telling)), len(telling), stems, denies)


def _said_by(text: Text) -> _Said:
    """Return what a whole text says."""
    return _said(text.words, not text.folded.isdecimal() and text.denies)


# A record keeps short texts for when it is checked again, so what they say is kept as well.
_said_by_short = lru_cache(maxsize=512)(_said_by)


def _stretches(entry: Field) -> list[tuple[int, int]]:
    if entry.text is None:
        return [(0, 0)]
    if entry.prose and not entry.is_list:
        return [(s.start, s.end) for s in entry.text.sentences] or [(0, len(entry.text.folded))]
    return [(0, len(entry.text.folded))]
