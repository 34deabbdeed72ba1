"""A text is held to the room that its destinations leave, by what the apps say of their own fields."""

from __future__ import annotations

import pytest

from signoff.integrations import offers
from signoff.integrations.apply import apply
from signoff.integrations.definition import read_definition
from signoff.integrations.difference import differences
from signoff.integrations.file import read_text
from signoff.integrations.lengths import Room, rooms
from signoff.integrations.models import Integration
from signoff.outputs.judge import Accepted, Faulty, judge

pytestmark = pytest.mark.django_db

FILE = """\
name: sum-up
record: {{when: webhook}}
prompt: {{ai: openai-main, model: gpt-4o, task: Sum the message up.}}
answer:
  note: {block}
then:
  - hubspot-main.set_property: {{contact: {{email: record.email}}, property: {property}, value: {value}}}
"""


@pytest.fixture(autouse=True)
def _asked_anew(connected):
    offers.forget()
    yield
    offers.forget()


@pytest.fixture
def capped(practice):
    """A field of the practice HubSpot for whose length an administrator made a rule, and that length."""
    rule = {"object": "contacts", "property": "jobtitle"}
    practice.control("hubspot", limit_length={**rule, "most": 120})
    yield "jobtitle", 120
    practice.control("hubspot", limit_length={**rule, "most": 0})


def put(block, property, value="answer.note"):
    result = apply([read_text(FILE.format(block=block, property=property, value=value))])
    assert not result.faults, result.faults
    return result.applied[0], read_definition(Integration.objects.get().current)


def test_more_than_the_field_takes_is_told_when_it_is_applied_and_refused_when_it_is_judged(capped):
    name, most = capped

    applied, (definition, contract) = put(f"{{type: text, max: {most + 50}}}", name)

    assert f"has room for {most:,}" in applied.notes[0]
    assert definition.lengths == {"note": most}
    assert isinstance(judge(contract, f'{{"note": "{"x" * most}"}}'), Accepted)
    assert isinstance(judge(contract, f'{{"note": "{"x" * (most + 1)}"}}'), Faulty)
    assert f"at most {most:,} characters" in contract.describe()


def test_a_text_without_a_limit_is_held_to_the_field_and_one_that_fits_is_left_alone(capped):
    name, most = capped

    applied, (definition, _contract) = put("text", name)
    assert (applied.notes, definition.lengths) == ((), {"note": most})

    _applied, (shorter, _contract) = put(f"{{type: text, max: {most}}}", name)
    assert shorter.lengths == {}
    assert any("room for as much as the file says" in one for one in differences(definition, shorter))


def test_the_words_around_a_text_take_of_its_room(capped):
    name, most = capped

    _applied, (definition, _contract) = put("text", name, '"Note: {answer.note}!"')

    assert definition.lengths == {"note": most - 7}


def test_the_tightest_of_several_places_counts(capped):
    name, most = capped
    steps = [
        ("hubspot-main", "update_contact", {"properties": {name: "answer.note"}}),
        ("gmail-sales", "create_draft", {"subject": "answer.note", "body": "answer.note"}),
        ("nobody", "nothing", {"body": "answer.note"}),
    ]

    assert rooms({"note": "text"}, steps)["note"].most == min(most, 998)
    assert rooms({"note": "text"}, steps[1:]) == {
        "note": Room(998, "`subject` of `gmail-sales.create_draft`")
    }
    assert rooms({"note": {"type": "choice"}}, steps) == {}


def test_room_for_more_than_any_draft_is_no_limit():
    steps = [("hubspot-main", "add_note", {"body": "answer.note"})]

    assert rooms({"note": "text"}, steps) == {}
    assert rooms({"note": {"type": "text", "max": 70_000}}, steps)["note"].most == 60_000
