"""What Meta tells us becomes records and receipts, whatever is missing in it, and nothing of others."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.connectors.push import Push, Unreadable
from signoff.connectors.registry import connector_class
from signoff.core.errors import InputRejected, QuotaExhausted, Refused, SignatureRejected, WindowClosed
from signoff.core.secret import Secret

WhatsApp = connector_class("whatsapp")
ADA = {"profile": {"name": "Ada", "username": "ada.l"}, "wa_id": "491700000001", "user_id": "DE.1349120"}
HIDDEN = {"profile": {"name": "Bo", "username": "bo"}, "user_id": "DE.77"}
TEXT = {"from": "491700000001", "id": "wamid.IN1", "timestamp": "1795000000", "type": "text",
        "text": {"body": "What does it cost?"}}  # fmt: skip


def value(*messages, contacts=(ADA,), number="2223", **more):
    about = {"display_phone_number": "4930111", "phone_number_id": number}
    parts = {"contacts": list(contacts), "messages": list(messages), **more}
    return {"messaging_product": "whatsapp", "metadata": about, **{k: v for k, v in parts.items() if v}}


def push(*values, field="messages", object="whatsapp_business_account"):
    changes = [{"field": field, "value": one} for one in values]
    body = {"object": object, "entry": [{"id": "1", "changes": changes}]}
    return Push(body=json.dumps(body).encode(), settings={"phone_number_id": "2223"})


def received(*messages, **more):
    return WhatsApp.receive(push(value(*messages, **more)), "message_received")


def test_a_text_is_a_record_with_who_wrote_it_and_when():
    (event,) = received(TEXT)

    assert event.record == {
        "id": "wamid.IN1", "from": "491700000001", "name": "Ada", "type": "text", "text": "What does it cost?",
        "sent_at": "2026-11-18T11:06:40+00:00", "wa_id": "491700000001", "user_id": "DE.1349120",
        "username": "ada.l",
    }  # fmt: skip
    assert (event.key, event.object_id, event.label) == ("message:wamid.IN1", "wamid.IN1", "Ada")
    assert event.occurred_at == datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)
    assert event.parties == ("491700000001", "DE.1349120")


def test_somebody_without_a_number_is_their_id_for_this_business():
    without = {k: v for k, v in TEXT.items() if k != "from"} | {"from_user_id": "DE.77"}

    (event,) = received(without, contacts=[ADA, HIDDEN])

    assert (event.record["from"], event.label, event.parties) == ("DE.77", "Bo", ("DE.77",))
    assert "wa_id" not in event.record


@pytest.mark.parametrize(
    ("kind", "content", "fields"),
    [
        ("image", {"id": "77", "mime_type": "image/jpeg", "caption": "My card"},
         {"text": "My card", "file": "77", "file_type": "image/jpeg"}),
        ("audio", {"id": "78", "mime_type": "audio/ogg; codecs=opus"}, {"file": "78", "file_type": "audio/ogg"}),
        ("document", {"id": "79", "mime_type": "application/pdf", "filename": "order.pdf"},
         {"file": "79", "file_name": "order.pdf"}),
        ("button", {"payload": "stop", "text": "Stop promotions"}, {"text": "Stop promotions", "button": "stop"}),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "express", "title": "Express"}},
         {"text": "Express", "button": "express"}),
        ("interactive", {"type": "button_reply", "button_reply": {"id": "no", "title": "Cancel"}},
         {"text": "Cancel", "button": "no"}),
        ("location", {"latitude": 37.4, "longitude": -122.1, "name": "Philz", "address": "101 Forest Ave"},
         {"text": "Philz, 101 Forest Ave", "latitude": 37.4, "longitude": -122.1}),
        ("location", {"latitude": 37.4, "longitude": -122.1}, {"text": "37.4, -122.1"}),
        ("contacts", [{"name": {"formatted_name": "Lucía"}, "org": {"company": "G"}, "phones": [{"phone": "+1 9"}]}],
         {"text": "Lucía, G, +1 9", "contacts": "Lucía, G, +1 9"}),
        ("order", {"product_items": [{"product_retailer_id": "d1", "quantity": 2, "item_price": 30, "currency": "$"}]},
         {"items": "2 × d1 at 30 $"}),
        ("unsupported", None, {"text": ""}),
    ],
)  # fmt: skip
def test_every_kind_of_message_becomes_fields(kind, content, fields):
    (event,) = received({**TEXT, "type": kind, kind: content, "context": {"id": "wamid.OUT9"}})

    assert event.record["type"] == kind
    assert event.record["reply_to"] == "wamid.OUT9"
    assert event.record.items() >= fields.items()


@pytest.mark.parametrize("kind", ["reaction", "system", "request_welcome", "revoke"])
def test_what_nobody_answers_is_no_record(kind):
    assert received({**TEXT, "type": kind, kind: {"emoji": "👍"}}) == []


def test_other_numbers_other_fields_and_other_objects_are_not_ours():
    other = value(TEXT, number="9999")

    assert [e.object_id for e in WhatsApp.receive(push(other, value(TEXT)), "message_received")] == [
        "wamid.IN1"
    ]
    assert WhatsApp.receive(push(other), "message_received") == []
    assert WhatsApp.receive(push(value(TEXT), field="account_update"), "message_received") == []
    assert WhatsApp.receive(push(value(TEXT), object="page"), "message_received") == []


def test_several_messages_in_one_request_are_several_records():
    second = {**TEXT, "id": "wamid.IN2", "text": {"body": "Hello?"}}

    assert [event.object_id for event in received(TEXT, second)] == ["wamid.IN1", "wamid.IN2"]


def test_a_message_without_an_id_is_the_same_when_it_is_told_again():
    without = {k: v for k, v in TEXT.items() if k != "id"}

    assert received(without)[0].key == received(without)[0].key != received({**without, "text": {}})[0].key


# What became of ours


def status(state, **more):
    told = {
        "id": "wamid.OUT1",
        "status": state,
        "timestamp": "1795000020",
        "biz_opaque_callback_data": "so-1-0-ab",
    }
    return {**told, **more}


def receipts(*statuses, **more):
    return WhatsApp.receipts(push(value(statuses=list(statuses), **more)))


@pytest.mark.parametrize(
    ("state", "ours"),
    [
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "read"),
        ("played", "read"),
        ("failed", "failed"),
    ],
)
def test_a_status_with_our_marker_is_a_receipt(state, ours):
    (receipt,) = receipts(status(state))

    assert (receipt.marker, receipt.external_id, receipt.state) == ("so-1-0-ab", "wamid.OUT1", ours)
    assert receipt.at == datetime(2026, 11, 18, 11, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "family"),
    [
        (131047, WindowClosed),
        (131026, InputRejected),
        (131042, QuotaExhausted),
        (131049, Refused),
        (999, Refused),
    ],
)
def test_one_that_failed_says_whose_it_is_to_mend(code, family):
    errors = [{"code": code, "title": "x", "error_data": {"details": "Ada's number +49170 is no good"}}]

    (receipt,) = receipts(status("failed", errors=errors))

    assert isinstance(receipt.why, family)
    assert str(code) in str(receipt.why)
    assert str(code) not in receipt.why.owner_message + receipt.why.next_step
    assert "49170" not in str(receipt.why)


def test_statuses_of_other_senders_and_unknown_ones_are_none_of_ours():
    assert receipts(status("sent", biz_opaque_callback_data=None)) == []
    assert receipts(status("teleported")) == []
    assert receipts(status("sent"), number="9999") == []


# The question whether the address is ours


def asked(**query):
    from urllib.parse import urlencode

    return Push(
        "GET", "https://x.test/in/key?" + urlencode({n.replace("_", ".", 1): v for n, v in query.items()})
    )


SECRETS = {"verify_token": Secret("our word")}


def test_the_challenge_is_answered_where_the_word_is_ours():
    good = asked(hub_mode="subscribe", hub_challenge="1158201444", hub_verify_token="our word")

    assert WhatsApp.handshake(good, SECRETS) == "1158201444"


@pytest.mark.parametrize(
    "query",
    [
        {"hub_challenge": "1", "hub_verify_token": "another"},
        {"hub_challenge": "1"},
        {"hub_verify_token": "our word"},
        {"hub_challenge": "<script>alert(1)</script>", "hub_verify_token": "our word"},
    ],
)
def test_any_other_question_is_refused(query):
    with pytest.raises(SignatureRejected):
        WhatsApp.handshake(asked(hub_mode="subscribe", **query), SECRETS)
    with pytest.raises(SignatureRejected):
        WhatsApp.handshake(asked(hub_mode="subscribe", hub_challenge="1", hub_verify_token=""), {})


def test_what_is_no_question_is_none():
    assert WhatsApp.handshake(asked(hub_mode="unsubscribe"), SECRETS) is None
    assert WhatsApp.handshake(push(value(TEXT)), SECRETS) is None


# Whatever comes

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["messages", "statuses", "contacts", "metadata", "type", "text", "id", "from", "image", "interactive",
             "order", "product_items", "profile", "context", "errors", "status", "biz_opaque_callback_data",
             "timestamp", "location", "phone_number_id"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["messages", "statuses", "contacts"]), anything))
def test_no_shape_makes_it_fail(parts):
    told = push({**parts, "metadata": {"phone_number_id": "2223"}})

    for event in WhatsApp.receive(told, "message_received"):
        assert event.key
        json.dumps(event.record)
    for receipt in WhatsApp.receipts(told):
        assert receipt.marker


@given(anything)
def test_whatever_is_no_delivery_of_meta_is_unreadable_or_empty(body):
    told = Push(body=json.dumps(body).encode(), settings={"phone_number_id": "2223"})

    try:
        assert WhatsApp.receive(told, "message_received") == []
    except Unreadable:
        assert not isinstance(body, dict)
