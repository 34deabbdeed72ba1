"""Where test cases come from."""

from __future__ import annotations

import pytest

from signoff.engine import verbs
from signoff.proving.cases import CasesRefused, import_csv, keep, keep_latest, remove_of
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


TABLE = """\
firstname,email,message,answer.subject,answer.body,answer.intent
Dana,d@example.test,Hi,Hello,Hi Dana,{intent}
"""


def table(house):
    return TABLE.format(
        intent=house.integration.current.definition["choices"]["hubspot-main.contact.lead_intent"][0][0]
    )


def test_a_table_becomes_cases(house):
    (case,) = import_csv(house.integration, table(house), house.owner)

    assert case.verdict == "stated"
    assert case.record == {"firstname": "Dana", "email": "d@example.test", "message": "Hi"}
    assert case.expected["subject"] == "Hello"
    assert case.label == "Dana"


@pytest.mark.parametrize(
    "change", [(",", ";"), ("firstname", "\ufefffirstname"), ("firstname", "record.firstname")]
)
def test_tables_come_as_spreadsheets_write_them(house, change):
    (case,) = import_csv(house.integration, table(house).replace(*change), None)

    assert case.record["firstname"] == "Dana"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("answer.subject", "answer.topic"), "The answer has no “topic”"),
        (("answer.", "the."), "No column begins with “answer.”"),
        (("Hello", "x" * 100), "Line 2: subject"),
        (("Dana,d@", "d@"), "Line 2: it has not as many columns"),
        (("firstname,email,message", "a,b,c"), "No column is one of the record's fields"),
    ],
)
def test_a_table_with_a_fault_is_refused_with_its_line(house, change, words):
    with pytest.raises(CasesRefused, match=words):
        import_csv(house.integration, table(house).replace(*change), None)

    assert not Case.objects.exists()


@pytest.mark.parametrize("text", ["", "\n", "a,b\n", "\x00"])
def test_what_is_no_table_is_refused(house, text):
    with pytest.raises(CasesRefused):
        import_csv(house.integration, text, None)
