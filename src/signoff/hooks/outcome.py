"""How a sign-off stands, as other programs are told: the same words by fetching, waiting, and being told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from signoff.core import clock
from signoff.core.home import public_url
from signoff.hooks.models import Proposal
from signoff.review.models import Review
from signoff.runs.models import Run

RELEASED = (Run.State.APPROVED, Run.State.DELIVERING, Run.State.DONE, Run.State.UNCERTAIN)
STOPPED = (Run.State.NEEDS_YOU, Run.State.FAILED)


def is_decided(run: Run, at: datetime | None = None) -> bool:
    """Say whether it was decided what becomes of a draft, and nobody can take that back any more."""
    review = _review(run)
    if review is not None:
        is_over = review.undo_until is None or review.undo_until <= (at or clock.now())
        return review.state == Review.State.DECIDED and is_over
    return run.state in RELEASED or (run.state in STOPPED and run.resume_as == Run.State.APPROVED)


def decided_from(run: Run) -> datetime | None:
    """Return from when on a decision holds, None where there is none that a person could take back."""
    review = _review(run)
    return review.undo_until if review is not None and review.state == Review.State.DECIDED else None


def outcome_of(run: Run) -> dict[str, Any]:
    """
    Return how a run stands: {"id", "run", "integration", "record", "status", "decided", "answer", …} (docs/api.md).

    `answer` is there once it is approved and that holds: a draft that waits is for nobody to use. `record` says whom an
    answer is for where the program that hears of it is not the one that asked.
    """
    review, decided = _review(run), is_decided(run)
    proposal: Proposal | None = getattr(run, "proposal", None)
    rejected = decided and review is not None and review.verdict == Review.Verdict.REJECTED
    by_person = review if decided and review is not None else None
    return {
        "id": proposal.pk if proposal else None,
        "run": run.pk,
        "integration": run.integration.name,
        "label": run.label,
        "record": run.record,
        "status": run.state,
        "decided": decided,
        "answer": run.answer if decided and not rejected else None,
        "edited": bool(by_person and by_person.verdict == Review.Verdict.EDITED),
        "rejected_for": by_person.reason if by_person is not None and rejected else None,
        "decided_by": str(by_person.decided_by) if by_person and by_person.decided_by else None,
        "decided_at": by_person.decided_at if by_person else None,
        "findings": run.findings,
        "alarms": run.alarms,
        "problem": run.problem or None,
        "next_step": run.next_step or None,
        "received_at": run.received_at,
        "page": f"{public_url()}/history/{run.pk}/",
    }


def _review(run: Run) -> Review | None:
    found: Review | None = getattr(run, "review", None)
    return found
