"""
Tests that could notice drift, each held to the same promise as ours: `python bench/drift_study.py`; seeded, a minute.

The promise: a flow that is wrong exactly as often as the limit allows is sent back within `HORIZON` audits with a
chance of at most `RISK`. Whatever a test counts, that chance is that its highest value within the horizon reaches its
threshold; so the threshold is the quantile of that highest value, over drawn flows at the limit, and every test here
spends exactly the same risk. Then each is asked how soon it notices.

What is compared:

- `cusum`: the points of `signoff.review.audits`, with and without the points that it begins with (Page 1954; Lucas and
  Crosier 1982);
- `sr`: Shiryaev and Roberts: the sum over all past moments of how much better a change at that moment explains what was
  found, R = (1 + R) L; an e-detector (Shin, Ramdas and Rinaldo 2023, https://arxiv.org/abs/2203.03532), also with a
  start R > 0 (Moustakides, Polunchenko and Tartakovsky 2011);
- `mixture`: the mean of such sums for errors 2, 3, 5 and 10 times as frequent, for whoever does not know how large
  the change will be.

`least` is a floor for every test there is, also for one that knew the new rate. Cut the horizon into windows of n
audits. A test that alarms within the horizon with a chance of at most RISK alarms in one of the windows with a chance
of at most RISK / (number of windows). Let the change come at the beginning of that window, in a flow that was at its
limit until then; no alarm came before it with a chance of 1 - RISK or more. Then it notices within n audits at most
as often as the best test of that size does (Neyman and Pearson; its power is concave in the size, so what came before
the window does not help). The first n at which that reaches one half is a floor for the median at the worst moment.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterable, Iterator
from math import comb, log, log1p
from statistics import median

from signoff.review.audits import HORIZON, RISK, chance_of_reaching, too_many

Test = Callable[
    [Iterable[bool]], Iterator[float]
]  # what was wrong, audit by audit → what the test counts after each
PATIENCE = 3000  # audits after the change, in which a test may notice it
BEFORE = ((0, 0.0), (100, 0.02), (500, 0.02), (100, 0.05), (500, 0.05))
LATER = (0.10, 0.15, 0.30)


def cusum(limit: float, times: float = 3.0, start: float = 0.0) -> Test:
    """Return the count of points; `start` is what it begins with, in logarithms of evidence."""
    up, down = _steps(limit, times)

    def run(wrong: Iterable[bool]) -> Iterator[float]:
        at = start
        for is_wrong in wrong:
            at = max(0.0, at + (up if is_wrong else down))
            yield at

    return run


def sr(limit: float, times: float = 3.0, start: float = 0.0) -> Test:
    """Return the sum of Shiryaev and Roberts."""
    up, down = 1 + _gain(limit, times), 1 - _loss(limit, times)

    def run(wrong: Iterable[bool]) -> Iterator[float]:
        at = start
        for is_wrong in wrong:
            at = (1 + at) * (up if is_wrong else down)
            yield at

    return run


def mixture(limit: float, several: tuple[float, ...] = (2.0, 3.0, 5.0, 10.0), start: float = 0.0) -> Test:
    """Return the mean of such sums for changes of several sizes."""
    steps = [(1 + _gain(limit, times), 1 - _loss(limit, times)) for times in several]

    def run(wrong: Iterable[bool]) -> Iterator[float]:
        at = [start] * len(steps)
        for is_wrong in wrong:
            at = [(1 + one) * (up if is_wrong else down) for one, (up, down) in zip(at, steps, strict=True)]
            yield sum(at) / len(at)

    return run


def _steps(limit: float, times: float) -> tuple[float, float]:
    worse = min(times * limit, (1 + limit) / 2)
    return log(worse / limit), log1p(-worse) - log1p(-limit)


def _gain(limit: float, times: float) -> float:
    return min(times * limit, (1 + limit) / 2) / limit - 1


def _loss(limit: float, times: float) -> float:
    return 1 - (1 - min(times * limit, (1 + limit) / 2)) / (1 - limit)


def threshold(test: Test, limit: float, flows: int, seed: int) -> float:
    """Return what a flow at the limit reaches within the horizon with a chance of `RISK`."""
    chance = random.Random(seed)
    highest = sorted(max(test([chance.random() < limit for _ in range(HORIZON)])) for _ in range(flows))
    return highest[int((1 - RISK) * flows)]


def noticed_after(
    test: Test, most: float, before: tuple[int, float], later: float, chance: random.Random
) -> int | None:
    """Return after how many audits from the change on the test alarms; None: before the change."""
    audits, rate = before
    drawn = (chance.random() < (rate if at < audits else later) for at in range(audits + PATIENCE))
    for number, counted in enumerate(test(drawn), 1):
        if counted > most:
            return number - audits if number > audits else None
    return PATIENCE


def least(limit: float, later: float, horizon: int = HORIZON, risk: float = RISK) -> int:
    """Return the number of audits below which no test has its median, at the worst moment of the change."""
    n = 1
    while best_power(n, limit, later, risk / (horizon // n) / (1 - risk)) < 0.5:
        n += 1
    return n


def longest_horizon(limit: float, later: float, audits: int, risk: float = RISK) -> int:
    """Return within how many audits a flow at its limit may be sent back by a chance, for such a median at most."""
    windows = 1
    while best_power(audits, limit, later, risk / (windows + 1) / (1 - risk)) >= 0.5:
        windows += 1
    return (windows + 1) * audits - 1


def best_power(n: int, rate: float, later: float, size: float) -> float:
    """Return how often the best test of a size tells `later` from `rate` by n drafts (with a lot at the edge)."""
    at_rate = [comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(n + 1)]
    at_later = [comb(n, k) * later**k * (1 - later) ** (n - k) for k in range(n + 1)]
    left, power = size, 0.0
    for k in range(n, -1, -1):
        if at_rate[k] >= left:
            return power + at_later[k] * left / at_rate[k]
        left, power = left - at_rate[k], power + at_later[k]
    return power


def compare(flows: int, seed: int, limit: float = 0.05) -> None:
    """Print how soon each test notices, all at the same risk."""
    tests = {
        "points, as in force": cusum(limit, start=_head_start(limit)),
        "points, beginning with none": cusum(limit),
        "Shiryaev-Roberts": sr(limit),
        "Shiryaev-Roberts, with a start": sr(limit, start=50.0),
        "mixture of four changes": mixture(limit),
        "mixture, with a start": mixture(limit, start=50.0),
    }
    heads = [f"{n or 'no'} at {rate:.0%}, then {later:.0%}" for n, rate in BEFORE for later in LATER]
    print(f"\nA limit of {limit:.0%}; medians of audits until noticed, {flows} flows each")
    print("| test | " + " | ".join(heads) + " |\n|---" + "|---" * len(heads) + "|")
    for name, test in tests.items():
        most = threshold(test, limit, 4 * flows, seed)
        cells = []
        for before in BEFORE:
            for later in LATER:
                chance = random.Random(seed + 1)
                found = [noticed_after(test, most, before, later, chance) for _ in range(flows)]
                cells.append(f"{median(one for one in found if one is not None):.0f}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    floors = ", ".join(f"{least(limit, later)} for {later:.0%}" for later in LATER)
    print(f"No test has a median below, at the worst moment: {floors}.")
    print(
        f"A median of 45 for {3 * limit:.0%} whenever it comes is possible only where the chance of {RISK:.0%} is for "
        f"{longest_horizon(limit, 3 * limit, 45)} audits or fewer, instead of {HORIZON}."
    )


def _head_start(limit: float) -> float:
    from signoff.review.audits import WRONG, _short, _worse

    each = log(_worse(limit) / limit) / WRONG
    return (too_many(limit) - _short(limit)) * each


def main() -> None:
    """Compare, at a limit of 5 %."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--flows", type=int, default=2000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    print(
        f"In force: sent back at its limit, within {HORIZON} audits: {chance_of_reaching(too_many(0.05), 0.05):.1%}"
    )
    compare(given.flows, given.seed)


if __name__ == "__main__":
    main()
