"""Labels on the practice Gmail: put on, taken off, made, and twice is once."""

from __future__ import annotations

import pytest

from signoff.connectors.tests.practice import connect
from signoff.core.errors import InputRejected, OutcomeUnknown, PermissionMissing


@pytest.fixture
def gmail(practice):
    practice.control("gmail", faults="", units_per_minute=1_000_000)
    return connect(practice, "gmail", key=practice.grant("gmail.modify").access_token)


@pytest.fixture
def message(practice):
    return practice.control("gmail", receive={"from": "ada@example.test", "subject": "Hi"})["receive"]["id"]


def labels_of(practice, id):
    return next(one["labels"] for one in practice.books("gmail")["received"] if one["id"] == id)


def test_a_label_is_made_once_and_put_on(practice, gmail, message):
    params = {"message": message, "add": "Support/Price", "remove": ["Inbox", "unread"], "create": True}

    for _ in range(2):
        written = gmail.perform("label", params, "m")

    assert written.id == message
    assert labels_of(practice, message) == ["Support/Price"]
    assert practice.books("gmail")["labels"].count("Support/Price") == 1


def test_a_label_is_found_by_its_name_in_any_case(practice, gmail, message):
    gmail.perform("label", {"message": message, "add": "Billing", "create": True}, "m")

    gmail.perform("label", {"message": message, "add": ["billing", "Starred"]}, "m")
    gmail.perform("label", {"message": message, "remove": "BILLING"}, "m")

    assert "Billing" not in labels_of(practice, message)
    assert "STARRED" in labels_of(practice, message)


@pytest.mark.parametrize("name", ["No such label", "Trash", "SPAM", "Sent", "DRAFT", "Label_99"])
def test_a_label_that_is_not_there_or_would_hide_mail_is_refused(practice, gmail, message, name):
    before = labels_of(practice, message)

    with pytest.raises(InputRejected) as caught:
        gmail.perform("label", {"message": message, "add": name}, "m")

    assert caught.value.field == "add"
    assert "Nothing was changed" in caught.value.owner_message
    assert labels_of(practice, message) == before


@pytest.mark.parametrize("name", ["TRASH", "spam", "Sent"])
def test_what_hides_mail_is_not_made_either(gmail, message, name):
    with pytest.raises(InputRejected):
        gmail.perform("label", {"message": message, "add": name, "create": True}, "m")


def test_a_message_that_is_gone_is_said_in_words(practice, gmail, message):
    practice.control("gmail", delete_message=message)

    with pytest.raises(InputRejected) as caught:
        gmail.perform("label", {"message": message, "add": "Starred"}, "m")

    assert caught.value.field == "message"


def test_a_lost_answer_is_simply_asked_again(practice, gmail, message):
    practice.control("gmail", fail_next={"fault": "lost_answer", "path": "/modify"})
    with pytest.raises(OutcomeUnknown):
        gmail.perform("label", {"message": message, "add": "Starred"}, "m")

    gmail.perform("label", {"message": message, "add": "Starred"}, "m")

    assert gmail.actions()["label"].repeatable
    assert labels_of(practice, message).count("STARRED") == 1


def test_a_sign_in_that_may_only_read_says_what_to_choose(practice, message):
    reader = connect(practice, "gmail", key=practice.grant("gmail.readonly").access_token)

    with pytest.raises(PermissionMissing) as caught:
        reader.perform("label", {"message": message, "add": "Starred"}, "m")

    assert "label e-mails" in caught.value.owner_message
    assert "read and label" in caught.value.next_step


def test_what_is_asked_for_at_the_sign_in_follows_from_what_the_owner_wants():
    from signoff.connectors import oauth
    from signoff.connectors.registry import manifests

    def scopes(**settings):
        url = oauth.authorize_url(manifests()["gmail"], "", "c", "http://127.0.0.1:1/", "s", "x", settings)
        assert "include_granted_scopes=true" in url
        return {name for name in ("compose", "readonly", "modify") if f"gmail.{name}" in url}

    assert scopes() == {"compose"}
    assert scopes(mail="leave alone") == {"compose"}
    assert scopes(mail="read") == {"compose", "readonly"}
    assert scopes(mail="read and label") == {"compose", "modify"}
