"""The bound against reference values, and against the promise it makes."""

from __future__ import annotations

import csv
import random
from math import exp, log
from pathlib import Path

import pytest

from signoff.review import bound
from signoff.review.bound import Planted, Prior, clean_reviews_needed, is_below, upper_bound

# Made with scipy 1.17.1: the root of log M(p) + log(alpha) by betaln, betainc and brentq.
REFERENCE = [
    (1, 0, 0.05, 0.972063305376),
    (10, 0, 0.05, 0.313802144179),
    (36, 0, 0.05, 0.099729540860),
    (74, 0, 0.05, 0.049867394088),
    (100, 0, 0.01, 0.054302490317),
    (100, 3, 0.05, 0.104119243095),
    (100, 50, 0.05, 0.654483979534),
    (188, 1, 0.1, 0.030194842681),
    (377, 0, 0.05, 0.009996966377),
    (1000, 10, 0.05, 0.022253946454),
    (1000, 999, 0.05, 0.999999553416),
    (2000, 100, 0.001, 0.073683066728),
    (10000, 1, 0.05, 0.000665532155),
    (100000, 0, 0.05, 0.000037883447),
    (100000, 1000, 0.05, 0.011156522971),
    (100000, 50000, 0.05, 0.506439076993),
]


@pytest.mark.parametrize(("n", "k", "alpha", "expected"), REFERENCE)
def test_the_bound_equals_the_reference(n: int, k: int, alpha: float, expected: float) -> None:
    assert upper_bound(n, k, alpha) == pytest.approx(expected, abs=1e-9)


def test_the_bound_equals_scipy_for_n_to_2000_wherever_a_decision_turns() -> None:
    """The table is made by bench/bound_reference.py, which compares forty times as many."""
    with (Path(__file__).with_name("bound_reference.csv")).open() as table:
        rows = [(int(row["n"]), int(row["k"]), float(row["bound"])) for row in csv.DictReader(table)]

    assert len(rows) > 600
    assert max(abs(upper_bound(n, k) - expected) for n, k, expected in rows) < 1e-9


def test_without_a_right_answer_nothing_is_ruled_out() -> None:
    assert upper_bound(0, 0) == 1.0
    assert upper_bound(7, 7) == 1.0


def test_every_error_raises_the_bound_and_every_clean_review_lowers_it() -> None:
    by_errors = [upper_bound(200, k) for k in range(0, 201, 5)]
    by_reviews = [upper_bound(n, 3) for n in range(4, 400, 9)]

    assert by_errors == sorted(by_errors)
    assert by_reviews == sorted(by_reviews, reverse=True)


@pytest.mark.parametrize(("limit", "needed"), [(0.10, 36), (0.05, 74), (0.02, 188), (0.01, 377)])
def test_the_first_clean_reviews_needed_are_as_published(limit: float, needed: int) -> None:
    assert clean_reviews_needed(limit) == needed


@pytest.mark.parametrize(("n", "k"), [(0, 0), (10, 1), (74, 0), (73, 0), (100, 3), (500, 40), (3, 3)])
def test_so_many_more_clean_reviews_pass_and_one_less_does_not(n: int, k: int) -> None:
    more = clean_reviews_needed(0.05, n=n, k=k)

    assert upper_bound(n + more, k) < 0.05
    assert more == 0 or upper_bound(n + more - 1, k) >= 0.05


def test_looking_after_each_of_2000_reviews_wrongly_passes_less_than_one_in_twenty() -> None:
    limit, alpha = 0.05, 0.05
    at_errors = {0: 1.0}  # chance of having seen so many errors, never having passed
    passed = 0.0

    for n in range(1, 2001):
        following: dict[int, float] = {}
        for k, chance in at_errors.items():
            following[k] = following.get(k, 0.0) + chance * (1 - limit)
            following[k + 1] = following.get(k + 1, 0.0) + chance * limit
        at_errors = {}
        for k, chance in following.items():
            rules_out = k < limit * n and bound._log_mixture(limit, n, k) >= -log(alpha)
            if rules_out:
                passed += chance
            elif chance > 1e-12:
                at_errors[k] = chance

    assert 0.01 < passed < 0.05


@pytest.mark.parametrize(
    ("n", "k", "alpha"), [(-1, 0, 0.05), (3, 4, 0.05), (3, -1, 0.05), (3, 0, 0), (3, 0, 1)]
)
def test_impossible_numbers_are_refused(n: int, k: int, alpha: float) -> None:
    with pytest.raises(ValueError):
        upper_bound(n, k, alpha)


@pytest.mark.parametrize("limit", [0, 1, -0.1, 5])
def test_a_limit_that_is_no_share_is_refused(limit: float) -> None:
    with pytest.raises(ValueError):
        clean_reviews_needed(limit)


def test_what_reviewers_noticed_never_lowers_the_bound_and_what_they_missed_raises_it() -> None:
    without = upper_bound(100, 2)
    by_missed = [upper_bound(100, 2, planted=Planted(12, missed)) for missed in range(12)]
    by_noticed = [upper_bound(100, 2, planted=Planted(n, 1)) for n in (2, 4, 8, 16, 64)]

    assert by_missed == sorted(by_missed)
    assert by_noticed == sorted(by_noticed, reverse=True)
    assert min(by_missed) >= without - 1e-9
    assert upper_bound(100, 2, planted=Planted(4000, 0)) == pytest.approx(without, abs=1e-4)


def test_a_reviewer_who_notices_nothing_proves_nothing() -> None:
    assert upper_bound(1000, 0, planted=Planted(0, 0)) == 1.0
    assert upper_bound(1000, 0, planted=Planted(20, 20)) == 1.0
    assert clean_reviews_needed(0.05, n=1000, planted=Planted(20, 20)) is None
    assert upper_bound(1000, 0, planted=Planted(20, 19)) > 0.02


@pytest.mark.parametrize(
    ("n", "k", "planted"), [(74, 0, (5, 0)), (200, 2, (10, 1)), (500, 3, (30, 12)), (60, 0, (2, 1))]
)
def test_the_worst_share_that_is_overlooked_is_found(n: int, k: int, planted: tuple[int, int]) -> None:
    """Against trying every thousandth."""
    for p in (0.02, 0.05, 0.1, 0.3):
        tried = min(
            bound._log_mixture(p * (1 - m / 1000), n, k) + bound._log_mixture(m / 1000, *planted)
            for m in range(1, 1000)
        )

        found = bound._log_evidence(p, n, k, bound.NOTHING_EXPECTED, Planted(*planted))

        assert tried - 0.01 <= found <= tried + 1e-9


@pytest.mark.parametrize("planted", [None, Planted(6, 0), Planted(9, 2)])
def test_to_be_below_is_what_the_bound_says(planted: Planted | None) -> None:
    for n, k in ((5, 0), (40, 0), (90, 0), (90, 2), (200, 4), (7, 7)):
        for limit in (0.02, 0.05, 0.2):
            assert is_below(limit, n, k, planted=planted) is (upper_bound(n, k, planted=planted) < limit)


def test_planting_one_in_twenty_costs_few_reviews() -> None:
    def needed(limit: float) -> int | None:
        return clean_reviews_needed(limit, planted=Planted(rate=0.05))

    assert [needed(limit) for limit in (0.10, 0.05, 0.02, 0.01)] == [53, 80, 188, 377]


def test_flows_whose_errors_are_overlooked_are_not_passed_either() -> None:
    """A fifth of all errors slips through: what is judged wrong is rarer than what is wrong."""
    chance, flows, passed = random.Random(3), 150, 0
    for _ in range(flows):
        n = k = seeded = missed = 0
        while n < 300:
            if chance.random() < 0.1:
                seeded, missed = seeded + 1, missed + (chance.random() < 0.2)
            n, k = n + 1, k + (chance.random() < 0.1 and chance.random() >= 0.2)
            if n % 20 == 0 and k < 0.1 * n and seeded > missed:
                against = bound._log_evidence(0.1, n, k, bound.NOTHING_EXPECTED, Planted(seeded, missed))
                if against >= log(20):
                    passed += 1
                    break

    assert passed / flows <= 0.05


@pytest.mark.parametrize("prior", [Prior(0.5, 50.5), Prior(1.5, 30.5), Prior(3.0, 3.0)])
def test_with_another_prior_a_look_wins_nothing_on_average_while_errors_are_at_the_limit(
    prior: Prior,
) -> None:
    """The property that the promise rests on, for whatever replaying made us expect."""
    for n, k in ((0, 0), (10, 0), (40, 3), (200, 9)):
        for p in (0.01, 0.05, 0.2):
            now = exp(bound._log_mixture(p, n, k, prior))
            right, wrong = (exp(bound._log_mixture(p, n + 1, k + one, prior)) for one in (0, 1))

            assert p * wrong + (1 - p) * right == pytest.approx(now, rel=1e-7)


def test_who_expects_few_errors_needs_fewer_reviews_and_pays_for_being_wrong() -> None:
    few = Prior(0.5, 200.5)

    assert clean_reviews_needed(0.05, prior=few) == 61
    assert upper_bound(61, 0, prior=few) < 0.05 <= upper_bound(60, 0, prior=few)
    assert upper_bound(200, 6, prior=few) > upper_bound(200, 6)
