"""What an edit is taken for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.review.grading import grade

BODY = (
    "Hi Dana,\n\nThank you for joining the demo on Tuesday. You mentioned that your 12 dentists still book by phone, "
    "and that you would like reminders to go out the day before.\n\nThe Practice plan costs $129 a month. Shall we "
    "find a time for a short call?\n\nBest,\nPriya"
)
DRAFT = {"subject": "Following up", "body": BODY, "intent": "hot", "seats": 12}


def edited(before: str, after: str) -> dict[str, object]:
    assert before in BODY
    return {**DRAFT, "body": BODY.replace(before, after)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Thank you for", "Thanks a lot for"),
        ("Hi Dana", "Dear Dana"),
        ("Shall we find a time for a short call?", "Would you have a moment for a quick call?"),
        ("$129 a month", "129 USD per month"),
        ("Best,\nPriya", "Kind regards,\nPriya"),
        ("You mentioned", "You told us"),
        (" Shall we find a time for a short call?", ""),
    ],
)
def test_other_words_for_the_same_are_no_error(before: str, after: str) -> None:
    found = grade(DRAFT, edited(before, after))

    assert not found.is_error, found
    assert [one.kind for one in found.changed] == ["wording"]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("Hi Dana", "Hi Tom", "recipient"),
        ("12 dentists", "8 dentists", "fact"),
        ("on Tuesday", "on Wednesday", "fact"),
        ("$129", "$149", "amount"),
        ("$129 a month", "$129 a year", "amount"),
        (" The Practice plan costs $129 a month.", "", "amount"),
        ("Shall we", "You get a free trial. Shall we", "promise"),
        ("still book", "do not book", "fact"),
        ("Best,", "Write to sales@whitfield.example. Best,", "recipient"),
    ],
)
def test_another_fact_recipient_amount_or_promise_is_an_error(before: str, after: str, kind: str) -> None:
    content = edited(before.strip(), after.strip()) if before not in BODY else edited(before, after)
    found = grade(DRAFT, content)

    assert found.is_error
    assert kind in [one.kind for one in found.changed], found


@pytest.mark.parametrize(("name", "value"), [("intent", "cold"), ("seats", 13), ("seats", None)])
def test_another_choice_or_number_is_an_error(name: str, value: object) -> None:
    assert [tuple(one) for one in grade(DRAFT, {**DRAFT, name: value}).changed] == [("choice", name)]


def test_what_was_written_anew_is_an_error() -> None:
    body = "We have read your message twice and would rather talk about it in person, whenever that suits you best."

    assert "rewritten" in [one.kind for one in grade(DRAFT, {**DRAFT, "body": body}).changed]


def test_a_fact_that_moved_to_another_field_is_no_error() -> None:
    before = {"subject": "Your demo on Tuesday", "body": BODY}

    assert not grade(before, {"subject": "Your demo", "body": BODY}).is_error


def test_sentences_in_a_list_are_read_like_any_text() -> None:
    rows = {"rows": [{"item": "Starter", "note": "Costs $49 a month for you"}]}
    reworded = {"rows": [{"item": "Starter", "note": "It costs you $49 a month"}]}
    dearer = {"rows": [{"item": "Starter", "note": "Costs $59 a month for you"}]}

    assert not grade(rows, reworded).is_error
    assert grade(rows, dearer).is_error
    assert grade(rows, {"rows": [{"item": "Practice", "note": "Costs $49 a month for you"}]}).is_error


def test_what_is_kept_of_an_edit_holds_no_word_of_it() -> None:
    kept = grade(DRAFT, edited("Hi Dana", "Hi Marguerite")).changed

    assert "Marguerite" not in str(kept)
    assert "Dana" not in str(kept)


WORDS = st.lists(
    st.sampled_from(["we", "Dana", "$40", "not", "Monday", "8", "call", "free", "a", "10 %"]), max_size=9
)


@given(WORDS, WORDS)
def test_a_grade_is_the_same_in_both_directions_and_none_for_no_change(
    one: list[str], other: list[str]
) -> None:
    before, after = {"body": " ".join(one)}, {"body": " ".join(other)}

    assert grade(before, before).changed == ()
    assert grade(before, after).is_error == grade(after, before).is_error


@given(st.integers(1, 9999), st.integers(1, 9999))
def test_another_amount_is_always_an_error(before: int, after: int) -> None:
    text = "Thank you for your message. The plan that we talked about costs ${} a month."
    found = grade({"body": text.format(before)}, {"body": text.format(after)})

    assert found.is_error == (before != after)


def test_an_edit_of_a_text_too_long_to_be_read_counts_as_an_error() -> None:
    long = "We ship it from the house. " * 5000

    assert grade({"body": long}, {"body": long.replace("We ship", "We send", 1)}).is_error
    assert grade({"body": long}, {"body": long}).changed == ()
