"""
Holds our bound to scipy's special functions: for every n to 2,000, at each k where a decision turns and at usual ones.

    uv run --with scipy python bench/bound_reference.py [--write]

Prints the largest difference. `--write` makes the table that the tests read, of a part of them.
"""

from __future__ import annotations

import csv
import sys
from functools import cache
from math import log
from pathlib import Path

from scipy.optimize import brentq
from scipy.special import betainc, betaln

from signoff.review.bound import clean_reviews_needed, upper_bound

TABLE = Path(__file__).parents[1] / "src" / "signoff" / "review" / "tests" / "bound_reference.csv"
LIMITS = (0.01, 0.02, 0.05, 0.10)
USUAL = (0, 1, 2, 3, 5, 10)


def excess(p: float, n: int, k: int) -> float:
    """Return log M(p) - log 20, by scipy."""
    likelihood = (k * log(p) if k else 0.0) + (n - k) * log(1 - p)
    ours = betaln(k + 0.5, n - k + 0.5) + log(betainc(k + 0.5, n - k + 0.5, p))
    expected = betaln(0.5, 0.5) + log(betainc(0.5, 0.5, p))
    return float(ours - expected - likelihood - log(20))


@cache
def most_errors(n: int, limit: float) -> int:
    """Return with how many errors in n reviews the bound is still below the limit; -1 for none."""
    k = most_errors(n - 1, limit) if n > 1 else -1
    return k + 1 if k + 1 < n and clean_reviews_needed(limit, n=n, k=k + 1) == 0 else k


def main() -> None:
    """Compare, and write the table if asked to."""
    worst, count, rows = 0.0, 0, []
    for n in range(1, 2001):
        turns = {most_errors(n, limit) + more for limit in LIMITS for more in (0, 1)}
        for k in sorted(k for k in {*turns, *USUAL, n // 4, n // 2} if 0 <= k < n):
            reference = brentq(excess, max(k / n, 1e-12), 1 - 1e-13, args=(n, k), xtol=1e-14, rtol=1e-14)
            worst, count = max(worst, abs(reference - upper_bound(n, k))), count + 1
            if n in (1, 2, 5) or n % 40 == 0:
                rows.append((n, k, f"{reference:.12f}"))
    print(f"{count} bounds, the largest difference is {worst:.1e}")
    if "--write" in sys.argv:
        with TABLE.open("w", newline="") as table:
            csv.writer(table, lineterminator="\n").writerows([("n", "k", "bound"), *rows])


if __name__ == "__main__":
    main()
