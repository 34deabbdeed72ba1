"""Which texts are schedules: the same that the usual reader of cron takes."""

from __future__ import annotations

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from signoff.integrations.schedule import is_schedule


@pytest.mark.parametrize(
    "text",
    [
        "0 9 * * 1-5",
        "*/15 * * * *",
        "0 0 1 jan,jul *",
        "5,35 8-18/2 * * mon-fri",
        "0 0 * * 7",
        "  0  9 * * *",
    ],
)
def test_these_are_schedules(text):
    assert is_schedule(text)


@pytest.mark.parametrize(
    "text",
    ["", "0 9 * *", "0 9 * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "*/0 * * * *",
     "5-1 * * * *", "1-2-3 * * * *", "a * * * *", "@daily", "every day", "* * * foo *", "1, * * * *", "²  * * * *"],
)  # fmt: skip
def test_these_are_none(text):
    assert not is_schedule(text)


PART = st.sampled_from(
    ["*", "0", "5", "1-3", "*/2", "2-8/3", "59", "23", "31", "12", "7", "1,2", "60", "jan", "fri", "x"]
)


@given(st.lists(PART, min_size=5, max_size=5).map(" ".join))
def test_what_is_a_schedule_to_us_is_one_to_the_engine(text):
    if is_schedule(text):
        assert croniter.is_valid(text)
