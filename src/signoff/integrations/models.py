"""The owner's definition, kept in versions that never change."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now

from signoff.accounts.models import Person
from signoff.core import clock
from signoff.vault.fields import SealedField


def _webhook_key() -> str:
    return secrets.token_urlsafe(24)


class Integration(models.Model):
    """One integration under its name; `current` is the version that new records go through."""

    name = models.SlugField(max_length=80, unique=True)
    key = models.CharField(max_length=40, unique=True, default=_webhook_key)
    secret_sealed = SealedField(part="secret", null=True)  # with which deliveries to our webhook are signed
    is_on = models.BooleanField(default=False)
    current = models.ForeignKey("Version", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """What an integration said at one time. Never changed; `hash` is of what it means, not of its layout."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)
    definition: models.JSONField[Any, Any] = models.JSONField()
    source = models.TextField()
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["integration", "number"], name="one_number_each")
        ]

    def __str__(self) -> str:
        return f"{self.integration_id} version {self.number}"


class Drift(models.Model):
    """A change at an app that an integration does not know yet; deleted when it is taken over, or undone there."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="drifts")
    reference = models.CharField(max_length=250)  # hubspot-main.contact.lead_intent
    what = models.TextField()
    gone: models.JSONField[Any, Any] = models.JSONField(default=list, db_default=[])  # values of choices
    is_gone = models.BooleanField(default=False, db_default=False)  # the whole field
    most = models.PositiveIntegerField(null=True)  # characters there are, where an answer may have more
    seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["reference"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["integration", "reference"], name="one_drift_a_field")
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def breaks(self) -> bool:
        return self.is_gone or bool(self.gone) or self.most is not None


class Draft(models.Model):
    """
    An integration that is being built: a file as far as it goes, in force nowhere.

    `integration` is the one that it will change, None for a new one; `base` the version it began from. `revision`
    counts the savings, so that of two people who write at once nobody overwrites the other unseen.
    """

    integration = models.OneToOneField(Integration, models.CASCADE, null=True, related_name="draft")
    base = models.ForeignKey(Version, models.SET_NULL, null=True, related_name="+")
    source = models.TextField()
    revision = models.PositiveIntegerField(default=1, db_default=1)
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    changed_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=clock.now, db_default=Now())
    changed_at = models.DateTimeField(default=clock.now, db_default=Now())

    class Meta:
        ordering: ClassVar = ["-changed_at"]

    def __str__(self) -> str:
        return f"draft {self.pk}"
