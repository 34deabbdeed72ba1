from __future__ import annotations

import pytest

from signoff.core.counting import counted, of_them


@pytest.mark.parametrize(
    ("number", "words", "told"),
    [
        (0, ("record",), "0 records"),
        (1, ("record",), "1 record"),
        (2000, ("record",), "2,000 records"),
        (1, ("entry", "entries"), "1 entry"),
        (2, ("entry is", "entries are"), "2 entries are"),
    ],
)
def test_one_of_a_thing_is_told_as_one(number, words, told):
    assert counted(number, *words) == told


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (0, 20, "0 of 20 drafts were"),
        (1, 20, "1 of 20 drafts was"),
        (1, 1, "1 of 1 draft was"),
        (0, 1, "0 of 1 draft was"),
        (2, 2, "2 of 2 drafts were"),
    ],
)
def test_the_verb_goes_by_the_part_and_the_thing_by_the_whole(part, whole, told):
    assert of_them(part, whole, "draft") == told
