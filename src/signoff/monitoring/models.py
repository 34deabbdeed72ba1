"""What the owner is told, by which channel, and what became of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from signoff.accounts.models import Person
from signoff.integrations.models import Integration
from signoff.vault.fields import SealedField


class Urgency(models.TextChoices):
    """How soon somebody has to know: `now` means that work stands still."""

    NOW = "now", "At once: work stands still"
    SOON = "soon", "Today: something needs you"
    CALM = "calm", "In good time: something ends"

    @property
    def rank(self) -> int:
        return {"now": 2, "soon": 1, "calm": 0}[self.value]


class Notice(models.Model):
    """
    One cause for which somebody is told something, from its first sight until it is over.

    `key` names the cause ("connection:stopped:7") and is open once. `round` counts how often it has become worth
    telling: 1 at first, one more each time it gets worse; `step` is how near an end is (see `causes.STEPS`), and only
    grows. `waiting` are the records that wait because of it. `subject` is what it is about ("connection hubspot-main").
    Neither a secret nor anything of a record stands in any column.
    """

    key = models.CharField(max_length=200)
    urgency = models.CharField(max_length=4, choices=Urgency.choices)
    subject = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    button = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=300, blank=True)  # a page of ours, as a path
    ends_at = models.DateTimeField(null=True)
    step = models.PositiveSmallIntegerField(default=0, db_default=0)
    round = models.PositiveIntegerField(default=1, db_default=1)
    waiting = models.PositiveIntegerField(default=0, db_default=0)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    tell_from = models.DateTimeField()  # later than its first sight where it was over a moment ago
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    snoozed_at = models.DateTimeField(null=True)
    snoozed_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    snoozed_waiting = models.PositiveIntegerField(default=0, db_default=0)
    closed_at = models.DateTimeField(null=True)
    closing = models.CharField(max_length=300, blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key"], name="one_open_notice_a_cause", condition=models.Q(closed_at=None)
            )
        ]
        indexes: ClassVar = [models.Index(fields=["closed_at"], name="notices_by_end")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_quiet(self) -> bool:
        """Whether somebody has said that they know; until it gets worse nobody is told again."""
        return self.acknowledged_at is not None or self.snoozed_at is not None


class Channel(models.Model):
    """
    One way to tell one person, tried in the order of `position`: the first that takes a notice is used.

    `own`: the person's own address, one row each. `mail`: another address. `app`: a place at a connection
    ("slack-main.#alerts"). `service`: an address as apprise writes them, which usually holds a token. The address is
    sealed; `shown` is what may be seen of it. It takes what is at least as urgent as `urgency`. From `quiet_from` to
    `quiet_until`, by the wall clock in `zone`, it waits, except (`lets_urgent`) for what is urgent now.
    """

    class Kind(models.TextChoices):
        OWN = "own", "E-mail to me"
        MAIL = "mail", "E-mail to another address"
        APP = "app", "A channel of a connected app"
        SERVICE = "service", "Telegram, Teams, SMS, WhatsApp and others"

    BY_MAIL = ("own", "mail")

    person = models.ForeignKey(Person, models.CASCADE, related_name="channels")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    sealed = SealedField(part="address", null=True)
    shown = models.CharField(max_length=120, blank=True)
    urgency = models.CharField(max_length=4, choices=Urgency.choices, default=Urgency.CALM)
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    zone = models.CharField(max_length=60, default="UTC")
    lets_urgent = models.BooleanField(default=True)
    # Of one's own e-mail: the letter about the week.
    weekly = models.BooleanField(default=True, db_default=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_on = models.BooleanField(default=True)
    problem = models.CharField(max_length=300, blank=True)
    problem_since = models.DateTimeField(null=True)
    worked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person"], name="one_own_channel_each", condition=models.Q(kind="own")
            )
        ]

    def __str__(self) -> str:
        return self.shown or self.get_kind_display()


class Telling(models.Model):
    """
    That one person is told one round of a notice; `round` 0 is that it is over. The database lets each exist once.

    `waiting → sending → told`, `dropped` where it was over or known before it left, `given up` after many tries.
    `tried` are the channels that failed, `{"channel", "name", "at", "problem", "lap"}`: after the last channel it
    begins again with the first, a lap later.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "To be told"
        SENDING = "sending", "Being told"
        TOLD = "told", "Told"
        DROPPED = "dropped", "Not needed"
        GIVEN_UP = "given up", "Could not be told"

    OPEN = ("waiting", "sending")

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="tellings")
    person = models.ForeignKey(Person, models.CASCADE, related_name="tellings")
    round = models.PositiveIntegerField()
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="tellings")
    by = models.CharField(max_length=120, blank=True)  # the channel's name, also when the channel is gone
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    lap = models.PositiveSmallIntegerField(default=0)
    tried: models.JSONField[Any, Any] = models.JSONField(default=list)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "person", "round"], name="told_once_a_round")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], name="tellings_due", condition=models.Q(state__in=["waiting", "sending"])
            )
        ]

    def __str__(self) -> str:
        return f"telling {self.pk}"


class Rhythm(models.Model):
    """
    How one integration's records usually come, and when their absence becomes silence.

    `rates` and `enough` are those of `rhythm.Rhythm`, empty until there is enough to learn from. `silent_from` is when
    it is too quiet if nothing comes after `last_at`. `watched_from` is None while its silence means nothing: switched
    off, its app out of reach, or nobody was there to look. `is_stated`: `silent_from` follows from the number that the
    owner expects. `left_out` are times that teach nothing: from, until (ISO texts) and why.
    """

    integration = models.OneToOneField(Integration, models.CASCADE, related_name="rhythm")
    began_at = models.DateTimeField(null=True)  # the hour of the first record that was counted
    counted_until = models.DateTimeField()
    counted_id = models.BigIntegerField(default=0, db_default=0)
    counted_last_at = models.DateTimeField(null=True)
    rates: models.JSONField[Any, Any] = models.JSONField(default=list, db_default=[])
    enough = models.FloatField(default=0, db_default=0)
    learned_on = models.DateField(null=True)
    left_out: models.JSONField[Any, Any] = models.JSONField(default=list, db_default=[])
    looked_at = models.DateTimeField()
    hushed_at = models.DateTimeField(null=True)
    watched_from = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    silent_from = models.DateTimeField(null=True)
    is_stated = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return f"rhythm of {self.integration_id}"


class Hour(models.Model):
    """How many records of an integration came in one hour, and the longest time without one that ended in it."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    count = models.PositiveIntegerField()
    quiet_from = models.DateTimeField(null=True)
    quiet_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["integration", "at"], name="one_count_an_hour")
        ]

    def __str__(self) -> str:
        return f"{self.count} at {self.at:%Y-%m-%d %H}"


class WeeklyLetter(models.Model):
    """That one person gets the letter about one week; `week_on` is its Monday. The database lets each exist once."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    week_on = models.DateField()
    claimed_until = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "week_on"], name="one_weekly_letter_each")
        ]

    def __str__(self) -> str:
        return f"letter about {self.week_on} to {self.person_id}"
