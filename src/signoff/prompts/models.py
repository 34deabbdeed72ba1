"""Company facts: what is true of the business, written once for all integrations."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Fact(models.Model):
    """One named fact ("prices"), as text the AI reads and the checks hold answers to."""

    name = models.SlugField(max_length=60, unique=True)
    text = models.TextField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
