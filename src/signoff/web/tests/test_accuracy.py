"""The page that says how often an integration is wrong, and the buttons on it."""

from __future__ import annotations

import pytest

from signoff.connections.models import Connection
from signoff.core import clock
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.review.fingerprint import fingerprint_of
from signoff.review.models import Certificate, Review
from signoff.review.opening import open_review
from signoff.web.tests import world

pytestmark = pytest.mark.django_db

PAGE = "/integrations/follow-up-after-demo/accuracy/"


def measured(made: Integration, count: int, **values) -> list[Review]:
    """Return drafts without a mark on which somebody decided; by default they were approved."""
    definition, _ = read_definition(made.current)
    ai = Connection.objects.filter(name="openai-main").first()
    found = []
    for number in range(count):
        record, answer = world.other(number)
        run = world.run(made, record, answer, findings=[])
        print_ = fingerprint_of(made.pk, definition, ai, run.prompt_version, run.model)
        found.append(open_review(run, answer, fingerprint=print_.hash, flagged=False))
    decided = {
        "state": "decided",
        "verdict": "approved",
        "is_error": False,
        "decided_at": clock.now(),
        **values,
    }
    Review.objects.filter(pk__in=[one.pk for one in found]).update(**decided)
    return found


@pytest.fixture
def made(db) -> Integration:
    owner = world.person()
    world.connections()
    return world.integration(owner)


def test_before_the_first_decision_it_says_what_will_appear(as_role, made):
    page = as_role("owner").get(PAGE).content.decode()

    assert "Nothing was decided yet" in page
    assert "74 more clean reviews until autopilot can be offered." in page


def test_the_rate_what_was_wrong_and_what_is_missing(as_role, made):
    measured(made, 20)
    measured(made, 2, verdict="rejected", reason="fact", is_error=True)
    measured(made, 1, verdict="edited", is_error=True, changed=[{"kind": "amount", "field": "body"}])
    measured(made, 2, verdict="edited")

    page = as_role("viewer").get(PAGE).content.decode()

    assert "12 %" in page
    assert "3 of 25 drafts were wrong. Most likely between 4.2 and 30 %." in page
    assert "A fact is wrong" in page
    assert "An amount" in page
    assert "2 more were edited in their wording only." in page
    # One week, wide and narrow: what share was wrong, and between what it most likely lies.
    assert (page.count('class="point"'), page.count('class="span"')) == (2, 2)
    assert "<progress" in page


def test_an_owner_signs_and_anybody_who_reviews_takes_it_back(as_role, made):
    first, *_ = measured(made, 80)
    assert "Sign for autopilot" not in as_role("builder").get(PAGE).content.decode()
    owner = as_role("owner")
    assert "Sign for autopilot" in owner.get(PAGE).content.decode()

    owner.post(f"{PAGE}sign/", {"fingerprint": first.fingerprint})
    assert Certificate.objects.get().state == "active"
    assert "signed for it" in owner.get(PAGE).content.decode()
    as_role("reviewer").post(f"{PAGE}withdraw/")

    assert Certificate.objects.get().state == "withdrawn"
    assert "Autopilot before" in as_role("owner").get(PAGE).content.decode()


def test_nobody_else_signs_and_no_get_does(as_role, made):
    first, *_ = measured(made, 80)
    for role in ("builder", "reviewer", "viewer"):
        assert as_role(role).post(f"{PAGE}sign/", {"fingerprint": first.fingerprint}).status_code == 403

    assert as_role("owner").get(f"{PAGE}sign/?fingerprint={first.fingerprint}").status_code == 405
    assert not Certificate.objects.exists()


def test_a_page_that_is_old_signs_nothing_and_says_why(as_role, made):
    measured(made, 80)

    answer = as_role("owner").post(f"{PAGE}sign/", {"fingerprint": "0" * 64})

    assert answer.status_code == 409
    assert "changed since you looked" in answer.content.decode()


def test_a_grade_is_overruled_from_the_decided_draft(as_role, made):
    (review,) = measured(made, 1, verdict="edited", is_error=True)
    client = as_role("owner")
    assert "It was not wrong" in client.get(f"/review/{review.pk}/").content.decode()

    client.post(f"/review/{review.pk}/grade/", {"is_error": "no"})

    review.refresh_from_db()
    assert review.is_error is False
    assert "says that the draft was not wrong" in client.get(f"/review/{review.pk}/").content.decode()


def test_what_reviewers_overlook_is_told_to_everybody_and_by_name_to_owners_only(as_role, made):
    measured(made, 3)
    measured(made, 2, unread=True, is_error=None)
    pages = {role: as_role(role).get(PAGE).content.decode() for role in ("owner", "builder", "viewer")}

    for role, page in pages.items():
        assert "What reviewers overlook" in page
        assert "planted: 5%" in page, "how to have it measured"
        assert "2 were approved faster than they can be read." in page
        assert ("Only owners see this table." in page) is (role == "owner")
        assert ("Read the first one" in page) is (role != "viewer")


def test_all_of_it_is_a_table_to_take_away(as_role, made):
    measured(made, 9)
    measured(made, 1, verdict="edited", is_error=True, changed=[{"kind": "amount", "field": "body"}])

    answer = as_role("viewer").get(PAGE.replace("accuracy/", "accuracy.csv"))
    lines = b"".join(answer.streaming_content).decode().splitlines()

    assert answer["Content-Type"].startswith("text/csv")
    assert lines[0].endswith("by,of,drafts,wrong,share,from,to")
    assert "all,as it is made now,10,1,0.1,0.017876,0.40415" in lines[1:]
    assert [line for line in lines if line.startswith("field,body,10,1")]
    assert [line for line in lines if line.startswith("model,")]
    assert not [line for line in lines if line.startswith("decided too fast")], "of people, only owners"


@pytest.mark.parametrize(
    ("k", "n", "top"), [(0, 1, "80 %"), (1, 400, "2 %"), (0, 2000, "1 %"), (40, 40, "100 %")]
)
def test_the_chart_is_as_high_as_its_bars(k, n, top):
    from datetime import date

    from signoff.review.evidence import Week
    from signoff.web.accuracy import chart

    drawn = chart([Week(date(2026, 3, 2), n, k)], None, 640, "wide")

    assert f">{top}</text>" in drawn
    assert "goal" not in drawn
    assert ">Limit: under 5 %</text>" in chart([Week(date(2026, 3, 2), n, k)], 0.05, 640, "wide")
