"""A task appears in Todoist and is answered by a comment and a task: the whole way, on the practice Todoist."""

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
from signoff_sandbox.testing import TODOIST_KEY, TODOIST_SETTINGS

pytestmark = pytest.mark.django_db(transaction=True)
ANSWER_TASKS = """
name: answer-tasks
record:
  from: todoist-main
  when: task_added
prompt:
  ai: openai-main
  model: gpt-4o
  task: Say how to begin with it.
answer:
  body: {type: text, max: 900}
review:
  by: [sales]
then:
  - todoist-main.add_comment:
      task: record.id
      content: answer.body
  - todoist-main.add_task:
      project: record.project_id
      content: "Look at it: {record.content}"
      due: "{record.due}"
"""


def look() -> int:
    """Ask Todoist now, whenever its time would come."""
    Source.objects.update(next_at="2026-01-01T00:00Z", claimed_until=None)
    return verbs.poll()


def test_a_task_is_answered_below_it_and_by_one_of_its_own(house, work_off, tmp_path):
    house.practice.control("todoist", fresh=True)
    address = house.practice.address("todoist") + "/api/v1"
    limits = {"requests_per_minute": 1_000_000}
    connect(
        "todoist",
        "todoist-main",
        Secret(TODOIST_KEY),
        base_url=address,
        limits=limits,
        settings=TODOIST_SETTINGS,
    )
    file = tmp_path / "answer-tasks.yaml"
    file.write_text(ANSWER_TASKS)
    result = apply([read_file(file)])
    assert not result.faults, result.faults
    verbs.switch(Integration.objects.get(name="answer-tasks"), True)
    look()
    [id] = house.practice.control("todoist", add="Offer for Mr Berg, 40 chairs")["add"]

    assert look() == 1
    work_off()
    run = Run.objects.get()
    assert run.state == Run.State.WAITING, run.timeline
    assert run.record["content"] == "Offer for Mr Berg, 40 chairs"
    review = Review.objects.get(run=run)
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    Run.objects.filter(pk=run.pk).update(deliver_at=None)
    advance(run_id=run.pk)
    work_off(also_later=True)

    run.refresh_from_db()
    books = house.practice.books("todoist")
    assert run.state == Run.State.DONE, run.timeline
    [comment] = books["comments"]
    assert comment["item_id"] == id
    assert comment["content"].startswith(review.content["body"])
    assert [task["content"] for task in books["tasks"]] == [
        "Offer for Mr Berg, 40 chairs",
        "Look at it: Offer for Mr Berg, 40 chairs",
    ]
    assert TODOIST_KEY not in str(run.timeline)
    assert look() == 0, "the task that Signoff added starts nothing"
