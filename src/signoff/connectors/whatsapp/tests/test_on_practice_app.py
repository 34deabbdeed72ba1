from __future__ import annotations

from datetime import UTC, datetime

import pytest

from signoff.connectors.base import Intent, Unknown
from signoff.connectors.tests.practice import connect
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    Refused,
    VendorDown,
    WindowClosed,
)
from signoff_sandbox.whatsapp.office import APP_ID, PHONE_ID, SECOND_PHONE_ID

ADA = "491700000001"
TO_ADA = {"to": ADA, "body": "Thanks, it is $149 a month."}
GOOD = ["whatsapp_business_management", "whatsapp_business_messaging"]


@pytest.fixture
def whatsapp(practice):
    practice.control(
        "whatsapp", faults="", restore_key=True, closed_window="later", statuses="at once", clock_offset_seconds=0,
        token={"scopes": GOOD, "ends_at": None, "data_access_ends_at": None, "app_id": APP_ID},
        number={"quality": "GREEN", "mode": "LIVE"},
        limits={"per_second": 80, "pair_burst": 45},
    )  # fmt: skip
    practice.control("whatsapp", receive={"from": ADA, "name": "Ada"})
    return connect(practice, "whatsapp")


def sent(practice):
    return practice.books("whatsapp")["sent"]


# Who we are


def test_check_names_the_number(whatsapp):
    account = whatsapp.check()

    assert account.id == PHONE_ID
    assert account.name == "Practice Ltd +1 555-078-3881"
    assert account.may == ("receive and send messages", "read your templates")
    assert (account.lacks, account.ends_at) == ((), None)


def test_check_says_when_the_key_ends_whichever_end_is_first(practice, whatsapp):
    practice.control(
        "whatsapp",
        token={"ends_at": "2027-01-20T00:00:00+00:00", "data_access_ends_at": "2026-12-24T00:00:00+00:00"},
    )
    assert whatsapp.check().ends_at == datetime(2026, 12, 24, tzinfo=UTC)

    practice.control("whatsapp", token={"data_access_ends_at": None})
    assert whatsapp.check().ends_at == datetime(2027, 1, 20, tzinfo=UTC)


def test_check_says_what_a_smaller_key_lacks(practice, whatsapp):
    practice.control("whatsapp", token={"scopes": ["whatsapp_business_messaging"]})

    assert whatsapp.check().lacks == ("read your templates (whatsapp_business_management)",)


def test_a_key_that_may_not_send_is_told_apart(practice, whatsapp):
    practice.control("whatsapp", token={"scopes": ["whatsapp_business_management"]})

    with pytest.raises(PermissionMissing) as caught:
        whatsapp.check()

    assert caught.value.lacks == ("whatsapp_business_messaging",)


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ({"revoke_key": 460}, "password"),
        ({"revoke_key": 458}, "taken away"),
        ({"revoke_key": True}, "no longer accepts"),
        ({"token": {"ends_at": 1}}, "reached its end"),
    ],
)
def test_a_key_that_is_not_good_any_more_says_why(practice, whatsapp, verb, words):
    practice.control("whatsapp", **verb)

    with pytest.raises(CredentialRejected) as caught:
        whatsapp.check()

    assert words in caught.value.owner_message


def test_a_key_that_is_none_is_refused(practice, whatsapp):
    with pytest.raises(CredentialRejected):
        connect(practice, "whatsapp", key="EAAnonsense").check()


def test_the_secret_of_another_app_is_noticed_when_connecting(practice, whatsapp):
    with pytest.raises(InputRejected) as caught:
        connect(practice, "whatsapp", app_secret="another").check()
    assert caught.value.field == "app_secret"

    practice.control("whatsapp", token={"app_id": "999888777"})
    with pytest.raises(InputRejected) as caught:
        whatsapp.check()
    assert caught.value.field == "app_secret"


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"phone_number_id": "123"}, "phone_number_id"),
        ({"waba_id": "123"}, "waba_id"),
        ({"waba_id": PHONE_ID}, "waba_id"),
        ({"phone_number_id": "../me"}, "phone_number_id"),
    ],
)
def test_an_id_that_is_another_one_is_named(practice, whatsapp, settings, field):
    with pytest.raises(InputRejected) as caught:
        connect(practice, "whatsapp", **settings).check()

    assert caught.value.field == field


def test_a_second_number_is_another_account(practice, whatsapp):
    assert connect(practice, "whatsapp", phone_number_id=SECOND_PHONE_ID).check().id == SECOND_PHONE_ID


def test_check_shows_a_test_number_a_bad_quality_and_a_version_that_has_ended(practice, whatsapp):
    practice.control("whatsapp", number={"quality": "RED", "mode": "SANDBOX"})
    practice.control("whatsapp", clock_at="2028-08-01T00:00:00+00:00")

    account = whatsapp.check()
    practice.control("whatsapp", clock_offset_seconds=0)

    assert account.name.endswith("(test number)")
    assert "v26.0 answers instead" in account.lacks[0]
    assert "quality" in account.lacks[1]


# What goes out


def test_a_text_reaches_the_customer_with_our_marker_and_above_it_their_question(practice, whatsapp):
    question = practice.control("whatsapp", receive={"from": ADA})["receive"]["id"]

    written = whatsapp.perform("send_text", {**TO_ADA, "reply_to": question}, "so-1-0-text")

    (message,) = [m for m in sent(practice) if m["marker"] == "so-1-0-text"]
    assert (message["id"], message["text"], message["answers"]) == (written.id, TO_ADA["body"], question)
    assert "accepted" in written.note


@pytest.mark.parametrize("to", ["+49 170 0000001", "49 (170) 000-0001", " 491700000001 "])
def test_a_number_may_be_written_as_people_write_it(practice, whatsapp, to):
    whatsapp.perform("send_text", {**TO_ADA, "to": to}, "so-1-0-people")

    assert sent(practice)[-1]["with"] == ADA


@pytest.mark.parametrize(
    "to", ["", "0170 0000001", "ada@example.test", "491700000001,491700000002", "DE.", "x" * 90]
)
def test_what_is_no_number_is_refused_before_anything_is_sent(practice, whatsapp, to):
    before = len(sent(practice))

    with pytest.raises(InputRejected) as caught:
        whatsapp.perform("send_text", {**TO_ADA, "to": to}, "m")

    assert caught.value.field == "to"
    assert len(sent(practice)) == before


def test_somebody_who_hides_their_number_is_answered_by_their_id(practice, whatsapp):
    told = practice.control(
        "whatsapp", receive={"from": "491700000077", "username": "bo", "hides_number": True}
    )["receive"]

    whatsapp.perform("send_text", {**TO_ADA, "to": told["user_id"]}, "so-1-0-hidden")

    assert sent(practice)[-1]["user_id"] == told["user_id"]


def test_a_template_is_sent_with_its_blanks_filled(practice, whatsapp):
    filled = {"to": ADA, "template": "answer_ready/en_US", "values": ["Ada\n  Lovelace"]}

    whatsapp.perform("send_template", filled, "so-1-0-template")

    assert sent(practice)[-1]["text"].startswith("Hi Ada Lovelace, we have an answer")


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"template": "answer_ready/en_US"}, "values"),
        ({"template": "answer_ready/fr"}, "template"),
        ({"template": "summer_sale/en_US", "values": ["Ada"]}, "template"),
        ({"template": "answer_ready"}, "template"),
        ({"template": "answer_ready/en_US", "values": [" "]}, "values"),
    ],
)
def test_a_template_that_cannot_be_sent_names_what_is_wrong(whatsapp, params, field):
    with pytest.raises(InputRejected) as caught:
        whatsapp.perform("send_template", {"to": ADA, **params}, "m")

    assert caught.value.field == field


def test_the_approved_texts_are_all_pages_of_templates_that_we_can_send(practice, whatsapp):
    for n in range(102):
        practice.control("whatsapp", add_template={"name": f"many_{n}", "body": "Hi"})

    approved = {one.key: one for one in whatsapp.approved()}

    assert len(approved) >= 106
    assert approved["answer_ready/en_US"].blanks() == 1
    assert approved["answer_ready/en_US"].filled(["Ada"]).startswith("Hi Ada,")
    assert "summer_sale/en_US" not in approved
    assert "winter_sale/en_US" not in approved


def test_a_message_is_marked_as_read_and_again(practice, whatsapp):
    id = practice.control("whatsapp", receive={"from": ADA})["receive"]["id"]

    for _ in range(2):
        assert whatsapp.perform("mark_as_read", {"message": id}, "m").id == id

    assert [m["read"] for m in practice.books("whatsapp")["received"] if m["id"] == id] == [True]


def test_a_file_of_a_customer_is_read_by_its_reference(practice, whatsapp):
    practice.control("whatsapp", receive={"type": "image", "image": {"data": "aGVsbG8="}})
    reference = practice.books("whatsapp")["received"][-1]["media"]

    file = whatsapp.file(reference)

    assert (file.content, file.media_type) == (b"hello", "image/jpeg")
    with pytest.raises(InputRejected, match="400"):
        whatsapp.file("123")
    with pytest.raises(InputRejected):
        connect(practice, "whatsapp", phone_number_id=SECOND_PHONE_ID).file(reference)


# When it goes wrong


@pytest.mark.parametrize("fault", ["lost_answer", "late503", "malformed", "cut", "http500", "http502"])
def test_after_a_lost_answer_nobody_can_say(practice, whatsapp, fault):
    practice.control("whatsapp", fail_next={"fault": fault, "path": "/messages", "method": "POST"})

    with pytest.raises(OutcomeUnknown):
        whatsapp.perform("send_text", TO_ADA, "m")
    intent = Intent("send_text", TO_ADA, "m", datetime.now(UTC))
    assert isinstance(whatsapp.reconcile(intent), Unknown)


def test_a_closed_window_that_is_told_at_once_is_told_apart(practice, whatsapp):
    practice.control("whatsapp", closed_window="at once")

    with pytest.raises(WindowClosed) as caught:
        whatsapp.perform("send_text", {**TO_ADA, "to": "491709999999"}, "m")

    assert "template" in caught.value.next_step


def test_the_pace_of_a_number_is_told_apart_from_that_of_one_customer(practice, whatsapp):
    practice.control("whatsapp", limits={"per_second": 1})
    with pytest.raises(RateLimited) as of_all:
        _ = [whatsapp.perform("send_text", TO_ADA, "m") for _ in range(5)]
    practice.control("whatsapp", limits={"per_second": 80, "pair_burst": 1})
    with pytest.raises(RateLimited) as of_one:
        _ = [whatsapp.perform("send_text", TO_ADA, "m") for _ in range(3)]

    assert (of_all.value.of_one, of_all.value.retry_after_seconds) == (False, 5.0)
    assert of_one.value.of_one


FAMILIES = {
    CredentialRejected: [0, 190],
    PermissionMissing: [3, 10, 200, 131005],
    QuotaExhausted: [131042],
    WindowClosed: [131047],
    RateLimited: [4, 80007, 130429, 131056],
    VendorDown: [131057],
    OutcomeUnknown: [1, 2, 131000, 131016],
    InputRejected: [
        100, 130497, 131008, 131009, 131021, 131026, 131030, 131050, 131051, 131052, 131053, 131062, 131063,
        132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018, 135000,
    ],
    Refused: [368, 130472, 131031, 131037, 131045, 131048, 131049, 131064, 133010],
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "family"), [(code, family) for family, codes in FAMILIES.items() for code in codes]
)
def test_every_code_of_metas_table_belongs_to_a_family(practice, whatsapp, code, family):
    practice.control("whatsapp", fail_next={"fault": f"code_{code}", "path": "/messages"})

    with pytest.raises(family) as caught:
        whatsapp.perform("send_text", TO_ADA, "m")

    assert type(caught.value) is family
    assert str(code) in str(caught.value)
    assert "149" not in str(caught.value)
    assert ADA not in str(caught.value)
    assert str(code) not in caught.value.owner_message + caught.value.next_step


def test_the_table_is_whole():
    from signoff_sandbox.whatsapp.errors import CODES

    assert sorted(code for codes in FAMILIES.values() for code in codes) == sorted(CODES)
