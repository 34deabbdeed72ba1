"""Where an AI says "unsure" a person chooses: nothing goes out by itself, and nothing before they have chosen."""

from __future__ import annotations

import pytest

from signoff.connectors.base import Event
from signoff.core.errors import InputRejected
from signoff.engine import verbs
from signoff.integrations.apply import apply
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.review.models import Review
from signoff.runs.models import Run

pytestmark = pytest.mark.django_db

SORTING = """
name: sort-leads
record: {when: webhook}
prompt: {ai: openai-main, model: gpt-4o, task: Say what this enquiry is about.}
answer:
  topic: {type: choice, options: [Prices, Help], unsure: true, label: Topic}
review: none
then:
  - hubspot-main.add_note: {body: "About {answer.topic}"}
"""


@pytest.fixture
def sorted_as(house, work_off):
    """Let a record come whose answer is this topic; returns its run."""
    assert not apply([read_text(SORTING)]).faults
    integration = Integration.objects.get(name="sort-leads")
    verbs.switch(integration, True)
    integration.refresh_from_db()

    def sort(topic):
        (run,) = verbs.receive(integration, [Event("1", "1", {"message": "Hello"}, "Dana")], "A test told us")
        Run.objects.filter(pk=run.pk).update(given_draft={"topic": topic})
        work_off(also_later=True)
        run.refresh_from_db()
        return run

    return sort


def test_a_choice_that_is_sure_goes_out_by_itself_where_nobody_reviews(sorted_as):
    assert sorted_as("Help").state == Run.State.DONE


def test_an_unsure_one_waits_for_a_person_who_has_to_choose(house, sorted_as, work_off):
    run = sorted_as("unsure")

    assert run.state == Run.State.WAITING
    assert [alarm["why"] for alarm in run.alarms if alarm["kind"] == "unsure"] == [
        "The AI is not sure about “Topic”. Choose what is right before you approve."
    ]
    review = Review.objects.get(run=run)
    with pytest.raises(InputRejected) as refused:
        verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    assert "“Topic” still says “unsure”. Nothing was sent." in refused.value.owner_message

    verbs.decide(review.pk, "edited", house.owner, review.content_hash, {"topic": "Prices"})
    run.refresh_from_db()
    assert run.answer == {"topic": "Prices"}
