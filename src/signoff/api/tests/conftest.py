"""A house whose records come by webhook, and clients with tokens."""

from __future__ import annotations

import json

import pytest

WEBHOOK = """\
name: from-the-shop
record:
  when: webhook
prompt: {ai: openai-main, model: gpt-4o, task: Answer the question in the record.}
answer: {body: {type: text, max: 500}}
then:
  - hubspot-main.add_note: {contact: {email: record.email}, body: answer.body}
"""


def put_into_force(text, on=True):
    """Apply a file and switch it on; returns the integration and what applying told."""
    from signoff.engine import verbs
    from signoff.integrations.apply import apply
    from signoff.integrations.file import read_text
    from signoff.integrations.models import Integration

    result = apply([read_text(text)])
    assert not result.faults, result.faults
    integration = Integration.objects.get(name=result.applied[0].name)
    if on:
        verbs.switch(integration, True)
    return integration, result.applied[0]


@pytest.fixture
def put():
    """Put the shop's file into force with a change: `put("when: webhook", "when: webhook\\n  signed: static")`."""

    def change(old="", new=""):
        assert old in WEBHOOK
        return put_into_force(WEBHOOK.replace(old, new, 1))

    return change


@pytest.fixture
def shop(house, put):
    """The integration that takes records by webhook, switched on."""
    return put()[0]


@pytest.fixture
def post(client, shop):
    """Post a record to the shop's address: a dict as JSON, bytes as they are."""

    def send(record, kind="application/json", key=None, **headers):
        body = record if isinstance(record, bytes) else json.dumps(record)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.post(f"/in/{key or shop.key}", body, content_type=kind, headers=names)

    return send


@pytest.fixture
def token(db):
    """Return the header of a new token: `token("read", person)`."""
    from signoff.accounts.models import Person
    from signoff.accounts.tokens import make_token

    def make(*can, role="owner", groups=""):
        person = Person.objects.add(f"{role}{Person.objects.count()}@example.test", None, role)
        person.groups_csv = groups
        person.save()
        return {"Authorization": f"Bearer {make_token('test', person, can).reveal()}"}

    return make
