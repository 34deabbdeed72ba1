"""A message arrives on a topic and is answered by one on another: the whole way, on the practice ntfy."""

from __future__ import annotations

import pytest

from signoff.engine.jobs import advance
from signoff.runs.models import Run
from signoff.runs.retrying import MOST_TRIES
from signoff.runs.tests.whole_way import approve, connect_practice, look, switch_on, the_draft
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


def test_a_message_is_answered_by_one_and_ours_starts_nothing(house, work_off):
    connect_practice(house.practice, "ntfy", NTFY_KEY, settings=NTFY_SETTINGS)
    switch_on(ANSWER_MESSAGES)
    told = {"topic": "orders", "title": "Order 7", "message": "40 chairs for Mr Berg"}
    house.practice.control("ntfy", message=told)

    assert look() == 1
    work_off()
    review = the_draft()
    run = review.run
    assert run.record["message"] == "40 chairs for Mr Berg"
    approve(review, house.owner)
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


def test_a_quota_that_is_used_up_until_midnight_is_waited_for_however_often_it_is_said(house, work_off):
    connect_practice(house.practice, "ntfy", NTFY_KEY, settings=NTFY_SETTINGS)
    switch_on(ANSWER_MESSAGES)
    house.practice.control("ntfy", message={"topic": "orders", "title": "Order 8", "message": "Two tables"})
    assert look() == 1
    work_off()
    run = the_draft().run
    house.practice.control("ntfy", daily_messages=0)
    try:
        approve(the_draft(), house.owner)
        Run.objects.filter(pk=run.pk).update(tries=MOST_TRIES - 1)
        advance(run_id=run.pk)
        run.refresh_from_db()
        assert (run.state, run.tries) == (Run.State.DELIVERING, MOST_TRIES - 1)
        assert "slow down" in run.deliveries.get().problem
    finally:
        house.practice.control("ntfy", daily_messages=250)

    work_off(also_later=True)

    run.refresh_from_db()
    assert run.state == Run.State.DONE, run.timeline
