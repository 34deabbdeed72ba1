"""A webhook in is a secret that nobody is asked about; a webhook out is held to a receiver that verifies."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from signoff.connectors.base import Intent, Unknown
from signoff.connectors.registry import connector_class
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    VendorDown,
)
from signoff.outbound.door import Door
from signoff.outbound.guard import AddressRefused
from signoff.outbound.tests.local import HERE, answer, local

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
PATH = "/hooks/catch/81/marked-path-secret/"
DATA = {"email": "ada@example.test", "reply": "Grüße, Ada – “yes”"}


class NoDoor:
    base_url = ""

    def __getattr__(self, name):
        raise AssertionError("somebody was asked")


def webhook(server, secret=SECRET, **settings):
    door = Door(
        server if isinstance(server, str) else server.url + PATH,
        app="Webhook",
        authorise=lambda: {"Authorization": f"Bearer {secret}"},
        allow_hosts=HERE,
        timeout_seconds=2.0,
    )
    return connector_class("webhook")(door, settings)


def send(server, action="send", marker="so-1", data=DATA, **settings):
    return webhook(server, **settings).perform(action, {"data": data}, marker)


def test_nobody_is_asked_about_a_signing_secret():
    account = connector_class("webhook")(NoDoor()).check()

    assert account.id == "webhook"
    assert account.may == ("let signed records in",)


def test_the_official_receiver_verifies_what_is_sent_and_knows_a_second_copy():
    with local(lambda asked: answer(202)) as server:
        send(server, signed="standard")
        send(server, signed="standard")

    first, second = server.asked
    received = Receiver(SECRET).verify(first.body, first.headers)
    assert received == {"id": "so-1", "type": "answer.approved", "data": DATA}
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "so-1"
    assert first.body == second.body
    assert SECRET not in str(first.headers)
    with pytest.raises(WebhookVerificationError):
        Receiver(SECRET).verify(first.body.replace(b"yes", b"no!"), first.headers)


@pytest.mark.parametrize(
    ("header", "carries"),
    [("X-Webhook-Secret", "a-long-secret"), ("Authorization", "Bearer a-long-secret")],
)
def test_a_receiver_that_verifies_nothing_gets_the_secret_in_the_header_it_looks_at(header, carries):
    with local(lambda asked: answer(200, "Accepted")) as server:
        written = send(server, secret="a-long-secret", header=header)

    (asked,) = server.asked
    assert asked.headers[header.lower()] == carries
    assert ("authorization" in asked.headers) is (header == "Authorization")
    assert asked.target == PATH
    assert json.loads(asked.body)["id"] == written.id == "so-1"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, PermissionMissing),
        (400, InputRejected),
        (401, CredentialRejected),
        (403, CredentialRejected),
        (404, PermissionMissing),
        (410, PermissionMissing),
        (413, InputRejected),
        (422, InputRejected),
        (429, RateLimited),
        (500, VendorDown),
        (503, VendorDown),
    ],
)
def test_each_status_belongs_to_somebody(status, error):
    said = answer(status, headers={"retry-after": "7", "location": "/x"})
    with local(lambda asked: said) as server, pytest.raises(error) as caught:
        send(server)

    assert len(server.asked) == 1
    if isinstance(caught.value, RateLimited | VendorDown):
        assert caught.value.retry_after_seconds == 7
    assert "marked-path-secret" not in f"{caught.value} {caught.value.owner_message}"


@pytest.mark.parametrize("status", [302, 303])
def test_a_receiver_that_says_where_its_result_is_may_have_taken_it_and_hears_it_once(status):
    said = answer(status, headers={"location": "/result"})
    with local(lambda asked: said) as server:
        with pytest.raises(OutcomeUnknown):
            send(server, "send_once")
        with pytest.raises(PermissionMissing):
            send(server, "send")  # it knows what it has seen, so it can go again


def test_a_full_queue_at_make_is_a_wait_and_no_refusal():
    with local(lambda asked: answer(400, "Queue is full.")) as server, pytest.raises(RateLimited):
        send(server)


@pytest.mark.parametrize("said", [None, lambda sock: None])
@pytest.mark.parametrize("action", ["send", "send_once"])
def test_a_lost_answer_is_never_called_done(action, said):
    with local(lambda asked: said) as server, pytest.raises(OutcomeUnknown) as caught:
        send(server, action)

    assert "marked-path-secret" not in str(caught.value)


def test_what_goes_once_is_in_doubt_after_an_outage_and_a_person_is_asked():
    with local(lambda asked: answer(502)) as server:
        with pytest.raises(OutcomeUnknown):
            send(server, "send_once")
        outcome = webhook(server).reconcile(Intent("send_once", {}, "so-1", datetime.now(UTC)))

    actions = connector_class("webhook").actions()
    assert isinstance(outcome, Unknown)
    assert actions["send"].repeatable
    assert not actions["send_once"].repeatable


def test_a_webhook_without_an_address_sends_nothing_and_says_where_to_state_it():
    with pytest.raises(AddressRefused) as caught:
        send("")

    assert "Open Connections" in caught.value.next_step


@pytest.mark.parametrize(
    "address", ["https://10.0.0.7/hook", "https://169.254.169.254/x", "http://example.org/h"]
)
def test_an_address_inside_a_private_network_is_refused(address):
    with pytest.raises(AddressRefused):
        send(address)


@pytest.mark.parametrize(
    ("address", "secret", "settings", "error"),
    [
        ("http://example.org/hook", SECRET, {}, AddressRefused),
        ("https://example.org/hook", "no-such-form!", {"signed": "standard"}, InputRejected),
        ("https://example.org/hook", "whsk_" + SECRET[6:], {"signed": "standard"}, InputRejected),
        ("https://example.org/hook", SECRET, {"header": "Host"}, InputRejected),
        ("https://example.org/hook", SECRET, {"header": "X-A: b\r\nX-C"}, InputRejected),
    ],
)
def test_what_could_never_be_sent_is_refused_before_it_is_saved(address, secret, settings, error):
    with pytest.raises(error) as caught:
        webhook(address, secret, **settings).check()

    assert secret not in f"{caught.value} {caught.value.owner_message} {caught.value.next_step}"


def test_a_good_address_is_named_by_its_host_and_nothing_is_sent_to_try_it():
    with local(lambda asked: answer(200)) as server:
        account = webhook(server, signed="standard").check()

    assert server.asked == []
    assert account.name == "127.0.0.1"
    assert "send approved answers to 127.0.0.1" in account.may
    assert "marked-path-secret" not in str(account)
