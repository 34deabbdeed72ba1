"""What one record asks of the database: a statement too many is paid by each of a hundred thousand."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from signoff.connectors.base import Event
from signoff.engine import verbs
from signoff.engine.jobs import advance
from signoff.integrations.apply import apply
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.runs.models import Run

pytestmark = pytest.mark.django_db

NOTE = """
name: note
record: {when: webhook, fields: [email, message]}
prompt: {ai: openai-main, model: gpt-4o, task: Summarise this enquiry in one sentence.}
answer:
  body: {type: text, max: 2000}
review: none
then:
  - hubspot-main.add_note: {body: "{record.email}: {answer.body}"}
"""
TABLES = re.compile(r'(UPDATE|INSERT INTO|SELECT [^;]*? FROM|FROM) "?([a-z]+_[a-z]+)')


def test_a_record_that_nobody_reviews_costs_seven_statements(house, django_capture_on_commit_callbacks):
    assert not apply([read_text(NOTE)]).faults
    integration = Integration.objects.get(name="note")
    verbs.switch(integration, True)
    integration.refresh_from_db()
    email = house.contact(house.lead())["email"]
    record = {"email": email, "message": "Do you have tables for six on Friday?"}
    events = [Event(str(n), str(n), record, "Dana") for n in (1, 2)]
    first, second = verbs.receive(integration, events, "A test told us")
    with django_capture_on_commit_callbacks(execute=True):
        advance(run_id=first.pk)  # what is kept for the next ones is read with it

    with CaptureQueriesContext(connection) as asked:
        advance(run_id=second.pk)

    assert Run.objects.get(pk=second.pk).state == Run.State.DONE
    said = [one["sql"] for one in asked.captured_queries if "SAVEPOINT" not in one["sql"]]
    tables = [found[2] if (found := TABLES.search(one)) else one for one in said]
    assert tables == [
        "runs_run",  # claimed for drafting
        "pacing_pace",  # a place at the AI
        "runs_spent",
        "runs_run",  # approved, with its delivery
        "pacing_pace",  # a place at the app
        "runs_delivery",  # being sent
        "runs_delivery",  # confirmed, and the run with it
    ], said
