"""Conditions as they are written on a command line."""

from __future__ import annotations

import pytest

from signoff.proving.conditions import read_condition
from signoff.proving.figures import Figures


def found(**more):
    values = {
        "cases": 20, "errors": 1, "unfit": 0, "flagged": 1, "wrong": 0, "repeated": 0, "failed": 0, "open": 0,
        "closeness": 0.8, "cost_micros": 40_000, "seconds": 2.0,
    }  # fmt: skip
    return Figures(**{**values, **more})


@pytest.mark.parametrize(
    ("written", "holds"),
    [
        ("error>5%", False), ("error>=5%", True), ("error>4%", True), ("error > 0.04", True), ("flagged>10%", False),
        ("closeness<80%", False), ("closeness<81%", True), ("cost>0.001", True),
        ("cost>0.002", False), ("seconds>1.5", True),
    ],
)  # fmt: skip
def test_a_condition_is_held_to_the_figures(written, holds):
    assert read_condition(written).holds(found()) is holds


def test_where_nothing_was_counted_nothing_passes():
    assert read_condition("error>5%").holds(found(cases=0))
    assert read_condition("closeness<10%").holds(found(closeness=None))


@pytest.mark.parametrize(
    "written", ["", "error", "error>", "errors>5%", "error>5% or so", "error>150%", "cost>5%", ">5%"]
)
def test_what_is_no_condition_is_told(written):
    with pytest.raises(ValueError, match=r"error>5%|share"):
        read_condition(written)
