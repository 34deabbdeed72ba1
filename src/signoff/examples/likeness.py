"""
Likeness: which of many texts has most in common with one, by BM25.

Words are kept as numbers, so an index holds nothing that could be read. Our own few lines, because the libraries for it
bring numpy for a sum over a handful of numbers.
Source: Robertson and Zaragoza (2009), The Probabilistic Relevance Framework: BM25 and Beyond.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

K1, B = 1.2, 0.75  # the usual ones
MOST_TERMS = 60  # of a long text its rarest words say enough


@dataclass(frozen=True)
class Terms:
    """The words of one text as numbers, with how often each stands there."""

    counts: Mapping[int, int]
    length: int

    @classmethod
    def of(cls, words: Iterable[str]) -> Terms:
        counts = Counter(hash(word) for word in words)
        return cls(dict(counts), sum(counts.values()))


@dataclass
class Index:
    """Texts by a number each, to be asked which of them are like another."""

    texts: Mapping[int, Terms]
    _where: dict[int, list[int]] = field(init=False)
    _mean: float = field(init=False)

    def __post_init__(self) -> None:
        where: dict[int, list[int]] = defaultdict(list)
        for number, terms in self.texts.items():
            for term in terms.counts:
                where[term].append(number)
        self._where = dict(where)
        self._mean = sum(terms.length for terms in self.texts.values()) / max(1, len(self.texts)) or 1.0

    def scores(self, terms: Terms) -> dict[int, float]:
        """Return how alike each text is that has anything in common, from just above 0 to 1 for the likest."""
        rarest = sorted((t for t in terms.counts if t in self._where), key=lambda t: len(self._where[t]))
        found: dict[int, float] = defaultdict(float)
        for term in rarest[:MOST_TERMS]:
            numbers = self._where[term]
            weight = math.log(1 + (len(self.texts) - len(numbers) + 0.5) / (len(numbers) + 0.5))
            for number in numbers:
                other = self.texts[number]
                often = other.counts[term]
                found[number] += (
                    weight * often * (K1 + 1) / (often + K1 * (1 - B + B * other.length / self._mean))
                )
        most = max(found.values(), default=0.0)
        return {number: score / most for number, score in found.items()} if most > 0 else {}
