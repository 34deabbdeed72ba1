from __future__ import annotations

import pytest

from signoff.core.numbers import row_number


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("0", 0), ("9" * 18, 10**18 - 1)])
def test_what_is_the_number_of_a_row_is_read(text: str, number: int) -> None:
    assert row_number(text) == number


@pytest.mark.parametrize("text", [None, "", "-1", "1.5", " 7", "²", "seven", "9" * 19, "7:ab"])
def test_what_is_none_is_none(text: str | None) -> None:
    assert row_number(text) is None
