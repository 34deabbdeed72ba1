"""Puts a draft before a person."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from signoff.core import clock
from signoff.integrations.definition import Definition, ReviewPart, definition_of
from signoff.review.models import Certificate, Planted, Review
from signoff.runs.models import Run

# What a draft that is made anew takes over into the review that its run has already.
OPENED = [
    "state", "by", "content", "content_hash", "verdict", "reason", "decided_by", "decided_at", "undo_until",
    "decided_content", "created_at", "ask", "fingerprint", "flagged", "certificate", "is_error", "changed",
    "overruled_by", "overruled_at", "unread",
]  # fmt: skip
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
) -> Review:
    """
    Put a drafted run before a person, in the caller's transaction.

    `fingerprint` is what the draft was made by, `flagged` whether anything in it was marked (None: as the run says),
    `certificate` the one under which it would have gone out, had the lot not chosen it.
    """
    definition, _ = definition_of(run.version_id)
    part = definition.review if isinstance(definition.review, ReviewPart) else ReviewPart()
    review = Review(
        run=run,
        by=list(part.by),
        ask=part.ask or "",
        content=dict(content),
        content_hash=content_hash(content),
        created_at=clock.now(),
        fingerprint=fingerprint,
        flagged=bool(run.findings or run.alarms) if flagged is None else flagged,
        certificate=certificate,
    )
    # One statement, also for a run that was drafted anew: its old review opens again with the new content.
    Review.objects.bulk_create([review], update_conflicts=True, unique_fields=["run"], update_fields=OPENED)
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
