"""The test that sends an integration back: never by chance for long, and soon when it is due."""

from __future__ import annotations

import random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.review.audits import RISK, bets, has_drifted


def test_audits_without_an_error_never_send_back() -> None:
    assert not has_drifted([False] * 2000, 0.05)
    assert bets([], 0.05) == 1.0


@pytest.mark.parametrize("limit", [0.01, 0.05, 0.10, 0.4])
def test_nothing_but_errors_sends_back_at_once(limit: float) -> None:
    needed = next(n for n in range(1, 20) if has_drifted([True] * n, limit))

    assert 3 <= needed <= 9


@pytest.mark.parametrize("limit", [0, 1, -0.1])
def test_a_limit_that_is_no_share_is_refused(limit: float) -> None:
    with pytest.raises(ValueError):
        bets([True], limit)


@given(st.lists(st.booleans(), max_size=120), st.sampled_from([0.01, 0.02, 0.05, 0.1]))
def test_an_error_more_never_speaks_for_it(found: list[bool], limit: float) -> None:
    for place, wrong in enumerate(found):
        if not wrong:
            worse = [*found[:place], True, *found[place + 1 :]]
            assert bets(worse, limit) >= bets(found, limit) - 1e-9
            break


@given(st.lists(st.booleans(), max_size=120), st.sampled_from([0.01, 0.02, 0.05, 0.1]))
def test_on_average_a_bet_wins_nothing_while_errors_are_at_the_limit(found: list[bool], limit: float) -> None:
    """The property that the promise rests on: the mean of what the bets are worth next is what they are worth now."""
    from signoff.review import audits

    def worth(history: list[bool]) -> float:
        worse = min(audits.TIMES * limit, (1 + limit) / 2)
        placed, left = 0.0, 1.0
        for number, is_wrong in enumerate(history):
            stake = audits._stake(number)
            placed, left = placed + stake, left - stake
            placed *= worse / limit if is_wrong else (1 - worse) / (1 - limit)
        return placed + left

    mean = limit * worth([*found, True]) + (1 - limit) * worth([*found, False])

    assert mean == pytest.approx(worth(found), rel=1e-9)


def test_at_the_limit_one_in_twenty_is_sent_back_at_most() -> None:
    chance = random.Random(7)
    flows = 600

    sent_back = sum(has_drifted([chance.random() < 0.05 for _ in range(500)], 0.05) for _ in range(flows))

    # 5 % of 600 are 30; with luck as bad as one time in ten thousand, 51.
    assert sent_back < 51
    assert sent_back / flows < RISK * 1.7


def audits_until_noticed(chance: random.Random, before: int, rate: float, later: float) -> int:
    history = [chance.random() < rate for _ in range(before)]
    for more in range(1, 1500):
        history.append(chance.random() < later)
        if has_drifted(history, 0.05):
            return more
    return 1500


def test_three_times_as_many_errors_are_noticed_within_45_audits() -> None:
    chance = random.Random(11)

    assert median(audits_until_noticed(chance, 0, 0.05, 0.15) for _ in range(200)) <= 45


def test_a_change_that_comes_late_is_noticed_too() -> None:
    chance = random.Random(13)

    assert median(audits_until_noticed(chance, 100, 0.02, 0.15) for _ in range(60)) <= 100
