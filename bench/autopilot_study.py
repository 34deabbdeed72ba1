"""
The figures and pictures of docs/autopilot.md: `make autopilot-study`. Seeded, without a database, some two minutes.

For rules that decide when an integration has earned autopilot: how often each passes a flow whose true error rate is at
the limit, and after how many reviews it passes a good one; the same for what replaying and planted drafts bring in. For
the test after that: how often it sends a flow back that is at its limit, and after how many audits it notices that
errors have become more frequent.

The bound and the test of audits depend on counts only. So chances are calculated as well as drawn: a count of flows by
their errors is carried from review to review, and what passes is taken out.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from functools import cache
from math import log, log1p
from pathlib import Path
from statistics import median

import drift_study

from signoff.review import bound
from signoff.review.audits import HORIZON, chance_of_reaching, points, too_many
from signoff.review.bound import NOTHING_EXPECTED, Planted, Prior, clean_reviews_needed

REVIEWS = 2000
LIMITS = (0.01, 0.02, 0.05, 0.10)
IMAGES = Path(__file__).parents[1] / "docs" / "images"
Most = Callable[[int], int]  # n → with how many errors in n reviews a rule passes at most; -1 for none


def ours(limit: float, prior: Prior = NOTHING_EXPECTED) -> Most:
    """Return our rule. Of n and one more review, at most one more error passes."""

    @cache
    def most(n: int) -> int:
        k = most(n - 1) if n > 1 else -1
        return k + 1 if k + 1 < n and _passes(n, k + 1, limit, prior) else k

    for n in range(1, REVIEWS + 1):
        most(n)
    return most


def _passes(n: int, k: int, limit: float, prior: Prior) -> bool:
    return k < limit * n and bound._log_mixture(limit, n, k, prior) >= log(20)


def looked_at_each_time(limit: float) -> Most:
    """Return the rule of a Clopper-Pearson bound of 95 %, made for looking once."""

    @cache
    def most(n: int) -> int:
        term = total = (1 - limit) ** n
        k = -1
        while total <= 0.05:
            k += 1
            term *= (n - k) / (k + 1) * limit / (1 - limit)
            total += term
        return k

    return most


def chance_of_passing(most: Most, rate: float) -> float:
    """Return the chance that a flow is passed within 2,000 reviews, looked at after each."""
    flows, passed = [1.0], 0.0
    for n in range(1, REVIEWS + 1):
        flows = [
            right * (1 - rate) + wrong * rate
            for right, wrong in zip([*flows, 0.0], [0.0, *flows], strict=True)
        ]
        for k in range(most(n) + 1):
            passed += flows[k]
            flows[k] = 0.0
    return passed


def passes_after(most: Most, rate: float, chance: random.Random) -> int | None:
    """Return after how many reviews one drawn flow passes, None when it has not after 2,000."""
    k, errors = 0, _errors(rate, chance)
    wrong_at = next(errors)
    for n in range(1, REVIEWS + 1):
        if n == wrong_at:
            k, wrong_at = k + 1, next(errors)
        if k <= most(n):
            return n
    return None


def _errors(rate: float, chance: random.Random) -> Iterator[int]:
    at = 0
    while True:
        at += 1 + int(log(1 - chance.random()) / log1p(-rate)) if rate else REVIEWS + 1
        yield at


def passes_by_history(rule: str, rate: float, limit: float, chance: random.Random) -> bool:
    """Say whether a flow is passed by one of the rules that look at more than counts."""
    history: list[bool] = []
    k = 0
    for n in range(1, REVIEWS + 1):
        history.append(chance.random() < rate)
        k += history[-1]
        if rule == "50 runs" and n >= 50 and k <= n * 0.1 and not any(history[-20:]):
            return True
        if rule == "30 runs" and n >= 30 and k / n < limit:
            return True
    return False


def overlooked(
    limit: float, missed: float, share: float, flows: int, chance: random.Random
) -> tuple[float, float]:
    """Return how often a flow at its limit is passed, errors partly overlooked: by us, and without planting."""
    widened = plain = 0
    most = ours(limit)
    evidence = cache(
        lambda n, k, s, m: bound._log_evidence(limit, n, k, NOTHING_EXPECTED, Planted(s, m)) >= log(20)
    )
    for _ in range(flows):
        k = seeded = unseen = 0
        is_plain = is_widened = False
        for n in range(1, 601):
            if chance.random() < share:
                seeded, unseen = seeded + 1, unseen + (chance.random() < missed)
            k += chance.random() < limit and chance.random() >= missed
            if k <= most(n):
                is_plain = True
                # What passes with planted drafts passes without them. Looked at every fifth time: each look costs.
                if n % 5 == 0 and not is_widened and seeded > unseen and evidence(n, k, seeded, unseen):
                    is_widened = True
                    break
        widened, plain = widened + is_widened, plain + is_plain
    return widened / flows, plain / flows


def noticed_after(before: int, rate: float, later: float, limit: float, chance: random.Random) -> int | None:
    """Return after how many audits from the change on a flow is sent back; None: before it."""
    wrong = [chance.random() < (rate if at < before else later) for at in range(before + 3000)]
    if points(wrong[:before], limit) >= too_many(limit):
        return None
    low, high = 0, 3000
    while high - low > 1:  # points remember their best, so what is found first is found by halving
        middle = (low + high) // 2
        is_noticed = points(wrong[: before + middle], limit) >= too_many(limit)
        low, high = (low, middle) if is_noticed else (middle, high)
    return high


def main() -> None:
    """Print the tables, and draw the pictures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--flows", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--images", type=Path, default=IMAGES, help="where the pictures go")
    given = asked.parse_args()
    print(f"{given.flows} flows each, {REVIEWS} reviews each, looked at after every one, seed {given.seed}")
    passed = wrongly_passed(given.flows, given.seed)
    reviews_needed(given.flows // 10, given.seed)
    warm_starts(given.flows // 10, given.seed)
    reviewers(given.flows // 20, given.seed)
    delays = noticed(given.flows // 20, given.seed)
    sent_back()
    drift_study.compare(given.flows // 10, given.seed)
    given.images.mkdir(parents=True, exist_ok=True)
    names = [
        "Signoff",
        "95 % bound, looked at each time",
        "50 runs, none wrong in the last 20",
        "30 runs, share below",
    ]
    picture = _bars("Wrongly passed, of flows that are wrong exactly as often as a limit of 5 % allows", names,
                    [share * 100 for share in passed[0.05]], "%", mark=5.0)  # fmt: skip
    (given.images / "autopilot-passed.svg").write_text(picture, encoding="utf-8")
    shown = [(before, later) for before in (0, 100, 500) for later in (0.10, 0.15, 0.30)]
    picture = _bars(
        "Audits until a change is noticed, in the median, at a limit of 5 %",
        [f"{before or 'no'} audits at 2 %, then {later:.0%}" for before, later in shown],
        [delays[one] for one in shown],
        "",
    )
    (given.images / "autopilot-noticed.svg").write_text(picture, encoding="utf-8")


def wrongly_passed(flows: int, seed: int) -> dict[float, list[float]]:
    """Tell how often rules pass a flow that is at its limit."""
    print("\n| limit | ours, calculated | ours, drawn | Clopper-Pearson, calculated | 50 runs | 30 runs |")
    print("|---|---|---|---|---|---|")
    found = {}
    for limit in LIMITS:
        chance = random.Random(seed)
        most = ours(limit)
        exact, other = chance_of_passing(most, limit), chance_of_passing(looked_at_each_time(limit), limit)
        drawn = sum(passes_after(most, limit, chance) is not None for _ in range(flows)) / flows
        simple = [
            sum(passes_by_history(rule, limit, limit, chance) for _ in range(flows // 10)) / (flows // 10)
            for rule in ("50 runs", "30 runs")
        ]
        found[limit] = [drawn, other, *simple]
        shares = " | ".join(f"{share:.1%}" for share in (exact, drawn, other, *simple))
        print(f"| {limit:.0%} | {shares} |", flush=True)
    return found


def reviews_needed(flows: int, seed: int) -> None:
    """Tell after how many reviews good flows pass."""
    print("\n| limit | true rate | passes within 2,000 | median reviews |\n|---|---|---|---|")
    for limit in (0.05, 0.10):
        most = ours(limit)
        for part in (0, 0.1, 0.25, 0.5):
            chance = random.Random(seed)
            rows = [passes_after(most, limit * part, chance) for _ in range(flows)]
            ends = [row for row in rows if row is not None]
            print(f"| {limit:.0%} | {limit * part:.2%} | {len(ends) / flows:.0%} | {median(ends):.0f} |")


def warm_starts(flows: int, seed: int) -> None:
    """Tell what a warm start saves, and how often a flow at its limit is passed whatever replaying said."""
    print("\n| limit | replayed, wrong | clean reviews needed | at the limit, passed | median at a quarter |")
    print("|---|---|---|---|---|")
    for limit in LIMITS:
        records = round(2.5 / limit)
        for wrong in (None, 0, round(records * limit)):
            prior = NOTHING_EXPECTED if wrong is None else Prior(0.5 + wrong, 0.5 + records - wrong)
            most, chance = ours(limit, prior), random.Random(seed)
            rows = [passes_after(most, limit / 4, chance) for _ in range(flows)]
            ends = [row if row is not None else REVIEWS for row in rows]
            what = "nothing" if wrong is None else f"{records}, {wrong}"
            needed = clean_reviews_needed(limit, prior=prior)
            print(f"| {limit:.0%} | {what} | {needed} | {chance_of_passing(most, limit):.1%} | {median(ends):.0f} |",
                  flush=True)  # fmt: skip


def reviewers(flows: int, seed: int) -> None:
    """Tell how often a flow at its limit is passed whose reviewers overlook a part of its errors."""
    print("\n| limit 10 %, 5 % planted; overlooked | passed, with planted drafts | without |\n|---|---|---|")
    for missed in (0.1, 0.3, 0.5):
        ours_, without = overlooked(0.10, missed, 0.05, flows, random.Random(seed))
        print(f"| {missed:.0%} | {ours_:.1%} | {without:.1%} |", flush=True)
    print(
        "\n| limit | clean reviews needed: without, and with 1, 3, 5, 10 % planted, all noticed |\n|---|---|"
    )
    for limit in LIMITS:
        needed = [
            clean_reviews_needed(limit, planted=Planted(rate=rate)) for rate in (0.01, 0.03, 0.05, 0.10)
        ]
        print(f"| {limit:.0%} | {clean_reviews_needed(limit)}; {', '.join(map(str, needed))} |")


def noticed(flows: int, seed: int) -> dict[tuple[int, float], float]:
    """Tell after how many audits a change is noticed."""
    print(
        "\n| audits before, at | then | noticed in the median after | nine in ten after |\n|---|---|---|---|"
    )
    found = {}
    for before, rate in ((0, 0.05), (100, 0.02), (500, 0.02)):
        for later in (0.10, 0.15, 0.30):
            chance = random.Random(seed)
            rows = [noticed_after(before, rate, later, 0.05, chance) for _ in range(flows)]
            ends = sorted(row for row in rows if row is not None)
            found[before, later] = median(ends)
            ninth = ends[int(len(ends) * 0.9)]
            print(f"| {before}, {rate:.0%} | {later:.0%} | {median(ends):.0f} | {ninth} |", flush=True)
    return found


def sent_back() -> None:
    """Tell how often a flow is sent back that is at its limit, or at half of it."""
    print(
        f"\n| limit | points | at the limit, within {HORIZON:,} audits | within 2,000 | at half the limit |"
    )
    print("|---|---|---|---|---|")
    for limit in LIMITS:
        height = too_many(limit)
        shares = (
            chance_of_reaching(height, limit),
            chance_of_reaching(height, limit, within=2 * HORIZON),
            chance_of_reaching(height, limit, rate=limit / 2),
        )
        print(
            f"| {limit:.0%} | {height} | " + " | ".join(f"{share:.2%}" for share in shares) + " |", flush=True
        )


def _bars(title: str, names: list[str], values: list[float], unit: str, mark: float | None = None) -> str:
    """Return a picture of lying bars, readable on light and dark pages."""
    width, left, row, top = 760, 300, 30, 44
    height = top + row * len(names) + 12
    scale = (width - left - 70) / max(values)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="14">',
        f'<rect width="{width}" height="{height}" fill="#fff"/><text x="12" y="24" font-weight="600">{title}</text>',
    ]
    for at, (name, value) in enumerate(zip(names, values, strict=True)):
        y = top + row * at
        parts.append(
            f'<text x="{left - 10}" y="{y + 17}" text-anchor="end">{name}</text>'
            f'<rect x="{left}" y="{y + 4}" width="{max(1.0, value * scale):.1f}" height="18" rx="3" fill="#0f5f4d"/>'
            f'<text x="{left + value * scale + 8:.1f}" y="{y + 17}">{value:.3g} {unit}</text>'
        )
    if mark is not None:
        x = left + mark * scale
        parts.append(
            f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{height - 12}" stroke="#7a4b00" stroke-width="2" '
            'stroke-dasharray="6 4"/>'
        )
    return "".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    main()
