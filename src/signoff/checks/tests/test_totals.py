"""An amount that is the record's, given for another one."""

from __future__ import annotations

import pytest

from signoff.checks.tests.readers import doubted


def texts(answer: str, record: object) -> list[str]:
    return [finding.text for finding in doubted(answer, record)]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("With delivery it is £50.00.", ["£50.00"]),
        ("Your goods are £50.00, with delivery £56.00.", []),
        ("You still have to pay £20.00: the balance is £20.00.", ["£20.00", "£20.00"]),
        ("You have paid £20.00, and the balance is £36.00.", []),
    ],
)
def test_an_amount_of_the_record_is_not_right_for_another_total(answer: str, wrong: list[str]) -> None:
    record = {"subtotal": "50.00", "shipping": "6.00", "total": "56.00", "paid": "20.00", "currency": "GBP"}

    assert texts(answer, record) == wrong
