"""
Weighing: how likely each part of an answer says what the record does not, learned from labelled answers.

The readers of this room find what may be wrong; on answers of strangers half of that was. So what they find, and all
else that speaks for and against a part (`signs`), is weighed as it was seen in thousands of labelled parts, in three
steps: a linear sum over words and signs; small trees over what is counted, and that sum; and a second look at each part
beside the others of its answer, for a good answer has no part that stands out. `weights.json` holds all three, made by
`bench/weigh_checks.py`. The same signs always weigh the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import mul
from pathlib import Path
from typing import Any, cast

from signoff.checks.answer_words import Signs
from signoff.checks.parts import Part
from signoff.checks.reading import FindingKind

FILE = Path(__file__).parent / "weights.json"
NOBODY = -5.0  # what stands for the weight of a neighbour that is not there
BASE = ""  # the name under which a sum says where it begins
HIGH = -1.0  # a part that weighs more stands out
SEEN_AT_SECOND_LOOK = 15  # columns

WALKED = 100  # rows, before trees are compiled

Trees = Callable[..., float]  # of the columns of a row the sum of what some trees say


class Weights:
    """
    What was learned.

    `common` tells in how many of `records` labelled records' answers a word stood; words of few are left out.
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.records: int = told["records"]
        self.common: dict[str, int] = told["common"]
        sums: dict[str, float] = told["sum"]
        self._base = sums.get(BASE, 0.0)
        # The trees ask for few of the columns they learned from; the others are not filled in. The sum comes last.
        names = [*told["columns"], BASE]
        asked = sorted(set().union(*map(_asked_by, told["trees"])) | {len(names) - 1})
        self.columns: dict[str, int] = {names[column]: place for place, column in enumerate(asked[:-1])}
        self._nothing = [0.0] * len(asked)
        # Both at once for each sign, as it is looked up; one that is no column gets the last place, which is the sum's.
        self._told = {
            sign: (sums.get(sign, 0.0), self.columns.get(sign, len(self.columns)))
            for sign in {*sums, *self.columns}
        }
        # The signs of two words in a row, by those: "b:by_$" by ("by", "$").
        self.pairs: dict[tuple[str, str], str] = {
            (one, next_one): sign
            for sign in self._told
            if sign.startswith("b:")
            for one, _, next_one in (sign[2:].partition("_"),)
        }
        self._forests = (
            _Forest(told["trees"], asked), _Forest(told["second"], range(SEEN_AT_SECOND_LOOK)),
        )  # fmt: skip
        self.kinds: dict[FindingKind, dict[str, float]] = told["kinds"]
        # Of each sign what it says for every kind, so that one look-up serves them all.
        self._told_of_kinds = {
            sign: [weights.get(sign, 0.0) for weights in self.kinds.values()]
            for sign in frozenset().union(*self.kinds.values())
        }

    def compile(self) -> None:
        """Compile the trees now, where whoever calls is to be forked and will read many answers."""
        for forest in self._forests:
            forest.compile()

    def chances(self, parts: Sequence[Part], signs: Sequence[Signs]) -> list[float]:
        """Return how likely, from 0 to 1, something in each part of one answer is not borne out."""
        rows = [self._row(one) for one in signs]
        trees, second = [forest.for_so_many(len(rows)) for forest in self._forests]
        sums, first = [row[-1] for row in rows], [trees(*row) for row in rows]
        return [_logistic(second(*row)) for row in second_look(parts, signs, sums, first)]

    def kind(self, signs: Signs) -> FindingKind:
        """Return as what a part that is not borne out is most likely wrong."""
        told = [sign for sign in signs if sign in self._told_of_kinds]
        values = [signs[sign] for sign in told]
        bases = self._told_of_kinds.get(BASE, [0.0] * len(self.kinds))
        by_kind: Iterable[Sequence[float]] = (
            zip(*[self._told_of_kinds[sign] for sign in told], strict=True) if told else [()] * len(bases)
        )
        sums = [base + sum(map(mul, weights, values)) for base, weights in zip(bases, by_kind, strict=True)]
        return list(self.kinds)[sums.index(max(sums))]

    def _row(self, signs: Signs) -> list[float]:
        """Return the columns of a part, its linear sum behind them."""
        row = self._nothing.copy()
        total = 0.0
        # Floats, for they are multiplied and compared quicker than whole numbers.
        for known, value in zip(map(self._told.get, signs), map(float, signs.values()), strict=True):
            if known is not None:
                weight, place = known
                total += weight * value
                row[place] = value
        row[-1] = self._base + total
        return row


@lru_cache(maxsize=1)
def own_weights() -> Weights:
    """Return the weights that come with the product."""
    return Weights(json.loads(FILE.read_text(encoding="utf-8")))


def second_look(
    parts: Sequence[Part], signs: Sequence[Signs], sums: Sequence[float], first: Sequence[float]
) -> list[list[float]]:
    """Return for each part what the second look sees: its own weight, and those of the others in the answer."""
    count = len(first)
    ranked = sorted(first, reverse=True)
    total, spread = sum(first), sum(math.exp(min(weight, 30.0)) for weight in first)
    standing_out = sum(weight > HIGH for weight in first)
    highest_in: dict[int, list[float]] = {}
    for part, weight in zip(parts, first, strict=True):
        highest_in.setdefault(part.sentence.start, []).append(weight)
    for several in highest_in.values():
        several.sort(reverse=True)
    rows = []
    for at, own in enumerate(first):
        rank = ranked.index(own)
        above = ranked[1:3] if rank == 0 else ranked[:1] + ranked[2:3] if rank == 1 else ranked[:2]
        beside = highest_in[parts[at].sentence.start]
        same = beside[1:2] if beside[0] == own else beside[:1]
        rows.append(
            [
                own,
                sums[at],
                above[0] if above else NOBODY,
                above[1] if len(above) > 1 else NOBODY,
                (total - own) / (count - 1) if count > 1 else -3.0,
                standing_out - (own > HIGH),
                first[at - 1] if at else NOBODY,
                first[at + 1] if at + 1 < count else NOBODY,
                same[0] if same else -6.0,
                rank,
                signs[at]["d:cov"],
                signs[at]["d:uidf"],
                signs[at]["d:pos"],
                signs[at]["d:doubts"],
                spread - math.exp(min(own, 30.0)),
            ]
        )
    return rows


class _Forest:
    """
    Trees over some columns, whose sum is asked for row by row.

    Compiled to one function they are quickest, and that takes as long as walking them for hundreds of rows; so a
    command, which reads one answer and ends, only walks. Both ways say exactly the same.

    A tree is nested, [place of a column, limit, tree up to the limit, tree above it]; a leaf is a number.
    """

    def __init__(self, told: Sequence[Any], columns: Iterable[int]) -> None:
        self._told, self._columns = told, list(columns)
        self._places = {column: at for at, column in enumerate(self._columns)}
        self._walked = 0
        self._compiled: Trees | None = None

    def for_so_many(self, rows: int) -> Trees:
        """Return the function that says of a row of columns what the trees come to, for so many rows more."""
        self._walked += rows
        told = self._told
        if self._compiled is None and self._walked <= WALKED:
            return lambda *row: sum([self._leaf(tree, row) for tree in told])
        return self.compile()

    def compile(self) -> Trees:
        """Return the trees as one function, made at the first call; they are not kept beside it."""
        told = self._told  # looked at first: another thread forgets it after it has made the function
        if self._compiled is None:
            names = ",".join(f"c{column}" for column in self._columns)
            leaves = ",".join(map(_expression, told))
            made = eval(f"lambda {names}: sum(({leaves},))")  # noqa: S307 - made of the numbers of our own file
            self._compiled = cast(Trees, made)
            self._told = ()
        return self._compiled

    def _leaf(self, tree: Any, row: Sequence[float]) -> float:
        while isinstance(tree, list):
            column, limit, low, high = tree
            tree = low if row[self._places[int(column)]] <= float(limit) else high
        return float(tree)


def _expression(tree: Any) -> str:
    if not isinstance(tree, list):
        return repr(float(tree))
    place, limit, low, high = tree
    return f"({_expression(low)} if c{int(place)} <= {float(limit)!r} else {_expression(high)})"


def _asked_by(tree: Any) -> set[int]:
    """Return the columns that a tree asks for."""
    return {int(tree[0])} | _asked_by(tree[2]) | _asked_by(tree[3]) if isinstance(tree, list) else set()


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
