"""A page appears in Notion and is answered by a comment and a page: the whole way, on the practice Notion."""

from __future__ import annotations

import pytest

from signoff.runs.models import Run
from signoff.runs.tests.whole_way import approve, connect_practice, look, switch_on, the_draft
from signoff_sandbox.testing import NOTION_KEY, NOTION_SETTINGS

pytestmark = pytest.mark.django_db(transaction=True)
ANSWER_LEADS = """
name: answer-leads
record:
  from: notion-main
  when: page_added
prompt:
  ai: openai-main
  model: gpt-4o
  task: Say how to begin with it.
answer:
  body: {type: text, max: 900}
review:
  by: [sales]
then:
  - notion-main.add_comment:
      page: record.id
      text: answer.body
  - notion-main.add_page:
      title: "Call {record.Lead} of {record.Company}"
      text: answer.body
"""


def test_a_page_is_answered_by_a_comment_and_by_a_page(house, work_off):
    connect_practice(house.practice, "notion", NOTION_KEY, settings=NOTION_SETTINGS)
    switch_on(ANSWER_LEADS)
    lead = {
        "Lead": {"title": [{"text": {"content": "Mr Berg"}}]},
        "Company": {"rich_text": [{"text": {"content": "Berg Ltd"}}]},
    }
    id = house.practice.control("notion", add_page=lead)["add_page"]

    assert look() == 1
    work_off()
    review = the_draft()
    run = review.run
    assert (run.record["id"], run.record["Lead"]) == (id, "Mr Berg")
    approve(review, house.owner)
    work_off(also_later=True)

    run.refresh_from_db()
    books = house.practice.books("notion")
    assert run.state == Run.State.DONE, run.timeline
    [comment] = books["comments"]
    assert comment["parent"]["page_id"] == id
    assert comment["rich_text"][0]["plain_text"] == review.content["body"]
    [_, page] = books["pages"]
    assert page["properties"]["Lead"]["title"][0]["plain_text"] == "Call Mr Berg of Berg Ltd"
    assert page["text"].startswith(review.content["body"])
    assert NOTION_KEY not in str(run.timeline)
    assert look() == 0, "the page that Signoff added starts nothing"
