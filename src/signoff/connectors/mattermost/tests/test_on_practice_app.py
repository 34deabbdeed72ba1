"""The connector on the practice Mattermost: permissions, new messages, answers, and answers that were lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from signoff.connectors.base import Intent, NotSent, Sent
from signoff.connectors.mattermost.connector import SendMessage
from signoff.connectors.tests.practice import connect
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
)
from signoff_sandbox.testing import MATTERMOST_SETTINGS

ORDERS = MATTERMOST_SETTINGS["channel"]
OFFERS = "tpncbef59f4k1qe83o4xp9fdt7"
MARKER = "so-7-0-1f9c"


@pytest.fixture
def server(practice):
    practice.control("mattermost", fresh=True)
    yield lambda verb, value: practice.control("mattermost", **{verb: value})[verb]
    practice.control("mattermost", fresh=True)


@pytest.fixture
def mattermost(practice, server):
    return connect(practice, "mattermost")


def told(connector, cursor):
    page = connector.changes("message_posted", cursor, ())
    return [event.record["message"] for event in page.events], page.cursor


def send(connector, **params):
    return connector.send_message(SendMessage(**params), MARKER)


def intent(channel=ORDERS):
    return Intent("send_message", {"channel": channel, "text": "Yes"}, MARKER, datetime.now(UTC))


def test_check_says_who_it_is_and_what_it_may(mattermost):
    account = mattermost.check()

    assert (account.name, len(account.id)) == ("@signoff", 26)
    assert account.may == ("read messages", "send messages")
    assert account.lacks == ()


def test_check_with_a_wrong_key(practice, server):
    with pytest.raises(CredentialRejected):
        connect(practice, "mattermost", key="x" * 26).check()


def test_check_tells_what_a_restricted_key_lacks(mattermost, server):
    server("may_post", False)
    assert mattermost.check().lacks == ("send messages",)

    server("joined", [OFFERS])
    assert mattermost.check().lacks == ("read messages", "send messages")


def test_check_with_no_id_as_channel(practice, server):
    with pytest.raises(InputRejected):
        connect(practice, "mattermost", channel="../../users").check()


def test_begins_now_and_tells_each_message_in_order(mattermost, server):
    server("post", {"message": "Before"})
    old, cursor = told(mattermost, None)
    server("post", {"message": "First"})
    server("post", {"message": "Second"})

    messages, after = told(mattermost, cursor)

    assert (old, messages) == ([], ["First", "Second"])
    assert told(mattermost, cursor) == (messages, after), "the same cursor gives the same again"
    assert {event.key for event in mattermost.changes("message_posted", after, ()).events} <= {
        event.key for event in mattermost.changes("message_posted", cursor, ()).events
    }


def test_begins_in_an_empty_channel(mattermost, server):
    _, cursor = told(mattermost, None)
    server("post", {"message": "The first of all"})

    assert told(mattermost, cursor)[0] == ["The first of all"]


@pytest.mark.parametrize("mark", ["from_bot", "from_webhook", "from_plugin", "from_oauth_app"])
def test_what_programs_write_starts_nothing(mattermost, server, mark):
    _, cursor = told(mattermost, None)
    server("post", {"message": "Beep", "props": {mark: "true"}})
    server("post", {"message": "ada joined", "type": "system_join_channel"})

    assert told(mattermost, cursor)[0] == []


def test_what_we_write_starts_nothing_even_as_a_person(mattermost, server):
    _, cursor = told(mattermost, None)
    send(mattermost, channel=ORDERS, text="From us")
    server("post", {"message": "From us, by a person's token", "props": {"signoff": MARKER}})

    assert told(mattermost, cursor)[0] == []


def test_an_edit_starts_nothing_new_and_what_is_deleted_nothing_at_all(mattermost, server):
    old = server("post", {"message": "Old"})
    _, cursor = told(mattermost, None)
    gone = server("post", {"message": "Gone"})
    server("edit", {"id": old, "message": "Old, edited"})
    server("delete", gone)

    assert told(mattermost, cursor)[0] == []


def test_a_burst_beyond_what_one_answer_holds_is_told_whole(mattermost, server):
    server("post", {"message": "Before"})
    _, cursor = told(mattermost, None)
    server("post", {"message": "Burst", "times": 1203})

    page = mattermost.changes("message_posted", cursor, ())

    assert len(page.events) == len({event.key for event in page.events}) == 1203


def test_reads_one_and_knows_when_it_is_gone(mattermost, server):
    root = server("post", {"message": "Question"})
    reply = server("post", {"message": "More", "thread": root})

    assert mattermost.read("message_posted", root, ())["thread"] == root
    assert mattermost.read("message_posted", reply, ("thread",)) == {"id": reply, "thread": root}

    server("delete", reply)
    assert mattermost.read("message_posted", reply, ()) is None


def test_latest_tells_the_newest_first(mattermost, server):
    for text in ("One", "Two", "Three"):
        server("post", {"message": text})

    assert [event.label for event in mattermost.latest("message_posted", 2)] == ["Three", "Two"]


def test_an_answer_stands_in_its_thread(practice, mattermost, server):
    root = server("post", {"message": "Question"})

    written = send(mattermost, channel=ORDERS, text="Answer", thread=root)

    [sent] = practice.books("mattermost")["sent"]
    assert (sent["id"], sent["root_id"], sent["message"]) == (written.id, root, "Answer")
    assert sent["props"]["signoff"] == MARKER


def test_a_lost_answer_is_found_again_even_when_deleted(practice, mattermost, server):
    practice.control("mattermost", fail_next="lost_answer")
    with pytest.raises(OutcomeUnknown):
        send(mattermost, channel=ORDERS, text="Yes")

    [sent] = practice.books("mattermost")["sent"]
    assert mattermost.reconcile(intent()) == Sent(sent["id"])
    server("delete", sent["id"])
    assert mattermost.reconcile(intent()) == Sent(sent["id"])


def test_a_lost_answer_is_found_below_a_burst(practice, mattermost, server):
    practice.control("mattermost", fail_next="lost_answer")
    with pytest.raises(OutcomeUnknown):
        send(mattermost, channel=ORDERS, text="Yes")
    server("post", {"message": "Burst", "times": 1203})

    [sent] = practice.books("mattermost")["sent"]
    assert mattermost.reconcile(intent()) == Sent(sent["id"])


def test_a_message_that_never_arrived_is_known_not_to_have(practice, mattermost, server):
    practice.control("mattermost", fail_next="http500")
    with pytest.raises(OutcomeUnknown):
        send(mattermost, channel=ORDERS, text="Yes")

    assert practice.books("mattermost")["sent"] == []
    assert mattermost.reconcile(intent()) == NotSent()


def test_sent_twice_in_a_short_time_is_one_post(practice, mattermost, server):
    first, second = (send(mattermost, channel=ORDERS, text="Yes") for _ in range(2))

    assert first.id == second.id
    assert len(practice.books("mattermost")["sent"]) == 1


def test_refusals_name_who_can_mend_them(mattermost, server):
    gone = server("post", {"message": "Question"})
    server("delete", gone)
    with pytest.raises(InputRejected):
        send(mattermost, channel=ORDERS, text="Yes", thread=gone)
    server("archived", [OFFERS])
    with pytest.raises(InputRejected):
        send(mattermost, channel=OFFERS, text="Yes")
    with pytest.raises(PermissionMissing):
        send(mattermost, channel="z" * 26, text="Yes")
    server("revoked", True)
    with pytest.raises(CredentialRejected):
        send(mattermost, channel=ORDERS, text="Yes")


def test_too_many_requests_wait_though_no_header_says_how_long(mattermost, server):
    server("requests_per_second", 1)

    mattermost.read("message_posted", "a" * 26, ())
    with pytest.raises(RateLimited) as caught:
        mattermost.read("message_posted", "a" * 26, ())

    assert caught.value.retry_after_seconds == 2


@pytest.mark.parametrize("hostile", ["../users/me", "a" * 25 + "/", "x\r\nHost: evil", "ä" * 26, ""])
def test_a_hostile_id_reaches_no_other_path(mattermost, hostile):
    with pytest.raises(InputRejected):
        mattermost.read("message_posted", hostile, ())
