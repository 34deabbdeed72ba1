"""Connections for the files of these tests: real ones, to the practice apps."""

from __future__ import annotations

import json

import pytest

from signoff_sandbox.testing import CLIENT_ID, CLIENT_SECRET, HUBSPOT_KEY, OPENAI_KEY

FILE = """\
name: follow-up
record:
  from: hubspot-main
  when: contact_created
  only_if: {lifecyclestage: lead}
  fields: [firstname, email, message]
prompt:
  ai: openai-main
  model: gpt-4o
  task: Write a short follow-up e-mail to a new lead.
  constraints:
    - At most 120 words.
answer:
  subject: {type: text, max: 78}
  body: {type: text, max: 1200}
  intent: {type: choice, from: hubspot-main.contact.lead_intent}
review:
  by: [sales]
  autopilot: {error_below: 5%, audit: 10%}
then:
  - hubspot-main.set_property: {contact: record.id, property: lead_intent, value: answer.intent}
  - gmail-sales.create_draft: {to: record.email, subject: answer.subject, body: answer.body}
limits: {per_day: 200, spend_per_day: 5.00 USD}
"""

WEBHOOK = """\
name: from-the-shop
record: {when: webhook}
prompt: {ai: openai-main, model: gpt-4o, task: Answer the question.}
answer: {body: {type: text, max: 500}}
then:
  - hubspot-main.add_note: {contact: {email: record.email}, body: answer.body}
"""


@pytest.fixture
def connected(db, practice):
    """Three working connections, named as in the files."""
    from signoff.connections.connect import connect
    from signoff.core.secret import Secret

    grant = practice.grant("gmail.compose")
    gmail = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": grant.refresh_token}
    connect("hubspot", "hubspot-main", Secret(HUBSPOT_KEY), base_url=practice.hubspot)
    connect("gmail", "gmail-sales", Secret(json.dumps(gmail)), base_url=practice.gmail)
    connect("openai", "openai-main", Secret(OPENAI_KEY), base_url=practice.openai + "/v1")
    return practice


@pytest.fixture
def file() -> str:
    return FILE


@pytest.fixture
def webhook_file() -> str:
    return WEBHOOK
