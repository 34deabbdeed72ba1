"""A page appears in Notion and is answered by a comment and a page: the whole way, on the practice Notion."""

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


def look() -> int:
    """Ask Notion now, whenever its time would come."""
    Source.objects.update(next_at="2026-01-01T00:00Z", claimed_until=None)
    return verbs.poll()


def test_a_page_is_answered_by_a_comment_and_by_a_page(house, work_off, tmp_path):
    house.practice.control("notion", fresh=True)
    connect(
        "notion",
        "notion-main",
        Secret(NOTION_KEY),
        base_url=house.practice.address("notion"),
        limits={"requests_per_minute": 1_000_000},
        settings=NOTION_SETTINGS,
    )
    file = tmp_path / "answer-leads.yaml"
    file.write_text(ANSWER_LEADS)
    result = apply([read_file(file)])
    assert not result.faults, result.faults
    verbs.switch(Integration.objects.get(name="answer-leads"), True)
    look()
    lead = {
        "Lead": {"title": [{"text": {"content": "Mr Berg"}}]},
        "Company": {"rich_text": [{"text": {"content": "Berg Ltd"}}]},
    }
    id = house.practice.control("notion", add_page=lead)["add_page"]

    assert look() == 1
    work_off()
    run = Run.objects.get()
    assert run.state == Run.State.WAITING, run.timeline
    assert (run.record["id"], run.record["Lead"]) == (id, "Mr Berg")
    review = Review.objects.get(run=run)
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    Run.objects.filter(pk=run.pk).update(deliver_at=None)
    advance(run_id=run.pk)
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
