"""Company facts on their way into drafts: what ended is not told, and not sent after it ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from signoff.engine import verbs
from signoff.prompts.facts import Statement
from signoff.prompts.models import PromptVersion
from signoff.prompts.stating import state
from signoff.review.decide import DecisionRefused, FactsChanged
from signoff.review.models import Review
from signoff.runs.checking import findings_in, made_wrong_by
from signoff.runs.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafted(house, work_off):
    """A draft that says what the Team plan costs today."""
    (run_id,) = house.receive(house.lead())
    work_off()
    review = Review.objects.get(run_id=run_id)
    body = "Hi there,\n\nThe Team plan costs $149 a month.\n\nBest,\nPriya"
    return review, {**review.content, "body": body}


def test_every_run_knows_the_prompt_it_was_drafted_by(house, drafted):
    run = Run.objects.get(pk=drafted[0].run_id)

    version = PromptVersion.objects.get(pk=run.prompt_version)
    assert "Team: $149" in version.parts["facts"]["prices"]
    assert version.parts["task"] in version.instructions


def test_a_fact_that_ended_is_not_told_and_the_run_says_so(house, work_off):
    state("prices", [Statement("Team: $149", until_on=timezone.localdate() - timedelta(days=1))], None)

    (run_id,) = house.receive(house.lead())
    work_off()

    run = Run.objects.get(pk=run_id)
    assert "$149" not in PromptVersion.objects.get(pk=run.prompt_version).instructions
    assert any("“prices”" in line["what"] and line["kind"] == "warn" for line in run.timeline)


def test_a_price_that_ended_while_the_draft_waited_is_marked_before_it_can_go_out(house, drafted):
    review, content = drafted
    state("prices", [Statement("Team: $159 a month, up to 25 people")], None)

    with pytest.raises(FactsChanged, match=r"“prices” has changed"):
        verbs.decide(review.pk, "edited", house.owner, review.content_hash, content)

    run = Run.objects.get(pk=review.run_id)
    assert run.state == Run.State.WAITING
    assert any("149" in finding["text"] for finding in run.findings)


def test_what_a_changed_fact_makes_wrong_is_found_whatever_it_weighs():
    told = made_wrong_by(
        {"body": "Hello, all of it together would then cost you some $149 a month."},
        {"message": "Hi"}, {"prices": "Team: $149 a month"}, {"prices": "Team: $159 a month"},
    )  # fmt: skip

    assert ["149" in one["text"] for one in told] == [True]


def test_a_person_who_has_seen_the_marks_may_still_decide(house, drafted):
    review, content = drafted
    state("prices", [Statement("Team: $159 a month, up to 25 people")], None)
    with pytest.raises(DecisionRefused):
        verbs.decide(review.pk, "edited", house.owner, review.content_hash, content)

    verbs.decide(review.pk, "edited", house.owner, review.content_hash, content)

    assert Run.objects.get(pk=review.run_id).state == Run.State.APPROVED


def test_a_changed_fact_of_which_the_draft_says_nothing_holds_nobody_up(house, drafted):
    review, content = drafted
    state("opening-hours", [Statement("Monday to Friday: 8:00 to 16:00")], None)

    verbs.decide(review.pk, "edited", house.owner, review.content_hash, content)

    assert Run.objects.get(pk=review.run_id).state == Run.State.APPROVED


def test_the_checks_read_a_facts_table():
    assert findings_in({"body": "Team costs $149 a month."}, {}, {"prices": "Team: $149 a month"}) == []
