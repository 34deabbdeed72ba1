from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from signoff.connectors.base import Intent, NotSent, Sent
from signoff.connectors.tests.practice import connect
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    VendorDown,
)

READING = ["crm.objects.contacts.read", "crm.schemas.contacts.read"]
MORE = ["crm.objects.owners.read", "crm.schemas.contacts.write"]
FIELDS = ["firstname", "lastname", "company", "email", "message"]


@pytest.fixture
def hubspot(practice, monkeypatch):
    practice.control("hubspot", search_lag_seconds=0, faults="", limits={"searches_per_second": 1000})
    client = connect(practice, "hubspot")
    monkeypatch.setattr(type(client), "settled", timedelta(0))
    return client


@pytest.fixture
def contact(practice):
    return practice.seed_leads(1)[0]


def poll(client, trigger, cursor):
    events = []
    while True:
        page = client.changes(trigger, cursor, FIELDS)
        events += page.events
        cursor = page.cursor
        if not page.more:
            return events, cursor


def intent(action, params, marker):
    return Intent(action, params, marker, datetime.now(UTC) - timedelta(seconds=5))


def notes_of(practice):
    return practice.books("hubspot")["notes"]


def test_check_says_who_we_are(hubspot):
    account = hubspot.check()

    assert account.id.isdigit()
    assert "read contacts" in account.may
    assert account.lacks == ()


def test_new_leads_are_told_once_each(practice, hubspot):
    cursor = hubspot.changes("contact_created", None, FIELDS).cursor
    time.sleep(0.01)
    ids = practice.seed_leads(120)
    time.sleep(0.1)

    events, cursor = poll(hubspot, "contact_created", cursor)
    again, _ = poll(hubspot, "contact_created", cursor)

    assert {event.object_id for event in events} == set(ids)
    assert len({event.key for event in events}) == 120
    assert {event.key for event in again} <= {event.key for event in events}
    assert set(events[0].record) == {"id", *FIELDS}
    assert events[0].record["email"]
    assert events[0].label == f"{events[0].record['firstname']} {events[0].record['lastname']}"


def test_a_lead_that_the_index_shows_late_is_told_later(practice, hubspot):
    practice.control("hubspot", search_lag_seconds=0.6)
    cursor = hubspot.changes("contact_created", None, FIELDS).cursor
    time.sleep(0.01)
    (id,) = practice.seed_leads(1)
    time.sleep(0.05)

    early, cursor = poll(hubspot, "contact_created", cursor)
    time.sleep(0.8)
    late, _ = poll(hubspot, "contact_created", cursor)

    assert early == []
    assert [event.object_id for event in late] == [id]


def test_a_note_of_our_own_is_no_change(practice, hubspot, contact):
    time.sleep(0.05)
    cursor = hubspot.changes("contact_changed", None, FIELDS).cursor
    change = {"id": contact, "properties": {"company": "New Ltd"}}
    practice.control("hubspot", update_contacts=[change])
    time.sleep(0.05)
    after_change, cursor = poll(hubspot, "contact_changed", cursor)
    hubspot.perform("add_note", {"contact": contact, "body": "A note."}, "so-note-1")
    time.sleep(0.05)
    after_note, _ = poll(hubspot, "contact_changed", cursor)

    assert [event.record["company"] for event in after_change] == ["New Ltd"]
    assert {event.key for event in after_note} <= {event.key for event in after_change}


def test_a_contact_is_read_as_it_is_now(practice, hubspot, contact):
    assert hubspot.read("contact_created", contact, ["email"])["email"]

    practice.control("hubspot", delete_contacts=[contact])

    assert hubspot.read("contact_created", contact, ["email"]) is None


def test_fields_come_with_their_choices(hubspot):
    fields = {field.name: field for field in hubspot.fields("contact")}

    assert fields["email"].type == "email"
    assert fields["createdate"].read_only
    assert fields["lead_intent"].type == "choice"
    assert all(choice.value and choice.label for choice in fields["lead_intent"].choices)


def test_a_property_is_set_by_id_and_by_address(practice, hubspot, contact):
    choices = {field.name: field for field in hubspot.fields("contact")}["lead_intent"].choices
    address = hubspot.read("contact_created", contact, ["email"])["email"]

    hubspot.perform("set_property", {"contact": contact, "property": "company", "value": "Acme"}, "m")
    hubspot.perform(
        "set_property",
        {"contact": {"email": address}, "property": "lead_intent", "value": choices[0].value},
        "m",
    )

    now = hubspot.read("contact_created", contact, ["company", "lead_intent"])
    assert (now["company"], now["lead_intent"]) == ("Acme", choices[0].value)


@pytest.mark.parametrize(
    ("property", "value"),
    [("lead_intent", "no such choice"), ("no_such_property", "x"), ("createdate", "2026-01-01")],
)
def test_a_value_that_hubspot_refuses_names_the_field(hubspot, contact, property, value):
    with pytest.raises(InputRejected) as caught:
        hubspot.perform("set_property", {"contact": contact, "property": property, "value": value}, "m")

    assert caught.value.field == property
    assert property in caught.value.owner_message


def test_a_contact_is_created_once(practice, hubspot):
    params = {"email": f"new{time.time_ns()}@example.test", "properties": {"firstname": "Grace"}}

    first, second = (hubspot.perform("create_contact", params, "m") for _ in range(2))

    assert first.id == second.id
    assert hubspot.read("contact_created", first.id, ["firstname"])["firstname"] == "Grace"


def test_a_task_is_created(practice, hubspot, contact):
    written = hubspot.perform(
        "create_task", {"contact": contact, "subject": "Call back", "body": "Soon."}, "so-t-1"
    )

    assert hubspot.reconcile(
        intent("create_task", {"contact": contact, "subject": "Call back"}, "so-t-1")
    ) == Sent(written.id)


@pytest.mark.parametrize("fault", ["lost_answer", "late503", "malformed"])
@pytest.mark.parametrize("with_contact", [True, False])
def test_a_note_whose_answer_was_lost_is_found(practice, hubspot, contact, fault, with_contact):
    params = {"body": "Hello.", **({"contact": contact} if with_contact else {})}
    marker = f"so-{fault}-{with_contact}".replace("_", "-")
    practice.control("hubspot", fail_next={"fault": fault, "path": "/notes", "method": "POST"})

    with pytest.raises(OutcomeUnknown):
        hubspot.perform("add_note", params, marker)

    assert isinstance(hubspot.reconcile(intent("add_note", params, marker)), Sent)


@pytest.mark.parametrize("fault", ["cut", "http502"])
def test_a_note_that_never_arrived_is_known_not_to_have(practice, hubspot, contact, fault):
    params = {"contact": contact, "body": "Hello."}
    practice.control("hubspot", fail_next={"fault": fault, "path": "/notes", "method": "POST"})

    with pytest.raises(OutcomeUnknown):
        hubspot.perform("add_note", params, f"so-never-{fault}")

    assert hubspot.reconcile(intent("add_note", params, f"so-never-{fault}")) == NotSent()


@pytest.mark.parametrize("fault", ["cut", "http500", "http503"])
def test_a_question_that_fails_is_only_asked_again(practice, hubspot, fault):
    practice.control("hubspot", fail_next=fault)

    with pytest.raises(VendorDown):
        hubspot.fields("contact")


def test_a_key_that_was_taken_back_is_named(practice, hubspot):
    with pytest.raises(CredentialRejected):
        connect(practice, "hubspot", key="pat-eu1-wrong").check()


def test_a_key_without_rights_says_which(practice, hubspot, contact):
    practice.control("hubspot", restrict_key={"scopes": READING})
    try:
        account = hubspot.check()
        with pytest.raises(PermissionMissing) as caught:
            hubspot.perform("set_property", {"contact": contact, "property": "company", "value": "x"}, "m")
    finally:
        practice.control("hubspot", restrict_key={"scopes": [*READING, "crm.objects.contacts.write", *MORE]})

    assert any("crm.objects.contacts.write" in words for words in account.lacks)
    assert "crm.objects.contacts.write" in caught.value.lacks


def test_limits_are_stated_and_kept(practice, hubspot, contact):
    hubspot.check()
    (ten_seconds, *_) = hubspot.limits(hubspot.door.last_headers)
    practice.control("hubspot", limits={"per_10s": 1})
    try:
        with pytest.raises(RateLimited) as caught:
            hubspot.check()
    finally:
        practice.control("hubspot", limits={"per_10s": 100_000})

    assert ten_seconds.per_seconds == 10.0
    assert caught.value.retry_after_seconds == 10.0


def test_the_latest_records_are_there_to_choose_and_are_read_when_chosen(practice, hubspot):
    ids = []
    for _ in range(3):
        ids += practice.seed_leads(1)
        time.sleep(0.01)

    found = hubspot.latest("contact_created", 2)

    assert [event.object_id for event in found] == [ids[2], ids[1]]
    assert all(event.label for event in found)
    record = hubspot.read("contact_created", ids[2], FIELDS)
    assert found[0].label == f"{record['firstname']} {record['lastname']}"
