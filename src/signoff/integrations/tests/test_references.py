"""References: what is looked up, and what is left when there is nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.integrations.references import Missing, Reference, misread, references, render

RECORD = {
    "email": "dana@example.test",
    "seats": 8,
    "address": {"city": "Bath"},
    "a.b": "dotted",
    "tags": ["x", "y"],
    "none": None,
}
ANSWER = {
    "body": "Hello {record.email}",
    "ok": True,
    "rows": [{"price": 5}],
    "order": [{"what": "Tea", "count": 2}, {"what": "Cake", "count": None}],
    "kilos": 5.0,
    "price": 12.5,
}


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        ("record.email", "dana@example.test"),
        (" record.email ", "dana@example.test"),
        ("record.seats", 8),
        ("record.address", {"city": "Bath"}),
        ("record.address.city", "Bath"),
        ("record.a.b", "dotted"),
        ("record.tags.1", "y"),
        ("answer.ok", True),
        ("answer.rows.0.price", 5),
        ("answer.nothing", None),
        ("To {record.email}: {answer.ok}", "To dana@example.test: yes"),
        ("{ record.seats } seats{record.none}", "8 seats"),
        ("{record.tags}", "x, y"),
        ("{answer.rows}", "price: 5"),
        ("Order:\n{answer.order}", "Order:\nwhat: Tea, count: 2\nwhat: Cake"),
        ("{answer.kilos} kg, {answer.price} EUR", "5 kg, 12.5 EUR"),
        ("plain text", "plain text"),
        ("{answer.body}!", "Hello {record.email}!"),
        (
            {"email": "record.email", "list": ["answer.ok", 3]},
            {"email": "dana@example.test", "list": [True, 3]},
        ),
        (7, 7),
    ],
)
def test_a_value_is_rendered(value, becomes):
    assert render(value, RECORD, ANSWER) == becomes


def test_what_the_ai_writes_is_never_a_reference_itself():
    assert (
        render("answer.body", RECORD, {"body": "{record.email} record.email"})
        == "{record.email} record.email"
    )


@pytest.mark.parametrize("value", ["record.phone", "record.none", "record.email.x", "record.tags.9"])
def test_a_reference_to_nothing_names_itself(value):
    with pytest.raises(Missing) as caught:
        render(value, RECORD, ANSWER)

    assert str(caught.value.reference) == value
    assert "dana" not in str(caught.value)


def test_every_reference_is_found_however_deep():
    value = {"a": ["record.x", {"b": "{answer.y} and {record.z.0}"}], "c": "text"}

    found = set(references(value))

    assert found == {Reference("record", "x"), Reference("answer", "y"), Reference("record", "z.0")}


@pytest.mark.parametrize(
    "value", ["records.email", "Record.email", "answer", "ANSWER.body", "Hi {name}", {"a": ["{ email }"]}]
)
def test_what_may_have_been_meant_as_a_reference_is_told(value):
    assert list(misread(value))


@pytest.mark.parametrize(
    "value", ["record.email", "{answer.body}", "The answer is here.", "{}", "a {b c}", "recorded", 5, None]
)
def test_plain_texts_and_good_references_are_left_alone(value):
    assert not list(misread(value))


NAMES = st.sampled_from(["body", "intent", "x"])


@given(
    st.lists(
        st.sampled_from(["answer.", "record.", "{", "}", " ", "x", "body", "\n", "{answer.body}"]), max_size=8
    )
)
def test_where_no_reference_to_the_answer_is_found_none_is_rendered(parts):
    text = "".join(parts)
    marked = {"body": "MARKED", "x": "MARKED", "xbody": "MARKED", "bodybody": "MARKED"}

    if not any(reference.source == "answer" for reference in references(text)):
        try:
            shown = str(render(text, {}, marked))
        except Missing:
            shown = ""
        assert "MARKED" not in shown
