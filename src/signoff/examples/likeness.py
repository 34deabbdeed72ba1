"""
Likeness: which of many texts has most in common with one, by BM25.

Words are kept as numbers, so an index holds nothing that could be read. Our own few lines, because the libraries for it
bring numpy for a sum over a handful of numbers.
Source: Robertson and Zaragoza (2009), The Probabilistic Relevance Framework: BM25 and Beyond.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

K1, B = 1.2, 0.75  # the usual ones
MOST_TERMS = 60  # of a long text its rarest words say enough


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of one text as numbers, and how often each stands there; packed, because many are kept."""

    words: array[int]
    counts: array[int]
    length: int

    @classmethod
    def of(cls, words: Iterable[str]) -> Terms:
        counts = Counter(hash(word) for word in words)
        return cls(array("q", counts), array("L", counts.values()), sum(counts.values()))


class Index:
    """Texts by a number each, to be asked which of them are like another."""

    def __init__(self, texts: Mapping[int, Terms]) -> None:
        self._lengths = {number: terms.length for number, terms in texts.items()}
        self._mean = sum(self._lengths.values()) / max(1, len(texts)) or 1.0
        # For each word the texts that have it, and how often each does.
        self._where: dict[int, tuple[array[int], array[int]]] = {}
        for number, terms in texts.items():
            for word, count in zip(terms.words, terms.counts, strict=True):
                numbers, counts = self._where.setdefault(word, (array("q"), array("L")))
                numbers.append(number)
                counts.append(count)

    def scores(self, terms: Terms) -> dict[int, float]:
        """Return how alike each text is that has anything in common, from just above 0 to 1 for the likest."""
        known = [self._where[word] for word in terms.words if word in self._where]
        found: dict[int, float] = defaultdict(float)
        for numbers, counts in sorted(known, key=lambda held: len(held[0]))[:MOST_TERMS]:
            weight = math.log(1 + (len(self._lengths) - len(numbers) + 0.5) / (len(numbers) + 0.5))
            for number, often in zip(numbers, counts, strict=True):
                long = K1 * (1 - B + B * self._lengths[number] / self._mean)
                found[number] += weight * often * (K1 + 1) / (often + long)
        most = max(found.values(), default=0.0)
        return {number: score / most for number, score in found.items()} if most > 0 else {}
