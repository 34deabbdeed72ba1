"""Drafts: what is half done is kept, and what is missing is said at its part in plain words."""

from __future__ import annotations

import pytest

from signoff.accounts.models import Person
from signoff.integrations import drafts, offers, starting
from signoff.integrations.apply import apply
from signoff.integrations.file import read_text
from signoff.integrations.models import Draft, Integration
from signoff.integrations.suggesting import suggested
from signoff.prompts.stating import state

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _asked_anew():
    offers.forget()
    yield
    offers.forget()


@pytest.fixture
def priya(db):
    return Person.objects.add("priya@example.com", "correct horse battery", "owner", "Priya Nair")


@pytest.fixture
def bea(db):
    return Person.objects.add("bea@example.com", "correct horse battery", "builder", "Bea Lind")


def whats(source, integration=None):
    return {(fault.part, fault.what) for fault in drafts.look(source, integration).faults}


def test_an_empty_draft_says_what_is_missing_in_each_part(connected, priya):
    draft = drafts.begin(starting.data_for("nothing"), priya)

    assert whats(draft.source) == {
        ("name", "Give it a name."),
        ("record", "Choose what starts it."),
        ("prompt", "Say what the AI should do."),
        ("answer", "Say what must come back: at least one field."),
        ("then", "Choose at least one place the answer goes to."),
    }


def test_that_no_ai_is_chosen_is_said_once(db, priya):
    data = starting.data_for("sign-off") | {"drafts": None, "prompt": {"task": "Answer it."}}
    draft = drafts.begin(data, priya)

    assert [fault.what for fault in drafts.look(draft.source).faults] == ["Choose the AI that is asked."]


def test_a_finished_draft_defines_what_its_file_would(connected, file):
    apply([read_text(file)])
    integration = Integration.objects.get()

    looked = drafts.look(file, integration)

    assert looked.faults == ()
    assert looked.definition.hash() == integration.current.hash


def test_a_fault_is_named_at_its_own_piece(connected, file):
    wrong = file.replace("to: record.email", "to: answer.subject")

    (fault,) = drafts.look(wrong, None).faults

    assert fault.part == "then"
    assert fault.path[:2] == ("then", 1)
    assert "never from the AI" in fault.what


def test_the_name_of_another_integration_or_of_a_page_is_taken(connected, file):
    apply([read_text(file)])

    assert [part for part, _ in whats(file)] == ["name"]
    assert [part for part, _ in whats(file.replace("name: follow-up", "name: new"))] == ["name"]
    assert drafts.free_name("follow-up") == "follow-up-2"


def test_somebody_elses_words_are_not_overwritten(connected, priya, bea):
    draft = drafts.begin({"name": "a", "prompt": {"task": "One."}}, priya)
    seen_by_bea = Draft.objects.get(pk=draft.pk)
    assert drafts.keep(draft, {"name": "a", "prompt": {"task": "Two."}}, draft.revision, priya)

    assert not drafts.keep(seen_by_bea, {"name": "a", "prompt": {"task": "Three."}}, 1, bea)

    assert drafts.data_of(Draft.objects.get().source)["prompt"]["task"] == "Two."
    assert seen_by_bea.changed_by == priya


def test_keeping_the_same_words_again_changes_nothing(connected, priya, bea):
    draft = drafts.begin({"name": "a"}, priya)

    assert drafts.keep(draft, {"name": "a"}, draft.revision, bea)

    kept = Draft.objects.get()
    assert (kept.revision, kept.changed_by) == (1, priya)


def test_a_draft_of_an_integration_begins_with_what_is_in_force(connected, file, priya):
    apply([read_text(file)])
    integration = Integration.objects.get()

    draft = drafts.of(integration, priya)

    assert draft.source == integration.current.source
    assert draft.base == integration.current
    assert drafts.of(integration, priya) == draft


def test_a_starting_point_uses_the_connections_and_facts_that_are_there(connected):
    from signoff.prompts.facts import Statement

    state("prices", [Statement("Team: $149 a month")], None)

    data = starting.data_for("follow-up")

    assert data["record"]["from"] == "hubspot-main"
    assert data["prompt"]["ai"] == "openai-main"
    assert data["prompt"]["facts"] == ["prices"]
    assert [next(iter(step)) for step in data["then"]] == [
        "gmail-sales.create_draft",
        "hubspot-main.add_note",
    ]


def test_a_starting_point_says_what_has_to_be_connected_first(connected):
    lacks = {one.point.key: one.lacks for one in starting.offered()}

    assert lacks["follow-up"] == ()
    assert lacks["answer-chat"] == ("WhatsApp",)
    assert not starting.offered()[0].lacks


def test_without_any_connection_every_starting_point_opens_and_says_what_is_missing(db):
    for one in starting.offered():
        looked = drafts.look(drafts.begin(starting.data_for(one.point.key), None).source)

        assert bool(one.lacks) == bool(looked.faults) == (one.point.key != "sign-off")


def test_without_any_connection_what_needs_none_stands_first_and_can_be_turned_on_at_once(db):
    first = starting.offered()[0]

    data = starting.data_for(first.point.key)

    assert first.point.key == "sign-off"
    assert data["drafts"] == "handed in"
    assert not {"prompt", "limits"} & set(data)
    assert all(drafts.is_complete(data, part) for part in drafts.PARTS)


def test_with_an_ai_the_same_starting_point_lets_it_write_what_comes_without_a_draft(connected):
    data = starting.data_for("sign-off")

    assert "drafts" not in data
    assert data["prompt"]["ai"] == "openai-main"


def test_a_new_step_is_filled_in_by_what_the_record_and_the_answer_have(connected, file):
    data = read_text(file).data

    _row, mail = offers.action_of("gmail-sales", "create_draft")
    _row, note = offers.action_of("hubspot-main", "add_note")

    assert suggested("gmail-sales", mail, data) == (
        {"to": "record.email", "subject": "answer.subject", "body": "answer.body"},
        ["email"],
    )
    assert suggested("hubspot-main", note, data)[0] == {"contact": "record.id", "body": "answer.body"}


def test_a_contact_of_another_source_is_looked_up_by_its_address(connected, webhook_file):
    data = read_text(webhook_file).data | {"record": {"when": "webhook", "fields": ["email", "message"]}}
    _row, note = offers.action_of("hubspot-main", "add_note")

    params, _needed = suggested("hubspot-main", note, data)

    assert params["contact"] == {"email": "record.email"}
