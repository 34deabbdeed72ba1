"""The values that names of fields say."""

from __future__ import annotations

import pytest

from signoff.checks.bearing import Bearing
from signoff.checks.findings import findings
from signoff.checks.in_names import in_name
from signoff.checks.reading import Reading
from signoff.checks.reckoned import BY_PERCENT, IN_THE_RECORD, NOWHERE, Reckoned
from signoff.checks.record import Record


def numbers(name: str) -> set[float]:
    return {number for one in in_name(name) for number in one.said}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("facts.AAC_20h", {20, 72_000}),
        ("bis_30_km", {30, 30_000}),
        ("garantie24mois", {24}),
        ("10er-Paket", {10}),
        ("battery_5_2kwh_gbp", {5.2}),
        ("price_15_30kg", {15, 30}),
    ],
)
def test_a_unit_or_an_ending_behind_a_number_makes_it_a_value(name, says):
    assert says <= numbers(name)


@pytest.mark.parametrize(
    "name", ["address1_city", "line2", "field_12", "items[3].name", "years", "", "2nd_name"]
)
def test_numbers_that_tell_fields_apart_are_none(name):
    assert numbers(name) == set()


def test_a_price_of_so_many_hours_is_borne_out_by_the_name_of_its_fact():
    facts = {"packages": {"package_20h": "1,390 €", "single_hour": "54 €"}}

    assert findings("The package of 20 hours is 1,390 €.", {"message": "What does it cost?"}, facts) == []


def lasting(answer, record, facts=None):
    reading = Reading(answer, Record(record, facts), None)
    reckoned = Reckoned(reading, Bearing(reading.record, {}, 100))
    return [reckoned.number(claim) for claim in reading.claims if claim.unit == "duration"]


def test_how_long_something_lasts_is_made_of_times_and_of_what_lasts_only():
    record = {"starts": "14:00", "ends": "16:30", "lesson": "45 minutes", "seats": 12, "rooms": 5}

    assert lasting("It lasts 2.5 hours.", record) == [IN_THE_RECORD]
    assert lasting("Four lessons take 3 hours.", record) == [BY_PERCENT]
    assert lasting("It takes 60 minutes.", record) == [NOWHERE]  # though 5 times 12 is 60
