"""
How often an integration may be wrong, at worst, by what people found: a bound for looking at any time.

For every error rate p the mixture M(p) compares what was seen with p being true:

    M(p) = B(a+k, b+n-k) I_p(a+k, b+n-k) / (B(a,b) I_p(a,b) p^k (1-p)^(n-k)),   a = b = 1/2,

k wrong answers in n reviews, B the beta function, I the regularised incomplete one. While the true rate is p
or more, M(p) is a supermartingale: it ever reaches 1/alpha with a chance of at most alpha (by Ville's
inequality), so looking after every review is allowed. Rates with M(p) >= 1/alpha are ruled out; the bound is
the largest one left.
Beside it stand two refinements, with the same promise; docs/autopilot.md derives them:

- Another a and b (a `prior`), chosen before the first decision that is counted, for example by replaying.
- What planted drafts say (`Planted`): reviewers overlook a share m of errors, which nobody knows. For every m the
  product of M at p(1-m), over what they found wrong, and of M at m, over the planted drafts, is a supermartingale
  again. A rate is ruled out only where the product reaches 1/alpha for every m.
Sources: Robbins (1970), https://doi.org/10.1214/aoms/1177696786; the continued fraction is DLMF 8.17.22.
"""

from __future__ import annotations

from functools import lru_cache
from math import asin, exp, inf, isfinite, lgamma, log, log1p, sqrt
from typing import NamedTuple

_STEPS = 100_000
_CLOSE = 1e-15
_GRID = 48  # shares of overlooked errors that are tried before the worst of them is narrowed down


class Prior(NamedTuple):
    """Which error rates the bound expects: those of a beta distribution. (1/2, 1/2) expects nothing in particular."""

    a: float = 0.5
    b: float = 0.5


class Planted(NamedTuple):
    """
    What planted drafts say of reviewers: `missed` of `n` were let through.

    `rate`: so many more are planted for each draft that is decided, for telling how many reviews are still needed.
    """

    n: int = 0
    missed: int = 0
    rate: float = 0.0

    def after(self, more: int) -> Planted:
        """Return what it will be after so many more reviews, if nothing more is missed."""
        return self._replace(n=self.n + int(self.rate * more))


NOTHING_EXPECTED = Prior()


def upper_bound(
    n: int,
    k: int,
    alpha: float = 0.05,
    prior: Prior = NOTHING_EXPECTED,
    planted: Planted | None = None,
) -> float:
    """
    Return the largest error rate (0 to 1) not ruled out by k wrong answers in n reviews, exact to 1e-9.

    `planted` widens it by what reviewers overlook; None: they are taken to overlook nothing.
    Raises `ValueError` unless 0 <= k <= n and 0 < alpha < 1.
    """
    _expect(n, k, alpha)
    if k == n or (planted is not None and planted.n == planted.missed):
        return 1.0  # nothing was right, or noticed, yet: so nothing is ruled out
    low, high = k / n, 1.0  # M is at most 1 at the rate that was seen, and without end at 1
    while high - low > 1e-15 + 1e-12 * low:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if _log_evidence(middle, n, k, prior, planted) < -log(alpha):
            low = middle
        else:
            high = middle
        if planted is not None and high - low < 1e-9:
            break
    return high


def is_below(
    limit: float,
    n: int,
    k: int,
    alpha: float = 0.05,
    prior: Prior = NOTHING_EXPECTED,
    planted: Planted | None = None,
) -> bool:
    """Say whether the bound is below a limit (0 to 1), without looking for it."""
    return (
        n > k
        and k < limit * n
        and (planted is None or planted.n > planted.missed)
        and _log_evidence(limit, n, k, prior, planted) >= -log(alpha)
    )


def clean_reviews_needed(
    limit: float,
    alpha: float = 0.05,
    n: int = 0,
    k: int = 0,
    prior: Prior = NOTHING_EXPECTED,
    planted: Planted | None = None,
) -> int | None:
    """
    Return how many more reviews without a fault bring the bound below `limit` (0 to 1); 0 when it is already.

    Starting from nothing that is 36, 74, 188, 377 for limits of 10, 5, 2, 1 %. None where no number does, because no
    planted draft was noticed and none is to come.
    """
    _expect(n, k, alpha)
    if not 0 < limit < 1:
        raise ValueError("the limit must lie between 0 and 1")
    if planted is not None and planted.n == planted.missed and not planted.rate:
        return None

    def passes(more: int) -> bool:
        return is_below(limit, n + more, k, alpha, prior, planted.after(more) if planted else None)

    # Every clean review makes M(p) larger, for every p: so the first number that passes can be halved for.
    if passes(0):
        return 0
    failing, passing = 0, 1
    while not passes(passing):
        failing, passing = passing, passing * 2
    while passing - failing > 1:
        middle = (failing + passing) // 2
        failing, passing = (failing, middle) if passes(middle) else (middle, passing)
    return passing


def _expect(n: int, k: int, alpha: float) -> None:
    if not 0 <= k <= n:
        raise ValueError("the errors must be between 0 and the number of reviews")
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie between 0 and 1")


def _log_evidence(p: float, n: int, k: int, prior: Prior, planted: Planted | None) -> float:
    """Return the log of what speaks against a rate p: M(p), or the least of the products over what is overlooked."""
    if planted is None:
        return _log_mixture(p, n, k, prior)

    def product(m: float) -> float:
        return _log_mixture(p * (1 - m), n, k, prior) + _log_noticed(m, planted.n, planted.missed)

    # With fewer than were seen to be overlooked the first factor is larger and the second at most a little smaller; at
    # 1 the second is without end. Between them one place is the worst; around the best of a grid it is narrowed down.
    grid = [(step + 0.5) / _GRID for step in range(_GRID)]
    at = min(range(_GRID), key=lambda place: product(grid[place]))
    low, high = grid[at] - 1 / _GRID, min(grid[at] + 1 / _GRID, 1 - 1e-9)
    low = max(low, 1e-9)
    golden = (sqrt(5) - 1) / 2
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = product(left), product(right)
    for _ in range(24):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = product(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = product(right)
    return min(at_left, at_right, product(1e-9))


@lru_cache(4096)
def _log_noticed(m: float, n: int, missed: int) -> float:
    return _log_mixture(m, n, missed, NOTHING_EXPECTED)


def _log_mixture(p: float, n: int, k: int, prior: Prior = NOTHING_EXPECTED) -> float:
    """Return log M(p) for 0 < p <= 1."""
    a, b = k + prior.a, n - k + prior.b
    if p >= 1:
        return inf if n > k else 0.0
    likelihood = (k * log(p) if k else 0.0) + (n - k) * log1p(-p)
    return _log_beta(a, b) + _log_incomplete_beta(p, a, b) - _log_expected(p, prior) - likelihood


def _log_expected(p: float, prior: Prior) -> float:
    """Return log B(a, b) I_p(a, b). For 1/2 and 1/2 that is 2 asin(sqrt p)."""
    if prior == NOTHING_EXPECTED:
        return log(2 * asin(sqrt(p)))
    return _log_beta(*prior) + _log_incomplete_beta(p, *prior)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _log_incomplete_beta(x: float, a: float, b: float) -> float:
    """Return log I_x(a, b) for 0 < x < 1."""
    if x <= (a + 1) / (a + b + 2):
        return _log_lower_tail(x, a, b)
    upper = _log_lower_tail(1 - x, b, a)
    return log1p(-_exp_below_one(upper))


def _exp_below_one(value: float) -> float:
    return min(exp(value), 1 - 2**-53)


def _log_lower_tail(x: float, a: float, b: float) -> float:
    """Return log I_x(a, b) by its continued fraction, which is quick left of the mean."""
    front = a * log(x) + b * log1p(-x) - log(a) - _log_beta(a, b)
    return front + log(_continued_fraction(x, a, b))


def _continued_fraction(x: float, a: float, b: float) -> float:
    """Return the value of DLMF 8.17.22 by Lentz's method; it takes about sqrt(max(a, b)) steps."""
    tiny = 1e-300
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or tiny)
    value = d
    for m in range(1, _STEPS):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + step * d or tiny)
            c = 1 + step / c or tiny
            value *= c * d
        if abs(c * d - 1) < _CLOSE and isfinite(value):
            return value
    raise ArithmeticError("the incomplete beta function did not settle")
