"""Money is exact, and reads as people write it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.core.money import dollars, micros


@given(st.decimals(0, 10**6, places=6))
def test_micros_are_exact(amount):
    assert Decimal(micros(amount)) / 1_000_000 == amount


@given(st.lists(st.decimals(0, 100, places=6), max_size=20))
def test_sums_do_not_drift(amounts):
    assert sum(micros(a) for a in amounts) == micros(sum(amounts, Decimal(0)))


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "$0"),
        (4_000, "$0.004"),
        (12_300_000, "$12.30"),
        (9_999, "$0.01"),
        (10_000, "$0.01"),
        (50, "under $0.0001"),
    ],
)
def test_an_owner_reads_dollars(amount, shown):
    assert dollars(amount) == shown


@given(st.integers(1, 10**12))
def test_something_never_reads_as_nothing_or_in_powers_of_ten(amount):
    shown = dollars(amount)

    assert "E" not in shown
    assert float(shown.removeprefix("under ")[1:]) > 0
