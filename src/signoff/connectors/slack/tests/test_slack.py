"""What Slack's words mean, and that no text of a stranger's can call anybody."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.connectors.base import Notice
from signoff.connectors.push import Push
from signoff.connectors.registry import connector_class
from signoff.connectors.slack import answers, wording
from signoff.core.errors import (
    AnswerUnexpected,
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    VendorDown,
)
from signoff.outbound.reply import Reply
from signoff_sandbox.slack.formatting import links, notified, shown, texts

Slack = connector_class("slack")


def reply(body, status=200, effect="write", **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, headers, raw, "chat.postMessage", "Slack", effect)


def error_of(said, **more):
    with pytest.raises(Exception) as caught:
        answers.read(reply(said, **more))
    return caught.value


ROWS = [
    ("not_authed", CredentialRejected),
    ("invalid_auth", CredentialRejected),
    ("account_inactive", CredentialRejected),
    ("token_revoked", CredentialRejected),
    ("token_expired", CredentialRejected),
    ("missing_scope", PermissionMissing),
    ("not_allowed_token_type", PermissionMissing),
    ("no_permission", PermissionMissing),
    ("ekm_access_denied", PermissionMissing),
    ("org_login_required", PermissionMissing),
    ("team_access_not_granted", PermissionMissing),
    ("channel_not_found", InputRejected),
    ("not_in_channel", InputRejected),
    ("is_archived", InputRejected),
    ("restricted_action", InputRejected),
    ("restricted_action_read_only_channel", InputRejected),
    ("restricted_action_thread_only_channel", InputRejected),
    ("thread_not_found", InputRejected),
    ("cannot_reply_to_message", InputRejected),
    ("msg_too_long", InputRejected),
    ("no_text", InputRejected),
    ("invalid_blocks", InputRejected),
    ("metadata_too_large", InputRejected),
    ("a_word_of_tomorrow", InputRejected),
    ("ratelimited", RateLimited),
    ("message_limit_exceeded", RateLimited),
    ("internal_error", OutcomeUnknown),
    ("fatal_error", OutcomeUnknown),
    ("service_unavailable", OutcomeUnknown),
]


@pytest.mark.parametrize(("word", "error"), ROWS)
def test_each_of_slacks_words_belongs_to_somebody(word, error):
    assert type(error_of({"ok": False, "error": word})) is error


@pytest.mark.parametrize("word", ["internal_error", "fatal_error", "service_unavailable"])
def test_an_outage_of_a_question_is_asked_again(word):
    assert type(error_of({"ok": False, "error": word}, effect="read")) is VendorDown


def test_a_limit_carries_the_wait():
    error = error_of({"ok": False, "error": "ratelimited"}, status=429, **{"retry-after": "30"})

    assert isinstance(error, RateLimited)
    assert error.retry_after_seconds == 30


def test_a_missing_permission_is_named_with_what_to_press():
    error = error_of(
        {"ok": False, "error": "missing_scope", "needed": "channels:history", "provided": "chat:write"}
    )

    assert error.lacks == ("channels:history",)
    assert "channels:history" in error.owner_message
    assert "Reinstall to Workspace" in error.next_step


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"ok": "yes"}', b'{"ok": false}', b'{"ok": false, "error": "Ada wrote"}']
)
def test_what_slack_never_says_is_a_doubt_after_a_write_and_a_fault_after_a_question(body):
    assert isinstance(error_of(body), OutcomeUnknown)
    assert isinstance(error_of(body, effect="read"), AnswerUnexpected)
    assert "Ada" not in str(error_of(body))


HOSTILE = ("<!here>", "<!channel>", "<!everyone>", "<@U0PRIYA>", "<!subteam^S1>", "@channel", "@here", "&lt;!here>",
           "<https://evil.example|Open the draft>", "<#C1|sales>", "&", "<", ">", "|", "x", " ", "\n")  # fmt: skip
strange = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=5), max_size=8).map("".join)


@given(strange)
def test_no_text_calls_anybody_or_is_a_link_and_it_reads_as_it_was_written(text):
    sent = wording.escaped(text)

    assert list(notified(sent, bare=False)) == []
    assert list(links(sent)) == []
    assert shown(sent) == text


@given(strange, st.lists(strange, max_size=3), st.booleans())
def test_no_notice_calls_anybody_and_its_only_way_out_is_our_page(title, lines, as_button):
    notice = Notice(
        title or "x", tuple(lines), "Open the draft", "https://signoff.example/review/7/", as_button
    )

    message = wording.as_message(notice)

    assert message["parse"] == "none"
    assert not message["link_names"]
    assert not message["unfurl_links"]
    assert list(notified(message["text"], bare=False)) == []
    found = list(links(message["text"]))
    for text in texts(message["blocks"]):
        if text["type"] == "mrkdwn":
            assert list(notified(text["text"], bare=not text.get("verbatim"))) == []
            found += links(text["text"])
    urls = [e["url"] for block in message["blocks"] for e in block.get("elements", [])]
    assert found + urls == [notice.url]


def test_a_long_notice_fits_slacks_blocks():
    message = wording.as_message(
        Notice("t" * 500, ("l" * 2000,) * 3, "b" * 100, "https://signoff.example/", True)
    )

    header, section, actions = message["blocks"]
    assert len(header["text"]["text"]) == wording.LONGEST_HEADER
    assert len(section["text"]["text"]) == wording.LONGEST_SECTION
    assert len(actions["elements"][0]["text"]["text"]) == wording.LONGEST_BUTTON


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (
            urlencode({"payload": json.dumps({"type": "block_actions", "actions": [{"value": "approve"}]})}),
            "",
        ),
        (json.dumps({"type": "url_verification", "challenge": "3eZb"}), "3eZb"),
        (json.dumps({"type": "event_callback", "event": {"type": "message"}}), ""),
        ("payload=none", None),
    ],
)
def test_a_press_of_a_button_is_heard_and_nothing_follows(body, answer):
    assert Slack.handshake(Push(body=body.encode()), {}) == answer


def test_a_get_is_answered_with_nothing():
    assert (
        Slack.handshake(Push(method="GET", url="https://signoff.example/in/app/slack?challenge=x"), {})
        is None
    )


@pytest.mark.parametrize(
    "channel", ["#a b", "sales\r\nX: y", "../x", "<!here>", "#" + "x" * 81, "sales&token=x"]
)
def test_a_channel_that_is_none_is_refused_before_anything_is_sent(channel):
    with pytest.raises(InputRejected) as caught:
        Slack(None).perform("post_message", {"channel": channel, "text": "x"}, "so-1")

    assert caught.value.field == "channel"


def test_every_word_has_a_message_without_codes():
    source = Path(answers.__file__).read_text()

    assert "{app}" in source
    for words, step in answers.WHERE.values():
        assert words.endswith(".")
        assert step.endswith(".")
