"""What an app tells us though no integration starts by it: a pressed button is heard, and decides nothing."""

from __future__ import annotations

import json
import time
from urllib.parse import urlencode

import pytest

from signoff.api.tests.test_intake import problem_of
from signoff.connections.connect import connect
from signoff.core.secret import Secret
from signoff.runs.models import Run
from signoff_sandbox.slack.interactions import signature
from signoff_sandbox.testing import SLACK_KEY, SLACK_SIGNING_SECRET

pytestmark = pytest.mark.django_db

PRESSED = {
    "type": "block_actions",
    "team": {"id": "T0PRACTICE"},
    "user": {"id": "U0PRIYA"},
    "actions": [{"action_id": "approve", "value": "review-7", "type": "button"}],
}


@pytest.fixture
def slack(practice):
    practice.control("slack", restore_token=True, faults="")
    hidden = {"signing_secret": SLACK_SIGNING_SECRET}
    return connect("slack", "slack-main", Secret(SLACK_KEY), base_url=practice.slack, settings=hidden)


def told(
    client, body, secret=SLACK_SIGNING_SECRET, age=0, kind="application/x-www-form-urlencoded", app="slack"
):
    sent_at = str(int(time.time() - age))
    headers = {
        "X-Slack-Request-Timestamp": sent_at,
        "X-Slack-Signature": signature(secret, sent_at, body.encode()),
    }
    return client.post(f"/in/app/{app}", body, content_type=kind, headers=headers)


def press(client, **more):
    return told(client, urlencode({"payload": json.dumps(PRESSED)}), **more)


def test_a_pressed_button_is_acknowledged_with_nothing(client, slack):
    reply = press(client)

    assert (reply.status_code, reply.content) == (200, b"")
    assert not Run.objects.exists()


def test_slacks_question_whether_the_address_is_ours_is_answered(client, slack):
    asked = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"})

    assert told(client, asked, kind="application/json").content == b"3eZbrw1aB"


@pytest.mark.parametrize("more", [{"secret": "another secret"}, {"age": 400}])
def test_what_slack_did_not_sign_or_long_ago_is_refused(client, slack, more):
    said = problem_of(press(client, **more), 401)

    assert SLACK_SIGNING_SECRET not in said


def test_without_the_secret_nothing_is_believed(client, practice):
    practice.control("slack", restore_token=True, faults="")
    connect("slack", "slack-main", Secret(SLACK_KEY), base_url=practice.slack)

    assert press(client).status_code == 401


@pytest.mark.parametrize("app", ["openai", "no-such-app"])
def test_an_app_that_tells_nothing_has_no_address(client, app):
    assert told(client, "{}", app=app).status_code == 404


def test_a_get_is_answered_with_how_to_ask(client, slack):
    reply = client.get("/in/app/slack", {"challenge": "x"})

    assert reply.status_code == 405
    assert reply["Allow"] == "POST"


def test_too_much_is_refused_unread(client, slack):
    assert told(client, "x" * 1_000_001).status_code == 413
