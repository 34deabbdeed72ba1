"""An authorised account at one app."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from signoff.vault.fields import SealedField


class Connection(models.Model):
    """
    One account at one app, under a name that the owner chose ("hubspot-main").

    `sealed` holds the key, or for OAuth a JSON text with client_id, client_secret and refresh_token;
    `access_sealed` the short-lived token made from it. `settings` are what else the manifest asks for, and
    `settings_sealed` a JSON text with the secret ones. `limits` are what the owner stated:
    requests_per_minute, tokens_per_minute.
    """

    class State(models.TextChoices):
        WORKING = "working", "Working"
        NEEDS_YOU = "needs you", "Needs you"

    name = models.SlugField(max_length=60, unique=True)
    app = models.CharField(max_length=40)
    base_url = models.CharField(max_length=300, blank=True)
    sealed = SealedField(part="secret")
    access_sealed = SealedField(part="access", null=True)
    access_ends_at = models.DateTimeField(null=True)
    settings: models.JSONField[Any, Any] = models.JSONField(default=dict, db_default={})
    settings_sealed = SealedField(part="settings", null=True)
    account_id = models.CharField(max_length=200, blank=True)
    account_name = models.CharField(max_length=200, blank=True)
    may: models.JSONField[Any, Any] = models.JSONField(default=list)
    lacks: models.JSONField[Any, Any] = models.JSONField(default=list)
    ends_at = models.DateTimeField(null=True)
    limits: models.JSONField[Any, Any] = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WORKING)
    problem = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    problem_since = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
