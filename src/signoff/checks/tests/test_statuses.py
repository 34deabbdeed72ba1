"""What has become of an order of several parts."""

from __future__ import annotations

from signoff.checks.tests.readers import doubted


def texts(answer: str, record: object) -> list[str]:
    return [finding.text for finding in doubted(answer, record)]


ORDER = {
    "status": "paid",
    "fulfillment_status": "partial",
    "line_items": [{"title": "Chain", "fulfilled": True}, {"title": "Brake pads", "fulfilled": False}],
    "fulfillments": [{"status": "in_transit"}],
}


def test_a_part_may_be_waiting_while_another_is_on_its_way() -> None:
    assert texts("Your brake pads have not been shipped yet.", ORDER) == []
    assert texts("Your order has been completely shipped.", ORDER) == ["has been completely shipped"]


def test_an_empty_state_of_sending_is_not_sent() -> None:
    assert texts("Your order has been shipped.", {"order": 7, "fulfillment_status": None}) == [
        "has been shipped"
    ]
