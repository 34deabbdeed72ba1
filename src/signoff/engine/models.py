"""What became of the copies of everything: backups that were made, and restores that took place."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class Backup(models.Model):
    """
    One try to make a backup: `problem` is empty where it was made and, if tried out, holds.

    `size` is 0 where nothing was made. `checked_at` is when a test restore found all of it there. `by_schedule`: not by
    somebody's command.
    """

    made_at = models.DateTimeField()
    path = models.CharField(max_length=500)
    computer = models.CharField(max_length=120)
    size = models.BigIntegerField(default=0)  # bytes
    is_encrypted = models.BooleanField(default=False)
    by_schedule = models.BooleanField(default=False)
    checked_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")
    gone_at = models.DateTimeField(null=True)  # since when newer ones have taken its place

    class Meta:
        ordering: ClassVar = ["-made_at"]

    def __str__(self) -> str:
        return self.path

    @property
    def is_faulty(self) -> bool:
        """Whether it was made, and did not hold when it was restored on trial."""
        return bool(self.problem and self.size)


class Restored(models.Model):
    """That a backup was put back: of when it was, which integrations were on, and how much is held since."""

    at = models.DateTimeField()
    made_at = models.DateTimeField()  # the backup's
    signoff = models.CharField(max_length=40)
    was_on: models.JSONField[Any, Any] = models.JSONField(default=list)
    uncertain = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return f"restore {self.pk}"


class Beat(models.Model):
    """A sign of life: `name` is "web" (the pages answer) or "heartbeat" (an address outside heard us)."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()
    problem = models.CharField(max_length=300, blank=True, default="")

    def __str__(self) -> str:
        return self.name
