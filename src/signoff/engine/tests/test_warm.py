"""A warm start: decided records go through a new version before anybody decides on its drafts."""

from __future__ import annotations

import pytest

from signoff.engine import proofs, verbs
from signoff.engine.tests.test_autopilot import change_the_task, one_draft, reviewed
from signoff.proving.models import Proof
from signoff.proving.prove import ProofRefused
from signoff.review import warm
from signoff.review.bound import NOTHING_EXPECTED
from signoff.review.certificates import certificate
from signoff.review.models import Review, Warm

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("time_to_read")]


def replayed(house) -> Proof:
    proof = proofs.warm_start(house.integration, house.owner)
    for row in list(proof.replays.all()):
        proofs.replay(replay_id=row.pk)
    proof.refresh_from_db()
    return proof


@pytest.fixture
def changed(house, work_off):
    """A house in which 30 drafts were decided on, and then what the AI is asked to do was changed."""
    first = one_draft(house, work_off).review
    verbs.decide(first.pk, "approved", house.owner, first.content_hash)
    reviewed(house, first, 29)
    change_the_task(house)
    house.integration.refresh_from_db()
    return first


def test_it_is_the_fingerprint_of_the_drafts_that_follow_and_counts_as_no_review(house, changed, work_off):
    proof = replayed(house)
    draft = one_draft(house, work_off).review
    standing = certificate(house.integration)

    row = Warm.objects.get()
    assert proof.state == Proof.State.DONE
    assert row.fingerprint == draft.fingerprint != changed.fingerprint
    assert (row.n, row.k) == (30, 0)
    assert (standing.evidence.n, standing.evidence.bound) == (0, 1.0)
    assert standing.evidence.prior.b == 30.5
    assert standing.more_needed == 69  # and not 74
    assert warm.of(standing) == row
    assert (warm.before(standing).n, warm.before(standing).k) == (30, 0)


def test_what_comes_after_the_first_decision_is_told_and_expected_is_nothing(house, changed, work_off):
    draft = one_draft(house, work_off).review
    verbs.decide(draft.pk, "approved", house.owner, draft.content_hash)

    replayed(house)

    assert not Warm.objects.exists()
    assert certificate(house.integration).evidence.prior == NOTHING_EXPECTED


def test_what_was_settled_holds_although_drafts_turn_out_wrong(house, changed, work_off):
    replayed(house)
    draft = one_draft(house, work_off).review
    verbs.decide(draft.pk, "rejected", house.owner, draft.content_hash, reason="fact")

    found = certificate(house.integration).evidence

    assert (found.n, found.k, found.prior.b) == (1, 1, 30.5)
    assert replayed(house).state == Proof.State.DONE
    assert certificate(house.integration).evidence.prior.b == 30.5, "nobody chooses after having seen"


def test_where_nothing_was_decided_nothing_is_replayed(house):
    with pytest.raises(ProofRefused, match="Nothing was decided"):
        proofs.warm_start(house.integration, house.owner)
    assert not Review.objects.exists()


def test_who_would_have_to_wait_longer_for_it_expects_nothing(house, changed):
    version = house.integration

    good = warm.settle(version, "1" * 64, 40, 0, 0.05)
    bad = warm.settle(version, "2" * 64, 40, 4, 0.05)

    assert (good.prior_a, good.prior_b) == (0.5, 40.5)
    assert (bad.prior_a, bad.prior_b) == (0.5, 0.5)
    assert (bad.n, bad.k) == (40, 4), "it is shown all the same"
    assert warm.settle(version, "3" * 64, 0, 0, 0.05) is None
