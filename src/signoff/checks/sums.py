"""
Sums: what an answer works out from values it has just named itself, each of them the record's.

"8 panels at 640 €, so 5,120 €" states its parts beside its result. Only parts that the record bears out count, and a
result that was borne out may be a part of the next one.
"""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import combinations

from signoff.checks.agreeing import written
from signoff.checks.claims import Claim
from signoff.checks.following import deposits
from signoff.checks.reading import Reading

_MOST_PARTS = 10
_MOST_STEPS = 4000
_MOST_CLAIMS = 60
_MOST_RESULTS = 12
_LEFT = re.compile(
    r"\b(?:short of|missing|remain\w*|left|balance|outstanding|fehl\w+|noch|ubrig|verbleib\w*|differenz|falt\w+|queda\w*|resta\w*|pendiente|manqu\w+|reste\w*|solde|save\w*|spar\w+|ahorr\w+|econom\w+)\b"
)


_TOGETHER = re.compile(
    r"\b(?:together|altogether|in all|in total|all told|makes|zusammen|insgesamt|macht|ergibt|sind das|waren das|en total|juntos|juntas|suman?|en tout|au total|ensemble|soit)\b"
)


_ROUGHLY = re.compile(
    r"\b(?:about|around|roughly|approximately|a little|just (?:over|under)|a bit|rund|etwa|ungefahr|knapp|gut|circa|unos|unas|aproximadamente|alrededor|algo|casi|environ|un peu|a peu pres|presque|pres de)\b"
)
_POINTS = re.compile(r"\s(?:percentage points?|points?|prozentpunkte?n?|punkte?n?|puntos?)\b")
_A_YEAR = re.compile(
    r"\b(?:a year|per year|year|annual\w*|annum|jahr|jahrlich|im jahr|jahres\w+|ano|anual\w*|al ano|an|annee|annuel\w*|par an)\b"
)


_TIMES_AFTER = re.compile(r"\s?[x×*]\s?[€$£]?\d")
_TIMES_BEFORE = re.compile(r"\d\s?(?:€|eur)?\s?[x×*]\s?$")


def is_factor(reading: Reading, claim: Claim) -> bool:
    """Return whether a number is written as a factor: "12 × 49 €"."""
    folded = reading.text.folded
    return (
        _TIMES_AFTER.match(folded[claim.end : claim.end + 6]) is not None
        or _TIMES_BEFORE.search(folded[max(0, claim.start - 8) : claim.start]) is not None
    )


class Sums:
    """Judges whether the amounts and numbers of one answer follow from its own parts."""

    def __init__(self, reading: Reading, borne_out: Callable[[Claim], bool], totals: Iterable[float]) -> None:
        self.reading = reading
        self.borne_out = borne_out
        self.totals = sorted(set(totals))[:12]
        # Nobody works out a sum from a hundred parts, and time must stay bounded.
        self._first = [c for c in reading.claims if c.values and not c.ordinal][:_MOST_CLAIMS]
        self._borne: dict[int, bool] = {}
        self.doubted: set[int] = set()
        self._results: list[float] = []
        self._money: list[float] | None = None  # in order
        self._others: dict[str, set[float]] = {}
        self._wholes: list[float] | None = None

    def doubt(self, claim: Claim) -> None:
        """Let a wrong value be no part of anything: 9 dentists at 79 stay wrong together."""
        self.doubted.add(claim.start)
        if self._borne.get(claim.start):
            self._money = None
            self._others = {}

    def accept(self, claim: Claim) -> None:
        """Let an amount that was borne out be a part of the next one."""
        if len(self._results) >= _MOST_RESULTS or self._borne.get(claim.start):
            return
        if self._is_amount(claim):
            if claim.values[0] not in self._results:
                self._results.append(claim.values[0])
                self._money = None
        else:
            self._borne[claim.start] = True
            self._money = None
            self._others = {}

    def follows(self, claim: Claim) -> bool:
        """Return whether a value follows from others of the answer."""
        if self._is_amount(claim):
            return self._amount_follows(claim.values[0], claim)
        if claim.kind == "measure" and claim.unit != "duration":
            return any(abs(claim.values[0] - v) <= 0.006 * v for v in self._measures(claim.unit))
        if claim.kind == "percent":
            return any(abs(claim.values[0] - share) < 0.51 for share in self._shares())
        if claim.kind == "number":
            if _POINTS.match(self.reading.text.folded, claim.end):
                shares = [c.values[0] for c in self._parts("percent")]
                return any(abs(abs(a - b) - claim.values[0]) < 1e-6 for a, b in combinations(shares, 2))
            if not self._numbers(True):
                return False
            around = self._around(claim)
            together = _TOGETHER.search(around) is not None or _LEFT.search(around) is not None
            if claim.values[0] >= 13 or together:
                return any(abs(v - step) < 1e-6 for v in claim.values for step in self._numbers(together))
        return False

    def _around(self, claim: Claim) -> str:
        return self.reading.text.folded[max(0, claim.start - 60) : claim.end + 60]

    def _is_amount(self, claim: Claim) -> bool:
        """Return whether a value is an amount, also where a letter leaves the currency out: "36.00"."""
        if claim.kind == "money":
            return True
        shown = self.reading.text.folded[claim.start : claim.end]
        return claim.kind == "number" and re.search(r"[.,]\d\d$", shown) is not None

    def _parts(self, kind: str) -> list[Claim]:
        if kind == "money":
            return [
                c for c in self._first
                if self._is_amount(c) and c.start not in self.doubted and self._is_borne_out(c)
            ][:_MOST_PARTS]  # fmt: skip
        return [
            c for c in self._first if c.kind == kind and c.start not in self.doubted and self._is_borne_out(c)
        ][:_MOST_PARTS]

    def _is_borne_out(self, claim: Claim) -> bool:
        known = self._borne.get(claim.start)
        if known is None:
            known = self._borne[claim.start] = self.borne_out(claim)
        return known

    def _counts(self) -> list[float]:
        counts = {written(c) for c in self._parts("number") if 1 < c.values[0] <= 10_000}
        counts |= {written(c) for c in self._first if c.kind == "number" and is_factor(self.reading, c)}
        for claim in self._first:
            if claim.unit == "duration" and claim.start not in self.doubted:
                value = written(claim)
                year = value == 12 and claim.values[0] == 360 * 86400.0
                if value > 1 and (year or self._is_borne_out(claim)):
                    counts.add(value)
        return sorted(counts)[:_MOST_PARTS]

    def _amount_follows(self, value: float, claim: Claim) -> bool:
        if self._money is None:
            self._money = self._steps()
        for step in self._money[bisect_left(self._money, value - 0.02) :]:
            if abs(value - step) < 0.011:
                return True
            if step > value + 0.02:
                break
        near = 0.015 if claim.hedge or _ROUGHLY.search(self._around(claim)) else 0.0
        parts = {*self._counts(), *self._sizes(), *([12.0] if claim.per == "month" else [])}
        for part in parts:
            if any(
                abs(value * part - whole) < max(0.011 * part, near * whole) for whole in self._every_amount()
            ):
                return True
        if self._follows_nearby(value, claim):
            return True
        if _LEFT.search(self._around(claim)):
            amounts = [*self._results, *(c.values[0] for c in self._parts("money"))]
            return any(
                abs(abs(whole - a) - value) < 0.011
                for a in amounts[: 2 * _MOST_PARTS]
                for whole in self._every_amount()
            )
        return False

    def _sizes(self) -> list[float]:
        units = ("area", "length", "weight", "volume", "energy")
        return [written(c) for c in self._parts("measure") if c.unit in units]

    def _follows_nearby(self, value: float, claim: Claim) -> bool:
        """Return whether an amount follows from counts beside it: "with six adults and three children it would be 249"."""
        sentence = self.reading.sentence(claim.start)
        counts = [
            written(c) for c in self._first
            if c.kind == "number" and sentence.start <= c.start < sentence.end and c.start not in self.doubted and 1 < c.values[0] <= 1000
        ][:6]  # fmt: skip
        if _A_YEAR.search(self.reading.text.folded, sentence.start, sentence.end):
            counts.append(12.0)
        amounts = [*self._results, *(c.values[0] for c in self._parts("money"))][: 2 * _MOST_PARTS]
        shares = [c.values[0] / 100 for c in self._parts("percent") if 0 < c.values[0] < 100]
        spoken = [
            c.values[0] for c in self._first
            if c.kind == "money" and sentence.start <= c.start < claim.start and c.start not in self.doubted
        ][:6]  # fmt: skip
        products = [(a * n, a) for a in amounts for n in counts]
        if any(abs(value - product) < 0.011 for product, _ in products):
            return True
        if any(
            abs(value - a * n * m) < 0.011 for a in amounts for n, m in combinations(self._counts()[:6], 2)
        ):
            return True
        if any(abs(value - a * s) < 0.011 for a in spoken for s in shares):
            return True
        sums = ((one + other) for (one, a), (other, b) in combinations(products[:60], 2) if a != b)
        return any(abs(value - total) < 0.011 for total in sums)

    def _steps(self) -> list[float]:
        amounts = list(dict.fromkeys([*(c.values[0] for c in self._parts("money")), *self._results]))[
            :_MOST_PARTS
        ]
        counts = self._counts()
        sizes = self._sizes()
        shares = [c.values[0] for c in self._parts("percent") if 0 < c.values[0] < 100]
        steps = {a * n for a in amounts for n in (*counts, *sizes)}
        steps |= {a / n for a in amounts for n in (*counts, *sizes) if n}
        steps |= {a * p / 100 for a in amounts for p in shares} | {
            a * (1 - p / 100) for a in amounts for p in shares
        }
        steps |= {a * (1 + p / 100) for a in amounts for p in shares} | {
            a / (1 + p / 100) for a in amounts for p in shares
        }
        # Each term with what it was made of: a night's price says nothing beside its own product.
        terms = [*((a, a) for a in amounts), *sorted({(a * n, a) for a in amounts for n in counts})[:40]]
        apart = [(one, other) for one, other in combinations(terms, 2) if one[1] != other[1]]
        pairs = {one + other for (one, _), (other, _) in apart}
        steps |= pairs | {pair + a for pair in sorted(pairs)[:200] for a in amounts}
        steps |= {abs(one - other) for (one, _), (other, _) in apart[:300]}
        steps |= {
            whole + a for whole in (*self.totals, *deposits(self.reading.record)) for a, _ in terms[:24]
        }
        return sorted(steps)[:_MOST_STEPS]

    def _every_amount(self) -> list[float]:
        if self._wholes is None:
            self._wholes = [
                c.values[0] for f in self.reading.record.fields for c in f.claims if c.kind == "money" and c.values
            ][:60] + self.totals + deposits(self.reading.record)  # fmt: skip
        return self._wholes

    def _measures(self, unit: str) -> set[float]:
        if unit not in self._others:
            sizes = [c.values[0] for c in self._parts("measure") if c.unit == unit]
            counts = [*self._counts(), 12.0]
            self._others[unit] = {s * n for s in sizes for n in counts} | {
                s / n for s in sizes for n in counts
            }
            self._others[unit] |= {a + b for a, b in combinations(sizes, 2)}
            fields = [f for f in self.reading.record.fields if not f.from_facts and not f.prose]
            packed = [(f.group, c.values[0]) for f in fields for c in f.claims if c.unit == unit]
            taken = [
                (f.group, c.values[0])
                for f in fields
                for c in f.claims
                if c.kind == "number" and "quantity" in f.ideas
            ]
            self._others[unit] |= {
                size * n for where, size in packed[:20] for there, n in taken[:20] if where == there
            }
            self._others[unit] |= {abs(a - b) for a, b in combinations(sizes, 2)} - {0.0}
        return self._others[unit]

    def _numbers(self, together: bool) -> set[float]:
        kind = "together" if together else "number"
        if kind not in self._others:
            numbers = [written(c) for c in self._parts("number")]
            found = {a * b for a, b in combinations(numbers, 2)}
            if together:
                found |= {a + b for a, b in combinations(numbers, 2)} | {
                    sum(g) for g in combinations(numbers, 3)
                }
                found |= {abs(a - b) for a, b in combinations(numbers, 2)}
            self._others[kind] = found
        return self._others[kind]

    def _shares(self) -> set[float]:
        """Return what part one amount or number of the answer is of another, and what is missing to the whole."""
        if "percent" not in self._others:
            found: set[float] = set()
            for kind in ("money", "number", "measure"):
                values = [c.values[0] for c in self._parts(kind) if c.values[0] > 0]
                for one, other in combinations(values, 2):
                    part = 100 * min(one, other) / max(one, other)
                    found |= {part, 100 - part}
            self._others["percent"] = found - {0.0, 100.0}
        return self._others["percent"]
