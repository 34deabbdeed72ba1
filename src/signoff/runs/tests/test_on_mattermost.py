"""A person writes in a channel and is answered in the thread: the whole way, on the practice Mattermost."""

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


def look() -> int:
    """Ask Mattermost now, whenever its time would come."""
    Source.objects.update(next_at="2026-01-01T00:00Z", claimed_until=None)
    return verbs.poll()


def test_a_message_is_answered_in_its_thread_and_told_in_another_channel(house, work_off, tmp_path):
    house.practice.control("mattermost", fresh=True)
    connect(
        "mattermost",
        "mattermost-main",
        Secret(MATTERMOST_KEY),
        base_url=house.practice.address("mattermost"),
        limits={"requests_per_minute": 1_000_000},
        settings=MATTERMOST_SETTINGS,
    )
    file = tmp_path / "answer-orders.yaml"
    file.write_text(ANSWER_ORDERS)
    result = apply([read_file(file)])
    assert not result.faults, result.faults
    verbs.switch(Integration.objects.get(name="answer-orders"), True)
    look()
    question = "Can Mr Berg have 40 chairs by Friday?"
    id = house.practice.control("mattermost", post={"message": question})["post"]

    assert look() == 1
    work_off()
    run = Run.objects.get()
    assert run.state == Run.State.WAITING, run.timeline
    assert run.record["message"] == question
    review = Review.objects.get(run=run)
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    Run.objects.filter(pk=run.pk).update(deliver_at=None)
    advance(run_id=run.pk)
    work_off(also_later=True)

    run.refresh_from_db()
    assert run.state == Run.State.DONE, run.timeline
    answered, elsewhere = house.practice.books("mattermost")["sent"]
    assert (answered["root_id"], answered["message"]) == (id, review.content["body"])
    assert (elsewhere["root_id"], elsewhere["message"]) == ("", f"Answered: {question}")
    assert MATTERMOST_KEY not in str(run.timeline)
    assert look() == 0, "what Signoff wrote starts nothing"
