from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from signoff.connectors.base import Intent, Notice, NotSent, Sent, Unknown
from signoff.connectors.tests.practice import connect
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    VendorDown,
)

HOSTILE = "Hi <!here>, @channel & <https://evil.example|open this>"
NOTICE = Notice(
    "A draft waits", ("Dana <!channel> Whitfield",), "Open the draft", "https://signoff.example/review/7/"
)


@pytest.fixture
def slack(practice):
    practice.control(
        "slack",
        restore_token=True,
        faults="",
        clear=True,
        limits={"per_second": 1000, "burst": 1000},
        channel={"id": "C0RANDOM", "is_member": False},
        team={},
    )
    return connect(practice, "slack")


def written(practice):
    return practice.books("slack")["messages"]


def intent(channel="#sales", marker="so-1", action="post_message", **params):
    return Intent(action, {"channel": channel, **params}, marker, datetime.now(UTC) - timedelta(seconds=2))


def post(slack, channel="#sales", text="Hello", marker="so-1", **params):
    return slack.perform("post_message", {"channel": channel, "text": text, **params}, marker)


def test_check_names_the_workspace_and_what_the_bot_may(slack):
    account = slack.check()

    assert account.id == "T0PRACTICE"
    assert account.name == "Harbour Desk, as signoff"
    assert "post messages" in account.may
    assert account.lacks == ()
    assert account.ends_at is None


def test_check_says_what_the_bot_lacks_by_the_name_it_has_in_slack(practice, slack):
    practice.control("slack", scopes=["chat:write", "channels:read"])

    account = slack.check()

    assert account.lacks == ("look whether a message has arrived (channels:history)",)
    assert "post messages" in account.may


def test_a_token_that_ended_and_one_that_is_none_are_told(practice, slack):
    practice.control("slack", end_token="account_inactive")

    with pytest.raises(CredentialRejected):
        slack.check()
    with pytest.raises(CredentialRejected):
        connect(practice, "slack", key="xoxb-nobody").check()


def test_a_persons_token_is_told_apart(practice, slack):
    from signoff_sandbox.slack.workspace import PERSONS_KEY

    with pytest.raises(InputRejected) as caught:
        connect(practice, "slack", key=PERSONS_KEY).check()

    assert "xoxb-" in caught.value.next_step


@pytest.mark.parametrize("channel", ["#sales", "sales", "C0SALES"])
def test_a_message_is_posted_and_calls_nobody(practice, slack, channel):
    written_ = post(slack, channel, HOSTILE)

    (message,) = written(practice)
    assert message["shown"] == HOSTILE
    assert message["notifies"] == []
    assert message["links"] == []
    assert message["metadata"]["event_payload"] == {"marker": "so-1"}
    assert written_.id == f"C0SALES/{message['ts']}"


def test_a_reply_stands_in_its_conversation(practice, slack):
    first = practice.control("slack", say={"channel": "#sales", "text": "A question"})["say"]

    post(slack, text="An answer", thread_ts=first)

    assert written(practice)[-1]["thread_ts"] == first


@pytest.mark.parametrize("as_button", [True, False])
def test_a_notice_leads_to_its_page_and_calls_nobody(practice, slack, as_button):
    notice = Notice(NOTICE.title, NOTICE.lines, NOTICE.button, NOTICE.url, as_button)

    slack.tell("#sales", notice, "ask-1")

    (message,) = written(practice)
    assert message["notifies"] == []
    assert "Dana <!channel> Whitfield" in message["shown"]
    assert [button["url"] for button in message["buttons"]] == ([NOTICE.url] if as_button else [])
    assert message["links"] == ([] if as_button else [NOTICE.url])


@pytest.mark.parametrize(
    ("channel", "field"),
    [
        ("C0NOWHERE", "channel"),
        ("#old-stuff", "channel"),
        ("#announcements", "channel"),
        ("#board", "channel"),
    ],
)
def test_a_channel_that_takes_nothing_is_named(practice, slack, channel, field):
    with pytest.raises(InputRejected) as caught:
        post(slack, channel)

    assert caught.value.field == field
    assert "Nothing was posted" in caught.value.owner_message
    assert written(practice) == []


def test_a_channel_we_were_not_invited_to_says_how_to(practice, slack):
    practice.control("slack", scopes=["chat:write", "channels:read", "channels:history"])

    with pytest.raises(InputRejected) as caught:
        post(slack, "#random")

    assert "/invite" in caught.value.next_step


def test_a_permission_that_was_taken_away_is_named(practice, slack):
    practice.control("slack", scopes=["channels:read"])

    with pytest.raises(PermissionMissing) as caught:
        post(slack)

    assert caught.value.lacks == ("chat:write",)


def test_too_fast_says_when_to_go_on(practice, slack):
    practice.control("slack", limits={"per_second": 0.1, "burst": 1})
    post(slack, marker="so-1")

    with pytest.raises(RateLimited) as caught:
        post(slack, marker="so-2")

    assert 1 <= caught.value.retry_after_seconds <= 11
    assert len(written(practice)) == 1


# Was it done?


@pytest.mark.parametrize("fault", ["lost_answer", "late503", "malformed"])
@pytest.mark.parametrize("channel", ["#sales", "C0SALES", "#leaders"])
def test_a_message_whose_answer_was_lost_is_found_in_the_history(practice, slack, fault, channel):
    practice.control("slack", fail_next={"fault": fault, "path": "chat.postMessage"})
    with pytest.raises(OutcomeUnknown):
        post(slack, channel)

    found = slack.reconcile(intent(channel))

    assert found == Sent(f"{written(practice)[0]['channel']}/{written(practice)[0]['ts']}")


def test_a_reply_whose_answer_was_lost_is_found_in_its_conversation(practice, slack):
    first = practice.control("slack", say={"channel": "#sales", "text": "A question"})["say"]
    practice.control("slack", fail_next={"fault": "lost_answer", "path": "chat.postMessage"})
    with pytest.raises(OutcomeUnknown):
        post(slack, thread_ts=first)

    assert isinstance(slack.reconcile(intent(thread_ts=first)), Sent)
    assert slack.reconcile(intent()) == NotSent()


@pytest.mark.parametrize("fault", ["cut", "fatal_error", "http500"])
def test_what_never_arrived_is_known_not_to_have(practice, slack, fault):
    practice.control("slack", fail_next={"fault": fault, "path": "chat.postMessage"})
    with pytest.raises(OutcomeUnknown):
        post(slack)
    post(slack, marker="so-2")

    assert slack.reconcile(intent()) == NotSent()


def test_a_message_far_back_in_a_busy_channel_is_found(practice, slack):
    post(slack)
    for number in range(205):
        practice.control("slack", say={"channel": "#sales", "text": str(number)})

    assert isinstance(slack.reconcile(intent()), Sent)


def test_where_the_history_may_not_be_read_nobody_can_say(practice, slack):
    post(slack)
    post(slack, "#random", marker="so-2")
    assert isinstance(slack.reconcile(intent("#random", "so-2")), Unknown), "it is not in this channel"

    practice.control("slack", scopes=["chat:write", "channels:read"])

    assert isinstance(slack.reconcile(intent()), Unknown)
    assert isinstance(slack.reconcile(intent("#no-such-channel")), Unknown)


def test_an_outage_while_asking_is_no_answer(practice, slack):
    practice.control("slack", fail_next={"fault": "http503", "path": "conversations"})

    with pytest.raises(VendorDown):
        slack.reconcile(intent())
