from __future__ import annotations

import pytest

from signoff.cli.certificate import certificate, rate


def test_enough_clean_reviews_pass_and_need_no_more() -> None:
    found = certificate(74, 0, "5%")

    assert found["passes"]
    assert found["upper_bound"] == pytest.approx(0.049867394088, abs=1e-9)
    assert found["clean_reviews_needed"] == 0


def test_a_certificate_says_how_many_clean_reviews_are_missing() -> None:
    assert certificate(0, 0, 0.05) == {"upper_bound": 1.0, "passes": False, "clean_reviews_needed": 74}
    assert certificate(100, 3, "5 %")["clean_reviews_needed"] == 113


@pytest.mark.parametrize(
    ("text", "share"), [("5%", 0.05), ("5 %", 0.05), ("0.05", 0.05), (0.05, 0.05), ("0.5%", 0.005)]
)
def test_a_limit_may_be_percent_or_share(text: str | float, share: float) -> None:
    assert rate(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["5", "0", "-1%", "100%", "nan", "five", "", "5%%", "1e-9"])
def test_a_limit_that_could_be_read_two_ways_or_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write 5% or 0\.05"):
        rate(text)


def test_planted_drafts_widen_what_is_proven():
    without = certificate(100, 0, "5%")
    noticed = certificate(100, 0, "5%", planted=(8, 0))
    missed = certificate(100, 0, "5%", planted=(8, 4))

    assert without["passes"]
    assert noticed["passes"]
    assert not missed["passes"]
    assert missed["clean_reviews_needed"] > 0
    assert certificate(100, 0, "5%", planted=(0, 0))["clean_reviews_needed"] is None
    with pytest.raises(ValueError, match="planted"):
        certificate(100, 0, "5%", planted=(2, 3))
