"""What was tried of a replacement, what vendors announced, who reads the calendar, and the reviews that were signed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from signoff.accounts.models import Person
from signoff.connections.models import Connection
from signoff.integrations.models import Integration, Version
from signoff.proving.models import Proof


class Looked(models.Model):
    """When an AI was last asked for its list of models, and what it said (`problem`: why it could not be)."""

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="looked", primary_key=True)
    asked_at = models.DateTimeField()
    # Names, as it told them.
    listed: models.JSONField[Any, Any] = models.JSONField(default=list, db_default=[])
    problem = models.CharField(max_length=300, blank=True, db_default="", default="")

    def __str__(self) -> str:
        return f"models of connection {self.connection_id}"


class Drill(models.Model):
    """
    A replacement tried on the last reviewed records of an integration; nothing of it is sent.

    `kind` "model": `before` and `after` are models, asked at the connections `at_before` and `at_after`, and `proof`
    holds the answers. `kind` "version": `before` and `after` are versions of the API behind the connection `at_after`.
    `report` is what came of it, without anything of a record; it stays when the answers are forgotten.
    `switched_from` and `switched_to` are numbers of the integration's versions.
    """

    class Kind(models.TextChoices):
        MODEL = "model", "AI model"
        VERSION = "version", "API version"

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="drills")
    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at_before = models.CharField(max_length=60)
    before = models.CharField(max_length=200)
    at_after = models.CharField(max_length=60)
    after = models.CharField(max_length=200)
    proof = models.ForeignKey(Proof, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    claimed_until = models.DateTimeField(null=True)
    report: models.JSONField[Any, Any] = models.JSONField(default=dict, db_default={})
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    switched_at = models.DateTimeField(null=True)
    switched_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    switched_from = models.PositiveIntegerField(null=True)
    switched_to = models.PositiveIntegerField(null=True)
    rolled_back_at = models.DateTimeField(null=True)
    rolled_back_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"drill {self.pk}"


class Changelog(models.Model):
    """A vendor's changelog, read once a day; `etag` and `changed` let the vendor answer that nothing is new."""

    app = models.CharField(max_length=40, primary_key=True)
    asked_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    etag = models.CharField(max_length=200, blank=True, db_default="", default="")
    changed = models.CharField(max_length=60, blank=True, db_default="", default="")
    problem = models.CharField(max_length=300, blank=True, db_default="", default="")

    def __str__(self) -> str:
        return self.app


class Announcement(models.Model):
    """One entry of a vendor's changelog. `names` are the versions and models of ours that it names."""

    app = models.CharField(max_length=40)
    key = models.CharField(max_length=64)  # a hash of the vendor's own id of the entry
    title = models.CharField(max_length=300)
    link = models.CharField(max_length=500, blank=True)
    published_on = models.DateField(null=True)
    names: models.JSONField[Any, Any] = models.JSONField(default=list)
    seen_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-seen_at", "-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["app", "key"], name="one_announcement_each")]

    def __str__(self) -> str:
        return self.title


class Subscription(models.Model):
    """An address under which one person's calendar program reads the dates; known only as a hash."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="subscriptions")
    hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    read_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person"], name="one_open_subscription_each", condition=models.Q(ended_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"calendar of {self.person}"


class QuarterlyReview(models.Model):
    """A quarterly review that was signed: the list as it was seen, and what its signer said about each point."""

    quarter = models.CharField(max_length=7)  # "2026-Q4"
    points: models.JSONField[Any, Any] = models.JSONField()
    remarks = models.TextField(blank=True)
    signed_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    signed_name = models.CharField(max_length=254)
    signed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-signed_at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["quarter"], name="one_review_a_quarter")]

    def __str__(self) -> str:
        return self.quarter
