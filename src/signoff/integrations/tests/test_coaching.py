"""The coach reads what an integration says."""

from __future__ import annotations

from pathlib import Path

import pytest

from signoff.integrations.coaching import asked_of
from signoff.integrations.definition import Definition
from signoff.integrations.file import read_text
from signoff.prompts.coach.remarks import remarks

EXAMPLES = sorted((Path(__file__).parents[4] / "examples").glob("*.yaml"))


def definition(text: str) -> Definition:
    return Definition.model_validate(read_text(text).data)


def test_a_field_that_only_the_filter_or_a_destination_uses_is_used(file):
    asked = asked_of(definition(file))

    assert {"email", "id", "lifecyclestage"} <= asked.used


def test_the_example_of_these_tests_is_clear(file):
    assert remarks(asked_of(definition(file))) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_our_own_examples_are_clear(path):
    data = read_text(path.read_text("utf-8")).data
    if "facts" in data:
        pytest.skip("company facts are no prompt")

    assert remarks(asked_of(Definition.model_validate(data))) == []
