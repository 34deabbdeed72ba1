"""`drafts: handed in`: an integration that asks no AI."""

from __future__ import annotations

import pytest
import yaml

from signoff.integrations.apply import apply
from signoff.integrations.coaching import remarks_on
from signoff.integrations.definition import AskedPart, Definition, read_definition
from signoff.integrations.difference import differences
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.integrations.usage import ai_of, models_asked_by, why_not_yet
from signoff.integrations.writing import as_file

GIVEN = """\
name: sign-off-replies
drafts: handed in
answer: {body: {type: text, max: 500}}
then: reply
"""


def given(**more):
    return Definition.model_validate(yaml.safe_load(GIVEN) | more)


def faults_of(text):
    return {(one.line, one.what) for one in apply([read_text(text)], dry_run=True).faults}


def test_four_lines_are_a_whole_file_and_need_no_connection(db):
    result = apply([read_text(GIVEN)])

    assert not result.faults
    definition = read_definition(Integration.objects.get().current)[0]
    assert definition.asked is None
    assert definition.record.when == "webhook"
    assert definition.connections() == set()
    assert ai_of(definition) is None
    assert why_not_yet(definition) == []
    assert remarks_on(definition) == []


def test_no_address_is_told_because_no_record_can_be_sent_to_it(db):
    one = apply([read_text(GIVEN)]).applied[0]

    assert one.webhook_url is None
    assert not one.takes_records


def test_a_file_without_the_word_still_needs_an_ai_and_says_so(db):
    without = GIVEN.replace("drafts: handed in\n", "record: {when: webhook}\nprompt: {facts: []}\n")

    assert faults_of(without) == {
        (3, "`prompt.ai` is missing."),
        (3, "`prompt.model` is missing."),
        (3, "`prompt.task` is missing."),
    }


def test_another_word_is_refused_at_its_line_and_nothing_else_is_blamed(db):
    assert faults_of(GIVEN.replace("handed in", "by hand")) == {(2, "`drafts` must be 'handed in'.")}


def test_what_is_said_to_an_ai_may_stay_in_the_file_and_is_noted_as_unused(db):
    words = "prompt: {ai: openai-main, model: gpt-4o, task: Answer it., examples: 3}\n"
    result = apply([read_text(GIVEN + words)])

    assert not result.faults  # there is no connection openai-main, and none is needed
    assert result.applied[0].notes == (
        "The drafts are handed in, so no AI is asked. What stands under `prompt` for one is left unused: `ai`, "
        "`model`, `task`, `examples`.",
    )
    definition = read_definition(Integration.objects.get().current)[0]
    assert (definition.prompt.ai, definition.prompt.model, definition.prompt.task) == (None, None, "")
    assert definition.prompt.examples == 0


def test_words_for_nobody_make_no_other_version(db):
    assert given().hash() == given(prompt={"ai": "openai-main", "model": "gpt-4o", "task": "Answer."}).hash()
    assert given().hash() != given(prompt={"facts": ["prices"]}).hash()


def test_facts_and_pictures_hold_without_an_ai(db):
    definition = given(prompt={"facts": ["prices"], "pictures": ["card"]})

    assert definition.prompt.facts == ("prices",)
    assert definition.prompt.pictures == ("card",)
    assert faults_of(GIVEN + "prompt: {facts: [prices]}\n") == {
        (
            5,
            "No company fact is named `prices`. State it under Settings, Company facts, or in a file that is "
            "applied too: `facts: {prices: …}`.",
        )
    }


@pytest.mark.parametrize(
    ("more", "line", "begins"),
    [
        ("record: {when: upload}", 5, "`when` cannot be used with `drafts: handed in`"),
        ('record: {schedule: "0 9 * * 1"}', 5, "`schedule` cannot be used with `drafts: handed in`"),
        ("record: {when: webhook, signed: static}", 5, "`signed` is for records that come to an address"),
        ("review: {autopilot: {error_below: 5%}}", 5, "`autopilot` cannot be used with `drafts: handed in`"),
        ("limits: {may_take: 24h}", 5, "`may_take` lets an AI take its time"),
        ("checks: {second_opinion: {model: gpt-4o}}", 5, "`second_opinion` needs `ai`"),
    ],
)
def test_what_would_never_come_about_is_refused_with_what_to_do(db, more, line, begins):
    found = faults_of(GIVEN + more + "\n")

    assert len(found) == 1
    at, what = found.pop()
    assert (at, what.startswith(begins)) == (line, True), what


def test_an_app_that_is_read_cannot_bring_drafts(connected):
    text = GIVEN.replace("then: reply", "then:\n  - hubspot-main.add_note: {body: answer.body}")
    text += "record: {from: hubspot-main, when: contact_created}\n"

    assert [what.split(":")[0] for _line, what in faults_of(text)] == ["`when` cannot be used with `drafts"]


def test_answers_may_go_to_apps_and_a_second_ai_may_read_each_draft(connected):
    text = (
        GIVEN.replace("then: reply", "then:\n  - hubspot-main.add_note: {body: answer.body}\n  - reply")
        + "checks: {second_opinion: {ai: openai-main, model: gpt-4o}}\n"
    )

    result = apply([read_text(text)])

    assert not result.faults
    assert models_asked_by("openai-main") == {"gpt-4o": ["sign-off-replies"]}
    assert read_definition(Integration.objects.get().current)[0].connections() == {
        "hubspot-main",
        "openai-main",
    }


def test_a_change_from_an_ai_to_drafts_that_are_handed_in_is_told_and_back(connected):
    written = Definition.model_validate(
        yaml.safe_load(GIVEN)
        | {"drafts": None, "record": {"when": "webhook"},
           "prompt": {"ai": "openai-main", "model": "gpt-4o", "task": "Answer it."}}
    )  # fmt: skip

    there, back = differences(written, given()), differences(given(), written)

    assert there[0] == "The drafts are handed in now, each with its record. No AI is asked."
    assert "The AI is gone; it was “openai-main”." in there
    assert back[0] == "An AI writes the drafts now."


def test_the_word_survives_being_written_and_being_stored():
    data = yaml.safe_load(GIVEN)

    assert read_text(as_file(data)).data == data
    stored = Definition.model_validate(given().model_dump(mode="json", by_alias=True))
    assert stored == given()
    assert stored.asked is None


def test_a_definition_that_was_stored_before_the_word_existed_means_what_it_meant():
    before = {
        "name": "a", "record": {"when": "webhook"}, "answer": {"body": {"type": "text"}}, "then": "reply",
        "prompt": {"ai": "openai-main", "model": "gpt-4o", "task": "Answer it."},
    }  # fmt: skip
    definition = Definition.model_validate(before)

    assert isinstance(definition.asked, AskedPart)
    assert "drafts" not in definition.model_dump(mode="json", exclude_defaults=True)
