"""The bound against reference values, and against the promise it makes."""

from __future__ import annotations

from math import log

import pytest

from signoff.review import bound
from signoff.review.bound import clean_reviews_needed, upper_bound

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
