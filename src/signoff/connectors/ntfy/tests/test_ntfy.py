"""Answers that are hard to provoke."""

import pytest

from signoff.connectors.ntfy.connector import SendMessage
from signoff.connectors.registry import connector_class
from signoff.core.errors import Broken, CredentialRejected, OutcomeUnknown, Refused, Unavailable
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local


def at(server):
    door = Door(
        server.url,
        app="ntfy",
        authorise=lambda: {"Authorization": "Bearer tk_1"},
        allow_hosts=HERE,
        timeout_seconds=5.0,
    )
    return connector_class("ntfy")(door, {"topic": "orders"})


def test_a_visitor_without_account_is_no_connection():
    told = {"username": "*", "role": "anonymous"}
    with local(lambda asked: answer(200, told)) as server, pytest.raises(CredentialRejected):
        at(server).check()


@pytest.mark.parametrize("status", [401, 403])
def test_a_web_page_is_no_word_of_ntfy(status):
    page = "<html>Sign in to this network</html>"
    with local(lambda asked: answer(status, page)) as server, pytest.raises(Unavailable):
        at(server).check()


@pytest.mark.parametrize("told", ["<html>hello</html>", {"event": "message", "message": "no id"}])
def test_an_answer_that_is_no_list_of_messages_is_not_an_empty_one(told):
    with local(lambda asked: answer(200, told)) as server, pytest.raises((Broken, Unavailable)):
        at(server).changes("message_received", None, ())


def test_an_answer_without_id_leaves_the_outcome_open():
    with local(lambda asked: answer(200, {"event": "message"})) as server, pytest.raises(OutcomeUnknown):
        at(server).send_message(SendMessage(text="Ready"), "run-7")


@pytest.mark.parametrize("status", [500, 502, 503, 507])
def test_a_message_on_which_the_server_broke_may_have_been_sent(status):
    with (
        local(lambda asked: answer(status, {"code": status * 100 + 1})) as server,
        pytest.raises(OutcomeUnknown),
    ):
        at(server).send_message(SendMessage(text="Ready"), "run-7")


def test_an_error_shows_no_word_of_the_answer():
    told = {"code": "tk_secret", "error": "tk_secret"}
    with local(lambda asked: answer(400, told)) as server, pytest.raises(Refused) as refused:
        at(server).send_message(SendMessage(text="Ready"), "run-7")

    assert "tk_secret" not in str(refused.value)
