"""A mistake made on purpose is one, in one place, and no check sees it."""

from __future__ import annotations

from random import Random

import pytest

from signoff.outputs.contract import Contract
from signoff.review.grading import grade
from signoff.review.mistakes import mistake
from signoff.runs.checking import findings_in

CONTRACT = Contract.from_answer(
    {
        "body": {"type": "text", "max": 400},
        "intent": {"type": "choice", "options": ["hot", "warm", "cold"]},
        "urgent": {"type": "yesno"},
    }
)
RECORD = {"firstname": "Ida", "company": "Nordlys", "product": "Team plan", "seats": "12", "table": "40"}
RIGHT = {
    "body": "Dear Ida, we can seat Nordlys. All 12 seats are included in the Team plan.",
    "intent": "warm",
    "urgent": False,
}


def is_marked(answer) -> bool:
    return bool(findings_in(answer, RECORD, {}))


@pytest.mark.parametrize("seed", range(40))
def test_a_mistake_is_an_error_in_one_place_that_no_check_marks(seed: int) -> None:
    assert not is_marked(RIGHT)

    made = mistake(RIGHT, RECORD, CONTRACT, is_marked, Random(seed))

    assert made is not None
    assert [name for name in RIGHT if made.answer[name] != RIGHT[name]] == [made.field]
    assert grade(RIGHT, made.answer).is_error
    assert grade(made.answer, RIGHT).is_error, "putting it right is noticing it"
    assert not is_marked(made.answer)
    assert made.was != made.now


def test_all_kinds_of_mistakes_are_made() -> None:
    made = [mistake(RIGHT, RECORD, CONTRACT, is_marked, Random(seed)) for seed in range(200)]

    assert {one.field for one in made if one} == {"body", "intent", "urgent"}
    assert len({(one.was, one.now) for one in made if one}) >= 5


def test_where_nothing_can_be_made_wrong_unseen_there_is_no_mistake() -> None:
    assert mistake(RIGHT, RECORD, CONTRACT, lambda answer: True, Random(1)) is None
    only_text = Contract.from_answer({"body": {"type": "text"}})
    assert mistake({"body": "Hello!"}, {}, only_text, is_marked, Random(1)) is None
