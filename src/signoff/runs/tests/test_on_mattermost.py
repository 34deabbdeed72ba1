"""A person writes in a channel and is answered in the thread: the whole way, on the practice Mattermost."""

from __future__ import annotations

import pytest

from signoff.runs.models import Run
from signoff.runs.tests.whole_way import approve, connect_practice, look, switch_on, the_draft
from signoff_sandbox.testing import MATTERMOST_KEY, MATTERMOST_SETTINGS

pytestmark = pytest.mark.django_db(transaction=True)
ANSWER_ORDERS = """
name: answer-orders
record:
  from: mattermost-main
  when: message_posted
prompt:
  ai: openai-main
  model: gpt-4o
  task: Answer the question.
answer:
  body: {type: text, max: 900}
review:
  by: [sales]
then:
  - mattermost-main.send_message:
      channel: record.channel_id
      thread: record.thread
      text: answer.body
  - mattermost-main.send_message:
      channel: tpncbef59f4k1qe83o4xp9fdt7
      text: "Answered: {record.message}"
"""


def test_a_message_is_answered_in_its_thread_and_told_in_another_channel(house, work_off):
    connect_practice(house.practice, "mattermost", MATTERMOST_KEY, settings=MATTERMOST_SETTINGS)
    switch_on(ANSWER_ORDERS)
    question = "Can Mr Berg have 40 chairs by Friday?"
    id = house.practice.control("mattermost", post={"message": question})["post"]

    assert look() == 1
    work_off()
    review = the_draft()
    run = review.run
    assert run.record["message"] == question
    approve(review, house.owner)
    work_off(also_later=True)

    run.refresh_from_db()
    assert run.state == Run.State.DONE, run.timeline
    answered, elsewhere = house.practice.books("mattermost")["sent"]
    assert (answered["root_id"], answered["message"]) == (id, review.content["body"])
    assert (elsewhere["root_id"], elsewhere["message"]) == ("", f"Answered: {question}")
    assert MATTERMOST_KEY not in str(run.timeline)
    assert look() == 0, "what Signoff wrote starts nothing"
