"""Pages of an integration whose drafts are handed in: built with nothing connected, and nothing on them lies."""

from __future__ import annotations

import json

import pytest

from signoff.connections.models import Connection
from signoff.engine import verbs
from signoff.integrations import drafts, offers
from signoff.integrations.apply import apply
from signoff.integrations.definition import read_definition
from signoff.integrations.file import read_text
from signoff.integrations.models import Draft, Integration
from signoff.outputs.judge import Accepted, judge
from signoff.review.models import Review
from signoff.review.opening import open_review
from signoff.runs.models import Run
from signoff.web.tests import world
from signoff.web.tests.test_build import begun, pressed
from signoff.web.webhooks import handing_in_of

pytestmark = pytest.mark.django_db

FILE = """\
name: sign-off-replies
drafts: handed in
answer: {body: {type: text, max: 500}}
then: reply
"""
RECORD = {"name": "Dana Whitfield", "email": "dana@example.com", "message": "Do you open on Saturdays?"}
DRAFT = {"body": "Dear Dana Whitfield, thank you for your question."}
PASTED = "name: Dana Whitfield\nemail: dana@example.com\nmessage: Do you open on Saturdays?"


@pytest.fixture
def builder(client):
    offers.forget()
    somebody = world.person("owner")
    client.force_login(somebody)
    return somebody


@pytest.fixture
def desk(builder):
    assert not apply([read_text(FILE)]).faults
    made = Integration.objects.get()
    verbs.switch(made, True)
    return made


@pytest.fixture
def waiting(desk):
    """A draft that was handed in and waits."""
    run = Run.objects.create(
        integration=desk, version=desk.current, record=RECORD, label="Dana Whitfield", dedupe_key="1",
        state="waiting for review", answer=DRAFT, given_draft=DRAFT, received_at=desk.created_at,
        changed_at=desk.created_at,
    )  # fmt: skip
    return open_review(run, DRAFT)


def shown(client, address):
    answer = client.get(address, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_with_nothing_connected_it_is_begun_and_turned_on_by_two_presses(client, builder):
    address = begun(client, "sign-off")

    answer = pressed(client, address, "on")

    made = Integration.objects.get()
    assert answer["Location"] == "/integrations/sign-off-replies/"
    assert made.is_on
    assert "drafts: handed in" in made.current.source
    assert "prompt" not in made.current.source
    assert not Connection.objects.exists()


def test_the_page_asks_for_nothing_that_belongs_to_an_ai(client, builder):
    page = shown(client, begun(client, "sign-off"))

    for control in ("task", "ai", "examples", "autopilot", "spend_per_day", "signed", "second_opinion"):
        assert (f'name="{control}"' in page) == (control == "second_opinion"), control
    assert "b-show" not in page
    assert "b-prove" not in page
    assert 'id="step-prompt"' in page
    assert "Its draft" in page


def test_a_draft_is_tried_without_an_ai_and_its_only_field_need_not_be_named(client, builder):
    address = begun(client, "sign-off")

    page = pressed(
        client, address, "try", pasted=PASTED, pasted_draft="Dear Dana Whitfield, it costs $149."
    ).content.decode()

    assert "Took the draft that came along" in page
    assert "<q>$149</q>" in page
    assert 'value="prove"' not in page


def test_a_trial_without_a_draft_says_what_is_missing(client, builder):
    address = begun(client, "sign-off")

    page = pressed(client, address, "try", pasted=PASTED).content.decode()

    assert "Paste the draft that comes with this record." in page


def test_a_draft_that_does_not_fit_is_named_in_a_trial(client, builder):
    address = begun(client, "sign-off")

    page = pressed(client, address, "try", pasted=PASTED, pasted_draft="x" * 2001).content.decode()

    assert "does not fit what must come back: body: has 2,001 characters." in page


def test_changing_over_to_an_ai_brings_words_to_begin_with_and_back_keeps_them(client, builder):
    address = begun(client, "sign-off")

    pressed(client, address, "drafts", drafts="")
    there = drafts.data_of(Draft.objects.get().source)
    page = shown(client, address)
    pressed(client, address, "drafts", drafts="handed in")
    back = drafts.data_of(Draft.objects.get().source)

    assert "drafts" not in there
    assert there["prompt"]["task"].startswith("Answer what the customer asks")
    assert 'name="task"' in page
    assert back["drafts"] == "handed in"
    assert back["prompt"]["task"] == there["prompt"]["task"]
    assert drafts.look(Draft.objects.get().source).faults == ()


def test_another_start_asks_for_an_ai_again(client, builder):
    address = begun(client, "sign-off")

    pressed(client, address, "source", start="upload")

    assert "drafts" not in drafts.data_of(Draft.objects.get().source)
    assert 'name="ai"' in shown(client, address)


def test_saving_its_page_changes_nothing_of_it(client, desk):
    address = f"/integrations/{desk.name}/build/"

    pressed(client, address)

    looked = drafts.look(Draft.objects.get().source, desk)
    assert looked.faults == ()
    assert looked.definition.hash() == desk.current.hash


@pytest.mark.parametrize("page", ["", "tests/", "drill/", "versions/", "accuracy/", "build/"])
def test_every_page_of_it_opens_and_names_no_ai_that_is_not_there(client, desk, waiting, page):
    found = shown(client, f"/integrations/{desk.name}/{page}")

    assert "None" not in found.replace("None of", "").replace(">None<", "")
    assert "See exactly what the AI receives" not in found


def test_its_page_says_where_drafts_are_handed_in_and_shows_no_address_for_records_alone(client, desk):
    page = shown(client, f"/integrations/{desk.name}/")

    assert "/api/v1/proposals" in page
    assert f"/in/{desk.key}" not in page
    assert "Upload a spreadsheet" not in page
    assert "No AI is asked here." in page


def test_the_example_of_its_page_is_a_draft_that_fits(builder):
    answer = (
        "{body: {type: text, max: 500}, topic: {type: choice, options: [prices, help]}, tags: {type: choices, "
        "options: [a, b]}, n: {type: number, min: 1}, sum: {type: money, currency: EUR}, on: date, at: "
        "{type: datetime, zone: Europe/Berlin}, ok: yesno, mail: email, call: {type: phone, country: DE}, see: link, "
        "rows: {type: rows, columns: {what: {type: text, max: 50}}}, extra: {type: text, optional: true}}"
    )
    assert not apply([read_text(FILE.replace("{body: {type: text, max: 500}}", answer))]).faults
    made = Integration.objects.get()
    definition, contract = read_definition(made.current)

    told = handing_in_of(made, definition)

    sent = json.loads(told.example.partition("-d '")[2].removesuffix("'"))
    assert isinstance(judge(contract, json.dumps(sent["draft"])), Accepted)
    assert "extra" not in sent["draft"]


def test_the_test_set_offers_no_replay_that_nobody_could_answer(client, desk):
    page = shown(client, f"/integrations/{desk.name}/tests/")

    assert "there is no AI here to answer these records anew" in page
    assert "/tests/start/" not in page


def test_the_reviewer_is_offered_no_second_draft_by_an_ai(client, waiting):
    page = shown(client, f"/review/{waiting.pk}/")

    assert "Ask again" not in page
    assert "Reject" in page


def test_what_was_sent_to_the_ai_is_said_of_no_draft_that_was_handed_in(client, waiting):
    page = shown(client, f"/history/{waiting.run_id}/prompt/")

    assert "No AI was asked: the draft was handed in." in page
    assert "What was sent to the AI" not in page


def test_running_again_says_that_the_same_draft_is_held_to_what_is_in_force(client, waiting):
    page = shown(client, f"/history/{waiting.run_id}/again/")

    assert "The draft that was handed in is held to the integration as it is now" in page


def test_a_record_of_it_is_tried_with_the_draft_that_came_along(client, desk, waiting):
    page = client.post(f"/integrations/{desk.name}/", {"run": str(waiting.run_id)}).content.decode()

    assert "Took the draft that came along" in page
    assert Review.objects.count() == 1
