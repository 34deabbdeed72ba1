"""A task appears in Todoist and is answered by a comment and a task: the whole way, on the practice Todoist."""

from __future__ import annotations

import pytest

from signoff.runs.models import Run
from signoff.runs.tests.whole_way import approve, connect_practice, look, switch_on, the_draft
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


def test_a_task_is_answered_below_it_and_by_one_of_its_own(house, work_off):
    connect_practice(house.practice, "todoist", TODOIST_KEY, path="/api/v1", settings=TODOIST_SETTINGS)
    switch_on(ANSWER_TASKS)
    [id] = house.practice.control("todoist", add="Offer for Mr Berg, 40 chairs")["add"]

    assert look() == 1
    work_off()
    review = the_draft()
    run = review.run
    assert run.record["content"] == "Offer for Mr Berg, 40 chairs"
    approve(review, house.owner)
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
