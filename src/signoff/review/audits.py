"""
Whether what audits find still fits the limit: a count of points that may be looked at after every audit.

A wrong draft adds 10 points, right ones take some away (at a limit of 5 %: one each), and there are never fewer than
none. Points stand for how much better errors three times as frequent as the owner allows explain what was found since
some moment, than the limit does; the worst moment counts (a CUSUM), so that a change which comes late is noticed as
soon as it can be. It begins with some points already: an integration that was never as good as it seemed is the first
thing to find out.

How many points are too many is calculated for each limit, exactly and not by chance: the smallest number that a flow
reaches within `HORIZON` audits with a chance of at most 5 % if it is wrong exactly as often as the limit allows. With
rarer errors the chance is smaller (an error more never takes points away).
Sources: Page (1954), https://doi.org/10.1093/biomet/41.1-2.100; the start with points: Lucas and Crosier (1982),
https://doi.org/10.1080/00401706.1982.10487759; the calculation: Brook and Evans (1972),
https://doi.org/10.1093/biomet/59.3.539
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import count
from math import ceil, floor, log, log1p

RISK = 0.05  # chance of sending an integration back that is at its limit
HORIZON = 1000  # audits, within which that is the chance
TIMES = 3.0  # the change that points are made for
WRONG = 10  # points
HELD_BACK = 3.5  # how much better an explanation must be at the start than then, as a logarithm
_MOST_POINTS = 4000


def points(wrong: Iterable[bool], limit: float) -> int:
    """
    Return the most points that there ever were, over the audits in the order they were decided.

    Raises `ValueError` for a limit that is no share.
    """
    highest = at = _start(limit)
    for is_wrong, off in zip(wrong, _taken_away(limit), strict=False):
        at = at + WRONG if is_wrong else max(0, at - off)
        highest = max(highest, at)
    return highest


def has_drifted(wrong: Iterable[bool], limit: float) -> bool:
    """Say whether audits show that errors are more frequent than the limit (0 to 1)."""
    return points(wrong, limit) >= too_many(limit)


@lru_cache(64)
def too_many(limit: float) -> int:
    """Return how many points send an integration back that may be wrong in `limit` (0 to 1) of its drafts."""
    if not 0 < limit < 1:
        raise ValueError("the limit must lie between 0 and 1")
    short = _short(limit)
    low, high = short - 1, 2 * short
    while chance_of_reaching(high, limit) > RISK:
        if high > _MOST_POINTS:
            raise ArithmeticError("no number of points is enough")
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if chance_of_reaching(middle, limit) > RISK:
            low = middle
        else:
            high = middle
    return high


def chance_of_reaching(height: int, limit: float, rate: float | None = None, within: int = HORIZON) -> float:
    """
    Return the chance that a flow which is wrong at `rate` (None: the limit) reaches a height within so many audits.

    Exact: the chances of every number of points are carried from audit to audit.
    """
    p = limit if rate is None else rate
    at = [0.0] * height
    at[max(0, height - _short(limit))] = 1.0
    reached = 0.0
    for _, off in zip(range(within), _taken_away(limit), strict=False):
        reached += p * sum(at[max(0, height - WRONG) :])
        up = [0.0] * WRONG + at[: max(0, height - WRONG)]
        down = [sum(at[: off + 1]), *at[off + 1 :], *[0.0] * off][:height]
        at = [p * more + (1 - p) * less for more, less in zip(up, down, strict=False)]
    return reached


def _start(limit: float) -> int:
    return too_many(limit) - _short(limit)


def _short(limit: float) -> int:
    """Return how many points are missing at the start."""
    return ceil(WRONG * HELD_BACK / log(_worse(limit) / limit))


def _worse(limit: float) -> float:
    return min(TIMES * limit, (1 + limit) / 2)


def _taken_away(limit: float) -> Iterator[int]:
    """Yield how many points each audit takes away if its draft was right: on average as many as it should."""
    worse = _worse(limit)
    each = WRONG * (log1p(-limit) - log1p(-worse)) / log(worse / limit)
    for number in count(1):
        yield floor(each * number) - floor(each * (number - 1))
