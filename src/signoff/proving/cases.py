"""Where test cases come from: drafts that a person has decided on (for files see `signoff.proving.tables`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.core import clock
from signoff.integrations.models import Integration
from signoff.proving.models import Case
from signoff.review.models import Review
from signoff.runs.models import Run


def keep(review: Review, person: Person | None) -> Case | None:
    """
    Return the test case of a decided review, made if there is none; None where there is nothing to keep.

    An edit is the expected answer; a rejected draft keeps its reason. What was erased of a run cannot be kept.
    """
    case = _case_of(review, person)
    if case is None:
        return None
    if not case.is_kept:
        Case.everything.filter(pk=case.pk).update(is_kept=True, made_by=person)
        case.is_kept = True
        note(person or "command line", "kept as a test case", f"run {case.run_id}")
    return case


def last_reviewed(integration: Integration, most: int) -> list[Case]:
    """
    Return the latest decided reviews of an integration as cases, for a drill; they become no part of the test set.

    What is not kept for other reasons is forgotten by `forget_unkept`.
    """
    reviews = (
        Review.objects.filter(
            run__integration=integration, run__planted=False, state=Review.State.DECIDED, run__erased_at=None
        )
        .select_related("run")
        .order_by("-decided_at")[:most]
    )
    return [case for review in reviews if (case := _case_of(review, None)) is not None]


def forget_unkept(before: datetime) -> int:
    """
    Forget cases that were used in a drill last before this moment, or whose run was erased, with the answers to them.

    Returns how many.
    """
    over = Q(made_at__lt=before) | Q(run__erased_at__isnull=False)
    gone = Case.everything.filter(over, is_kept=False)
    count = gone.count()
    gone.delete()
    return count


def _case_of(review: Review, person: Person | None) -> Case | None:
    run = review.run
    if not is_decided(review):
        return None
    was_rejected = review.verdict == Review.Verdict.REJECTED
    case, _ = Case.everything.get_or_create(
        integration_id=run.integration_id,
        run=run,
        defaults={"record": run.record, "made_by": person, "is_kept": False},
    )
    case.label, case.verdict = run.label, review.verdict  # a decision may have been taken back and made anew
    case.expected = None if was_rejected else review.decided_content
    case.rejected = review.content if was_rejected else None
    case.reason = review.get_reason_display() if was_rejected else ""
    if not case.is_kept:
        case.made_at = clock.now()  # it is forgotten so long after its last use
    case.save(force_update=True)
    return case


def is_decided(review: Review) -> bool:
    """Say whether a person has decided on a review, and its record is still there."""
    return (
        review.state == Review.State.DECIDED
        and review.run.erased_at is None
        and bool(review.run.record)
        and not review.run.planted
    )


def can_keep(run: Run) -> bool:
    """Say whether a run can become a test case: a person has decided on it, and it is none yet."""
    decided = Review.objects.filter(run=run, state=Review.State.DECIDED).exists()
    return decided and run.erased_at is None and not run.planted and not Case.objects.filter(run=run).exists()


def keep_latest(integration: Integration, person: Person | None, most: int = 200) -> list[Case]:
    """Return the test cases of the integration's latest decided reviews, made where there were none."""
    reviews = (
        Review.objects.filter(
            run__integration=integration, run__planted=False, state=Review.State.DECIDED, run__erased_at=None
        )
        .exclude(run__cases__is_kept=True)
        .select_related("run")
        .order_by("-decided_at")[:most]
    )
    return [case for review in reviews if (case := keep(review, person)) is not None]


def remove_of(run_ids: Iterable[int]) -> int:
    """Remove the test cases of runs that were erased because somebody asked for it; returns how many."""
    gone = Case.everything.filter(run__in=list(run_ids), run__erased_at__isnull=False)
    count = gone.count()
    gone.delete()
    return count


def remove(rows: QuerySet[Case], person: Person | None) -> int:
    """Remove test cases, with the records that they hold and all answers to them; returns how many."""
    ids = list(rows.values_list("pk", flat=True))
    rows.delete()
    if ids:
        note(person or "command line", "removed test cases", f"{len(ids)} cases", {"cases": ids})
    return len(ids)
