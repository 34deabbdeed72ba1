"""
Costs: what a price comes to for so many people, nights or months, with a fee and less a discount.

A reckoning of this sort takes three or four numbers, and of a long record those make many. So it says only that an
amount could be one, and the weights how much that is worth.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from signoff.checks.bearing import Bearing

MONTHS = 12
MOST_COSTS, MOST_ADDED, MOST_ASKED = 4000, 9, 20
ROUNDED, ROUNDED_FROM, EXACT = 0.51, 100, 0.006
TAX_RATES = (5.0, 5.5, 7.0, 8.1, 10.0, 16.0, 19.0, 20.0, 21.0, 22.0)
_TAX = re.compile(r"\b(?:vat|mwst|ust|mehrwertsteuer|umsatzsteuer|iva|tva|t\.?v\.?a|ht|ttc|sales tax)\b")
_LINE = re.compile(r"(.*?)\[(\d+)\]\.?(.*)")


class Costs:
    """
    What prices (in whole units of money) come to, times the counts, or shared by them, less or plus the shares
    (in percent).
    """

    def __init__(self, prices: Sequence[float], counts: Sequence[float], shares: Iterable[float]) -> None:
        self._prices, self._counts = prices, [*counts, *([] if MONTHS in counts else [MONTHS])]
        more = {1 + share / 100 for share in shares if 0 < share < 100}
        self._factors = sorted({1.0} | more | {2 - one for one in more} | {1 / one for one in more})
        self._known: dict[frozenset[float], list[float]] = {}

    def has(self, value: float, said: Iterable[float]) -> bool:
        """Say whether an amount is such a cost, cents left out or not; `said` are numbers beside it in the answer."""
        more = frozenset(said)
        made = self._known.get(more)
        if made is None and len(self._known) >= MOST_ASKED:
            return False  # no letter speaks of so many amounts from nowhere
        if made is None:
            made = self._known[more] = sorted(self._made(more))
        near = ROUNDED if value > ROUNDED_FROM and value.is_integer() else EXACT
        at = bisect_left(made, value - near)
        return at < len(made) and made[at] <= value + near

    def _made(self, said: frozenset[float]) -> set[float]:
        counts = [
            *self._counts,
            *sorted(n for n in said if 1 < n < 100 and n == int(n) and n not in self._counts),
        ]
        own = set(self._prices)
        prices = own | said
        between = {round(a - b, 2) for a in prices for b in prices if a > b > 0}
        made = {price * factor for price in prices for factor in self._factors}
        for price in sorted(prices | between):
            for at, one in enumerate(counts):
                made.add(price / one)
                for more in (1.0, *counts[at + 1 :]):
                    whole = price * one * more
                    made.update(whole * factor for factor in self._factors)
                    if price in own:
                        made.update(whole + other for other in own)
                        made.update(abs(whole - other) for other in own)
                if len(made) > MOST_COSTS:
                    return made
        return made


def is_sum(value: float, amounts: Sequence[float]) -> bool:
    """Say whether an amount is what some of a few others come to, two of them at least."""
    sums = {0.0: 0}
    for amount in amounts[:MOST_ADDED]:
        sums |= {
            round(whole + amount, 2): count + 1
            for whole, count in sums.items()
            if whole + amount <= value + 1
        }
    return sums.get(value, 0) > 1


def tax_rates(folded: str) -> tuple[float, ...]:
    """Return the usual rates of a tax on sales, in percent, where a text speaks of one."""
    return TAX_RATES if _TAX.search(folded) else ()


def sums_of_lists(bearing: Bearing) -> set[float]:
    """Return what each column of each list comes to, and what two do line by line: pieces times price."""
    lists: dict[str, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for unit in bearing.units:
        found = _LINE.fullmatch(unit.field.path) if "[" in unit.field.path else None
        if found and len(unit.claims) == 1 and unit.claims[0].values and not unit.field.prose:
            lists[found[1]][found[3]][int(found[2])] = unit.claims[0].values[0]
    sums: set[float] = set()
    for columns in lists.values():
        whole = [column for column in columns.values() if len(column) > 1]
        sums.update(round(sum(column.values()), 2) for column in whole)
        for at, one in enumerate(whole):
            for other in whole[at + 1 :]:
                if one.keys() == other.keys():
                    sums.add(round(sum(one[line] * other[line] for line in one), 2))
    return sums
