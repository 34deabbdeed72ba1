"""The test that sends an integration back: never by chance for long, and soon when it is due."""

from __future__ import annotations

import random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.review.audits import HORIZON, RISK, chance_of_reaching, has_drifted, points, too_many

LIMITS = [0.0001, 0.001, 0.01, 0.02, 0.05, 0.10, 0.25, 0.5]


def test_audits_without_an_error_never_send_back() -> None:
    assert not has_drifted([False] * 2000, 0.05)
    assert points([], 0.05) < too_many(0.05)


@pytest.mark.parametrize("limit", [0.01, 0.05, 0.10, 0.4])
def test_nothing_but_errors_sends_back_at_once(limit: float) -> None:
    needed = next(n for n in range(1, 20) if has_drifted([True] * n, limit))

    assert 3 <= needed <= 9


@pytest.mark.parametrize("limit", [0, 1, -0.1])
def test_a_limit_that_is_no_share_is_refused(limit: float) -> None:
    with pytest.raises(ValueError):
        points([True], limit)


@settings(deadline=None)  # the first time, the height is calculated
@given(st.lists(st.booleans(), max_size=120), st.sampled_from(LIMITS))
def test_an_error_more_never_speaks_for_it(found: list[bool], limit: float) -> None:
    """What the promise for rates below the limit rests on: with fewer errors there are never more points."""
    for place, wrong in enumerate(found):
        if not wrong:
            worse = [*found[:place], True, *found[place + 1 :]]
            assert points(worse, limit) >= points(found, limit)
            break


@pytest.mark.parametrize("limit", LIMITS)
def test_at_the_limit_one_in_twenty_is_sent_back_at_most_and_with_a_point_less_more_would_be(
    limit: float,
) -> None:
    height = too_many(limit)

    assert chance_of_reaching(height, limit) <= RISK
    if limit >= 0.01:  # rarer errors never reach the lowest height there is
        assert chance_of_reaching(height - 1, limit) > RISK
    assert chance_of_reaching(height, limit, rate=limit / 2) < RISK / 5


def test_the_chance_that_is_calculated_is_the_one_that_is_seen() -> None:
    chance, flows = random.Random(7), 1500
    expected = chance_of_reaching(too_many(0.05), 0.05)

    seen = sum(has_drifted([chance.random() < 0.05 for _ in range(HORIZON)], 0.05) for _ in range(flows))

    # Four standard deviations: wrong by bad luck one time in sixteen thousand.
    assert abs(seen / flows - expected) < 4 * (expected * (1 - expected) / flows) ** 0.5


def audits_until_noticed(chance: random.Random, before: int, rate: float, later: float) -> int:
    ahead = [chance.random() < rate for _ in range(before)]
    for more in range(1, 1500):
        ahead.append(chance.random() < later)
        if has_drifted(ahead, 0.05):
            return more
    return 1500


def test_three_times_as_many_errors_are_noticed_within_45_audits() -> None:
    chance = random.Random(11)

    assert median(audits_until_noticed(chance, 0, 0.05, 0.15) for _ in range(400)) <= 45


@pytest.mark.parametrize("before", [100, 500])
def test_a_change_that_comes_late_is_noticed_as_well_however_late_it_comes(before: int) -> None:
    chance = random.Random(13)

    assert median(audits_until_noticed(chance, before, 0.02, 0.15) for _ in range(100)) <= 90
