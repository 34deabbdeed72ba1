"""
Approving many drafts at once, only where they would go out by themselves: under a certificate that holds, and unmarked.

Drafts that the lot chose to be looked at are not among them. Nobody has looked at what is approved like this, so it
counts neither as right nor as wrong; a planted draft among them is told, and says nothing of whoever approved it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from signoff.accounts.models import Person
from signoff.core.numbers import row_number
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.review import certificates
from signoff.review.decide import DecisionRefused, decide
from signoff.review.inbox import may_decide, waiting_for
from signoff.review.models import Certificate, Planted, Review
from signoff.review.planting import BY_LOT

MOST_AT_ONCE = 200


@dataclass
class Bulk:
    """What became of drafts that were to be approved together: those that were, and why others were not."""

    approved: list[Review] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)

    @property
    def planted(self) -> list[Review]:
        """Return those of the approved that were planted: nothing of them is sent."""
        return [one for one in self.approved if one.run.planted]

    @property
    def leave(self) -> list[Review]:
        """Return those of the approved that leave when the time to undo is over."""
        return [one for one in self.approved if not one.run.planted]


@dataclass
class Undone:
    """What became of decisions that were to be taken back together: those that were, and why others were not."""

    back: list[Review] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


def certificate_for(integration: Integration) -> tuple[Certificate | None, str]:
    """Return the certificate under which drafts may be approved together, or None and why there is none."""
    active = Certificate.objects.filter(integration=integration, state=Certificate.State.ACTIVE).first()
    if active is None:
        return None, "Drafts can be approved together only where an owner has signed for autopilot."
    definition = read_definition(integration.current)[0] if integration.current else None
    over = certificates.why_over(active, definition)
    return (None, over) if over else (active, "")


def together(integration: Integration, person: Person) -> QuerySet[Review]:
    """Return the drafts of an integration that a person may approve together, the oldest first."""
    active, _ = certificate_for(integration)
    rows = (
        waiting_for(person)
        .filter(run__integration=integration)
        .select_related("run__integration", "run__version")
    )
    if active is None:
        return rows.none()
    # A planted draft is among them as the one would be that it passes for: or its absence would tell it apart.
    passes_for = Planted.objects.filter(
        integration=integration, decided_at=None, source__review__fingerprint=active.fingerprint
    ).exclude(run__timeline__contains=[{"what": BY_LOT}])
    return rows.filter(
        Q(fingerprint=active.fingerprint) | Q(run__planted=True, run_id__in=passes_for.values("run_id")),
        flagged=False,
        certificate=None,
        four_eyes=False,
        again_at=None,
        drift=[],
        is_gone=False,
        run__replay_of=None,
        run__redrafted=0,
    )


def approve_one(review_id: int, person: Person, seen_hash: str) -> Review:
    """Approve one of many, in the caller's transaction. Raises `DecisionRefused`."""
    review = Review.objects.select_related("run__integration__current").filter(pk=review_id).first()
    if review is None or not may_decide(person, review):
        raise DecisionRefused("You may not decide on this draft. Ask the owner. Nothing was decided.", review)
    integration = review.run.integration
    active, why = certificate_for(integration)
    if active is None:
        raise DecisionRefused(f"{why} Decide on this draft by itself. Nothing was decided.", review)
    # Whoever ends the certificate comes before this, and is seen here, or after, and finds it decided.
    if not certificates.hold_still(active, integration.current_id):
        raise DecisionRefused("Its autopilot has ended meanwhile. Nothing was decided.", review)
    if (
        review.state == Review.State.WAITING
        and not together(integration, person).filter(pk=review_id).exists()
    ):
        raise DecisionRefused("This draft is to be looked at by itself. Nothing was decided.", review)
    return decide(review_id, Review.Verdict.APPROVED, person, seen_hash, together=True)


def pairs_from(texts: Sequence[str]) -> list[tuple[int, str]]:
    """Return numbers and hashes from texts such as "7:ab12…"; what is none is left out."""
    pairs = []
    for text in texts[:MOST_AT_ONCE]:
        said, _, seen_hash = text.partition(":")
        number = row_number(said)
        if number is not None and seen_hash:
            pairs.append((number, seen_hash))
    return pairs
