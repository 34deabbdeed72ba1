"""Which candidate is named as the cheapest that passes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signoff.proving.figures import Figures
from signoff.proving.prove import Outcome, cheapest


def outcome(label, *, each=100, errors=0, has_price=True, seconds=1.0, failed=0, unasked=0):
    figures = Figures(
        20 - failed - unasked, errors, 0, errors, 0, 0, failed, unasked, None, each * 20, seconds, has_price
    )
    return Outcome({"label": label}, figures, ["error>0%"] if errors else [])


def test_a_model_whose_price_nobody_knows_is_not_the_cheapest():
    found = [outcome("gpt-4o", each=4000), outcome("somebody's own", each=0, has_price=False)]

    assert cheapest(found).candidate["label"] == "gpt-4o"


def test_it_is_named_where_no_other_one_passes():
    found = [outcome("gpt-4o", each=4000, errors=1), outcome("somebody's own", each=0, has_price=False)]

    assert cheapest(found).candidate["label"] == "somebody's own"


def test_the_quicker_of_two_that_cost_the_same_is_named():
    assert cheapest([outcome("slow", seconds=3), outcome("quick", seconds=2)]).candidate["label"] == "quick"


CANDIDATES = st.builds(
    outcome,
    label=st.sampled_from("abcdef"),
    each=st.integers(0, 5),
    errors=st.integers(0, 1),
    has_price=st.booleans(),
    failed=st.integers(0, 1),
    unasked=st.integers(0, 1),
)


@given(st.lists(CANDIDATES, max_size=6))
def test_what_is_named_passes_and_nothing_priced_that_passes_costs_less(found):
    best = cheapest(found)
    passing = [one for one in found if one.passes]

    assert (best is None) == (not passing)
    if best is not None:
        assert best in passing
        priced = [one.figures.each_micros for one in passing if one.figures.has_price]
        assert not priced or (best.figures.has_price and best.figures.each_micros == min(priced))
