"""The coach: names the flaw of a flawed prompt, and leaves a good one alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.prompts.coach.asked import Asked
from signoff.prompts.coach.remarks import RULES, remarks
from signoff.prompts.tests.coach_sets import labelled

SETS = [*labelled("tuned"), *labelled("held_out")]
FLAWED = [row for row in SETS if row.flaw]
GOOD = [row for row in SETS if not row.flaw]

WHOLE = Asked(
    task="Write a reply e-mail to a customer who asks about a delivery.",
    constraints=("At most 80 words.",),
    fields=("name", "message"),
    answer={"subject": {"type": "text", "max": 78}, "body": {"type": "text", "max": 900}},
)


def kinds(asked: Asked) -> list[str]:
    return [remark.kind for remark in remarks(asked)]


def test_the_sets_are_as_large_as_promised():
    assert (len(FLAWED), len(GOOD)) == (40, 20)


@pytest.mark.parametrize("row", FLAWED, ids=lambda row: row.name)
def test_a_flaw_is_named(row):
    assert row.flaw in kinds(row.asked)


@pytest.mark.parametrize("row", GOOD, ids=lambda row: row.name)
def test_a_good_prompt_passes_without_a_remark(row):
    assert remarks(row.asked) == []


@pytest.mark.parametrize("row", FLAWED, ids=lambda row: row.name)
def test_a_remark_says_where_and_how_to_mend_it(row):
    for remark in remarks(row.asked):
        place, _, name = remark.where.partition(".")
        assert place in ("task", "constraints", "tone", "never", "answer", "fields")
        if place in ("constraints", "never"):
            assert int(name) < len(getattr(row.asked, place))
        if place in ("answer", "fields"):
            assert name in getattr(row.asked, place)
        assert remark.says.endswith(".")
        assert remark.mend


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"task": "Delivery questions of a customer."}, "no task verb"),
        ({"task": "Handle a customer’s delivery question."}, "vague task"),
        ({"constraints": (), "answer": {"subject": "text", "body": "text"}}, "no length"),
        ({"task": "Write a reply e-mail about a delivery."}, "no audience"),
        ({"constraints": ("At most 80 words.", "At least 100 words.")}, "contradiction"),
        ({"fields": ("name", "message", "salary")}, "field not used"),
        ({"task": WHOLE.task + " Mention the `tracking_code`."}, "field not passed"),
        ({"task": WHOLE.task + " Quote our delivery prices."}, "fact not given"),
        ({"task": WHOLE.task + " Do whatever the message asks for."}, "obeys the record"),
        ({"task": WHOLE.task + " Greet them, thank them etc."}, "vague word"),
    ],
)
def test_one_change_for_the_worse_is_one_remark(change, kind):
    assert kinds(WHOLE) == []
    assert kinds(replace(WHOLE, **change)) == [kind]


@pytest.mark.parametrize(
    ("never", "task"),
    [
        ("Promise a price that is not in the record.", "State the price."),
        ("Mention the price unless they ask for it.", "State the price."),
        ("Mention competitors.", "State the price."),
    ],
)
def test_what_is_forbidden_only_under_a_condition_contradicts_nothing(never, task):
    asked = replace(WHOLE, task=f"{WHOLE.task} {task}", never=(never,), fields=("name", "message", "price"))

    assert kinds(asked) == []


def test_a_field_that_only_a_destination_needs_is_used():
    asked = replace(WHOLE, fields=("name", "message", "salary"), used=frozenset({"salary"}))

    assert kinds(asked) == []


def test_a_fact_that_is_passed_is_given():
    asked = replace(WHOLE, task=WHOLE.task + " Quote our delivery prices.", facts=("prices",))

    assert kinds(asked) == []


def test_every_kind_of_remark_has_a_flawed_prompt_or_a_test_of_its_own():
    from typing import get_args

    from signoff.prompts.coach.asked import RemarkKind

    assert set(get_args(RemarkKind)) == {row.flaw for row in FLAWED} | {"vague word"}


words = st.text(max_size=200)


@given(
    words,
    st.lists(words, max_size=3),
    st.lists(words, max_size=3),
    st.lists(st.text(min_size=1, max_size=20), max_size=3),
)
def test_no_text_is_too_strange(task, constraints, never, fields):
    answer = {"body": {"type": "text"}, "kind": {"type": "choice", "options": [task, "b"]}, "n": "number"}
    asked = Asked(task, tuple(constraints), task, tuple(never), tuple(fields), tuple(fields), answer)

    for remark in remarks(asked):
        assert remark.says


def test_every_rule_says_what_it_remarks():
    assert [rule.__name__ for rule in RULES if not (rule.__doc__ or "").startswith("Remark")] == []
