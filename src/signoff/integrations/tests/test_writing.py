"""What is written as a file is read back as the same data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.integrations.file import read_text
from signoff.integrations.tests.conftest import FILE
from signoff.integrations.writing import as_file, clean, with_changes

TEXTS = st.text(max_size=60).map(clean)
LIKE_OTHERS = ("1e5", "0170", "9:00", "yes", "null", "~", "2027-01-01", "=")
SCALARS = st.one_of(TEXTS, st.integers(-(10**12), 10**12), st.booleans(), st.sampled_from(LIKE_OTHERS))
NAMES = TEXTS.filter(bool)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
DATA = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4).filter(lambda data: set(data) != {"facts"})


@given(DATA)
def test_data_survives_the_way_into_a_file_and_back(data):
    document = read_text(as_file(data))

    assert document.faults == []
    assert document.data == data


def test_a_file_keeps_its_meaning_and_its_order_when_written_again():
    data = read_text(FILE).data

    again = read_text(as_file(dict(reversed(data.items()))))

    assert again.data == data
    assert list(again.data) == ["name", "record", "prompt", "answer", "review", "then", "limits"]
    assert list(again.data["answer"]) == list(data["answer"])
    assert "  - At most 120 words." in again.text


@given(st.text(max_size=80))
def test_cleaned_text_can_stand_in_a_file(text):
    assert read_text(as_file({"name": clean(text)})).faults == []


def test_one_text_is_replaced_and_all_else_stays_comments_too():
    text = 'name: a   # mine\nprompt: {ai: x, model: gpt-4o}  # good\nthen:\n  - a.b: {model: "gpt-4o"}\n'

    after = with_changes(text, {("prompt", "model"): "gpt-6-luna"})

    assert after == text.replace("model: gpt-4o}", "model: gpt-6-luna}")


def test_what_is_not_there_yet_is_added_and_then_replaced():
    text = "name: a\nprompt:\n  model: gpt-4o"

    once = with_changes(text, {("versions", "crm"): "2026-03"})
    twice = with_changes(once, {("versions", "crm"): "2026-09"})

    assert once.startswith(f"{text}\nversions: {{crm: ")
    assert read_text(once).data["versions"] == {"crm": "2026-03"}
    assert read_text(twice).data["versions"] == {"crm": "2026-09"}
    assert twice.count("versions") == 1


@pytest.mark.parametrize(
    "text",
    [
        "{name: a, prompt: {model: x}}",
        "name: a\nprompt: {ai: b}\n",
        'name: a\nprompt:\n  model: "x: y # z"\n',
        "name: a\nprompt:\n  model: >-\n    x\n    y\n",
        "name: a\nversions: {other: v1}\nprompt: {model: x}\n",
    ],
)
def test_whatever_the_layout_the_change_is_all_that_changes(text):
    changes = {("prompt", "model"): "n: #1", ("versions", "crm"): "v2"}

    data = read_text(with_changes(text, changes)).data

    before = read_text(text).data
    assert data["prompt"] == before["prompt"] | {"model": "n: #1"}
    assert data["versions"] == before.get("versions", {}) | {"crm": "v2"}
    assert data["name"] == "a"
