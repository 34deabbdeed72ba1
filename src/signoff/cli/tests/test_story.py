"""The life of an integration: learning, promotion, drift, demotion, another version that starts warm, another model."""

from __future__ import annotations

import pytest

from signoff.cli.story import SNAPSHOT, Life, story_time
from signoff.connectors.base import Event
from signoff.review.models import Certificate, Review, Warm
from signoff.runs.models import Delivery, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(house, practice):
    """Live a life in the house, and put the practice AI back afterwards."""

    def bring(count):
        ids = practice.seed_leads(count)
        found = {str(one["id"]): one["properties"] for one in practice.books("hubspot")["contacts"]}
        return [
            Event(
                f"contact:{n}", n, {"id": n, **{k: v for k, v in found[n].items() if v is not None}}, "A lead"
            )
            for n in ids
        ]

    def move_alias(to):
        practice.control("openai", move_alias={"gpt-4o": to})

    def tell(**how) -> Life:
        with story_time() as time:
            life = Life(house.integration.name, house.owner, bring, move_alias, time, **how)
            life.tell()
        return life

    yield tell
    move_alias("gpt-4o-2024-08-06")


def holds(life: Life, house) -> None:
    """Whatever chance brought, this is so."""
    by_title = {chapter.title.split(":")[0]: chapter for chapter in life.chapters}
    states = list(Certificate.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["demoted", "voided"], [(one.title, one.became) for one in life.chapters]
    demoted, voided = Certificate.objects.order_by("pk")
    assert "audited drafts were wrong" in demoted.why
    assert voided.why == f"The AI now answers as {SNAPSHOT}, and it was measured as gpt-4o-2024-08-06."
    assert by_title["Drift"].wrong >= 3
    assert by_title["On autopilot"].went_out > 0
    assert Warm.objects.get().n > 0
    prints = Review.objects.exclude(fingerprint="").values_list("fingerprint", flat=True).distinct()
    assert len(set(prints)) == 3
    # What was approved and what went out alone has arrived, each once, and nothing that was planted or rejected has.
    sent = Run.objects.filter(state="done")
    assert not Run.objects.filter(
        state__in=["approved", "delivering", "needs you", "failed", "uncertain"]
    ).exists()
    assert Delivery.objects.exclude(state="confirmed").count() == 0
    assert not Delivery.objects.exclude(run__state="done").exists()
    addresses = [str(draft["to"]).lower() for draft in house.practice.books("gmail")["drafts"]]
    for run in sent:
        assert sum(run.record["email"].lower() in one for one in addresses) == 1
    for run in Run.objects.filter(state="rejected"):
        assert not any(run.record["email"].lower() in one for one in addresses)


@pytest.mark.timeout(600)
def test_a_short_life_at_a_generous_limit(house, live):
    said = []

    life = live(limit=0.15, planted=0.2, notices=1.0, most=120, calm=60, say=said.append)

    holds(life, house)
    assert life.document()["reviews"] == life.reviews > 60
    assert any("Autopilot is offered" in line for line in said)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_life_of_five_hundred_reviews(house, live):
    life = live()

    holds(life, house)
    assert 350 <= life.reviews <= 800
    assert sum(chapter.planted for chapter in life.chapters) > 10
    assert not Run.objects.filter(planted=True).exclude(state__in=["planted", "waiting for review"]).exists()
