"""Company facts that hold from one day until another."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.prompts.facts import Statement, as_data, from_data, in_force, read_statements
from signoff.prompts.models import Fact, FactVersion
from signoff.prompts.stating import changed, facts_on, state

NEW_YEAR = date(2027, 1, 1)
BEFORE = {"text": {"Team": "$149 a month"}, "until": "2026-12-31"}
AFTER = {"text": {"Team": "$159 a month"}, "from": "2027-01-01"}
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def test_the_old_price_ends_the_day_before_the_new_one():
    prices = read_statements([BEFORE, AFTER])

    assert in_force(prices, NEW_YEAR - timedelta(days=1)) == "Team: $149 a month"
    assert in_force(prices, NEW_YEAR) == "Team: $159 a month"


def test_what_ended_is_not_said():
    assert in_force(read_statements(BEFORE), NEW_YEAR) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Mon to Fri", "Mon to Fri"),
        ({"Starter": "$49", "Team": "$149"}, "Starter: $49\nTeam: $149"),
        (["one", "two"], "one\ntwo"),
        ({"text": "a table with a row called text"}, "text: a table with a row called text"),
        ({"from": "Berlin", "until": "Munich"}, "from: Berlin\nuntil: Munich"),
    ],
)
def test_without_dates_it_holds_always(value, text):
    assert read_statements(value) == (Statement(text),)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "is empty"),
        ({"text": "x", "until": "31.12.2026"}, "where a day belongs"),
        ({"text": "x", "from": "2027-02-01", "until": "2027-01-01"}, "ends"),
        ([BEFORE, {"text": "y", "from": "2026-12-31"}], "two things on 31 December 2026"),
        (
            [{"text": "x", "until": "2026-01-01"}, {"text": "y", "until": "2027-01-01"}],
            "two things at the beginning",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(value, words):
    with pytest.raises(ValueError, match=words):
        read_statements(value)


@given(st.lists(st.tuples(days, days), max_size=5), days)
def test_at_most_one_text_holds_on_a_day(spans, day):
    entries = [{"text": str(n), "from": str(a), "until": str(b)} for n, (a, b) in enumerate(spans)] or "x"
    try:
        statements = read_statements(entries)
    except ValueError:
        return

    assert len([one for one in statements if one.holds(day)]) <= 1
    assert from_data(as_data(statements)) == statements


@pytest.mark.django_db
class TestStating:
    def test_each_change_is_a_version_and_none_is_forgotten(self):
        assert state("prices", read_statements("$1"), None)
        assert not state("prices", read_statements("$1"), None)
        assert state("prices", read_statements("$2"), None)

        assert [v.statements for v in FactVersion.objects.order_by("number")] == [
            [{"text": "$1"}],
            [{"text": "$2"}],
        ]
        assert Fact.objects.get().number == 2

    def test_only_what_holds_today_is_told(self):
        state("prices", read_statements([BEFORE, AFTER]), None)
        state("offer", read_statements({"text": "10% off", "until": "2026-12-31"}), None)

        assert facts_on(["prices", "offer"], NEW_YEAR) == {"prices": "Team: $159 a month"}

    def test_what_changed_since_is_named(self):
        state("prices", read_statements("$2"), None)
        state("hours", read_statements("9 to 5"), None)

        assert changed({"prices": "$1", "hours": "9 to 5", "gone": "x"}) == ["prices", "gone"]
