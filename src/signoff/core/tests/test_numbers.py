from __future__ import annotations

from pathlib import Path

import pytest

from signoff.core.numbers import row_number


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("0", 0), ("9" * 18, 10**18 - 1)])
def test_what_is_the_number_of_a_row_is_read(text: str, number: int) -> None:
    assert row_number(text) == number


@pytest.mark.parametrize("text", [None, "", "-1", "1.5", " 7", "²", "seven", "9" * 19, "7:ab"])
def test_what_is_none_is_none(text: str | None) -> None:
    assert row_number(text) is None


def test_no_number_is_longer_than_what_it_counts() -> None:
    assert (row_number("12345", 5), row_number("123456", 5)) == (12345, None)


def test_no_page_reads_a_number_of_a_row_by_itself() -> None:
    rooms = [Path(__file__).parents[2] / room for room in ("web", "review", "runs", "engine")]
    files = [file for room in rooms for file in room.rglob("*.py") if "tests" not in file.parts]

    assert len(files) > 100
    assert [file.name for file in files if ".isdecimal()" in file.read_text()] == []
