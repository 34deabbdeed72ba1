"""Where test cases come from."""

from __future__ import annotations

import pytest

from signoff.engine import verbs
from signoff.proving.cases import keep, keep_latest, remove_of
from signoff.proving.models import Case
from signoff.review.models import Review
from signoff.runs.retention import forget

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviews(house, work_off):
    """Three drafts: one approved, one edited, one rejected."""
    for _ in range(3):
        house.receive(house.lead())
    work_off()
    rows = list(Review.objects.order_by("pk"))
    verbs.decide(rows[0].pk, "approved", house.owner, rows[0].content_hash)
    verbs.decide(rows[1].pk, "edited", house.owner, rows[1].content_hash, {"subject": "Mine"})
    verbs.decide(rows[2].pk, "rejected", house.owner, rows[2].content_hash, reason="tone")
    return list(Review.objects.select_related("run").order_by("pk"))


def test_an_approved_draft_an_edit_and_a_rejection_are_each_kept_as_what_they_are(house, reviews):
    approved, edited, rejected = (keep(review, house.owner) for review in reviews)

    assert (approved.verdict, approved.expected) == ("approved", reviews[0].content)
    assert edited.expected["subject"] == "Mine"
    assert (rejected.expected, rejected.rejected, rejected.reason) == (None, reviews[2].content, "Wrong tone")
    assert approved.record == reviews[0].run.record


def test_the_same_review_twice_is_one_case(house, reviews):
    assert keep(reviews[0], house.owner).pk == keep(reviews[0], None).pk
    assert Case.objects.get().made_by == house.owner


def test_a_draft_that_still_waits_is_no_case(house, work_off):
    house.receive(house.lead())
    work_off()

    assert keep(Review.objects.select_related("run").get(), house.owner) is None


def test_all_reviewed_ones_are_kept_at_once_and_once(house, reviews):
    assert len(keep_latest(house.integration, house.owner)) == 3
    assert keep_latest(house.integration, house.owner) == []


def test_what_was_erased_cannot_be_kept(house, reviews):
    forget([reviews[2].run_id])
    reviews[2].run.refresh_from_db()

    assert keep(reviews[2], house.owner) is None


def test_erasing_a_run_takes_its_case_along(house, reviews):
    for review in reviews:
        keep(review, house.owner)
    forget([reviews[2].run_id])

    assert remove_of([review.run_id for review in reviews]) == 1
    assert Case.objects.filter(verdict="rejected").count() == 0
