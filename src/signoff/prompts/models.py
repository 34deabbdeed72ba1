"""Company facts, written once for all integrations, and the prompts that were ever used; neither forgets."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from signoff.accounts.models import Person
from signoff.prompts.facts import Statement, from_data, in_force


class Fact(models.Model):
    """
    One named fact ("prices"), as text the AI reads and the checks hold answers to.

    `statements` is a list of `{"text", "from", "until"}`, of which one at most holds on a day. `number` counts its
    versions.
    """

    name = models.SlugField(max_length=60, unique=True)
    statements: models.JSONField[Any, Any] = models.JSONField(default=list)
    number = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def said(self) -> tuple[Statement, ...]:
        """Return its statements, of whatever day."""
        return from_data(self.statements)

    @property
    def text(self) -> str:
        """Return what it says today; an empty text when nothing holds today."""
        return in_force(self.said, timezone.localdate())

    def as_document(self) -> dict[str, Any]:
        """Return it as JSON data; `today` is None when nothing holds today."""
        return {
            "name": self.name,
            "version": self.number,
            "today": self.text or None,
            "statements": self.statements,
        }


class FactVersion(models.Model):
    """What a fact said at one time. Never changed."""

    fact = models.ForeignKey(Fact, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    statements: models.JSONField[Any, Any] = models.JSONField()
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fact", "number"], name="one_fact_number_each")
        ]

    def __str__(self) -> str:
        return f"fact {self.fact_id} version {self.number}"


class PromptVersion(models.Model):
    """
    A prompt that was used, under the hash of what it was made of. Never changed.

    `parts` is what it was made of: model, task, constraints, tone, never, facts, form, examples; `instructions` is the
    text that the AI read before the record.
    """

    hash = models.CharField(max_length=64, primary_key=True)
    parts: models.JSONField[Any, Any] = models.JSONField()
    instructions = models.TextField()
    first_used_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.hash[:12]
