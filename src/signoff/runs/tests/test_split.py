"""One answer in several places, each in the form that the place takes."""

from __future__ import annotations

import json

import pytest

from signoff.connectors.base import Event
from signoff.engine import verbs
from signoff.integrations.apply import apply
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.runs.models import Delivery, Run

pytestmark = pytest.mark.django_db

FILE = """
name: take-an-order
record: {when: webhook, fields: [email, message]}
prompt: {ai: openai-main, model: gpt-4o, task: Copy the order out of this message.}
answer:
  subject: {type: text, max: 78}
  items: {type: rows, columns: {what: text, count: {type: number, integer: true}}}
  total: {type: money, currency: EUR}
  temperature: {type: choice, from: hubspot-main.contact.lead_temperature}
  tags: {type: choices, options: [new, large]}
review: none
then:
  - hubspot-main.set_property: {contact: {email: record.email}, property: lead_temperature, value: answer.temperature}
  - hubspot-main.add_note: {contact: {email: record.email}, body: answer.items}
  - hubspot-main.create_task:
      subject: "{answer.subject} ({answer.tags})"
      body: "{answer.items}\\nTotal {answer.total} EUR"
"""
ANSWER = {
    "subject": "An order",
    "items": [{"what": "Tea", "count": 2}, {"what": "Cake", "count": 1}],
    "total": 12.5,
    "temperature": "warm",
    "tags": ["new", "large"],
}


def test_each_place_gets_its_part_of_the_answer_as_it_takes_it(house, work_off):
    assert not apply([read_text(FILE)]).faults
    integration = Integration.objects.get(name="take-an-order")
    verbs.switch(integration, True)
    integration.refresh_from_db()
    contact = house.lead()
    email = house.contact(contact)["email"]
    record = {"email": email, "message": json.dumps(ANSWER)}

    (run,) = verbs.receive(integration, [Event("1", "1", record, "Dana")], "A test told us")
    Run.objects.filter(pk=run.pk).update(given_draft=ANSWER)
    work_off(also_later=True)

    run.refresh_from_db()
    assert run.state == Run.State.DONE, (run.state, run.problem, run.alarms, run.findings)
    sent = list(Delivery.objects.filter(run=run).order_by("position").values_list("params", flat=True))
    assert sent[0]["value"] == "warm"
    assert sent[1]["body"] == "what: Tea, count: 2\nwhat: Cake, count: 1"
    assert sent[2]["subject"] == "An order (new, large)"
    assert sent[2]["body"] == "what: Tea, count: 2\nwhat: Cake, count: 1\nTotal 12.5 EUR"
    assert house.contact(contact)["lead_temperature"] == "warm"
    assert "what: Tea" in house.notes_on(contact)[0]["body"]
