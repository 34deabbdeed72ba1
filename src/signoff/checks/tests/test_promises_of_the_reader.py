"""What must hold for every record and every text, tried on many of them."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signoff.checks.findings import findings, to_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)
PIECES = st.sampled_from(
    [
        "12 dentists",
        "€4.180,00",
        "two days",
        "by Friday",
        "3 June 2025",
        "03/06/2025",
        "10:00-17:00",
        "9-17 Uhr",
        "no parking",
        "[Name]",
        "{{x}}",
        "Hi Dana,",
        "ß",
        "İ",
        "free delivery",
        "20 %",
        "#1042",
        "ORD-77-1",
        "+49 30 1234567",
        "a@b.de",
        "www.x.de/y",
        "zwölf",
        "treinta y dos",
        ", ",
        ". ",
        "\n",
        "is confirmed",
        "the 3rd floor",
        "\xa0",
        "🙂",
        "Mr Müller",
        "GmbH",
        "am 3. bis 7. Juni",
        "1.2k",
        "half",
        "24/7",
        "\r\n",
        "x3",
        "²",
        "١٢",
    ]
)
RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@RELAXED
@given(answer=st.text(max_size=200) | st.lists(PIECES, max_size=25).map(" ".join), record=JSON, facts=JSON)
def test_no_record_and_no_text_breaks_the_checks(answer: str, record: object, facts: object) -> None:
    for finding in findings(answer, record, facts):
        assert finding.text == answer[finding.start : finding.end]
        assert finding.text
        assert finding.kind in ("contradicts", "not in the record", "empty in the record", "promise")
        assert to_json(finding)["why"]


@RELAXED
@given(record=JSON)
def test_findings_do_not_overlap_and_come_in_order(record: object) -> None:
    answer = (
        "Hi Dana, 12 dentists by Friday for €4.180 with free delivery, parking and a 20% discount. [Name]"
    )

    found = findings(answer, record)

    assert all(one.end <= two.start for one, two in itertools.pairwise(found))


MONEY = ["{0} €", "€{0}", "EUR {0}", "{0} Euro", "{0}.00 EUR", "{0},00 €"]


@RELAXED
@given(
    counts=st.lists(st.integers(2, 900), min_size=3, max_size=3, unique=True),
    price=st.integers(2, 999),
    written=st.sampled_from(MONEY),
    day=st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 1, 1)),
    shape=st.sampled_from(["%d %B %Y", "%Y-%m-%d", "%A %d %B %Y", "%B %d, %Y", "%d.%m.%Y"]),
)
def test_an_answer_made_of_the_records_own_values_is_never_contradicted(
    counts: list[int], price: int, written: str, day: object, shape: str
) -> None:
    record = {
        "dentists": counts[0],
        "employees": counts[1],
        "rooms": counts[2],
        "price": price,
        "currency": "EUR",
    }
    record["check_in"] = day.isoformat()
    answer = (
        f"You have {counts[0]} dentists, {counts[1]} employees and {counts[2]} rooms. "
        f"The price is {written.format(price)}. Check-in is on {day.strftime(shape)}."
    )

    assert [f for f in findings(answer, record) if f.kind == "contradicts"] == []


@settings(max_examples=600, deadline=None)
@given(
    st.text("0123456789.,'-:/ €%xkmh", min_size=1, max_size=30),
    st.text("0123456789.,'-:/ €%xkmh", max_size=30),
)
def test_numbers_that_were_run_together_end_no_check(said, known):
    findings(f"It is {said} €.", {"price": known, f"rate_{known}": said})


@pytest.mark.parametrize(
    "number", ["-100 %", "-100", "0", "100 %", "-250 %", "9" * 400, "0." + "0" * 400 + "1"]
)
def test_numbers_at_the_edge_end_no_check(number):
    items = [{"qty": number, "price": "7 €"}] * 2

    for record in (
        {"discount_percent": -100, "price_eur": 90},
        {"discount": number, "of": 1e308, "items": items},
    ):
        findings(f"It is 40 € with {number} off.", record)
        findings(f"€{number} in all, 41.50 € then, 37 km, {number} minutes.", record, {"discount": number})
