"""The connector on the practice app."""

from datetime import UTC, datetime, timedelta

import pytest

from signoff.connectors.base import Intent, NotSent, Sent, Unknown
from signoff.connectors.ntfy.connector import SendMessage
from signoff.connectors.tests.practice import connect
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    VendorDown,
)


@pytest.fixture
def ntfy(practice):
    practice.control("ntfy", fresh=True)
    yield connect(practice, "ntfy")
    practice.control("ntfy", fresh=True)


def person_sends(practice, text, **more):
    return practice.control("ntfy", message={"topic": "orders", "message": text} | more)["message"]


def intent(started_at=None, **params):
    return Intent("send_message", {"text": "Ready", **params}, "run-7", started_at or datetime.now(UTC))


def test_check_tells_whose_account_it_is_and_what_it_may(ntfy):
    account = ntfy.check()

    assert (account.id, account.lacks) == ("signoff-practice", ())
    assert account.may == ("read messages", "send messages")


def test_a_wrong_token_is_rejected(ntfy, practice):
    with pytest.raises(CredentialRejected):
        connect(practice, "ntfy", key="tk_00000000000000000000000000000").check()


def test_a_deleted_token_is_rejected(ntfy, practice):
    practice.control("ntfy", revoked=True)

    with pytest.raises(CredentialRejected):
        ntfy.check()


def test_check_says_that_the_topic_may_not_be_read(ntfy, practice):
    practice.control("ntfy", unreadable=["orders"])

    account = ntfy.check()

    assert account.lacks == ("read messages",)
    assert account.may == ("send messages",)


def test_new_messages_are_told_once_and_old_ones_never(ntfy, practice):
    person_sends(practice, "before")
    start = ntfy.changes("message_received", None, ())
    id = person_sends(practice, "two tents", title="Order", click="https://shop.example/7", priority=4)

    page = ntfy.changes("message_received", start.cursor, ())
    after = ntfy.changes("message_received", page.cursor, ())

    assert (start.events, after.events, page.more) == ((), (), False)
    (event,) = page.events
    assert (event.key, event.label) == (f"message_received:{id}", "Order")
    told = {"title": "Order", "message": "two tents", "click": "https://shop.example/7"}
    assert event.record == {"id": id} | told


def test_a_topic_without_messages_begins_empty(ntfy, practice):
    start = ntfy.changes("message_received", None, ())
    person_sends(practice, "first")

    page = ntfy.changes("message_received", start.cursor, ("message",))

    assert [event.record["message"] for event in page.events] == ["first"]


def test_the_same_cursor_gives_the_same_events(ntfy, practice):
    start = ntfy.changes("message_received", None, ())
    person_sends(practice, "one")

    first, second = (ntfy.changes("message_received", start.cursor, ()) for _ in range(2))

    assert first == second
    assert len(first.events) == 1


def test_a_scheduled_message_is_told_when_it_appears_though_others_came_before(ntfy, practice):
    start = ntfy.changes("message_received", None, ())
    person_sends(practice, "later", delay="30s")
    person_sends(practice, "now")
    page = ntfy.changes("message_received", start.cursor, ())
    practice.control("ntfy", clock_offset_seconds=60)
    try:
        person_sends(practice, "after")
        following = ntfy.changes("message_received", page.cursor, ())
    finally:
        practice.control("ntfy", clock_offset_seconds=0)

    assert [event.record["message"] for event in page.events] == ["now"]
    assert [event.record["message"] for event in following.events] == ["later", "after"]


def test_what_signoff_wrote_starts_nothing(ntfy):
    start = ntfy.changes("message_received", None, ())
    ntfy.send_message(SendMessage(text="Ready"), "run-7")

    assert ntfy.changes("message_received", start.cursor, ()).events == ()


def test_the_newest_messages_are_offered_first(ntfy, practice):
    for text in ("one", "two", "three"):
        person_sends(practice, text)
    ntfy.send_message(SendMessage(text="ours"), "run-7")

    assert [event.label for event in ntfy.latest("message_received", 2)] == ["three", "two"]


def test_a_message_is_read_by_its_id(ntfy, practice):
    id = person_sends(practice, "two tents")

    assert ntfy.read("message_received", id, ("message",)) == {"id": id, "message": "two tents"}
    assert ntfy.read("message_received", "000000000000", ("message",)) is None


def test_a_message_arrives_whole(ntfy, practice):
    params = SendMessage(title="Offer 7 – ready", text="Grüße 🙂", priority=5, link="https://shop.example/7")

    written = ntfy.send_message(params, "run-7")

    (kept,) = practice.books("ntfy")["messages"]
    assert kept["id"] == written.id
    assert (kept["topic"], kept["title"], kept["message"]) == ("orders", "Offer 7 – ready", "Grüße 🙂")
    assert (kept["priority"], kept["click"]) == (5, "https://shop.example/7")
    assert kept["tags"] == ["signoff", "run-7"]


def test_an_integration_may_name_another_topic(ntfy, practice):
    ntfy.send_message(SendMessage(topic="team", text="Ready"), "run-7")

    assert practice.books("ntfy")["messages"][0]["topic"] == "team"
    assert isinstance(ntfy.reconcile(intent(topic="team")), Sent)
    assert isinstance(ntfy.reconcile(intent()), NotSent)


def test_a_text_of_which_ntfy_would_make_a_file_is_not_sent(ntfy, practice):
    with pytest.raises(InputRejected) as refused:
        ntfy.send_message(SendMessage(text="🙂" * 1100), "run-7")

    assert "Nothing was sent" in refused.value.owner_message
    assert practice.books("ntfy")["messages"] == []


@pytest.mark.parametrize(
    "topic", ["../v1/account", "a/b", "team?x=1", "a\r\nX-Title: b", "a b", "ä", "x" * 65]
)
def test_a_hostile_topic_reaches_nothing(topic, ntfy, practice):
    with pytest.raises(InputRejected):
        ntfy.send_message(SendMessage(topic=topic, text="Ready"), "run-7")
    with pytest.raises(InputRejected):
        connect(practice, "ntfy", topic=topic).changes("message_received", None, ())

    assert practice.books("ntfy")["messages"] == []


@pytest.mark.parametrize("link", ["a\r\nX-Title: b", "javascript:alert(1)"])
def test_a_hostile_link_stays_a_link(link, ntfy, practice):
    ntfy.send_message(SendMessage(text="Ready", link=link), "run-7")

    (kept,) = practice.books("ntfy")["messages"]
    assert (kept["click"], kept.get("title")) == (link, None)


def test_a_lost_answer_is_unknown_and_the_message_is_found(ntfy, practice):
    practice.control("ntfy", fail_next="lost_answer")

    with pytest.raises(OutcomeUnknown):
        ntfy.send_message(SendMessage(text="Ready"), "run-7")

    assert ntfy.reconcile(intent()) == Sent(practice.books("ntfy")["messages"][0]["id"])


def test_a_message_that_never_arrived_is_known_not_to_have(ntfy, practice):
    person_sends(practice, "Ready run-7")

    assert isinstance(ntfy.reconcile(intent()), NotSent)


def test_what_ntfy_no_longer_keeps_is_unknown(ntfy, practice):
    assert isinstance(ntfy.reconcile(intent(datetime.now(UTC) - timedelta(hours=12))), Unknown)

    practice.control("ntfy", kept_seconds=0)

    assert isinstance(ntfy.reconcile(intent()), Unknown)


def test_a_topic_closed_for_sending_stops_this_work_only(ntfy, practice):
    practice.control("ntfy", unwritable=["orders"])

    with pytest.raises(PermissionMissing):
        ntfy.send_message(SendMessage(text="Ready"), "run-7")


def test_a_full_day_waits_and_reading_goes_on(ntfy, practice):
    practice.control("ntfy", daily_messages=0)

    with pytest.raises(RateLimited) as limited:
        ntfy.send_message(SendMessage(text="Ready"), "run-7")

    assert (limited.value.retry_after_seconds, limited.value.of_one) == (3600, True)
    assert ntfy.changes("message_received", None, ()).events == ()


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        ("bad_request", InputRejected),
        ("unauthorized", CredentialRejected),
        ("forbidden", PermissionMissing),
        ("not_found", InputRejected),
        ("too_large", InputRejected),
        ("rate_limited", RateLimited),
        ("daily_limit", RateLimited),
        ("auth_failures", RateLimited),
        ("http500", VendorDown),
        ("http502", VendorDown),
        ("http503", VendorDown),
    ],
)
def test_each_error_goes_to_whoever_can_mend_it(error, raised, ntfy, practice):
    practice.control("ntfy", fail_next=error)

    with pytest.raises(raised):
        ntfy.check()
