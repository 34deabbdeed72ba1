"""A field that is too narrow for an answer is known from its description and the answer's form alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.connectors.base import Choice, Field
from signoff.integrations.narrower import choices_in, letters, narrow
from signoff.integrations.references import render
from signoff.integrations.written import Written
from signoff.outputs.contract import Contract

CONTRACT = Contract.from_answer(
    {
        "subject": {"type": "text", "max": 78},
        "body": "text",
        "kind": {"type": "choice", "options": ["hot", "cold"]},
        "tags": {"type": "choices", "options": ["a", "b"]},
    }
)


def field(**more):
    return {"f": Field("f", "Field", more.pop("type", "text"), **more)}


def choices(*values, type="choice"):
    return field(type=type, choices=tuple(Choice(one, one.title()) for one in values))


@pytest.mark.parametrize(
    ("fields", "value", "gone", "most"),
    [
        (field(max_length=78), "answer.subject", (), None),
        (field(max_length=77), "answer.subject", (), 77),
        (field(max_length=81), "Re: {answer.subject}", (), 81),
        (field(max_length=82), "Re: {answer.subject}", (), None),
        (field(max_length=500), "answer.body", (), 500),
        (field(max_length=65_536), "answer.body", (), None),
        (field(max_length=2), "record.name", (), None),
        (field(max_length=2), "answer.kind", (), None),  # of choices an app has its own
        (field(), "answer.body", (), None),
        (choices("hot", "cold", "warm"), "answer.kind", (), None),
        (choices("warm", "cold"), "answer.kind", ("hot",), None),
        (choices("a", type="choices"), "answer.tags", ("b",), None),
        (choices("warm"), "record.kind", (), None),
        (choices("warm"), "It is {answer.kind}", (), None),
        (field(type="choice"), "answer.kind", (), None),  # an app that does not tell its choices
        ({}, "answer.kind", (), None),
    ],
)
def test_what_is_too_narrow_is_told(fields, value, gone, most):
    found = narrow(Written("crm", "deal", "f", value, ()), fields, CONTRACT)

    assert (found.gone, found.most) == (gone, most) if gone or most else found is None


@given(
    st.lists(st.sampled_from(["Re: ", "{answer.a}", "{answer.b}", "{record.c}", "…"]), max_size=5).map(
        "".join
    ),
    st.text(max_size=20),
    st.text(max_size=20),
    st.text(max_size=20),
)
def test_never_are_more_characters_counted_than_are_written(value, a, b, c):
    answer = {"a": a, "b": b}

    assert letters(value, answer) <= len(render(value, {"c": c}, answer))


def test_several_choices_are_each_taken():
    assert choices_in("answer.tags", {"tags": ["a", "b"]}) == {"a", "b"}
    assert choices_in("answer.kind", {"kind": None}) == set()
    assert choices_in("as {answer.kind}", {"kind": "hot"}) == set()
