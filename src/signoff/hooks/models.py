"""Who asked for a sign-off, who wants to hear what happens, and what they were told."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models

from signoff.accounts.models import ApiToken, Person
from signoff.integrations.models import Integration
from signoff.runs.models import Run
from signoff.vault.fields import SealedField

TRY_FOR = timedelta(days=3)


class Proposal(models.Model):
    """
    A record that another program handed in to have it signed off, and the run it has become.

    `through` is the name of the token it came by. `body_hash` tells a repeated request from another one that uses
    its key.
    """

    run = models.OneToOneField(Run, models.CASCADE, related_name="proposal")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    through = models.CharField(max_length=80)
    body_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"proposal {self.pk}"


class Hook(models.Model):
    """
    An address that is told when something happens: to one run (`run`), to an integration, or to any.

    One to a run is of a proposal. The others act for the token that asked for them, and end with it; where a person
    made one on its page, `through` is empty, and it acts for the person.
    Whoever knows such an address can send there too, so it is kept like a key; `host` is all that is shown of it.
    """

    class State(models.TextChoices):
        ON = "on", "On"
        GONE = "gone", "The address is gone"
        REMOVED = "removed", "Removed"

    EVENTS = ("draft.waiting", "draft.decided", "run.needs_you", "run.delivered")

    run = models.ForeignKey(Run, models.CASCADE, null=True, related_name="hooks")
    integration = models.ForeignKey(Integration, models.CASCADE, null=True, related_name="hooks")
    event = models.CharField(max_length=20)
    url_sealed = SealedField(part="url", null=True)
    secret_sealed = SealedField(part="secret", null=True)
    host = models.CharField(max_length=253)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ON)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    token = models.ForeignKey(ApiToken, models.SET_NULL, null=True, related_name="+")
    through = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["integration"], name="hooks_on", condition=models.Q(state="on", run=None))
        ]

    def __str__(self) -> str:
        return f"hook {self.pk}"


class Happening(models.Model):
    """
    That a run came into a state somebody wants to hear of. Written by the database, with the state; see migration 0002.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="+")
    state = models.CharField(max_length=20)
    at = models.DateTimeField()


class Message(models.Model):
    """
    One thing that one hook is to be told. `webhook_id` stays the same however often it is sent.

    `waiting → sending → told`, or given up after three days, refused (the address may not be reached, or is gone), or
    dropped, because it does not hold any more. One that is found `sending` after its claim ran out was being sent by a
    worker that died: it is sent again.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Sending"
        TOLD = "told", "Received"
        GIVEN_UP = "given up", "Given up"
        REFUSED = "refused", "Refused"
        DROPPED = "dropped", "Not needed"

    OPEN = ("waiting", "sending")

    hook = models.ForeignKey(Hook, models.CASCADE, related_name="messages")
    run = models.ForeignKey(Run, models.CASCADE, related_name="messages")
    event = models.CharField(max_length=20)
    happened_at = models.DateTimeField()
    webhook_id = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    try_until = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True, default="")
    made_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"],
                name="messages_to_send",
                condition=models.Q(state__in=["waiting", "sending"]),
            ),
            models.Index(fields=["finished_at"], name="messages_by_end"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class Attempt(models.Model):
    """One time a message was sent: what the receiver answered, or why nobody knows."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="attempts")
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["id"]
