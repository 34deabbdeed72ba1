"""An authorised account at one app."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now

from signoff.core import clock
from signoff.vault.fields import SealedField


class Connection(models.Model):
    """
    One account at one app, under a name that the owner chose ("hubspot-main").

    `sealed` holds the key, or for OAuth a JSON text with client_id, client_secret and refresh_token;
    `access_sealed` the short-lived token made from it. `settings` are what else the manifest asks for, and
    `settings_sealed` a JSON text with the secret ones. `limits` are what the owner stated:
    requests_per_minute, tokens_per_minute. `chosen` is what they chose of what this very account offers (the
    tools of an MCP server), each as it was then.

    `key_since` is when the present key was saved; what is learned of an earlier one says nothing about it.
    `sign_in_ends_at` is the end that the app named when we signed in, `ends_at` what it says of the key. `trouble`
    says why it needs its owner, `mended_at` since when it needs them no more.
    """

    class State(models.TextChoices):
        WORKING = "working", "Working"
        NEEDS_YOU = "needs you", "Needs you"

    class Trouble(models.TextChoices):
        KEY = "key", "The key is not accepted"
        ACCOUNT = "account", "Another account answers"
        PERMISSION = "permission", "A permission is missing"
        QUOTA = "quota", "Credit or a limit is used up"
        ADDRESS = "address", "The address may not be reached"
        OTHER = "other", "It was refused"

    name = models.SlugField(max_length=60, unique=True)
    app = models.CharField(max_length=40)
    base_url = models.CharField(max_length=300, blank=True)
    sealed = SealedField(part="secret")
    access_sealed = SealedField(part="access", null=True)
    access_ends_at = models.DateTimeField(null=True)
    key_since = models.DateTimeField(default=clock.now, db_default=Now())
    sign_in_ends_at = models.DateTimeField(null=True)
    settings: models.JSONField[Any, Any] = models.JSONField(default=dict, db_default={})
    settings_sealed = SealedField(part="settings", null=True)
    account_id = models.CharField(max_length=200, blank=True)
    account_name = models.CharField(max_length=200, blank=True)
    may: models.JSONField[Any, Any] = models.JSONField(default=list)
    lacks: models.JSONField[Any, Any] = models.JSONField(default=list)
    ends_at = models.DateTimeField(null=True)
    limits: models.JSONField[Any, Any] = models.JSONField(default=dict)
    chosen: models.JSONField[Any, Any] = models.JSONField(default=list, db_default=[])
    state = models.CharField(max_length=10, choices=State.choices, default=State.WORKING)
    trouble = models.CharField(max_length=10, choices=Trouble.choices, blank=True, db_default="", default="")
    problem = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    problem_since = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    mended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class DescribedApp(models.Model):
    """
    An app that an owner has described by a document: the document, packed, and what was chosen of it (a plan).

    `source` is where the document came from (an address, or a file's name), `digest` its SHA-256. Without a plan nobody
    has chosen yet. No secret stands here: the key of each connection is in its own row.
    """

    key = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    source = models.CharField(max_length=300, blank=True)
    document = models.BinaryField()
    digest = models.CharField(max_length=64)
    plan: models.JSONField[Any, Any] = models.JSONField(null=True)
    changed_at = models.DateTimeField(default=clock.now, db_default=Now())

    def __str__(self) -> str:
        return self.key


class Watch(models.Model):
    """
    When a connection is asked next whether it works; the worker that claims the row asks.

    A row of its own: whoever renews a sign-in holds the connection's row for as long as the app takes to answer.
    `before_work`: work has come, so credit is looked at as well.
    """

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="watch", primary_key=True)
    due_at = models.DateTimeField(default=clock.now, db_default=Now())
    before_work = models.BooleanField(default=False, db_default=False)
    claimed_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"watch of connection {self.connection_id}"


class Foretold(models.Model):
    """
    That an app has told us of the end of an API version or a model (`what`), by which way, first and last when.

    `ends_on` is the day where it named one, `says` its own words. No secret and nothing of a record stands here.
    """

    class Source(models.TextChoices):
        MODELS = "models", "its list of models"
        SUNSET = "sunset", "the Sunset header of its answers"
        DEPRECATION = "deprecation", "the Deprecation header of its answers"
        WARNING = "warning", "a warning in its answers"
        SERVED = "served", "the version that it says has answered"
        GONE = "gone", "it refused it"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="foretold")
    source = models.CharField(max_length=12, choices=Source.choices)
    what = models.CharField(max_length=200)
    says = models.CharField(max_length=300, blank=True, db_default="", default="")
    ends_on = models.DateField(null=True)
    first_on = models.DateField()
    last_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "source", "what"], name="foretold_once_each")
        ]

    def __str__(self) -> str:
        return f"{self.what} ({self.source})"
