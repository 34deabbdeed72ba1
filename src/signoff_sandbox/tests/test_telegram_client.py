"""The practice Telegram, asked by the best-known client: python-telegram-bot knows the vendor's answers."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from telegram import Bot, ReplyParameters, Update
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from signoff_sandbox.testing import TELEGRAM_KEY


def apart(story):
    """Run a coroutine in a thread of its own: a browser's tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()


@pytest.fixture(autouse=True)
def _fresh(practice):
    yield
    practice.control("telegram", fresh=True, clock_offset_seconds=0)


def ask(practice, do, key=TELEGRAM_KEY):
    """What `do(bot)` gives, of the client signed in by `key`."""

    async def asked():
        async with Bot(key, base_url=f"{practice.address('telegram')}/bot") as bot:
            return await do(bot)

    return apart(asked())


def write(practice, **said):
    return practice.control("telegram", write={"text": "Do you have it in red?", **said})["write"]


def test_it_signs_in_and_knows_who_it_is(practice):
    me = ask(practice, lambda bot: bot.get_me())

    assert (me.id, me.username, me.is_bot) == (712345678, "practice_shop_bot", True)


def test_a_wrong_token_is_none(practice):
    with pytest.raises(InvalidToken):
        ask(practice, lambda bot: bot.get_me(), key="712345678:wrong")


def test_it_reads_what_people_write_until_it_confirms_it(practice):
    first = write(practice, chat_id=11, first_name="Ada", username="ada")
    second = write(practice, chat_id=12, first_name="Bob", username="")

    async def read(bot):
        both = await bot.get_updates(allowed_updates=[Update.MESSAGE])
        return both, await bot.get_updates(offset=second), await bot.get_updates(offset=1)

    both, later, left = ask(practice, read)

    assert [one.update_id for one in both] == [first, second]
    message = both[0].message
    assert (message.chat_id, message.text) == (11, "Do you have it in red?")
    assert (message.from_user.first_name, message.from_user.username) == ("Ada", "ada")
    assert [one.update_id for one in later] == [one.update_id for one in left] == [second]


def test_a_negative_offset_forgets_all_but_the_newest(practice):
    write(practice)
    newest = write(practice)

    async def read(bot):
        return await bot.get_updates(offset=-1), await bot.get_updates(offset=1)

    last, left = ask(practice, read)

    assert [one.update_id for one in last] == [one.update_id for one in left] == [newest]


def test_the_same_offset_twice_in_half_a_second_brings_one_update(practice):
    write(practice)
    write(practice)

    async def read(bot):
        return await bot.get_updates(offset=7), await bot.get_updates(offset=7)

    first, again = ask(practice, read)

    assert (len(first), len(again)) == (2, 1)


def test_messages_are_kept_for_a_day(practice):
    write(practice)
    practice.control("telegram", clock_offset_seconds=24 * 3600 + 1)

    assert ask(practice, lambda bot: bot.get_updates()) == ()


def test_nobody_reads_while_a_webhook_takes_the_messages(practice):
    practice.control("telegram", set_webhook="https://elsewhere.example/hook")

    with pytest.raises(Conflict):
        ask(practice, lambda bot: bot.get_updates())
    assert ask(practice, lambda bot: bot.get_webhook_info()).url == "https://elsewhere.example/hook"


def test_it_answers_a_message(practice):
    write(practice, chat_id=21)

    async def answer(bot):
        asked = (await bot.get_updates())[-1].message
        reply = ReplyParameters(message_id=asked.message_id)
        return asked, await bot.send_message(21, "Yes.", reply_parameters=reply)

    asked, sent = ask(practice, answer)

    assert sent.text == "Yes."
    assert sent.reply_to_message.message_id == asked.message_id
    assert practice.books("telegram")["sent"][-1]["message_id"] == sent.message_id


def test_an_answer_to_nothing_is_refused_unless_it_may_stand_alone(practice):
    write(practice, chat_id=22)

    def answer(alone):
        reply = ReplyParameters(message_id=99999999, allow_sending_without_reply=alone)
        return ask(practice, lambda bot: bot.send_message(22, "Yes.", reply_parameters=reply))

    with pytest.raises(BadRequest, match=r"(?i)replied not found"):
        answer(False)
    assert answer(True).reply_to_message is None


@pytest.mark.parametrize(
    ("chat", "text", "error", "says"),
    [
        (31, "", BadRequest, "text is empty"),
        (31, "x" * 4097, BadRequest, "too long"),
        (404, "Yes.", BadRequest, "chat not found"),
        (32, "Yes.", Forbidden, "blocked by the user"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_the_vendors_words(practice, chat, text, error, says):
    write(practice, chat_id=31)
    write(practice, chat_id=32)
    practice.control("telegram", block=32)

    with pytest.raises(error, match=f"(?i){says}"):
        ask(practice, lambda bot: bot.send_message(chat, text))


def test_the_longest_text_is_taken(practice):
    write(practice, chat_id=33)

    assert len(ask(practice, lambda bot: bot.send_message(33, "x" * 4096)).text) == 4096


def test_a_second_message_in_a_second_has_to_wait(practice):
    write(practice, chat_id=41)

    async def twice(bot):
        await bot.send_message(41, "one")
        await bot.send_message(41, "two")

    with pytest.raises(RetryAfter) as refused:
        ask(practice, twice)
    assert "1 second" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("bad_request", BadRequest),
        ("unauthorized", InvalidToken),
        ("blocked", Forbidden),
        ("chat_not_found", BadRequest),
        ("other_reader", Conflict),
        ("flood", RetryAfter),
        ("http500", NetworkError),
        ("http502", NetworkError),
        ("http503", NetworkError),
    ],
)
def test_the_client_knows_every_error_by_name(practice, name, error):
    async def fail(bot):
        practice.control("telegram", fail_next=name)
        return await bot.get_me()

    with pytest.raises(error):
        ask(practice, fail)
