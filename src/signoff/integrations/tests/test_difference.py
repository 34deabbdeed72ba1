"""The difference between two versions, in sentences: nothing is left out, and nothing is made up."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.integrations.definition import Definition
from signoff.integrations.difference import differences, prompt_differences
from signoff.integrations.file import read_text
from signoff.prompts.build import Brief, build

DATA = {
    "name": "follow-up",
    "record": {"from": "hubspot-main", "when": "contact_created", "only_if": {"stage": "lead"}, "fields": ["a", "b"]},
    "prompt": {
        "ai": "openai-main", "model": "gpt-4o",
        "task": "Write a reply. Offer a call.",
        "constraints": ["At most 80 words."], "tone": "friendly",
        "never": ["Promise a price."], "facts": ["prices"], "examples": 2,
    },
    "answer": {"subject": {"type": "text", "max": 78}, "intent": {"type": "choice", "options": ["hot", "cold"]}},
    "review": {"by": ["sales"], "autopilot": {"error_below": "5%"}},
    "then": [{"gmail-sales.create_draft": {"to": "record.a", "subject": "answer.subject"}}],
    "limits": {"per_day": 20},
}  # fmt: skip


def definition(**changes):
    data = copy.deepcopy(DATA)
    for path, value in changes.items():
        *way, last = path.split("__")
        here = data
        for part in way:
            here = here[int(part)] if isinstance(here, list) else here[part]
        here[int(last) if isinstance(here, list) else last] = value
    return Definition.model_validate(data)


CHANGES = [
    ({"record__from": "hubspot-2"}, "Where records come from is now “hubspot-2”; before it was “hubspot-main”."),
    ({"record__when": "contact_changed"}, "What starts it is now “contact_changed”"),
    ({"record__schedule": "0 9 * * 1-5"}, "The schedule is now “0 9 * * 1-5”; before there was none."),
    ({"record__only_if": {}}, "The filter: “stage” is gone; it was “lead”."),
    ({"record__fields": ["a", "c"]}, "New as a field of the record that the AI sees: c."),
    ({"record__fields": []}, "The AI now sees every field of the record."),
    ({"prompt__model": "gpt-4o-mini"}, "The AI model is now “gpt-4o-mini”; before it was “gpt-4o”."),
    ({"prompt__task": "Write a reply. Offer a visit."}, "The task now says “Offer a visit.”"),
    ({"prompt__task": "Write a reply.  Offer a call."}, "Only spaces and line breaks have changed."),
    ({"prompt__constraints": ["At most 90 words."]}, "The rule “At most 80 words.” is gone."),
    ({"prompt__never": []}, "The “never” “Promise a price.” is gone."),
    ({"prompt__tone": ""}, "The tone is gone; it was “friendly”."),
    ({"prompt__facts": ["prices", "hours"]}, "New as a company fact that the AI is told: hours."),
    ({"prompt__examples": 0}, "The number of examples is now 0; before it was 2."),
    ({"answer__subject": {"type": "text", "max": 60}}, "“max” of the answer’s “subject” is now 60; before it was 78."),
    ({"answer__body": "text"}, "New as a field of the answer: body."),
    ({"answer__intent__options": ["hot", "warm"]}, "“options” of the answer’s “intent” is now “hot”, “warm”"),
    ({"review__by": []}, "The review: “by” is gone; it was “sales”."),
    ({"review": "none"}, "The review: “review” is now “none”; before there was none."),
    ({"then__0": {"gmail-sales.send": {}}}, "New as a place the answer goes to: gmail-sales.send."),
    ({"then__0": {"gmail-sales.create_draft": {"to": "record.b", "subject": "answer.subject"}}},
     "What goes to gmail-sales.create_draft: “to” is now “record.b”; before it was “record.a”."),
    ({"limits__per_day": 10}, "The limits: “per_day” is now 10; before it was 20."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), CHANGES)
def test_a_change_is_said_in_a_sentence(change, sentence):
    assert any(said.startswith(sentence) for said in differences(definition(), definition(**change)))


@given(st.lists(st.sampled_from([change for change, _ in CHANGES]), max_size=4))
def test_something_is_said_exactly_when_something_changed(changes):
    merged = {path: value for change in changes for path, value in change.items()}
    try:
        after = definition(**merged)
    except (KeyError, TypeError, IndexError):
        return  # two changes of the same part that do not go together

    assert bool(differences(definition(), after)) == (definition().hash() != after.hash())


def test_equal_versions_differ_in_nothing(file):
    one = Definition.model_validate(read_text(file).data)

    assert differences(one, one) == []


def test_what_stayed_of_the_task_is_not_told_again():
    said = differences(definition(), definition(prompt__task="Write a reply. Offer a visit."))

    assert said == ["The task no longer says “Offer a call.”.", "The task now says “Offer a visit.”."]


def test_prompts_that_were_used_are_compared_with_the_facts_in_them():
    before, after = (
        build(Brief("gpt-4o", "Write.", "- body"), {}, {"prices": f"Team: {price}\nSolo: $9"}).parts
        for price in ("$149", "$159")
    )

    assert prompt_differences(before, after) == [
        "The company fact “prices” no longer says “Team: $149”.",
        "The company fact “prices” now says “Team: $159”.",
    ]
    assert prompt_differences(before, before) == []


def test_what_a_server_is_asked_is_told():
    asked = {"known": {"from": "desk.look_up", "with": {"company": "record.company"}}}

    assert differences(definition(), definition(context=asked)) == [
        "What is asked about a record: “known” is now “desk.look_up company: record.company”; before there was none."
    ]
