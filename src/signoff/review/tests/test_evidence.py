"""Counting what people decided: the interval for reading, the weeks, and what was passed over."""

from __future__ import annotations

from datetime import date
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.review.bound import upper_bound
from signoff.review.evidence import Evidence, by_week, wilson


@given(st.integers(1, 5000), st.data())
def test_at_the_ends_of_the_interval_what_was_seen_is_just_as_far_as_it_may_be(
    n: int, data: st.DataObject
) -> None:
    """Wilson's definition: the rates from which the share seen is 1.96 standard deviations away."""
    k = data.draw(st.integers(0, n))

    low, high = wilson(n, k)

    assert -1e-12 <= low <= k / n + 1e-12 <= high + 2e-12 <= 1 + 3e-12
    for end in (low, high):
        if 1e-9 < end < 1 - 1e-9:
            assert abs(k / n - end) == pytest.approx(1.959964 * sqrt(end * (1 - end) / n), rel=1e-6)


def test_days_are_counted_in_their_weeks_and_an_error_that_week() -> None:
    days = [
        (date(2026, 3, 1), True),
        (date(2026, 3, 2), False),
        (date(2026, 3, 8), True),
        (date(2026, 3, 9), False),
    ]

    assert [tuple(week) for week in by_week(days)] == [
        (date(2026, 2, 23), 1, 1),
        (date(2026, 3, 2), 2, 1),
        (date(2026, 3, 9), 1, 0),
    ]


@given(st.integers(1, 300), st.data())
def test_passing_over_never_makes_the_bound_better_than_deciding(n: int, data: st.DataObject) -> None:
    """However the drafts that were passed over turn out, the bound was no lower than it will be."""
    k = data.draw(st.integers(0, n))
    over = data.draw(st.integers(0, 20))
    wrong = data.draw(st.integers(0, over))

    meanwhile = Evidence(n=n, k=k, passed_over=over).bound

    assert meanwhile >= upper_bound(n + over, k + wrong) - 1e-9


@given(st.integers(0, 200), st.data(), st.sampled_from([0.02, 0.05, 0.1]))
def test_so_many_more_clean_reviews_are_enough(n: int, data: st.DataObject, limit: float) -> None:
    k = data.draw(st.integers(0, min(n, 5)))
    over = data.draw(st.integers(0, 5))
    found = Evidence(n=n, k=k, passed_over=over)

    more = found.more_needed(limit)

    # What was passed over is decided first, then new ones come.
    assert Evidence(n=n + more, k=k).bound < limit


def test_nothing_decided_is_no_rate() -> None:
    assert (Evidence().rate, Evidence().interval, Evidence().bound) == (None, None, 1.0)
