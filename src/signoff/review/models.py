"""Drafts that wait for a person, what the person decided, and what an owner signed when few of them were wrong."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from signoff.accounts.models import Person
from signoff.connections.models import Connection
from signoff.integrations.models import Integration, Version
from signoff.runs.models import Run
from signoff.vault.fields import SealedField


class Asking(models.Model):
    """
    One message that asks people to review, at the place an integration names ("slack-main.#sales").

    It says nothing until it leaves: its words are made at that moment, of what still waits. Each place has at most
    one that is open. `intent → transmitting → done | uncertain`, or skipped where nothing waited any more.
    """

    class State(models.TextChoices):
        INTENT = "intent", "To do"
        TRANSMITTING = "transmitting", "Sending"
        DONE = "done", "Done"
        UNCERTAIN = "uncertain", "Not sure"
        SKIPPED = "skipped", "Not needed"

    OPEN = ("intent", "transmitting")

    place = models.CharField(max_length=160)
    # None: by e-mail to the people themselves, through the owner's mail server; `told` are those who have it.
    connection = models.ForeignKey(Connection, models.CASCADE, null=True, related_name="askings")
    told: models.JSONField[Any, Any] = models.JSONField(default=list, db_default=[])
    marker = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=14, choices=State.choices, default=State.INTENT)
    attempt = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)  # failures in a row, for the wait before the next
    problem = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    external_id = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    next_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place"],
                name="one_open_asking_each",
                condition=models.Q(state__in=["intent", "transmitting"]),
            )
        ]
        indexes: ClassVar = [models.Index(fields=["place", "-id"], name="askings_by_place")]


class Certificate(models.Model):
    """
    What an owner signed: drafts made under exactly this fingerprint may go out without a person.

    `active` until the first of: withdrawn (by a person), voided (the integration is not the one that was measured any
    more, or its evidence fell), demoted (audits found more errors than the limit). None comes back; another is signed.
    `parts` say in words what the fingerprint stands for. `n` reviews with `k` errors and `bound` are the evidence as it
    was signed.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "On autopilot"
        WITHDRAWN = "withdrawn", "Taken back"
        VOIDED = "voided", "Ended by a change"
        DEMOTED = "demoted", "Ended by audits"

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="certificates")
    fingerprint = models.CharField(max_length=64)
    parts: models.JSONField[Any, Any] = models.JSONField(default=dict)
    limit = models.FloatField()  # 0 to 1
    audit = models.FloatField()  # share of drafts that a person decides on all the same, 0 to 1
    n = models.PositiveIntegerField()
    k = models.PositiveIntegerField()
    bound = models.FloatField()
    # With what it was proven: planted drafts decided in that time, None where none were planted; what was expected.
    planted = models.PositiveIntegerField(null=True)
    missed = models.PositiveIntegerField(default=0, db_default=0)
    unread = models.PositiveIntegerField(default=0, db_default=0)
    prior_a = models.FloatField(default=0.5, db_default=0.5)
    prior_b = models.FloatField(default=0.5, db_default=0.5)
    draw_sealed = SealedField(part="draw", null=True)  # decides by lot which drafts are audited
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    signed_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="certificates")
    signed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=254, blank=True)  # "" where nobody pressed anything
    why = models.TextField(blank=True)  # why it ended, in the owner's words

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["integration"],
                name="one_active_certificate_each",
                condition=models.Q(state="active"),
            )
        ]
        indexes: ClassVar = [models.Index(fields=["fingerprint"], name="certificates_by_fingerprint")]

    def __str__(self) -> str:
        return f"certificate {self.pk}"


class Turn(models.Model):
    """To whom an integration gave a draft last, so that the next one goes to somebody else."""

    integration = models.OneToOneField(Integration, models.CASCADE, related_name="turn")
    last = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"turn of {self.integration_id}"


class Unattended(models.Model):
    """A run that went out without a person, and the certificate that allowed it."""

    run = models.OneToOneField(Run, models.CASCADE, related_name="unattended")
    certificate = models.ForeignKey(Certificate, models.CASCADE, related_name="unattended")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"run {self.run_id}"


class Planted(models.Model):
    """
    A draft that was made wrong on purpose, to see whether it is noticed: `source`'s approved answer with one thing in
    it changed, `was` to `now`, in the field named.

    Drawn (no `run` yet) when another draft came to wait; it comes to wait itself at `due_at`. Its run can go nowhere.
    `noticed` is None until somebody decides.
    """

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="planted")
    run = models.OneToOneField(Run, models.CASCADE, null=True, related_name="made_wrong")
    source = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")
    due_at = models.DateTimeField()
    field = models.CharField(max_length=200, blank=True)
    was = models.TextField(blank=True)
    now = models.TextField(blank=True)
    decided_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    noticed = models.BooleanField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="planted_that_are_due", condition=models.Q(run=None)),
            models.Index(fields=["integration", "decided_at"], name="planted_by_integration"),
        ]

    def __str__(self) -> str:
        return f"planted {self.pk}"


class Opened(models.Model):
    """When a person first had a draft before them: `content_hash` says which text of it."""

    review = models.ForeignKey("Review", models.CASCADE, related_name="opened")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    content_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "person", "content_hash"], name="one_first_look_each")
        ]


class Warm(models.Model):
    """
    What replaying decided records told of a version before anybody decided on its drafts: `n` were compared, `k` of
    them came out otherwise than people had approved them.

    It counts as no review. It says which error rates the bound is made to be quickest for (its prior).
    """

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="warm")
    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64, unique=True)
    # The fingerprint that the records were decided under.
    before = models.CharField(max_length=64, blank=True)
    proof_id = models.BigIntegerField(null=True)  # whose replays they are, in the room above
    n = models.PositiveIntegerField()
    k = models.PositiveIntegerField()
    prior_a = models.FloatField()
    prior_b = models.FloatField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"warm start {self.pk}"


class Reviews(models.Manager["Review"]):
    def get_queryset(self) -> models.QuerySet[Review]:
        """Return drafts without the words they are found by, which nobody reads."""
        return super().get_queryset().defer("words")


class Review(models.Model):
    """
    One draft before a person. `content_hash` binds the decision to what was seen.

    `content` is the answer as the AI gave it, `decided_content` what goes out: the same, or the person's edit. Where
    two people decide (`four_eyes`), `first_content` is what the first of them let out and the second is shown.
    """

    objects: ClassVar[Reviews] = Reviews()

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DECIDED = "decided", "Decided"
        WITHDRAWN = "withdrawn", "Withdrawn"
        AGAIN = "again", "Being written again"

    class Verdict(models.TextChoices):
        APPROVED = "approved", "Approved"
        EDITED = "edited", "Edited and approved"
        REJECTED = "rejected", "Rejected"

    class Reason(models.TextChoices):
        FACT = "fact", "A fact is wrong"
        TONE = "tone", "Wrong tone"
        NOT_SENT = "not sent", "Should not be sent"
        MISSING = "missing", "Missing something"
        OTHER = "other", "Other"

    class Assign(models.TextChoices):
        OWNER = "contact owner", "To the owner of the contact"
        TURN = "in turn", "In turn"

    run = models.OneToOneField(Run, models.CASCADE, related_name="review")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    by: models.JSONField[Any, Any] = models.JSONField(default=list)
    content: models.JSONField[Any, Any] = models.JSONField()
    content_hash = models.CharField(max_length=64)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)
    decided_content: models.JSONField[Any, Any] = models.JSONField(null=True)
    decided_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="decisions")
    decided_at = models.DateTimeField(null=True)
    undo_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    ask = models.CharField(max_length=160, blank=True, db_default="")  # where people are told of it
    asked = models.ForeignKey(Asking, models.SET_NULL, null=True, related_name="reviews")
    # What is measured. `fingerprint` is what the draft was made by; `flagged` as it stood when it was made;
    # `certificate` under which it would have gone out, had the lot not chosen it.
    fingerprint = models.CharField(max_length=64, blank=True, db_default="")
    flagged = models.BooleanField(default=False, db_default=False)
    certificate = models.ForeignKey(Certificate, models.SET_NULL, null=True, related_name="audits")
    is_error = models.BooleanField(null=True)  # None: not decided
    changed: models.JSONField[Any, Any] = models.JSONField(default=list, db_default=[])  # [{"kind", "field"}]
    # Approved in less time than it takes to read it: it says nothing of the draft, so `is_error` stays None.
    unread = models.BooleanField(default=False, db_default=False)
    overruled_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="overruled")
    overruled_at = models.DateTimeField(null=True)
    again_at = models.DateTimeField(null=True)  # when the first answer was sent back, which counts as wrong
    # Whose it is. `assign` says how somebody is to be found for it, "" once that is done or where nobody is wanted.
    assign = models.CharField(max_length=13, choices=Assign.choices, blank=True, db_default="")
    assigned_to = models.ForeignKey(
        Person, models.SET_NULL, null=True, related_name="assigned", db_index=False
    )
    assigned_how = models.CharField(max_length=200, blank=True, db_default="")
    # People it was late with.
    had_by: models.JSONField[Any, Any] = models.JSONField(default=list, db_default=[])
    due_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)
    escalate_at = models.DateTimeField(null=True)
    # Who has it open at this moment: told to the others, and no more than that.
    looking = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+", db_index=False)
    looking_until = models.DateTimeField(null=True)
    four_eyes = models.BooleanField(default=False, db_default=False)
    first_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+", db_index=False)
    first_at = models.DateTimeField(null=True)
    first_content: models.JSONField[Any, Any] = models.JSONField(null=True)
    # What its app says of the record since: [{"field", "was", "now"}]; `is_gone`: it is not there any more.
    drift: models.JSONField[Any, Any] = models.JSONField(default=list, db_default=[])
    is_gone = models.BooleanField(default=False, db_default=False)
    compared_at = models.DateTimeField(null=True)
    words = SearchVectorField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["assigned_to", "id"],
                name="reviews_of_a_person",
                condition=models.Q(state="waiting", assigned_to__isnull=False),
            ),
            models.Index(
                fields=["due_at"],
                name="reviews_due",
                condition=models.Q(state="waiting", due_at__isnull=False),
            ),
            models.Index(
                fields=["id"],
                name="reviews_to_assign",
                condition=models.Q(state="waiting") & ~models.Q(assign=""),
            ),
            GinIndex(fields=["words"], name="reviews_by_word", condition=models.Q(state="waiting")),
            models.Index(fields=["fingerprint", "id"], name="reviews_by_fingerprint"),
            models.Index(fields=["id"], name="reviews_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["decided_by", "decided_at"], name="reviews_by_person"),
            models.Index(
                fields=["ask"],
                name="reviews_to_ask_for",
                condition=models.Q(state="waiting", asked=None) & ~models.Q(ask=""),
            ),
        ]

    def __str__(self) -> str:
        return f"draft {self.pk}"

    @property
    def shown_content(self) -> dict[str, Any]:
        """Return what a person decides on: the AI's answer, or what the first of two people made of it."""
        return dict(self.content if self.first_content is None else self.first_content)
