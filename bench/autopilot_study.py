"""
The figures of docs/autopilot.md: `make autopilot-study`. Seeded, without a database, about two minutes.

For rules that decide when an integration has earned autopilot: how often each passes a flow whose true error rate is at
the limit, and after how many reviews it passes a good one. For the test after that: how often it sends a flow back that
is at its limit, and after how many audits it notices that errors have become more frequent.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from functools import cache
from statistics import median

from signoff.review.audits import has_drifted
from signoff.review.bound import clean_reviews_needed

REVIEWS = 2000
Rule = Callable[[int, int, list[bool], float], bool]  # n, k, history, limit


@cache
def most_errors(n: int, limit: float) -> int:
    """Return with how many errors in n reviews our bound is still below the limit; -1 for none."""
    k = -1
    start = most_errors(n - 1, limit) if n > 1 else -1
    for tried in (start, start + 1):
        if 0 <= tried < n and clean_reviews_needed(limit, n=n, k=tried) == 0:
            k = tried
    return k


@cache
def exact_most_errors(n: int, limit: float) -> int:
    """Return the same for a Clopper-Pearson bound of 95 %, made for looking once."""
    term = total = (1 - limit) ** n
    k = -1
    while total <= 0.05:
        k += 1
        term *= (n - k) / (k + 1) * limit / (1 - limit)
        total += term
    return k


def ours(n: int, k: int, history: list[bool], limit: float) -> bool:
    return k <= most_errors(n, limit)


def looked_at_each_time(n: int, k: int, history: list[bool], limit: float) -> bool:
    return k <= exact_most_errors(n, limit)


def fifty_runs(n: int, k: int, history: list[bool], limit: float) -> bool:
    return n >= 50 and k <= n * 0.1 and not any(history[-20:])


def below_the_limit(n: int, k: int, history: list[bool], limit: float) -> bool:
    return n >= 30 and k / n < limit


RULES: dict[str, Rule] = {
    "ours": ours,
    "Clopper-Pearson, looked at after each review": looked_at_each_time,
    "50 runs, 90 % good, none wrong in the last 20": fifty_runs,
    "30 runs, share below the limit": below_the_limit,
}


def passes_after(rule: Rule, rate: float, limit: float, chance: random.Random) -> int | None:
    """Return after how many reviews a flow passes, None when it has not after 2,000."""
    history: list[bool] = []
    k = 0
    for n in range(1, REVIEWS + 1):
        wrong = chance.random() < rate
        history.append(wrong)
        k += wrong
        if rule(n, k, history, limit):
            return n
    return None


def noticed_after(before: int, rate: float, later: float, limit: float, chance: random.Random) -> int | None:
    history = [chance.random() < rate for _ in range(before)]
    if has_drifted(history, limit):
        return 0
    # Looked at after every audit; what is found first is found by halving, because the bets only remember their best.
    ahead = [chance.random() < later for _ in range(1500)]
    low, high = 0, len(ahead)
    if not has_drifted(history + ahead, limit):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if has_drifted(history + ahead[:middle], limit) else (middle, high)
    return high


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--flows", type=int, default=2000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    print(f"{given.flows} flows each, {REVIEWS} reviews each, looked at after every one, seed {given.seed}\n")
    print("| true rate = limit | " + " | ".join(RULES) + " |\n|---|" + "---|" * len(RULES))
    for limit in (0.01, 0.02, 0.05, 0.10):
        shares = []
        for rule in RULES.values():
            chance = random.Random(given.seed)
            passed = sum(passes_after(rule, limit, limit, chance) is not None for _ in range(given.flows))
            shares.append(f"{passed / given.flows:.1%}")
        print(f"| {limit:.0%} | " + " | ".join(shares) + " |", flush=True)
    print("\n| limit | true rate | passes within 2,000 | median reviews |\n|---|---|---|---|")
    for limit in (0.05, 0.10):
        for part in (0, 0.1, 0.25, 0.5):
            chance = random.Random(given.seed)
            rows = [passes_after(ours, limit * part, limit, chance) for _ in range(given.flows // 4)]
            found = [row for row in rows if row is not None]
            print(
                f"| {limit:.0%} | {limit * part:.2%} | {len(found) / len(rows):.0%} | {median(found):.0f} |"
            )
    print(
        "\n| audits before, at | then | noticed in the median after | nine in ten after |\n|---|---|---|---|"
    )
    for before, rate in ((0, 0.05), (100, 0.02), (500, 0.02)):
        for later in (0.10, 0.15, 0.30):
            chance = random.Random(given.seed)
            rows = [noticed_after(before, rate, later, 0.05, chance) for _ in range(given.flows // 8)]
            ends = sorted(row if row is not None else 1500 for row in rows if row != 0)
            ninth = ends[int(len(ends) * 0.9)]
            print(f"| {before}, {rate:.0%} | {later:.0%} | {median(ends):.0f} | {ninth} |", flush=True)
    print("\n| limit | at the limit, sent back within 1,000 audits |\n|---|---|")
    for limit in (0.01, 0.05, 0.10):
        chance = random.Random(given.seed)
        flows = given.flows // 2
        back = sum(has_drifted([chance.random() < limit for _ in range(1000)], limit) for _ in range(flows))
        print(f"| {limit:.0%} | {back / flows:.1%} |", flush=True)


if __name__ == "__main__":
    main()
