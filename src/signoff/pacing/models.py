"""How fast a connection may be asked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from signoff.connections.models import Connection


class Pace(models.Model):
    """
    The pace of one connection: a bucket for requests and one for tokens, side by side in one row.

    `…_seconds` is the time that one request (one token) takes up, 0 for no known limit; `…_at` the moment the next
    may start (the cell rate algorithm's theoretical arrival time). Nothing starts before `held_until`. One row and
    not two, because two rows in one statement can be locked in either order, and that is a deadlock.
    """

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="pace", primary_key=True)
    request_seconds = models.FloatField(default=0)
    request_at = models.DateTimeField(db_default=Now())
    token_seconds = models.FloatField(default=0)
    token_at = models.DateTimeField(db_default=Now())
    held_until = models.DateTimeField(null=True)
    held_why = models.CharField(max_length=200, blank=True)
    request_by = models.CharField(max_length=10, default="manifest")  # who said so: manifest, app, owner
    token_by = models.CharField(max_length=10, default="manifest")
    failures = models.PositiveIntegerField(default=0)  # outages in a row: the circuit opens on them

    class Meta:
        db_table_comment: ClassVar[str] = "one row a connection; changed by single statements only"


class Lane(models.Model):
    """
    The line in front of a connection's pace: when the next one in this lane should come and reserve.

    Each integration has a lane of its own, so that a burst in one does not stand in front of another's single lead.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="lanes")
    name = models.CharField(max_length=80)
    next_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "name"], name="one_lane_each")]
