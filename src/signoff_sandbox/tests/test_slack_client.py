"""Slack's own client works unchanged against the practice Slack, and meets there what Slack describes."""

from __future__ import annotations

import json
import urllib.parse
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, HeaderBlock, SectionBlock
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

from signoff_sandbox.slack.app import HOOK
from signoff_sandbox.testing import SLACK_KEY, SLACK_SIGNING_SECRET

HOSTILE = "<!here> <!channel> <@U0PRIYA> @channel & co"


@pytest.fixture
def slack(own_practice):
    return WebClient(token=SLACK_KEY, base_url=f"{own_practice.slack}/")


def refused(call, **more) -> SlackApiError:
    with pytest.raises(SlackApiError) as caught:
        call(**more)
    return caught.value


def written(practice):
    return practice.books("slack")["messages"]


def test_who_one_is_and_what_one_may(slack):
    answer = slack.auth_test()

    assert answer["team"] == "Harbour Desk"
    assert answer["bot_id"]
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


def test_a_message_with_blocks_and_metadata_is_posted_and_told_again(slack, own_practice):
    blocks = [
        HeaderBlock(text="A draft waits"),
        SectionBlock(text="Dana Whitfield"),
        ActionsBlock(
            elements=[ButtonElement(text="Open", url="https://signoff.example/review/7/", action_id="open")]
        ),
    ]
    metadata = {"event_type": "signoff", "event_payload": {"marker": "so-1"}}

    posted = slack.chat_postMessage(channel="#sales", text="A draft waits", blocks=blocks, metadata=metadata)

    (found,) = slack.conversations_history(channel=posted["channel"], include_all_metadata=True)["messages"]
    assert found["ts"] == posted["ts"]
    assert found["metadata"] == metadata
    assert slack.conversations_history(channel=posted["channel"])["messages"][0]["metadata"] == {
        "event_type": "signoff"
    }
    (entry,) = written(own_practice)
    assert entry["buttons"] == [{"text": "Open", "url": "https://signoff.example/review/7/", "value": ""}]
    assert "Dana Whitfield" in entry["shown"]


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOWHERE", "channel_not_found"),
        ("C0BOARD", "channel_not_found"),
        ("C0OLD", "is_archived"),
        ("C0NEWS", "restricted_action_read_only_channel"),
    ],
)
def test_where_one_may_not_write_there_is_a_word_for_it(slack, channel, error):
    assert refused(slack.chat_postMessage, channel=channel, text="Hello").response["error"] == error


def test_without_the_scope_for_it_one_must_be_in_the_channel(slack, own_practice):
    assert slack.chat_postMessage(channel="C0RANDOM", text="Hello")["ok"]
    own_practice.control("slack", scopes=["chat:write", "channels:history"])

    assert (
        refused(slack.chat_postMessage, channel="C0RANDOM", text="Hello").response["error"]
        == "not_in_channel"
    )
    assert refused(slack.conversations_history, channel="C0RANDOM").response["error"] == "not_in_channel"


def test_a_missing_scope_is_named(slack, own_practice):
    own_practice.control("slack", scopes=["channels:read"])

    answer = refused(slack.chat_postMessage, channel="#sales", text="Hello").response

    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        "chat:write",
        "channels:read",
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-nobody", "invalid_auth")])
def test_a_token_that_is_none_is_refused(own_practice, token, error):
    client = WebClient(token=token, base_url=f"{own_practice.slack}/")

    assert refused(client.auth_test).response["error"] == error


def test_an_ended_token_is_refused_until_it_is_back(slack, own_practice):
    own_practice.control("slack", end_token="account_inactive")
    assert refused(slack.auth_test).response["error"] == "account_inactive"

    own_practice.control("slack", restore_token=True)
    assert slack.auth_test()["ok"]


def test_a_channel_takes_so_many_messages_and_the_client_waits_as_it_is_told(slack, own_practice):
    own_practice.control("slack", limits={"per_second": 1, "burst": 1})
    slack.chat_postMessage(channel="#sales", text="one")
    slack.chat_postMessage(channel="#general", text="another channel has a pace of its own")

    answer = refused(slack.chat_postMessage, channel="#sales", text="two").response
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    assert int(answer.headers["Retry-After"]) >= 1

    slack.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=2))
    assert slack.chat_postMessage(channel="#sales", text="two")["ok"]


@pytest.mark.parametrize(
    ("sent", "notified"),
    [
        ({"text": HOSTILE}, ["U0PRIYA", "channel", "here"]),
        ({"text": "@here @channel"}, []),
        ({"text": "@here", "link_names": True}, ["here"]),
        ({"text": "@everyone", "parse": "full"}, ["everyone"]),
        ({"text": HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}, []),
        ({"text": "x", "blocks": [{"type": "section", "text": {"type": "plain_text", "text": HOSTILE}}]}, []),
        (
            {"text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "@here"}}]},
            ["here"],
        ),
    ],
)
def test_whom_a_text_notifies(slack, own_practice, sent, notified):
    slack.chat_postMessage(channel="#sales", **sent)

    assert written(own_practice)[-1]["notifies"] == notified


@pytest.mark.parametrize(
    "blocks",
    [
        [{"type": "section"}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}],
        [
            {
                "type": "actions",
                "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x" * 76}}],
            }
        ],
        [{"type": "divider"}] * 51,
    ],
)
def test_blocks_that_do_not_fit_are_refused_with_the_place(slack, blocks):
    answer = refused(slack.chat_postMessage, channel="#sales", text="x", blocks=blocks).response

    assert answer["error"] == "invalid_blocks"
    assert "[json-pointer:/blocks" in answer["errors"][0]


@pytest.mark.filterwarnings("ignore:The top-level `text`")
def test_no_text_and_too_much_of_it(slack):
    assert refused(slack.chat_postMessage, channel="#sales", text="").response["error"] == "no_text"
    assert (
        refused(slack.chat_postMessage, channel="#sales", text="x" * 40_001).response["error"]
        == "msg_too_long"
    )


def test_history_is_read_in_pages_and_a_thread_by_itself(slack):
    first = slack.chat_postMessage(channel="#sales", text="0")
    for number in range(1, 5):
        slack.chat_postMessage(channel="#sales", text=str(number))
    slack.chat_postMessage(channel="#sales", text="reply", thread_ts=first["ts"])

    pages = [page["messages"] for page in slack.conversations_history(channel="C0SALES", limit=2)]
    thread = slack.conversations_replies(channel="C0SALES", ts=first["ts"])["messages"]

    assert [m["text"] for page in pages for m in page] == ["4", "3", "2", "1", "0"]
    assert [m["text"] for m in thread] == ["0", "reply"]
    assert (
        refused(slack.conversations_replies, channel="C0SALES", ts="1.000001").response["error"]
        == "thread_not_found"
    )


def test_channels_are_listed_without_the_private_ones_one_is_not_in(slack):
    found = slack.conversations_list(types="public_channel,private_channel", exclude_archived=True)[
        "channels"
    ]

    names = {channel["name"] for channel in found}
    assert {"general", "sales", "random", "leaders"} <= names
    assert not names & {"board", "old-stuff"}


def test_a_message_is_changed_by_its_ts(slack, own_practice):
    posted = slack.chat_postMessage(channel="#sales", text="before")

    slack.chat_update(channel=posted["channel"], ts=posted["ts"], text="after")

    assert [m["text"] for m in written(own_practice)] == ["after"]


def test_an_incoming_webhook_says_ok_or_one_word(own_practice):
    hook = WebhookClient(own_practice.address("slack") + HOOK)

    assert hook.send(text="Hello").body == "ok"
    assert hook.send(text="").body == "no_text"
    assert (
        WebhookClient(own_practice.address("slack") + "/services/T/B/x").send(text="Hello").status_code == 404
    )


def test_a_pressed_button_is_told_signed_as_slack_signs(slack, own_practice):
    got = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    Thread(target=server.serve_forever, daemon=True).start()
    blocks = [
        ActionsBlock(elements=[ButtonElement(text="Open", url="https://signoff.example/r/7/", value="7")])
    ]
    posted = slack.chat_postMessage(channel="#sales", text="x", blocks=blocks)
    asked = {"ts": posted["ts"], "url": f"http://127.0.0.1:{server.server_port}/"}

    pressed = own_practice.control("slack", press=asked)["press"]
    own_practice.control("slack", press={**asked, "forged": True})
    server.shutdown()

    (headers, body), (forged_headers, forged_body) = got
    verifier = SignatureVerifier(SLACK_SIGNING_SECRET)
    payload = json.loads(urllib.parse.parse_qs(body.decode())["payload"][0])
    assert pressed == {"status": 200, "body": "", "opens": "https://signoff.example/r/7/"}
    assert verifier.is_valid_request(body, headers)
    assert not verifier.is_valid_request(forged_body, forged_headers)
    assert (payload["type"], payload["actions"][0]["value"]) == ("block_actions", "7")


@pytest.mark.parametrize("fault", ["rate", "internal_error", "message_limit"])
def test_trouble_comes_when_it_is_asked_for(slack, own_practice, fault):
    own_practice.control("slack", fail_next=fault)

    error = refused(slack.chat_postMessage, channel="#sales", text="Hello").response["error"]

    assert error == {"rate": "ratelimited", "message_limit": "message_limit_exceeded"}.get(fault, fault)
    assert written(own_practice) == []
