"""
Whether a draft can have been read before it was approved: how long a person had it before them, and how long it takes.

Time is counted on the server, from the first time that the draft was opened by this person, or from their decision
before this one if that was later: who opens ten drafts at once does not read ten at once. Nobody's seconds are kept;
kept is only that an approval came sooner than its draft can be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet

from signoff.accounts.models import Person
from signoff.core import clock
from signoff.review.models import Opened, Review

LEAST_SECONDS = 3.0  # for the record beside it
WORDS_A_SECOND = 20.0  # four times as fast as people read a text that they want to understand
KEEP = timedelta(days=2)


def opened(review: Review, person: Person) -> None:
    """Note that a person has a draft before them that waits, or waits to be read; only the first time counts."""
    if review.state != Review.State.WAITING and not review.unread:
        return
    row = Opened(review=review, person=person, content_hash=review.content_hash, at=clock.now())
    Opened.objects.bulk_create([row], ignore_conflicts=True)


def seconds_needed(content: Mapping[str, Any]) -> float:
    """Return in how many seconds a draft can be read at the very fastest."""
    return LEAST_SECONDS + _words(content) / WORDS_A_SECOND


def can_have_read(review: Review, person: Person) -> bool:
    """Say whether there was time to read a draft that a person decides on now; none was, that was never opened."""
    seen = Opened.objects.filter(review=review, person=person, content_hash=review.content_hash)
    at = seen.values_list("at", flat=True).first()
    if at is None:
        return False
    since = max(filter(None, (at, _last_decision(person))))
    return (clock.now() - since).total_seconds() >= seconds_needed(review.content)


def forget_old() -> None:
    """Forget when drafts were opened that were decided on long ago."""
    over = Opened.objects.filter(review__decided_at__lt=clock.now() - KEEP)
    over.delete()


def unread(rows: QuerySet[Review]) -> QuerySet[Review]:
    """Return those approvals that nobody had the time to read for."""
    return rows.filter(state=Review.State.DECIDED, unread=True, is_error=None)


def _last_decision(person: Person) -> datetime | None:
    decided = Review.objects.filter(decided_by=person).aggregate(at=Max("decided_at"))["at"]
    graded = Review.objects.filter(overruled_by=person).aggregate(at=Max("overruled_at"))["at"]
    return max(filter(None, (decided, graded)), default=None)


def _words(value: Any) -> int:
    if isinstance(value, str):
        return len(value.split())
    if isinstance(value, Mapping):
        return sum(_words(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return sum(_words(inner) for inner in value)
    return 0 if value is None else 1
