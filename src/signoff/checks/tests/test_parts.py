"""The parts of an answer: each says one thing, and together they hold every word."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.checks.parts import parts_of
from signoff.checks.reading import Reading
from signoff.checks.record import Record


def parts(text):
    return [text[part.start : part.end] for part in parts_of(Reading(text, Record({}), None))]


def test_a_sentence_is_cut_where_another_thing_is_said():
    found = parts("The room has a view of the lake, and breakfast is served until eleven. Parking is free.")

    assert found == [
        "The room has a view of the lake,",
        "and breakfast is served until eleven.",
        "Parking is free.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "We close the workshop at 18:40 on every working day.",
        "We look forward to seeing you on Friday, 12 June here.",
        "Das kostet zusammen 1.290,00 € und keinen Cent mehr.",
    ],
)
def test_a_value_is_not_cut(text):
    found = parts(text)

    assert any(value in part for part in found for value in ("18:40", "Friday, 12 June", "1.290,00 €"))


@given(
    st.lists(
        st.sampled_from(["We open at 9", ", and ", "so we", "; ", "\n", ". ", "(soon)", " – ", "é"])
    ).map("".join)
)
def test_no_word_is_left_out_and_none_stands_twice(text):
    found = parts_of(Reading(text, Record({}), None))

    assert all(one.end <= other.start for one, other in pairwise(found))
    assert re.findall(r"\w+", " ".join(text[p.start : p.end] for p in found)) == re.findall(r"\w+", text)
