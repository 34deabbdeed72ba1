"""What a price comes to for so many, with a fee or less a discount: found, whatever the numbers, and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signoff.checks.bearing import Bearing
from signoff.checks.costs import Costs, is_sum, sums_of_lists, tax_rates
from signoff.checks.reading import Reading
from signoff.checks.reckoned import A_COST, BY_PERCENT, BY_YEAR, IN_THE_RECORD, NOWHERE, Reckoned
from signoff.checks.record import Record

PRICES = st.integers(100, 90_000).map(lambda cents: cents / 100)
COUNTS = st.integers(2, 60).map(float)


def made(answer, record, facts=None):
    reading = Reading(answer, Record(record, facts), None)
    reckoned = Reckoned(reading, Bearing(reading.record, {}, 100))
    return {claim.values[0]: reckoned.number(claim) for claim in reading.claims if claim.kind == "money"}


@given(PRICES, PRICES, COUNTS, COUNTS, st.sampled_from([5.0, 10.0, 15.0, 20.0]))
def test_a_price_for_so_many_with_a_fee_or_a_discount_is_a_cost(price, fee, one, other, share):
    costs = Costs([price, fee], [one, other], [share])

    for cost in (
        price * one,
        price * one * other if one != other else price * one,
        price * one + fee,
        price * one * (1 - share / 100),
        price * one * 12,
        price * 12 * (1 - share / 100),
        abs(price - fee) * one if price != fee else price,
        price / one,
    ):
        assert costs.has(round(cost, 2), ())


def test_an_amount_from_nowhere_is_none():
    costs = Costs([24.0, 199.0], [4.0, 12.0], [10.0])

    assert not any(costs.has(amount, ()) for amount in (529.0, 61.0, 1234.5, 86.0))


def test_numbers_that_the_answer_says_are_reckoned_with_too():
    costs = Costs([39.0], [], [])

    assert not costs.has(273.0, ())
    assert costs.has(273.0, [7.0])


@given(st.lists(PRICES, min_size=2, max_size=5))
def test_the_amounts_that_stand_before_a_total_make_it(amounts):
    assert is_sum(round(sum(amounts), 2), amounts)
    assert is_sum(round(amounts[0] + amounts[-1], 2), amounts)


def test_one_amount_alone_is_no_sum():
    assert not is_sum(40.0, [40.0, 7.0])


def test_the_lines_of_a_list_come_to_what_pieces_times_price_do():
    items = [{"name": "Espresso", "qty": 2, "price": 24.9}, {"name": "Filter", "qty": 1, "price": 15.5}]
    sums = sums_of_lists(Bearing(Record({"items": items}), {}, 100))

    assert {65.3, 40.4, 3.0} <= sums


def test_a_tax_is_reckoned_with_only_where_it_is_spoken_of():
    assert tax_rates("130 eur mit mwst") != ()
    assert tax_rates("130 eur im monat") == ()


def test_how_near_at_hand_what_makes_an_amount_is():
    facts = {"price": "24 € per user and month", "setup": "60 €"}

    assert made("For 4 users it is 96 €, or 1,152 € a year.", {"users": 4}, facts) == {
        96: IN_THE_RECORD,
        1152: BY_YEAR,
    }
    assert made("Post 4.10 €, wrap 7.35 €, card 3.20 €, ink 9.15 €: 23.80 €.", {}, {})[23.8] == BY_PERCENT
    assert made("The first year is 1,212 €.", {"users": 4}, facts) == {1212: A_COST}
    assert made("It comes to 529 € a month.", {"users": 4}, facts) == {529: NOWHERE}
