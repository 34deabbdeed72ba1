"""Answers of Telegram that the practice app does not give."""

from __future__ import annotations

import json

import pytest

from signoff.connectors.telegram.connector import SendMessage, Telegram
from signoff.core.errors import (
    AnswerUnexpected,
    CredentialRejected,
    OutcomeUnknown,
    RateLimited,
    SignoffError,
    VendorDown,
)
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local


def ask(do, status=200, body="{}", **more):
    """What a bot makes of one answer of Telegram."""
    told = body if isinstance(body, str) else json.dumps(body)
    with local(lambda asked: answer(status, told.encode(), **more)) as server:
        door = Door(server.url, app="Telegram", authorise=lambda: {"path": "/bot7:secret"}, allow_hosts=HERE)
        return do(Telegram(door, {}))


def check(bot):
    return bot.check()


def send(bot):
    return bot.send_message(SendMessage(chat_id="1", text="Yes."), "marker")


def look(bot):
    return bot.changes("message_received", "1:1", ())


def test_a_token_that_is_no_token_is_not_found():
    with pytest.raises(CredentialRejected):
        ask(check, 404, {"ok": False, "error_code": 404, "description": "Not Found"})


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_page_in_between_says_nothing_about_the_token(status):
    with pytest.raises(VendorDown):
        ask(check, status, "<html>Blocked by the gateway</html>", headers={"content-type": "text/html"})


def test_too_many_without_a_number_waits_half_a_minute():
    with pytest.raises(RateLimited) as refused:
        ask(send, 429, {"ok": False, "description": "Too Many Requests"})

    assert refused.value.retry_after_seconds == 30


@pytest.mark.parametrize("body", ["[]", '{"ok": true}', '{"ok": true, "result": {}}', "no json"])
def test_an_answer_to_a_message_without_its_number_is_not_taken_for_done(body):
    with pytest.raises((AnswerUnexpected, OutcomeUnknown)):
        ask(send, 200, body)


@pytest.mark.parametrize("result", ["no list", [{"message": {}}], [7], None])
def test_what_is_no_list_of_updates_moves_nothing_on(result):
    with pytest.raises(SignoffError):
        ask(look, 200, {"ok": True, "result": result})


def test_an_update_without_a_message_is_passed_over():
    page = ask(look, 200, {"ok": True, "result": [{"update_id": 9, "edited_message": {}}]})

    assert (page.events, page.cursor) == ((), "9:0")
