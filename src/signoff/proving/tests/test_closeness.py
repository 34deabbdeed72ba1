"""How close an answer is to the approved one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.outputs.contract import Contract
from signoff.proving.closeness import alike, closeness, wrong_fields

CONTRACT = Contract.from_answer(
    {"body": "text", "intent": {"type": "choice", "options": ["hot", "cold"]}, "seats": {"type": "number"}}
)


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_share_lies_between_nothing_and_the_same(one, other):
    assert 0 <= alike(one, other) <= 1
    assert alike(one, one) == 1


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [("Hi Dana", "hi dana", 1), ("a b c d", "a b", 2 / 3), ("Hello", "", 0), ("one two", "three four", 0)],
)
def test_words_in_the_same_order_count(one, other, share):
    assert alike(one, other) == pytest.approx(share)


def test_only_texts_are_close_and_the_rest_is_right_or_wrong():
    approved = {"body": "Hi Dana", "intent": "hot", "seats": 8}

    assert closeness(CONTRACT, approved, {"body": "Hi Dana", "intent": "cold", "seats": 8}) == 1
    assert wrong_fields(CONTRACT, approved, {"body": "Hi Dana", "intent": "cold", "seats": 8}) == ["intent"]
    assert closeness(CONTRACT, {"intent": "hot"}, {"intent": "hot"}) is None
