"""A draft that waits for a person, and what the person decided."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from signoff.accounts.models import Person
from signoff.runs.models import Run


class Review(models.Model):
    """
    One draft before a person. `content_hash` binds the decision to what was seen.

    `content` is the answer as the AI gave it, `decided_content` what goes out: the same, or the person's edit.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DECIDED = "decided", "Decided"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Verdict(models.TextChoices):
        APPROVED = "approved", "Approved"
        EDITED = "edited", "Edited and approved"
        REJECTED = "rejected", "Rejected"

    class Reason(models.TextChoices):
        FACT = "fact", "A fact is wrong"
        TONE = "tone", "Wrong tone"
        NOT_SENT = "not sent", "Should not be sent"
        MISSING = "missing", "Missing something"
        OTHER = "other", "Other"

    run = models.OneToOneField(Run, models.CASCADE, related_name="review")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    by: models.JSONField[Any, Any] = models.JSONField(default=list)
    content: models.JSONField[Any, Any] = models.JSONField()
    content_hash = models.CharField(max_length=64)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)
    decided_content: models.JSONField[Any, Any] = models.JSONField(null=True)
    decided_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="decisions")
    decided_at = models.DateTimeField(null=True)
    undo_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="reviews_waiting", condition=models.Q(state="waiting"))
        ]
