from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from signoff.connectors import oauth
from signoff.connectors.base import Intent, NotSent, Sent, Unknown
from signoff.connectors.registry import manifests
from signoff.connectors.tests.practice import connect
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    VendorDown,
)
from signoff.core.secret import Secret
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE
from signoff_sandbox.testing import CLIENT_ID, CLIENT_SECRET

DRAFT = {"to": "ada@example.test", "subject": "Your question – Grüße", "body": "Hi Ada,\nthank you."}


@pytest.fixture
def gmail(practice):
    practice.control("gmail", faults="", rewrite_message_id=False)
    return connect(practice, "gmail")


@pytest.fixture
def reader(practice):
    practice.control("gmail", faults="", rewrite_message_id=False)
    key = practice.grant("gmail.compose", "gmail.readonly").access_token
    return connect(practice, "gmail", key=key)


def intent(action, marker):
    return Intent(action, DRAFT, marker, datetime.now(UTC) - timedelta(seconds=5))


def drafts_of(practice):
    return practice.books("gmail")["drafts"]


def test_check_names_the_mailbox(practice, gmail):
    account = gmail.check()

    assert account.id == practice.books("gmail", summary=True)["account"].lower()
    assert account.may == ("create drafts", "send e-mails")
    assert account.lacks == ("read e-mails", "label e-mails")


def test_check_says_what_a_smaller_sign_in_lacks(practice):
    account = connect(practice, "gmail", key=practice.grant("gmail.metadata").access_token).check()

    assert "create drafts" in account.lacks


def test_a_draft_is_in_the_drafts_folder(practice, gmail):
    before = practice.books("gmail", summary=True)["drafts"]

    written = gmail.perform("create_draft", DRAFT, "so-draft-1")

    assert written.id
    assert practice.books("gmail", summary=True)["drafts"] == before + 1
    assert "so-draft-1" in str(drafts_of(practice))


def test_an_answer_lands_in_its_conversation(practice, gmail):
    came = practice.control(
        "gmail",
        receive={
            "from": "ada@example.test",
            "subject": "Hi",
            "body": "?",
            "headers": {"Message-ID": "<q@example.test>"},
        },
    )["receive"]
    answering = {
        **DRAFT,
        "subject": "Re: Hi",
        "thread_id": came["threadId"],
        "reply_to_message_id": "<q@example.test>",
    }

    gmail.perform("create_draft", answering, "so-thread-1")

    assert any(
        draft.get("threadId") == came["threadId"] or came["threadId"] in str(draft)
        for draft in drafts_of(practice)
    )


def test_a_conversation_that_does_not_exist_is_refused(gmail):
    with pytest.raises(InputRejected):
        gmail.perform("create_draft", {**DRAFT, "thread_id": "18cffffffffffff"}, "m")


@pytest.mark.parametrize("rewritten", [False, True])
@pytest.mark.parametrize("fault", ["lost_answer", "late503", "malformed"])
def test_a_draft_whose_answer_was_lost_is_found(practice, gmail, fault, rewritten):
    marker = f"so-{fault}-{rewritten}".replace("_", "-")
    practice.control(
        "gmail", rewrite_message_id=rewritten, fail_next={"fault": fault, "path": "/drafts", "method": "POST"}
    )

    with pytest.raises(OutcomeUnknown):
        gmail.perform("create_draft", DRAFT, marker)

    assert isinstance(gmail.reconcile(intent("create_draft", marker)), Sent)


def test_a_draft_that_never_arrived_needs_the_right_to_read_to_be_sure(practice, gmail, reader):
    practice.control("gmail", fail_next={"fault": "cut", "path": "/drafts", "method": "POST"})

    with pytest.raises(OutcomeUnknown):
        gmail.perform("create_draft", DRAFT, "so-never-1")

    assert isinstance(gmail.reconcile(intent("create_draft", "so-never-1")), Unknown)
    assert reader.reconcile(intent("create_draft", "so-never-1")) == NotSent()


def test_a_draft_that_a_person_has_sent_since_is_found_in_the_sent_folder(practice, gmail, reader):
    written = gmail.perform("create_draft", DRAFT, "so-sent-1")
    practice.control("gmail", send_draft=written.id)

    assert isinstance(reader.reconcile(intent("create_draft", "so-sent-1")), Sent)


def test_a_message_is_sent_and_found(practice, reader):
    sent = reader.perform("send_message", DRAFT, "so-message-1")

    assert reader.reconcile(intent("send_message", "so-message-1")) == Sent(sent.id)


def test_a_question_that_fails_is_only_asked_again(practice, gmail):
    practice.control("gmail", fail_next="http500")

    with pytest.raises(VendorDown):
        gmail.check()


def test_a_send_only_sign_in_cannot_make_drafts(practice):
    client = connect(practice, "gmail", key=practice.grant("gmail.send").access_token)

    with pytest.raises(PermissionMissing):
        client.perform("create_draft", DRAFT, "m")


def test_an_access_token_that_is_over_is_renewed_on_the_way(practice):
    grant = practice.grant()
    key = [grant.access_token]

    def renew():
        key[0] = renewed(practice, grant.refresh_token).access_token.reveal()
        return True

    door = Door(
        practice.gmail,
        app="Gmail",
        authorise=lambda: {"Authorization": f"Bearer {key[0]}"},
        refresh=renew,
        allow_hosts=HERE,
    )
    client = type(connect(practice, "gmail"))(door)
    practice.control("gmail", expire_access_tokens=None)

    assert client.perform("create_draft", DRAFT, "so-renewed-1").id
    assert key[0] != grant.access_token


def renewed(practice, refresh_token):
    return oauth.refresh(
        Door(practice.gmail, app="Gmail", allow_hosts=HERE),
        manifests()["gmail"],
        base_override=practice.gmail,
        client_id=CLIENT_ID,
        client_secret=Secret(CLIENT_SECRET),
        refresh_token=Secret(refresh_token),
    )


def test_a_sign_in_that_was_revoked_is_over(practice):
    grant = practice.grant()
    oauth.revoke(
        Door(practice.gmail, app="Gmail", allow_hosts=HERE),
        manifests()["gmail"],
        base_override=practice.gmail,
        token=Secret(grant.refresh_token),
    )

    with pytest.raises(CredentialRejected):
        renewed(practice, grant.refresh_token)
    with pytest.raises(CredentialRejected):
        connect(practice, "gmail", key=grant.access_token).check()
