"""Telegram on the practice Telegram: what people write is told once and to everybody, what is sent arrives."""

from __future__ import annotations

import logging

import pytest

from signoff.connectors.base import Intent, Unknown
from signoff.connectors.tests.practice import connect
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    VendorDown,
)
from signoff_sandbox.testing import TELEGRAM_KEY

DAY = 24 * 3600


@pytest.fixture
def bot(practice):
    yield connect(practice, "telegram")
    practice.control("telegram", fresh=True, clock_offset_seconds=0)


@pytest.fixture
def write(practice):
    def write(text="Do you have it in red?", **more):
        return practice.control("telegram", write={"text": text, **more})

    return write


def look(bot, cursor):
    page = bot.changes("message_received", cursor, ())
    return page, page.cursor


def texts(page):
    return [event.record["text"] for event in page.events]


def test_it_connects_and_says_who_the_bot_is(bot):
    account = bot.check()

    assert (account.id, account.name) == ("712345678", "@practice_shop_bot")
    assert account.may == ("read messages", "send messages")
    assert account.lacks == ()


def test_a_wrong_token_is_rejected(practice):
    with pytest.raises(CredentialRejected):
        connect(practice, "telegram", "712345678:wrong").check()


def test_a_bot_whose_messages_go_elsewhere_can_only_send(practice, bot):
    practice.control("telegram", set_webhook="https://elsewhere.example/hook")

    account = bot.check()

    assert (account.may, account.lacks) == (("send messages",), ("read messages",))
    with pytest.raises(PermissionMissing):
        bot.changes("message_received", "1:1", ())


def test_work_starts_from_now_and_each_message_is_told_once(bot, write):
    write("before we began")
    page, began = look(bot, None)
    assert page.events == ()

    write("Do you have it in red?", chat_id=4711, first_name="Ada", username="ada")
    page, after = look(bot, began)

    record = page.events[0].record
    assert texts(page) == ["Do you have it in red?"]
    assert (record["chat_id"], record["first_name"], record["username"]) == ("4711", "Ada", "ada")
    assert record["date"].endswith("+00:00")
    assert look(bot, began)[0].events == page.events
    assert look(bot, after)[0].events == ()


def test_only_what_is_written_to_the_bot_itself_starts_work(bot, write):
    _, began = look(bot, None)
    write("to everybody in a group", chat_id=-100)
    write("to the bot")

    page, _ = look(bot, began)

    assert texts(page) == ["to the bot"]


def test_a_picture_is_told_by_its_caption_and_a_sticker_without_words(bot, write):
    _, began = look(bot, None)
    write("", more={"caption": "This one is broken", "photo": []})
    write("", more={"sticker": {}}, username="")

    page, _ = look(bot, began)

    assert texts(page) == ["This one is broken", ""]
    assert page.events[1].record["username"] == ""


def test_two_integrations_with_one_bot_both_hear_of_each_message(bot, write):
    _, first = look(bot, None)
    _, second = look(bot, None)
    for number in range(3):
        write(f"message {number}")
        page, first = look(bot, first)
        assert texts(page) == [f"message {number}"]

    page, second = look(bot, second)

    assert texts(page) == ["message 0", "message 1", "message 2"]


def test_more_than_a_hundred_messages_come_in_order_and_once(bot, write):
    _, cursor = look(bot, None)
    for number in range(130):
        write(f"number {number}")
    told = []
    for _ in range(8):
        page, cursor = look(bot, cursor)
        told += texts(page)

    assert told == [f"number {number}" for number in range(130)]


def test_after_a_quiet_week_the_ids_begin_anew_and_nothing_is_missed(practice, bot, write):
    write("the last one before the holidays")
    _, cursor = look(bot, None)
    practice.control("telegram", clock_offset_seconds=8 * DAY, leap=1200)
    write("the first one after the holidays")

    page, cursor = look(bot, cursor)

    assert texts(page) == ["the first one after the holidays"]
    assert look(bot, cursor)[0].events == ()


def test_a_message_can_be_read_again_while_it_waits(bot, write):
    _, began = look(bot, None)
    write("once more")
    event = look(bot, began)[0].events[0]

    assert bot.read("message_received", event.object_id, ()) == event.record
    assert bot.read("message_received", "4711:99999999", ()) is None


def send(bot, chat_id, text="Yes, from Friday on.", **more):
    action = bot.actions()["send_message"]
    return bot.send_message(action.params(chat_id=str(chat_id), text=text, **more), "marker")


def test_an_answer_arrives_in_its_chat_below_the_question(practice, bot, write):
    _, began = look(bot, None)
    write("Do you have it in red?", chat_id=501)
    record = look(bot, began)[0].events[0].record

    written = send(bot, record["chat_id"], reply_to=record["message_id"])

    sent = practice.books("telegram")["sent"][-1]
    assert (sent["chat"]["id"], sent["text"]) == (501, "Yes, from Friday on.")
    assert sent["reply_to_message"]["text"] == "Do you have it in red?"
    assert written.id == f"501:{sent['message_id']}"


def test_an_answer_arrives_also_where_the_question_is_gone(practice, bot, write):
    write(chat_id=502)

    send(bot, 502, reply_to="99999999")

    assert "reply_to_message" not in practice.books("telegram")["sent"][-1]


def test_who_blocked_the_bot_and_who_never_wrote_are_refused(practice, bot, write):
    write(chat_id=503)
    practice.control("telegram", block=503)

    with pytest.raises(InputRejected, match="403"):
        send(bot, 503)
    with pytest.raises(InputRejected, match="400"):
        send(bot, 999_999)


def test_a_second_message_in_a_second_waits(bot, write):
    write(chat_id=504)
    send(bot, 504)

    with pytest.raises(RateLimited) as refused:
        send(bot, 504)

    assert refused.value.retry_after_seconds == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("unauthorized", CredentialRejected),
        ("blocked", InputRejected),
        ("chat_not_found", InputRejected),
        ("bad_request", InputRejected),
        ("flood", RateLimited),
        ("http500", OutcomeUnknown),
        ("http502", OutcomeUnknown),
        ("lost_answer", OutcomeUnknown),
    ],
)
def test_each_refusal_belongs_to_whoever_can_mend_it(practice, bot, write, answer, error):
    write(chat_id=505)
    practice.control("telegram", fail_next=answer)

    with pytest.raises(error):
        send(bot, 505)


def test_another_reader_for_a_moment_is_no_reason_to_stop(practice, bot):
    practice.control("telegram", fail_next="other_reader")

    with pytest.raises(VendorDown):
        bot.changes("message_received", "1:1", ())


def test_a_lost_answer_stays_unsure_though_the_message_arrived(practice, bot, write):
    write(chat_id=506)
    before = len(practice.books("telegram")["sent"])
    practice.control("telegram", fail_next="lost_answer")
    with pytest.raises(OutcomeUnknown):
        send(bot, 506)

    assert len(practice.books("telegram")["sent"]) == before + 1
    assert isinstance(bot.reconcile(Intent("send_message", {"chat_id": "506"}, "marker", None)), Unknown)


@pytest.mark.parametrize("chat", ["4711/../getMe", "@everybody", "4711\r\nx: y", "", "4711?text=hello"])
def test_a_hostile_chat_is_refused_before_anything_is_asked(bot, chat):
    with pytest.raises(ValueError, match="chat_id"):
        send(bot, chat)


def test_a_hostile_text_is_only_a_text(practice, bot, write):
    write(chat_id=507)
    hostile = '/../getMe?x=1#\r\nAuthorization: no\x00 {key} "}'

    send(bot, 507, hostile)

    assert practice.books("telegram")["sent"][-1]["text"] == hostile


@pytest.mark.parametrize("answer", ["unauthorized", "flood", "http502", "lost_answer", "cut"])
def test_the_token_shows_in_no_error_and_no_log(practice, bot, write, caplog, answer):
    caplog.set_level(logging.DEBUG)
    write(chat_id=508)
    practice.control("telegram", fail_next=answer)

    with pytest.raises(Exception) as failed:
        send(bot, 508)

    for shown in (caplog.text, str(failed.value), repr(failed.value), repr(vars(failed.value))):
        assert TELEGRAM_KEY not in shown
        assert TELEGRAM_KEY.partition(":")[2] not in shown
