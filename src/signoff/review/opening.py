"""Puts a draft before a person."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from signoff.core import clock
from signoff.integrations.definition import Definition, definition_of
from signoff.integrations.review_part import ReviewPart
from signoff.review.inbox import words_of
from signoff.review.models import Certificate, Planted, Review
from signoff.runs.models import Run

# What a draft that is made anew takes over into the review that its run has already.
OPENED = [
    "state", "by", "content", "content_hash", "verdict", "reason", "decided_by", "decided_at", "undo_until",
    "decided_content", "created_at", "ask", "fingerprint", "flagged", "certificate", "is_error", "changed",
    "overruled_by", "overruled_at", "unread", "again_at", "assign", "assigned_to", "assigned_how", "had_by", "due_at",
    "remind_at", "escalate_at", "looking", "looking_until", "four_eyes", "first_by", "first_at", "first_content",
    "drift", "is_gone", "compared_at", "words",
]  # fmt: skip
# What a draft keeps that a person had written again: whose it is, until when, and how its first answer is counted.
REOPENED = [
    "state", "content", "content_hash", "verdict", "reason", "undo_until", "decided_content", "looking",
    "looking_until", "first_by", "first_at", "first_content", "drift", "is_gone", "compared_at", "words", "unread",
]  # fmt: skip
MEASURED = [
    "fingerprint", "flagged", "certificate", "is_error", "changed", "decided_by", "decided_at", "overruled_by",
    "overruled_at",
]  # fmt: skip
REMIND_AFTER = 0.75  # of the time that there is
LATEST_AFTER = timedelta(minutes=20)  # a planted draft does not come right behind the one that drew it


def content_hash(content: Mapping[str, Any]) -> str:
    """Return what binds a decision to a content, byte for byte."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def open_review(
    run: Run,
    content: Mapping[str, Any],
    *,
    fingerprint: str = "",
    flagged: bool | None = None,
    certificate: Certificate | None = None,
    draws: bool = True,
) -> Review:
    """
    Put a drafted run before a person, in the caller's transaction.

    `fingerprint` is what the draft was made by, `flagged` whether anything in it was marked (None: as the run says),
    `certificate` the one under which it would have gone out, had the lot not chosen it; `draws` whether a planted draft
    may follow.
    """
    definition, _ = definition_of(run.version_id)
    part = definition.review if isinstance(definition.review, ReviewPart) else ReviewPart()
    now = clock.now()
    lasts = timedelta(seconds=part.due_in_seconds) if part.due_in_seconds else None
    review = Review(
        run=run,
        by=list(part.by),
        ask=part.told_at,
        assign=part.assign or "",
        four_eyes=part.four_eyes,
        due_at=now + lasts if lasts else None,
        remind_at=now + lasts * REMIND_AFTER if lasts else None,
        escalate_at=now + lasts if lasts else None,
        words=words_of(run.label, run.record, content),
        content=dict(content),
        content_hash=content_hash(content),
        created_at=now,
        fingerprint=fingerprint,
        flagged=bool(run.findings or run.alarms) if flagged is None else flagged,
        certificate=certificate,
    )
    if run.redrafted:
        earlier = Review.objects.filter(run=run, state=Review.State.AGAIN).first()
        if earlier is not None:
            return _reopen(earlier, review)
    # One statement, also for a run that was drafted anew: its old review opens again with the new content.
    Review.objects.bulk_create([review], update_conflicts=True, unique_fields=["run"], update_fields=OPENED)
    if draws:
        _draw(run, planted_share(definition))
    return review


def planted_share(definition: Definition) -> float:
    """Return how many planted drafts an owner wants for each draft that waits, 0 to 1."""
    return definition.review.planted if isinstance(definition.review, ReviewPart) else 0.0


def _draw(run: Run, share: float) -> None:
    """Draw whether a planted draft follows, and when; nothing in the run bears on it."""
    lot = secrets.SystemRandom()
    if lot.random() < share:
        due_at = clock.now() + lot.random() * LATEST_AFTER
        Planted.objects.create(integration_id=run.integration_id, due_at=due_at)


def _reopen(earlier: Review, review: Review) -> Review:
    """Put the second draft in the place of the first, which was sent back or whose record has changed."""
    # The first answer of a record is the one that is measured, also where it was wrong and the second is not.
    names = REOPENED if earlier.again_at else [*REOPENED, *MEASURED]
    Review.objects.filter(pk=earlier.pk).update(**{name: getattr(review, name) for name in names})
    earlier.refresh_from_db()
    return earlier
