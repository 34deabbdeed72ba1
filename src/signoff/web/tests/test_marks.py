"""What the button beside a mark offers: the record's own value, where it can stand in the claim's place."""

from __future__ import annotations

import pytest

from signoff.web.marks import Claim


@pytest.mark.parametrize(
    ("text", "record_value", "offer"),
    [
        ("12 dentists", "8", "8"),
        ("$99 a month", "$149 a month", "$149 a month"),
        ("Friday", "Thursday", "Thursday"),
        ("10:00", "9:00 to 17:00", ""),
        ("There is parking", "no", ""),
        ("a third of it", "8", ""),
        ("we have moved your appointment to the new branch", "Main Street", ""),
        ("8 dentists", "8", ""),
    ],
)
def test_a_value_is_offered_only_where_it_would_fit(text, record_value, offer):
    assert Claim(1, "", 0, len(text), text, "", record_value).offer == offer
