"""An export of another tool as the integration it would be here, and a clear sentence for whatever is none."""

from __future__ import annotations

import copy
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.integrations import drafts
from signoff.integrations.file import read_text
from signoff.integrations.models import Draft
from signoff.moving import n8n_flow, proposal
from signoff.moving.cron import five, from_rule, from_scheduling, from_times
from signoff.moving.proposal import notes_in, propose, with_notes
from signoff.moving.reading import read
from signoff.moving.shapes import Note, NotReadable
from signoff.moving.tests import exports


def composed(export):
    """Return the file's data and the notes, without the owner's connections."""
    return proposal._composed(read(json.dumps(export)))


def said(notes):
    return " ".join(f"{one.what} {one.do}" for one in notes)


def test_a_mail_workflow_of_n8n_keeps_its_prompt_model_and_conversation():
    data, notes = composed(exports.N8N_MAIL)

    assert data["record"]["from"] == "gmail-support"
    assert data["record"]["when"] == "mail_received"
    assert {"text", "from_name", "answer_to", "message_id"} <= set(data["record"]["fields"])
    assert data["prompt"]["model"] == "gpt-4o-mini"
    assert data["prompt"]["task"].startswith("You answer for Harbour Desk. Be short and friendly.")
    assert "From [from_name]:\n[text]" in data["prompt"]["task"]
    (step,) = data["then"]
    assert step["gmail-support.send_message"]["to"] == "record.answer_to"
    assert step["gmail-support.send_message"]["body"] == "answer.body"
    assert "The filter of “Gmail Trigger” (q)" in said(notes)


def test_values_are_followed_through_set_nodes_to_the_record_and_the_answers_form_comes_along():
    data, notes = composed(exports.N8N_LEADS)

    assert data["record"] == {
        "when": "webhook", "only_if": {"source": "shop"}, "fields": ["first", "last", "message", "email"],
    }  # fmt: skip
    assert (data["prompt"]["ai"], data["prompt"]["model"]) == ("anthropic-main", "claude-haiku-4-5")
    assert {name: block["type"] for name, block in data["answer"].items()} == {
        "temperature": "text", "reason": "text", "score": "number", "call": "yesno",
    }  # fmt: skip
    slack, hubspot, reply = data["then"]
    assert slack["slack-main.post_message"] == {
        "channel": "sales",
        "text": "{record.first} {record.last} is {answer.temperature}: {answer.reason}",
    }
    assert hubspot["hubspot-main.create_contact"]["email"] == "record.email"
    assert hubspot["hubspot-main.create_contact"]["properties"]["message"] == "answer.reason"
    assert reply == "reply"
    assert notes == ()


def test_what_cannot_come_along_is_named_with_what_to_do():
    data, notes = composed(exports.N8N_DAILY)

    assert data["record"]["schedule"] == "30 7 * * *"
    assert data["then"] == [
        {"airtable-main.create_record": {"table": "Orders", "values": {"Text": "answer.text"}}}
    ]
    for step in ("Tidy", "Sheet", "twilio", "$now.toISO()", "trim()"):
        assert step in said(notes)
    assert all(one.what and one.do for one in notes)


def test_a_blueprint_of_make_is_followed_through_parse_json_filter_and_router():
    data, notes = composed(exports.MAKE_FORM)

    assert data["record"]["only_if"] == {"source": "shop"}
    mail, slack = data["then"]
    assert mail["gmail-sales.send_message"] == {
        "to": "record.email", "subject": "answer.subject", "body": "answer.body",
    }  # fmt: skip
    assert slack["slack-main.post_message"]["text"] == "{record.name} got an answer: {answer.subject}"
    assert "router" in said(notes)
    assert "upper(1.name)" in said(notes)
    assert "google-sheets" in said(notes)


def contact_form(*between, send):
    form = exports.node("Webhook", "webhook", {"httpMethod": "POST", "path": "contact", "options": {}}, 2.1)
    said = [
        {"role": "system", "content": "You answer for Harbour Desk."},
        {"content": "={{ $json.body.name }} wrote: {{ $json.body.message }}"},
    ]
    asked = {"modelId": {"__rl": True, "value": "gpt-4o", "mode": "id"}, "responses": {"values": said}}
    ai = exports.node("Write", "@n8n/n8n-nodes-langchain.openAi", asked, 2.3)
    body = {"method": "POST", "url": "https://mail.example.com/send", "sendBody": True, "specifyBody": "json"}
    http = exports.node("Send", "httpRequest", {**body, "jsonBody": send}, 4.3)
    return exports.workflow("Contact form", form, ai, *between, http)


def test_a_json_body_with_expressions_in_it_is_read():
    send = (
        '={"to": "{{ $(\'Webhook\').item.json.body.email }}", '
        '"text": {{ JSON.stringify($json.output[0].content[0].text) }}}'
    )
    data, notes = composed(contact_form(send=send))

    assert data["then"] == [{"webhook-main.send": {"data": {"to": "record.email", "text": "answer.text"}}}]
    assert data["record"]["fields"] == ["name", "message", "email"]
    assert [one.what for one in notes if "could not be read" in one.what] == []


def test_a_workflow_that_has_its_answers_signed_off_here_comes_along_without_the_steps_for_that():
    rule = {
        "leftValue": "={{ $json.body.data.answer }}", "rightValue": "",
        "operator": {"type": "object", "operation": "notEmpty", "singleValue": True},
    }  # fmt: skip
    data, notes = composed(
        contact_form(
            exports.node("Ask", "n8n-nodes-signoff.signoff", {"integration": "sign-off-replies"}),
            exports.node("Wait", "wait", {"resume": "webhook", "httpMethod": "POST"}, 1.1),
            exports.node("If", "if", {"conditions": {"conditions": [rule], "combinator": "and"}}, 2.2),
            send='={"to": "{{ $json.body.data.record.email }}", "text": "{{ $json.body.data.answer.body }}"}',
        )
    )

    assert data["then"] == [{"webhook-main.send": {"data": {"to": "record.email", "text": "answer.body"}}}]
    assert [one.what for one in notes] == [
        "“Send” sends to mail.example.com; the address itself and its keys did not come along."
    ]


def test_to_whom_it_goes_never_comes_from_the_ai():
    data, notes = composed(exports.MAKE_MAIL)

    assert "chat_id" not in data["then"][0]["telegram-main.send_message"]
    assert "the AI chose to whom it goes" in said(notes)
    assert data["record"]["schedule"] == "15 7 * * *"


@pytest.mark.parametrize("name", exports.ALL)
def test_every_proposal_is_a_draft_of_the_right_form_whose_notes_come_back(name):
    data, notes = composed(exports.ALL[name])
    source = with_notes(notes, proposal.as_file(data), "n8n", name)

    assert drafts.faults_of_form(source) == []
    assert read_text(source).data == data
    assert notes_in(source) == [Note(" ".join(one.what.split()), one.do) for one in notes]


def test_with_the_apps_connected_a_proposal_can_come_into_force_at_once(house):
    found = propose(json.dumps(exports.MAKE_FORM | {"flow": exports.MAKE_FORM["flow"][:4]}))
    draft = Draft.objects.create(source=found.source)

    looked = drafts.look(draft.source)

    assert looked.faults == ()
    assert looked.definition is not None


@pytest.mark.parametrize(
    "wrap",
    [
        lambda data: [data],
        lambda data: {"workflow": {"workflow": data}},
        lambda data: {"data": data},
        lambda data: json.dumps(data),
    ],
)
def test_an_export_is_found_inside_of_what_apis_and_galleries_put_around_it(wrap):
    assert read(json.dumps(wrap(exports.N8N_MAIL))).name == "Answer support mail"


def test_a_blueprint_is_found_in_the_answer_of_makes_api():
    assert read(json.dumps({"response": {"blueprint": exports.MAKE_FORM}})).tool == "Make"


DEEP = "[" * 100_000 + "]" * 100_000
NESTED = '{"nodes": ' + "[" * 200 + "]" * 200 + "}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cannot be read as JSON"),
        ("<html>", "cannot be read as JSON"),
        (DEEP, "cannot be read as JSON"),
        (NESTED, "nested deeper"),
        ("x" * 2_000_001, "larger than 2 MB"),
        ('{"name": "x"}', "neither a workflow that n8n has exported nor a blueprint of Make"),
        ("[]", "neither a workflow"),
        ("null", "neither a workflow"),
        ('{"zaps": [{"id": 1}]}', "Zapier"),
        ('{"nodes": [], "connections": {}}', "No step of this workflow asks an AI"),
        ('{"flow": []}', "holds no modules"),
        (json.dumps([exports.N8N_MAIL, exports.N8N_LEADS]), "There are 2 workflows"),
        (json.dumps({"nodes": [{}] * 501}), "501 steps"),
        (json.dumps({"flow": exports.MAKE_FORM["flow"][:1]}), "No module of this scenario asks an AI"),
        (json.dumps(exports.N8N_MAIL | {"connections": {}}), "no beginning leads to a step that asks an AI"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_what_is_no_such_export_is_refused_in_a_clear_sentence(text, says):
    with pytest.raises(NotReadable) as refused:
        read(text)

    assert says in refused.value.owner_message
    assert refused.value.next_step


def test_a_workflow_that_runs_in_a_circle_is_read():
    looped = copy.deepcopy(exports.N8N_DAILY)
    looped["connections"]["Text"] = {"main": [[{"node": "Get mails", "type": "main", "index": 0}]]}
    looped["connections"]["Row"]["main"][0].append({"node": "Tidy", "type": "main", "index": 0})

    assert composed(looped)[0]["then"]


def test_set_nodes_that_name_each_other_in_a_circle_are_read():
    here = {
        "assignments": {"assignments": [{"id": "a", "name": "a", "value": "={{ $('There').item.json.a }}"}]}
    }
    there = {
        "assignments": {"assignments": [{"id": "a", "name": "a", "value": "={{ $('Here').item.json.a }}"}]}
    }
    form, *_, agent, slack, _hubspot, _answer = exports.N8N_LEADS["nodes"][:7]
    asked = {"promptType": "define", "text": "=Sort this: {{ $('Here').item.json.a }}", "options": {}}
    steps = [exports.node("Here", "set", here, 3.4), exports.node("There", "set", there, 3.4)]
    looped = exports.workflow("Circle", form, *steps, agent | {"parameters": asked}, slack)

    assert "Sort this: [a]" in composed(looped)[0]["prompt"]["task"]


@pytest.mark.parametrize("events", [5, "contact.creation", [3], {"name": "x"}])
def test_a_trigger_whose_events_are_of_another_kind_is_read(events):
    *_, agent, slack, _hubspot, _answer = exports.N8N_LEADS["nodes"][:7]
    begins = exports.node("New contact", "hubspotTrigger", {"eventsUi": {"eventValues": events}}, 10**400)

    assert composed(exports.workflow("Leads", begins, agent, slack))[0]["record"]["when"] == "contact_created"


@pytest.mark.parametrize(
    "words", ["{{" * 9_000, "{{ $json." + "a" * 18_000 + "( }}", "{{ $json" + ".a" * 9_000 + "( }}"]
)
def test_expressions_without_end_are_read_in_a_moment(words):
    began = time.monotonic()
    flow = n8n_flow.Flow({})

    for _ in range(5):
        flow.text(f"={words}", n8n_flow.Node("Mail", "gmail", is_ai_kit=False, params={}))

    assert time.monotonic() - began < 1


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20)
    | st.sampled_from(["={{ $json.a }}", "{{1.x}}", "={{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(exports.ALL)), st.data())
def test_an_export_that_was_damaged_anywhere_is_read_or_refused_in_words(name, data):
    export = copy.deepcopy(exports.ALL[name])
    for _ in range(data.draw(st.integers(1, 3))):
        here, key = export, None
        while isinstance(here, dict | list) and here and (key is None or data.draw(st.booleans())):
            parent = here
            key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
            here = here[key]
        parent[key] = data.draw(ANYTHING)

    try:
        found, notes = composed(export)
    except NotReadable:
        return
    assert read_text(proposal.as_file(found)).data["answer"]
    assert drafts.faults_of_form(with_notes(notes, proposal.as_file(found))) == []


@pytest.mark.parametrize(
    ("found", "meant"),
    [
        (from_rule({"interval": [{"field": "cronExpression", "expression": "0 9 * * 1-5"}]}), "0 9 * * 1-5"),
        (from_rule({"interval": [{"field": "weeks", "triggerAtDay": [1, 4], "triggerAtHour": 8}]}), "0 8 * * 1,4"),
        (from_rule({"interval": [{"field": "hours", "hoursInterval": 6}]}), "0 */6 * * *"),
        (from_rule({"interval": [{}]}), "0 0 * * *"),
        (from_times({"item": [{"mode": "everyWeek", "weekday": "1", "hour": 9}]}), "0 9 * * 1"),
        (from_times({"item": [{"mode": "everyX", "value": 2, "unit": "hours"}]}), "0 */2 * * *"),
        (from_scheduling({"type": "weekly", "days": [1], "time": "08:30"}), "30 8 * * 1"),
        (from_scheduling({"type": "indefinitely", "interval": 900}), ""),
        (five("0 0 7 * * *"), "0 7 * * *"),
        (five("every day"), ""),
    ],
)  # fmt: skip
def test_times_become_five_fields(found, meant):
    assert found == meant
