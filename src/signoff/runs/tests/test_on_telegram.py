"""Somebody writes to a Telegram bot and is answered: the whole way, on the practice Telegram."""

from __future__ import annotations

import pytest

from signoff.connections.connect import connect
from signoff.core.secret import Secret
from signoff.engine import verbs
from signoff.engine.jobs import advance
from signoff.integrations.apply import apply
from signoff.integrations.file import read_file
from signoff.integrations.models import Integration
from signoff.review.models import Review
from signoff.runs.models import Run, Source
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


def look() -> int:
    """Ask Telegram now, whenever its time would come."""
    Source.objects.update(next_at="2026-01-01T00:00Z", claimed_until=None)
    return verbs.poll()


def test_a_question_is_answered_below_it_in_its_chat(house, work_off, tmp_path):
    house.practice.control("telegram", fresh=True)
    connect(
        "telegram",
        "telegram-main",
        Secret(TELEGRAM_KEY),
        base_url=house.practice.address("telegram"),
        limits={"requests_per_minute": 1_000_000},
    )
    file = tmp_path / "answer-questions.yaml"
    file.write_text(ANSWER_QUESTIONS)
    result = apply([read_file(file)])
    assert not result.faults, result.faults
    verbs.switch(Integration.objects.get(name="answer-questions"), True)
    look()
    house.practice.control("telegram", write={"chat_id": 801, "text": "What does the Team plan cost?"})

    assert look() == 1
    work_off()
    run = Run.objects.get()
    assert run.state == Run.State.WAITING, run.timeline
    assert run.record["text"] == "What does the Team plan cost?"
    review = Review.objects.get(run=run)
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    Run.objects.filter(pk=run.pk).update(deliver_at=None)
    advance(run_id=run.pk)
    work_off(also_later=True)

    run.refresh_from_db()
    (sent,) = house.practice.books("telegram")["sent"]
    assert run.state == Run.State.DONE, run.timeline
    assert (sent["chat"]["id"], sent["text"]) == (801, review.content["body"])
    assert sent["reply_to_message"]["text"] == "What does the Team plan cost?"
    assert TELEGRAM_KEY.partition(":")[2] not in str(run.timeline)
    assert look() == 0
