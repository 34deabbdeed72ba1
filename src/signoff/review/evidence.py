"""
What people's decisions say about the error rate of drafts that were made in exactly one way.

Counted are drafts in which nothing was flagged: those are the ones that would go out unattended. A flagged draft
always goes to a person, so it is shown apart and counts for nothing here. Neither does a record that somebody ran
again: it was counted the first time.

A draft that was passed over, while a later one was decided, counts as wrong until it is decided. So nobody can make a
rate look better by deciding on the easy ones first, and the bound holds whatever the order. So does one that was
approved in less time than it takes to read it, until somebody reads it.

Planted drafts that were decided in the same time tell what share of errors reviewers overlook; the bound is widened by
it (see `bound`). What replaying told before the first decision says what the bound expects (`Warm`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from math import sqrt
from typing import Any, NamedTuple

from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from signoff.review.bound import NOTHING_EXPECTED, Planted, Prior, clean_reviews_needed, is_below, upper_bound
from signoff.review.models import Certificate, Review, Warm
from signoff.review.models import Planted as PlantedRow
from signoff.review.reading import unread

Z = 1.959964  # of a normal distribution: 95 % lie within


class Week(NamedTuple):
    """What was decided in one week: so many, so many of them wrong."""

    begins_on: date
    n: int
    k: int


@dataclass(frozen=True)
class Evidence:
    """
    `k` of `n` decided drafts were wrong; `passed_over` drafts are older than one that was decided, and wait.

    `unread` drafts were approved faster than they can be read. `planted` is what planted drafts say of reviewers, None
    where there are none; `prior` what was expected before the first decision.
    `reasons` are rejections by reason, `changes` edits that were errors by kind; `reworded` edits changed words only.
    `flagged` drafts were decided too, and count for nothing here. `overruled`: so many grades a person has set.
    """

    n: int = 0
    k: int = 0
    passed_over: int = 0
    flagged: int = 0
    overruled: int = 0
    reworded: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    weeks: tuple[Week, ...] = ()
    fields: dict[str, int] = field(default_factory=dict)
    unread: int = 0
    planted: Planted | None = None
    prior: Prior = NOTHING_EXPECTED

    @property
    def not_known(self) -> int:
        """Return how many drafts count as wrong because nobody has said with reason that they are not."""
        return self.passed_over + self.unread

    @cached_property
    def bound(self) -> float:
        """Return the largest error rate (0 to 1) that is not ruled out; may be looked at after every decision."""
        n, k = self.n + self.not_known, self.k + self.not_known
        return upper_bound(n, k, prior=self.prior, planted=self.planted)

    def is_below(self, limit: float) -> bool:
        """Say whether it is proven that the rate is below a limit (0 to 1); what `bound` says, sooner."""
        n, k = self.n + self.not_known, self.k + self.not_known
        return is_below(limit, n, k, prior=self.prior, planted=self.planted)

    @property
    def rate(self) -> float | None:
        """Return the share that was wrong, None before the first decision."""
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return between what the rate most likely lies (95 %); for reading, nothing is decided by it."""
        return wilson(self.n, self.k) if self.n else None

    def more_needed(self, limit: float) -> int | None:
        """
        Return how many more decided drafts without an error bring the bound below a limit (0 to 1).

        None where no number does: reviewers have noticed no planted draft, and none is to come.
        """
        # What was passed over, or has to be read yet, is decided on the way, each as one of them.
        more = clean_reviews_needed(
            limit, n=self.n + self.not_known, k=self.k, prior=self.prior, planted=self.planted
        )
        return None if more is None else self.not_known + more


def wilson(n: int, k: int) -> tuple[float, float]:
    """
    Return the 95 % interval of a share for k of n, n at least 1.

    Source: Wilson (1927), https://doi.org/10.2307/2276774
    """
    share, square = k / n, Z * Z / n
    middle = (share + square / 2) / (1 + square)
    half = Z * sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def evidence(fingerprint: str, planted_share: float = 0.0) -> Evidence:
    """
    Count what was decided on drafts with this fingerprint, since it last lost a certificate.

    `planted_share` is what its file asks for now (0 to 1); with more than none, the bound waits for what they say.
    """
    rows = _since_the_last_end(fingerprint)
    decided = _judged(rows).exclude(is_error=None)
    measured = list(
        decided.filter(flagged=False)
        .order_by("judged_at", "pk")
        .values_list("is_error", "verdict", "reason", "changed", "overruled_at", "judged_at", "again_at")
    )
    reasons, changes, fields = Counter[str](), Counter[str](), Counter[str]()
    reworded = overruled = 0
    days: list[tuple[date, bool]] = []
    for is_error, verdict, reason, changed, overruled_at, judged_at, again_at in measured:
        overruled += overruled_at is not None
        days.append((timezone.localtime(judged_at).date(), bool(is_error)))
        if is_error and again_at is not None:
            reasons["again"] += 1
        elif is_error and verdict == Review.Verdict.REJECTED:
            reasons[reason] += 1
        elif is_error:
            changes.update({one["kind"] for one in changed if one["kind"] != "wording"} or {"other"})
            fields.update({one["field"] for one in changed if one["kind"] != "wording"})
        elif verdict == Review.Verdict.EDITED:
            reworded += 1
    return Evidence(
        n=len(measured),
        k=sum(bool(row[0]) for row in measured),
        passed_over=passed_over(rows),
        flagged=decided.filter(flagged=True).count(),
        overruled=overruled,
        reworded=reworded,
        reasons=dict(reasons.most_common()),
        changes=dict(changes.most_common()),
        weeks=by_week(days),
        fields=dict(fields.most_common()),
        unread=unread(rows.filter(flagged=False)).count(),
        planted=planted_in(rows, planted_share),
        prior=prior_of(rows, fingerprint),
    )


def planted_in(rows: QuerySet[Review], share: float = 0.0, until: datetime | None = None) -> Planted | None:
    """
    Return what planted drafts say that were decided while these drafts were (`until` a moment); None: nothing is asked.

    They count from the first of these decisions on: the same people in the same time.
    """
    first = rows.filter(state=Review.State.DECIDED).order_by("decided_at")
    begun = first.values_list("run__integration_id", "decided_at").first()
    if begun is None:
        return Planted(0, 0, share) if share else None
    found = PlantedRow.objects.filter(integration_id=begun[0], decided_at__gte=begun[1])
    if until is not None:
        found = found.filter(decided_at__lte=until)
    noticed = list(found.values_list("noticed", flat=True))
    return Planted(len(noticed), noticed.count(False), share) if noticed or share else None


def prior_of(rows: QuerySet[Review], fingerprint: str) -> Prior:
    """Return what the bound expects: what replaying told, if it was over before the first decision."""
    warm = Warm.objects.filter(fingerprint=fingerprint).first()
    if warm is None:
        return NOTHING_EXPECTED
    early = rows.exclude(decided_at=None).filter(decided_at__lte=warm.at)
    return NOTHING_EXPECTED if early.exists() else Prior(warm.prior_a, warm.prior_b)


def evidence_before(certificate: Certificate) -> Evidence:
    """Return what a certificate stands on, as it is graded now: the decisions before it was signed."""
    rows = _judged(_since_the_last_end(certificate.fingerprint, before=certificate.signed_at)).filter(
        flagged=False, judged_at__lte=certificate.signed_at
    )
    graded = list(rows.exclude(is_error=None).values_list("is_error", flat=True))
    planted = None
    if certificate.planted is not None:
        planted = Planted(certificate.planted, certificate.missed)
    return Evidence(
        n=len(graded),
        k=sum(map(bool, graded)),
        unread=unread(rows).count(),
        planted=planted,
        prior=Prior(certificate.prior_a, certificate.prior_b),
    )


def audits(certificate: Certificate) -> list[bool]:
    """
    Return whether each draft was wrong that was decided after the signature, in that order.

    They are those that the lot chose, and those that waited already when it was signed.
    """
    rows = _judged(_since_the_last_end(certificate.fingerprint, before=certificate.signed_at)).filter(
        flagged=False, judged_at__gt=certificate.signed_at
    )
    graded = rows.exclude(is_error=None).order_by("judged_at", "pk")
    return [bool(one) for one in graded.values_list("is_error", flat=True)]


def passed_over(rows: QuerySet[Review]) -> int:
    """Return how many unflagged drafts wait that are older than one of them that was decided."""
    unflagged = rows.filter(flagged=False)
    newest = unflagged.filter(state=Review.State.DECIDED).aggregate(newest=Max("pk"))["newest"]
    waiting = unflagged.filter(state=Review.State.WAITING, again_at=None)
    return waiting.filter(pk__lt=newest).count() if newest else 0


def by_week(days: Sequence[tuple[date, bool]]) -> tuple[Week, ...]:
    """Return the counts of each week that something was decided in, the oldest first."""
    n, k = Counter[date](), Counter[date]()
    for day, is_error in days:
        monday = day - timedelta(days=day.weekday())
        n[monday] += 1
        k[monday] += is_error
    return tuple(Week(monday, n[monday], k[monday]) for monday in sorted(n))


def _judged(rows: QuerySet[Review]) -> QuerySet[Any]:
    """Return the drafts whose first answer a person has judged, and `judged_at` when: decided on, or sent back."""
    judged = rows.filter(Q(state=Review.State.DECIDED) | Q(again_at__isnull=False))
    return judged.annotate(judged_at=Coalesce("again_at", "decided_at"))


def _since_the_last_end(fingerprint: str, before: datetime | None = None) -> QuerySet[Review]:
    """Return the drafts with a fingerprint, those only since it last lost a certificate (`before` a moment)."""
    rows = Review.objects.filter(fingerprint=fingerprint, run__replay_of=None)
    lost = Certificate.objects.filter(
        fingerprint=fingerprint, state__in=[Certificate.State.DEMOTED, Certificate.State.VOIDED]
    )
    if before is not None:
        lost = lost.filter(ended_at__lt=before)
    ended = lost.aggregate(last=Max("ended_at"))["last"]
    return rows.filter(created_at__gt=ended) if ended else rows
