"""A draft that waits for a person, and what the person decided."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from signoff.accounts.models import Person
from signoff.connections.models import Connection
from signoff.runs.models import Run


class Asking(models.Model):
    """
    One message that asks people to review, at the place an integration names ("slack-main.#sales").

    It says nothing until it leaves: its words are made at that moment, of what still waits. Each place has at most
    one that is open. `intent → transmitting → done | uncertain`, or skipped where nothing waited any more.
    """

    class State(models.TextChoices):
        INTENT = "intent", "To do"
        TRANSMITTING = "transmitting", "Sending"
        DONE = "done", "Done"
        UNCERTAIN = "uncertain", "Not sure"
        SKIPPED = "skipped", "Not needed"

    OPEN = ("intent", "transmitting")

    place = models.CharField(max_length=160)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="askings")
    marker = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=14, choices=State.choices, default=State.INTENT)
    attempt = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)  # failures in a row, for the wait before the next
    problem = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    external_id = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    next_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place"],
                name="one_open_asking_each",
                condition=models.Q(state__in=["intent", "transmitting"]),
            )
        ]
        indexes: ClassVar = [models.Index(fields=["place", "-id"], name="askings_by_place")]


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
    ask = models.CharField(max_length=160, blank=True, db_default="")  # where people are told of it
    asked = models.ForeignKey(Asking, models.SET_NULL, null=True, related_name="reviews")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="reviews_waiting", condition=models.Q(state="waiting")),
            models.Index(
                fields=["ask"],
                name="reviews_to_ask_for",
                condition=models.Q(state="waiting", asked=None) & ~models.Q(ask=""),
            ),
        ]
