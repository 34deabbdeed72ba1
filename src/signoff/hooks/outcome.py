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
STOPPED = (Run.State.NEEDS_YOU, Run.State.FAILED, Run.State.LEFT)
NOT_WANTED = "Somebody left it as it is: no answer comes, unless they take it up again."


def is_settled(run: Run) -> bool:
    """Say whether whoever asked has their answer: a decision that holds, or that it was left without one."""
    return is_decided(run) or is_left(run)


def is_left(run: Run) -> bool:
    """Say whether a run stopped before anybody decided on it, and was left as it is."""
    return run.state == Run.State.LEFT and not is_decided(run)


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
    answer is for where the program that hears of it is not the one that asked. One that was left without a decision is
    `decided` too, with no answer, for as long as nobody takes it up again: nothing else would end a program's waiting.
    """
    review, decided, left = _review(run), is_decided(run), is_left(run)
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
        "decided": decided or left,
        "answer": run.answer if decided and not rejected else None,
        "edited": bool(by_person and by_person.verdict == Review.Verdict.EDITED),
        "rejected_for": by_person.reason if by_person is not None and rejected else None,
        "decided_by": str(by_person.decided_by) if by_person and by_person.decided_by else None,
        "decided_at": by_person.decided_at if by_person else None,
        "findings": run.findings,
        "alarms": run.alarms,
        "problem": run.problem or None,
        "next_step": NOT_WANTED if left else run.next_step or None,
        "received_at": run.received_at,
        "page": f"{public_url()}/history/{run.pk}/",
    }


def _review(run: Run) -> Review | None:
    found: Review | None = getattr(run, "review", None)
    return found
