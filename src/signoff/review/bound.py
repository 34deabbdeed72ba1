"""
How often an integration may be wrong, at worst, by what people found: a bound for looking at any time.

For every error rate p the mixture M(p) compares what was seen with p being true:

    M(p) = B(a+k, b+n-k) I_p(a+k, b+n-k) / (B(a,b) I_p(a,b) p^k (1-p)^(n-k)),   a = b = 1/2,

k wrong answers in n reviews, B the beta function, I the regularised incomplete one. While the true rate is p
or more, M(p) is a supermartingale: it ever reaches 1/alpha with a chance of at most alpha (by Ville's
inequality), so looking after every review is allowed. Rates with M(p) >= 1/alpha are ruled out; the bound is
the largest one left.
Sources: Robbins (1970), https://doi.org/10.1214/aoms/1177696786; the continued fraction is DLMF 8.17.22.
"""

from __future__ import annotations

from math import asin, inf, isfinite, lgamma, log, log1p, sqrt

_STEPS = 100_000
_CLOSE = 1e-15


def upper_bound(n: int, k: int, alpha: float = 0.05) -> float:
    """
    Return the largest error rate (0 to 1) not ruled out by k wrong answers in n reviews, exact to 1e-9.

    Raises `ValueError` unless 0 <= k <= n and 0 < alpha < 1.
    """
    _expect(n, k, alpha)
    if k == n:
        return 1.0  # nothing was right yet, so nothing is ruled out
    low, high = k / n, 1.0  # M is at most 1 at the rate that was seen, and without end at 1
    while high - low > 1e-15 + 1e-12 * low:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if _log_mixture(middle, n, k) < -log(alpha):
            low = middle
        else:
            high = middle
    return high


def clean_reviews_needed(limit: float, alpha: float = 0.05, n: int = 0, k: int = 0) -> int:
    """
    Return how many more reviews without a fault bring the bound below `limit` (0 to 1); 0 when it is already.

    Starting from nothing that is 36, 74, 188, 377 for limits of 10, 5, 2, 1 %.
    """
    _expect(n, k, alpha)
    if not 0 < limit < 1:
        raise ValueError("the limit must lie between 0 and 1")

    def passes(more: int) -> bool:
        return n + more > k and _log_mixture(limit, n + more, k) >= -log(alpha) and k < limit * (n + more)

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


def _log_mixture(p: float, n: int, k: int) -> float:
    """Return log M(p) for 0 < p <= 1. B(1/2, 1/2) I_p(1/2, 1/2) is 2 asin(sqrt p)."""
    a, b = k + 0.5, n - k + 0.5
    if p >= 1:
        return inf if n > k else 0.0
    likelihood = (k * log(p) if k else 0.0) + (n - k) * log1p(-p)
    return _log_beta(a, b) + _log_incomplete_beta(p, a, b) - log(2 * asin(sqrt(p))) - likelihood


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _log_incomplete_beta(x: float, a: float, b: float) -> float:
    """Return log I_x(a, b) for 0 < x < 1."""
    if x <= (a + 1) / (a + b + 2):
        return _log_lower_tail(x, a, b)
    upper = _log_lower_tail(1 - x, b, a)
    return log1p(-_exp_below_one(upper))


def _exp_below_one(value: float) -> float:
    from math import exp

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
