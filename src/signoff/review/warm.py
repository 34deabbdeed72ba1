"""
A warm start: what replaying decided records tells of a version that nobody has decided on yet.

A replayed answer is no review, and counts as none: nobody has looked at it. But the bound may be made to be quickest
for the error rates that replaying leads one to expect, if that is settled before the first decision that is counted.
Then M(p) is a supermartingale as before, whatever replaying said, and however wrong it was; only more reviews are
needed then. Where that would be so from the start, nothing is expected instead.
"""

from __future__ import annotations

from math import ceil

from django.db.models import Count, Q

from signoff.core import clock
from signoff.integrations.models import Integration
from signoff.review.bound import NOTHING_EXPECTED, Prior, clean_reviews_needed
from signoff.review.breakdown import Line
from signoff.review.certificates import Standing
from signoff.review.models import Review, Warm

STRENGTH = (
    2.5  # divided by the limit: as many records weigh at most, so that a wrong expectation costs little
)


def most_records(limit: float) -> int:
    """Return how many records are worth replaying at a limit (0 to 1)."""
    return ceil(STRENGTH / limit)


def settle(
    integration: Integration, fingerprint: str, n: int, k: int, limit: float, proof_id: int | None = None
) -> Warm | None:
    """
    Keep what replaying told of drafts with a fingerprint: `k` of `n` came out otherwise than they should have.

    None, and nothing is kept, where somebody has decided on such a draft already: it would come too late to be fair.
    """
    if (
        not n
        or integration.current is None
        or Review.objects.filter(fingerprint=fingerprint, state=Review.State.DECIDED).exists()
    ):
        return None
    each = min(1.0, most_records(limit) / n)
    prior = Prior(0.5 + each * k, 0.5 + each * (n - k))
    if (clean_reviews_needed(limit, prior=prior) or 0) >= (clean_reviews_needed(limit) or 0):
        prior = NOTHING_EXPECTED  # who expects many errors waits longer; nobody is asked to
    values = {
        "integration": integration, "version": integration.current, "n": n, "k": k, "at": clock.now(),
        "proof_id": proof_id,
        "prior_a": prior.a, "prior_b": prior.b,
    }  # fmt: skip
    return Warm.objects.update_or_create(fingerprint=fingerprint, defaults=values)[0]


def of(standing: Standing) -> Warm | None:
    """Return what replaying told of the version in force; None where it told nothing."""
    rows = Warm.objects.filter(integration=standing.integration)
    if standing.fingerprint is not None:
        return rows.filter(fingerprint=standing.fingerprint.hash).first()
    current = standing.integration.current
    return rows.filter(version=current).order_by("-at").first() if current else None


def before(standing: Standing) -> Line | None:
    """Return how often drafts were wrong as they were made before the present way; None where there was none."""
    rows = Review.objects.filter(
        run__integration=standing.integration, run__replay_of=None, state=Review.State.DECIDED, flagged=False
    ).exclude(Q(fingerprint="") | Q(is_error=None))
    if standing.fingerprint is not None:
        rows = rows.exclude(fingerprint=standing.fingerprint.hash)
    last = rows.order_by("-decided_at").values_list("fingerprint", "run__model").first()
    if last is None:
        return None
    counted = rows.filter(fingerprint=last[0]).aggregate(
        n=Count("pk"), k=Count("pk", filter=Q(is_error=True))
    )
    return Line(last[1], counted["n"], counted["k"])
