"""Answers that the practice Mattermost does not give: each row of the error table, and answers of a wrong shape."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from signoff.connectors.base import Intent
from signoff.connectors.mattermost.connector import SendMessage
from signoff.connectors.registry import connector_class
from signoff.core.errors import (
    AnswerUnexpected,
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    SignoffError,
    VendorDown,
)
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local

CHANNEL = "4xp9fdt77pncbef59f4k1qe83o"


def on(server):
    authorise = lambda: {"Authorization": "Bearer " + "k" * 26}  # noqa: E731
    door = Door(server.url, app="Mattermost", authorise=authorise, allow_hosts=HERE, timeout_seconds=5.0)
    return connector_class("mattermost")(door, {"channel": CHANNEL})


def send(connector):
    params = SendMessage(channel=CHANNEL, text="Yes")
    return connector.send_message(params, "so-7-0-1f9c")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, InputRejected),
        (401, CredentialRejected),
        (403, PermissionMissing),
        (404, InputRejected),
        (413, InputRejected),
        (429, RateLimited),
        (500, OutcomeUnknown),
        (502, OutcomeUnknown),
        (503, OutcomeUnknown),
    ],
)
def test_each_status_of_a_write_is_the_error_of_who_can_mend_it(status, error):
    told = {"id": "api.some.app_error", "message": "The secret is Berg", "status_code": status}
    with local(lambda asked: answer(status, told)) as server, pytest.raises(error) as caught:
        send(on(server))

    assert "Berg" not in str(caught.value), "names, never values"


@pytest.mark.parametrize("status", [401, 403])
def test_a_web_page_of_a_gateway_blames_no_token(status):
    page = lambda asked: answer(status, "<html>Sign in</html>")  # noqa: E731
    with local(page) as server, pytest.raises(SignoffError) as caught:
        on(server).check()

    assert not isinstance(caught.value, CredentialRejected | PermissionMissing)


def test_a_read_at_a_server_that_is_down_is_tried_again():
    with local(lambda asked: answer(503, {"id": "x"})) as server, pytest.raises(VendorDown):
        on(server).changes("message_posted", "1:1", ())


@pytest.mark.parametrize(
    "told",
    [{}, {"order": None}, {"order": {}}, {"order": ["a"], "posts": {}}, {"order": ["a"], "posts": []}, []],
)
def test_a_list_of_a_wrong_shape_is_not_an_empty_one(told):
    intent = Intent("send_message", {"channel": CHANNEL, "text": "Yes"}, "so-7-0-1f9c", datetime.now(UTC))

    with local(lambda asked: answer(200, told)) as server, pytest.raises(AnswerUnexpected):
        on(server).reconcile(intent)


def test_a_write_whose_answer_has_no_id_is_not_called_done():
    with local(lambda asked: answer(201, {})) as server, pytest.raises(OutcomeUnknown):
        send(on(server))


def test_an_account_without_an_id_is_none():
    with local(lambda asked: answer(200, {"username": "x"})) as server, pytest.raises(AnswerUnexpected):
        on(server).check()
