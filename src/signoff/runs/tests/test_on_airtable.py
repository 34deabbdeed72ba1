"""A new record in Airtable, answered in its own row and followed by a task: the whole way, on the practice Airtable."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signoff.connectors.airtable.connector import Airtable
from signoff.core import clock
from signoff.runs.models import Delivery, Run
from signoff.runs.tests.whole_way import approve, connect_practice, look, switch_on, the_draft
from signoff_sandbox.testing import AIRTABLE_KEY, AIRTABLE_SETTINGS

pytestmark = pytest.mark.django_db(transaction=True)
ANSWER_LEADS = """
name: answer-leads
record:
  from: airtable-main
  when: record_created
  fields: [Name, Message, Lead_status]
prompt:
  ai: openai-main
  model: gpt-4o
  task: Answer the question in the field Message, and say how the lead stands.
answer:
  body: {type: text, max: 900}
  status: {type: choice, from: airtable-main.record.Lead_status}
review:
  by: [sales]
then:
  - airtable-main.update_record:
      record: record.id
      values: {Answer: answer.body, "Lead status": answer.status}
  - airtable-main.create_record:
      table: Tasks
      values: {Title: "Call {record.Name}", Lead: ["{record.id}"]}
"""


@pytest.fixture
def desk(house, monkeypatch):
    """A house with Airtable, and an integration that reads it."""
    monkeypatch.setattr(Airtable, "settled", timedelta(seconds=-2))
    connect_practice(house.practice, "airtable", AIRTABLE_KEY, settings=AIRTABLE_SETTINGS)
    house.practice.control("airtable", limits={"per_second": 1000})
    switch_on(ANSWER_LEADS)
    return house


def rows(house, table):
    return [one["fields"] for one in house.practice.books("airtable")["records"] if one["table"] == table]


def test_a_new_record_is_answered_in_its_row_and_becomes_a_task(desk, work_off):
    lead = {"Name": "Dana Whitfield", "Message": "What does the Team plan cost?", "Lead status": "New"}
    (id,) = desk.practice.control("airtable", create_records=[lead])["create_records"]

    assert look() == 1
    work_off()
    review = the_draft()
    run = review.run
    assert run.record == {"id": id, "Name": lead["Name"], "Message": lead["Message"], "Lead_status": "New"}
    assert review.content["status"] in ("New", "Answered", "Won", "Lost")
    desk.practice.control("airtable", fail_next={"fault": "lost_answer", "method": "POST"})
    approve(review, desk.owner)
    # The time that an app gets to finish what it began is over.
    Delivery.objects.filter(state="transmitting").update(started_at=clock.now() - timedelta(minutes=1))
    work_off(also_later=True)

    run.refresh_from_db()
    (row,) = rows(desk, "Leads")
    (task,) = rows(desk, "Tasks")
    assert (row["Answer"], row["Lead status"]) == (review.content["body"], review.content["status"])
    assert (task["Title"], task["Lead"]) == ("Call Dana Whitfield", [id])
    assert "Asked Airtable whether it arrived: yes" in [line["what"] for line in run.timeline]
    assert run.state == Run.State.DONE
    assert look() == 0
