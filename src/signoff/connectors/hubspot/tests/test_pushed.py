"""What an app of HubSpot's tells us by itself, in the shapes that its reference describes."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.connectors.hubspot.connector import WATCHES
from signoff.connectors.push import Push, Unreadable
from signoff.connectors.registry import connector_class
from signoff.connectors.tests.practice import connect

ACCOUNT = "26123456"


def told(**more):
    return {
        "eventId": 100,
        "subscriptionId": 7,
        "portalId": int(ACCOUNT),
        "appId": 1234567,
        "occurredAt": 1795000000000,
        "subscriptionType": "contact.creation",
        "attemptNumber": 0,
        "objectId": 501,
        **more,
    }


def receive(trigger, *events):
    push = Push(body=json.dumps(events).encode(), account_id=ACCOUNT)
    return connector_class("hubspot").receive(push, trigger)


def test_a_new_contact_is_one_to_be_read():
    (event,) = receive("contact_created", told())

    assert (event.key, event.object_id, event.to_read) == ("contact_created:501", "501", True)
    assert event.occurred_at is not None
    assert event.occurred_at.year == 2026


@pytest.mark.parametrize(
    ("trigger", "event"),
    [
        ("contact_created", told()),
        ("contact_created", told(subscriptionType="object.creation", objectTypeId="0-1")),
        ("company_created", told(subscriptionType="company.creation")),
        ("company_created", told(subscriptionType="object.creation", objectTypeId="0-2")),
        ("deal_created", told(subscriptionType="deal.creation")),
        ("deal_created", told(subscriptionType="object.creation", objectTypeId="0-3")),
    ],
)
def test_each_kind_is_told_in_older_words_and_newer_ones(trigger, event):
    assert len(receive(trigger, event)) == 1
    for other in {"contact_created", "company_created", "deal_created"} - {trigger}:
        assert receive(other, event) == []


@pytest.mark.parametrize(
    "event",
    [
        told(portalId=99),
        told(subscriptionType="contact.deletion"),
        told(subscriptionType="contact.propertyChange", propertyName="email"),
        told(subscriptionType="object.creation", objectTypeId="0-5"),
        told(objectId="../501"),
        {},
    ],
)
def test_what_is_not_a_new_record_of_ours_is_left_out(event):
    assert receive("contact_created", event) == []


def test_one_record_told_twice_in_a_request_is_one():
    events = receive("contact_created", told(), told(objectId=502), told(attemptNumber=2, eventId=101))

    assert [event.object_id for event in events] == ["501", "502"]


def test_it_has_the_key_under_which_it_would_be_found_by_asking(practice, monkeypatch):
    client = connect(practice, "hubspot")
    monkeypatch.setattr(type(client), "settled", timedelta(0))
    practice.control("hubspot", search_lag_seconds=0)
    cursor = client.changes("contact_created", None, ["email"]).cursor
    time.sleep(0.03)
    (id,) = practice.seed_leads(1)
    time.sleep(0.03)

    polled = client.changes("contact_created", cursor, ["email"]).events

    assert [event.key for event in polled] == [
        event.key for event in receive("contact_created", told(objectId=int(id)))
    ]


@pytest.mark.parametrize("body", [b"", b"{}", b"nonsense", b'"x"', b"\xff\xfe"])
def test_what_is_no_list_of_events_is_refused(body):
    with pytest.raises(Unreadable):
        connector_class("hubspot").receive(Push(body=body, account_id=ACCOUNT), "contact_created")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
EVENT = st.fixed_dictionaries(
    {},
    optional={
        "objectId": JSON,
        "portalId": JSON,
        "subscriptionType": JSON,
        "occurredAt": JSON,
        "objectTypeId": JSON,
    },
)


@given(st.lists(EVENT | JSON, max_size=5), st.sampled_from(sorted(WATCHES)))
def test_no_list_makes_it_fail(events, trigger):
    push = Push(body=json.dumps(events).encode(), account_id=ACCOUNT)

    connector_class("hubspot").receive(push, trigger)
