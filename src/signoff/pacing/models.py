"""How fast a connection may be asked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from signoff.connections.models import Connection


class Bucket(models.Model):
    """
    The pace of one connection for requests or tokens.

    `seconds_each` is the time one request (or one token) takes up; `next_at` the moment the next may start (the
    cell rate algorithm's theoretical arrival time); nothing starts before `held_until`.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="buckets")
    kind = models.CharField(max_length=8)  # requests, tokens
    seconds_each = models.FloatField(default=0)
    next_at = models.DateTimeField()
    held_until = models.DateTimeField(null=True)
    learned: models.CharField[str, str] = models.CharField(max_length=12, default="manifest")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "kind"], name="one_bucket_each")]
