"""Offers and deadlines, and what only looks like one."""

from __future__ import annotations

import pytest

from signoff.checks.tests.readers import doubted


def texts(answer: str, record: object, facts: object = None) -> list[str]:
    return [finding.text for finding in doubted(answer, record, facts)]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("If you sign this month we will waive the setup fee.", "waive the setup fee"),
        ("We will take the delivery charge off your bill.", "take the delivery charge off your bill"),
        ("I can hold it for you until the weekend.", "hold it for you until the weekend"),
        ("Ich reserviere Ihnen den Tisch bis Freitag.", "reserviere Ihnen den Tisch bis Freitag"),
        ("Os espera una botella, cortesía de la casa.", "cortesía de la casa"),
        ("Ana te llamará mañana por la tarde.", "mañana por la tarde"),
        ("We will have this solved by the weekend.", "by the weekend"),
        ("Le café vous est offert par la maison.", "offert par la maison"),
    ],
)
def test_an_offer_in_other_words_is_an_offer(answer: str, wrong: str) -> None:
    found = texts(answer, {"name": "Dana"})

    assert len(found) == 1
    assert wrong in found[0]


def test_what_somebody_does_today_is_no_deadline() -> None:
    answer = "We can import them from DentaFile, which you use today."

    assert texts(answer, {"software": "DentaFile"}) == []


def test_a_date_that_a_customer_wished_for_is_no_excuse_for_a_sure_promise() -> None:
    record = {"message": "Ich fahre am 11. April in den Urlaub."}

    assert texts("Die Teile kommen auf jeden Fall vor dem 11. April.", record) != []
    assert texts("Sie fahren am 11. April in den Urlaub.", record) == []


def test_what_has_a_price_is_not_free() -> None:
    found = doubted("Das Aufmaß ist kostenlos.", {"name": "Oberhuber"}, {"aufmass_pauschale": "89 €"})

    assert [(f.kind, f.field) for f in found] == [("contradicts", "aufmass_pauschale")]


def test_a_discount_of_nothing_on_this_order_does_not_make_the_next_one_a_contradiction() -> None:
    found = doubted("You get a 10% discount.", {"discount_total": "0.00", "currency": "EUR"})

    assert [f.kind for f in found] == ["promise"]
