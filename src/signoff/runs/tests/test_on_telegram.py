"""Somebody writes to a Telegram bot and is answered: the whole way, on the practice Telegram."""

from __future__ import annotations

import pytest

from signoff.runs.models import Run
from signoff.runs.tests.whole_way import approve, connect_practice, look, switch_on, the_draft
from signoff_sandbox.testing import TELEGRAM_KEY

pytestmark = pytest.mark.django_db(transaction=True)
ANSWER_QUESTIONS = """
name: answer-questions
record:
  from: telegram-main
  when: message_received
prompt:
  ai: openai-main
  model: gpt-4o
  task: Answer the question.
answer:
  body: {type: text, max: 900}
review:
  by: [sales]
then:
  - telegram-main.send_message:
      chat_id: record.chat_id
      text: answer.body
      reply_to: record.message_id
"""


def test_a_question_is_answered_below_it_in_its_chat(house, work_off):
    connect_practice(house.practice, "telegram", TELEGRAM_KEY)
    switch_on(ANSWER_QUESTIONS)
    house.practice.control("telegram", write={"chat_id": 801, "text": "What does the Team plan cost?"})

    assert look() == 1
    work_off()
    review = the_draft()
    run = review.run
    assert run.record["text"] == "What does the Team plan cost?"
    approve(review, house.owner)
    work_off(also_later=True)

    run.refresh_from_db()
    (sent,) = house.practice.books("telegram")["sent"]
    assert run.state == Run.State.DONE, run.timeline
    assert (sent["chat"]["id"], sent["text"]) == (801, review.content["body"])
    assert sent["reply_to_message"]["text"] == "What does the Team plan cost?"
    assert TELEGRAM_KEY.partition(":")[2] not in str(run.timeline)
    assert look() == 0
