"""A message arrives on a topic and is answered by one on another: the whole way, on the practice ntfy."""

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
from signoff_sandbox.testing import NTFY_KEY, NTFY_SETTINGS

pytestmark = pytest.mark.django_db(transaction=True)
ANSWER_MESSAGES = """
name: answer-messages
record:
  from: ntfy-main
  when: message_received
prompt:
  ai: openai-main
  model: gpt-4o
  task: Say in two sentences what to do first.
answer:
  body: {type: text, max: 900}
review:
  by: [sales]
then:
  - ntfy-main.send_message:
      title: "About: {record.title}"
      text: answer.body
      priority: 4
      link: "{record.click}"
"""


def look() -> int:
    """Ask ntfy now, whenever its time would come."""
    Source.objects.update(next_at="2026-01-01T00:00Z", claimed_until=None)
    return verbs.poll()


def test_a_message_is_answered_by_one_and_ours_starts_nothing(house, work_off, tmp_path):
    house.practice.control("ntfy", fresh=True)
    connect(
        "ntfy",
        "ntfy-main",
        Secret(NTFY_KEY),
        base_url=house.practice.address("ntfy"),
        limits={"requests_per_minute": 1_000_000},
        settings=NTFY_SETTINGS,
    )
    file = tmp_path / "answer-messages.yaml"
    file.write_text(ANSWER_MESSAGES)
    result = apply([read_file(file)])
    assert not result.faults, result.faults
    verbs.switch(Integration.objects.get(name="answer-messages"), True)
    look()
    told = {"topic": "orders", "title": "Order 7", "message": "40 chairs for Mr Berg"}
    house.practice.control("ntfy", message=told)

    assert look() == 1
    work_off()
    run = Run.objects.get()
    assert run.state == Run.State.WAITING, run.timeline
    assert run.record["message"] == "40 chairs for Mr Berg"
    review = Review.objects.get(run=run)
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    Run.objects.filter(pk=run.pk).update(deliver_at=None)
    advance(run_id=run.pk)
    work_off(also_later=True)

    run.refresh_from_db()
    assert run.state == Run.State.DONE, run.timeline
    _, sent = house.practice.books("ntfy")["messages"]
    assert (sent["topic"], sent["title"], sent["priority"]) == ("orders", "About: Order 7", 4)
    assert sent["message"] == review.content["body"]
    assert sent["tags"][0] == "signoff"
    assert "click" not in sent
    assert NTFY_KEY not in str(run.timeline)
    assert look() == 0, "the message that Signoff sent starts nothing"
