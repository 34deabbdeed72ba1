"""A record's way through its integration, and the ledger of what was sent."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from signoff.accounts.models import Person
from signoff.connections.models import Connection
from signoff.core.prompt import Image
from signoff.integrations.models import Integration, Version


class Source(models.Model):
    """
    How far we have read from an integration's record source. The cursor moves in the commit that stores runs.

    `problem` is why it could not be read, in words without anything of a record, and `problem_since` since when.
    """

    integration = models.OneToOneField(Integration, models.CASCADE, related_name="source")
    cursor = models.TextField(null=True)
    reads = models.CharField(max_length=160, default="")  # "hubspot-main contact_created": whose cursor it is
    next_at = models.DateTimeField()
    problem = models.TextField(blank=True)
    problem_since = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    # After a restore: what happened before this moment may have been dealt with, and waits for somebody.
    hold_before = models.DateTimeField(null=True)


class LastWord(models.Model):
    """When somebody last wrote to a connection, where that opens a time to answer. `whom` is a hash, no name."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="last_words")
    whom = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "whom"], name="one_last_word_each")
        ]


class Day(models.Model):
    """What an integration began and spent on one day, for the owner's limits."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="days")
    on_day = models.DateField()
    begun = models.PositiveIntegerField(default=0)
    spent_micros = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["integration", "on_day"], name="one_day_each")
        ]


class Spent(models.Model):
    """
    What answers for an integration cost on one day, by model and by what they were for.

    Each sum is spread over several rows (`part`), so that drafts stored at the same moment do not wait for each other.
    `drafts` counts the answers that became a draft, `saved_micros` what the provider's cache took off the price.
    `integration` is None for trials of what is only being built.
    """

    class For(models.TextChoices):
        DRAFTS = "drafts", "Drafts"
        TRIALS = "trials", "Trials"
        TESTS = "tests", "Tests"

    integration = models.ForeignKey(Integration, models.CASCADE, null=True, related_name="spent")
    on_day = models.DateField()
    was_for = models.CharField(max_length=10, choices=For.choices)
    model = models.CharField(max_length=120)
    part = models.PositiveSmallIntegerField()
    answers = models.PositiveIntegerField(default=0)
    drafts = models.PositiveIntegerField(default=0)
    input_tokens = models.BigIntegerField(default=0)
    cached_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cost_micros = models.BigIntegerField(default=0)
    saved_micros = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["on_day", "integration", "was_for", "model", "part"], name="one_sum_each"
            ),
            models.UniqueConstraint(
                fields=["on_day", "was_for", "model", "part"],
                condition=models.Q(integration=None),
                name="one_sum_without_integration",
            ),
        ]


# Of a run: nothing was approved yet. "left" is what stopped there and was left as it is.
BEFORE_A_PERSON = ["queued", "asking", "in a batch", "needs you", "failed", "parked", "left"]


class Run(models.Model):
    """
    One record, once through its integration.

    `state` changes only by an update that names the state it expects. `timeline` is a list of
    `{"at", "kind", "what", "more"}` and grows in the same update. `attempt` counts the times it was begun: what an
    earlier attempt brings back late finds another number and changes nothing.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        ASKING = "asking", "Asking the AI"
        BATCHED = "in a batch", "In a batch"
        WAITING = "waiting for review", "Waiting for review"
        APPROVED = "approved", "Approved"
        DELIVERING = "delivering", "Delivering"
        DONE = "done", "Done"
        NEEDS_YOU = "needs you", "Needs you"
        REJECTED = "rejected", "Rejected"
        UNCERTAIN = "uncertain", "Not sure"
        FAILED = "failed", "Stopped"
        PARKED = "parked", "Parked"
        PLANTED = "planted", "Planted"
        LEFT = "left", "Left as it is"

    OPEN = ("queued", "asking", "approved", "delivering")

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="runs")
    version = models.ForeignKey(Version, models.PROTECT, related_name="runs")
    dedupe_key = models.CharField(max_length=200)
    object_id = models.CharField(max_length=200, blank=True)
    label = models.CharField(max_length=200, blank=True)
    record: models.JSONField[Any, Any] = models.JSONField()
    # By who handed it in: no AI is asked.
    given_draft: models.JSONField[Any, Any] = models.JSONField(null=True)
    to_read = models.BooleanField(default=False, db_default=False)  # all we were told is `object_id`
    state = models.CharField(max_length=20, choices=State.choices, default=State.QUEUED, db_default="queued")
    attempt = models.PositiveIntegerField(default=0, db_default=0)
    # Failures in a row, for the wait before the next.
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    answer: models.JSONField[Any, Any] = models.JSONField(null=True)
    raw_answer = models.TextField(blank=True, db_default="")
    was_repaired = models.BooleanField(default=False, db_default=False)
    findings: models.JSONField[Any, Any] = models.JSONField(default=list, db_default=[])
    # What a person should look at although no statement is wrong: see checks/alarm.py.
    alarms: models.JSONField[Any, Any] = models.JSONField(default=list, db_default=[])
    prompt_version = models.CharField(max_length=64, blank=True, db_default="")
    # Runs whose answers it saw.
    examples: models.JSONField[Any, Any] = models.JSONField(default=list, db_default=[])
    model = models.CharField(max_length=120, blank=True, db_default="")
    input_tokens = models.PositiveIntegerField(default=0, db_default=0)
    # Of the input; the provider charges less for them.
    cached_tokens = models.PositiveIntegerField(default=0, db_default=0)
    output_tokens = models.PositiveIntegerField(default=0, db_default=0)
    cost_micros = models.BigIntegerField(default=0, db_default=0)
    # Of the cost, what was spent when a person last said Try again.
    paid_before_micros = models.BigIntegerField(default=0, db_default=0)
    problem = models.TextField(blank=True, db_default="")
    next_step = models.TextField(blank=True, db_default="")
    # For a developer: the call, what was expected, what came.
    detail = models.TextField(blank=True, db_default="")
    waits_for = models.ForeignKey(Connection, models.SET_NULL, null=True, related_name="waiting_runs")
    # The state it goes on from once it is mended.
    resume_as = models.CharField(max_length=20, blank=True, db_default="")
    # None, in the state "in a batch": waits for the next one.
    batch = models.ForeignKey("Batch", models.SET_NULL, null=True, related_name="runs")
    # Until when it may wait for a batch; then it is asked at once.
    answer_by = models.DateTimeField(null=True)
    at_once = models.BooleanField(default=False, db_default=False)  # is not handed in with others (any more)
    deliver_at = models.DateTimeField(null=True)
    # Its answer was made wrong on purpose, to see whether that is noticed. The database lets it go nowhere: see below.
    planted = models.BooleanField(default=False, db_default=False)
    # Drafted anew so many times because a person wanted it; `note` is what they asked for, {"by", "text", "draft"}.
    redrafted = models.PositiveSmallIntegerField(default=0, db_default=0)
    note: models.JSONField[Any, Any] = models.JSONField(null=True)
    replay_of = models.ForeignKey("Run", models.SET_NULL, null=True, related_name="replays")
    timeline: models.JSONField[Any, Any] = models.JSONField(default=list)
    received_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    counted_on = models.DateField(null=True)  # the day for which it counts against the owner's limits
    erased_at = models.DateTimeField(null=True)  # since when it holds nothing of anybody

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["integration", "dedupe_key"], name="one_run_for_one_event"),
            # It waits for a person, and then it is over. No way of ours, and none that somebody adds, sends it. One
            # that is run again is drafted as every other, so that nobody can tell; that goes no further either.
            models.CheckConstraint(
                condition=models.Q(planted=False)
                | models.Q(state__in=["waiting for review", "planted"])
                | models.Q(replay_of__isnull=False, state__in=BEFORE_A_PERSON),
                name="a_planted_run_goes_nowhere",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-id"], name="runs_by_state"),
            models.Index(fields=["integration", "-id"], name="runs_by_integration"),
            models.Index(fields=["finished_at"], name="runs_to_forget", condition=models.Q(erased_at=None)),
            models.Index(
                fields=["state", "changed_at"],
                name="runs_that_are_open",
                condition=models.Q(state__in=["queued", "asking", "approved", "delivering"]),
            ),
            models.Index(
                fields=["answer_by"], name="runs_in_batches", condition=models.Q(state="in a batch")
            ),
        ]


class Batch(models.Model):
    """
    Records whose questions are handed to an AI together: `intent → submitting → submitted → over | given up`.

    The row is there before anything is sent. One found in `submitting` whose worker died is never handed in again
    before the app was asked for its `marker`.
    """

    class State(models.TextChoices):
        INTENT = "intent", "To do"
        SUBMITTING = "submitting", "Being handed in"
        SUBMITTED = "submitted", "Handed in"
        OVER = "over", "Over"
        GIVEN_UP = "given up", "Given up"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="batches")
    model = models.CharField(max_length=120)
    marker = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.INTENT)
    external_id = models.CharField(max_length=200, blank=True, default="")
    made_at = models.DateTimeField()
    submitting_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    answer_by = models.DateTimeField()  # of the record that may wait the shortest
    stopped_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)  # by whom takes its answers in
    over_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "made_at"], name="batches_by_state")]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Picture(models.Model):
    """A picture that belongs to a run's record, under the name of the field that held it or named it."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="pictures")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=20)
    data = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    kept_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "name"], name="one_picture_for_each_field")
        ]

    def as_image(self) -> Image:
        return Image(self.name, self.media_type, bytes(self.data))


class Delivery(models.Model):
    """
    The ledger: one row for each place an approved answer goes to.

    `intent → transmitting → confirmed | failed | uncertain`. A row in `transmitting` whose worker died is never
    sent again before the app was asked whether it has it.
    """

    class State(models.TextChoices):
        INTENT = "intent", "To do"
        TRANSMITTING = "transmitting", "Sending"
        CONFIRMED = "confirmed", "Done"
        FAILED = "failed", "Refused"
        UNCERTAIN = "uncertain", "Not sure"
        SKIPPED = "skipped", "Not needed"

    run = models.ForeignKey(Run, models.CASCADE, related_name="deliveries")
    position = models.PositiveSmallIntegerField()
    connection = models.ForeignKey(Connection, models.PROTECT, related_name="deliveries")
    action = models.CharField(max_length=60)
    params: models.JSONField[Any, Any] = models.JSONField()
    marker = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=14, choices=State.choices, default=State.INTENT)
    attempt = models.PositiveSmallIntegerField(default=0)
    external_id = models.CharField(max_length=200, blank=True)
    link = models.CharField(max_length=500, blank=True)
    # What the app has told us of it since: sent, delivered, read, or failed.
    receipt = models.CharField(max_length=10, blank=True, db_default="")
    problem = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "position"], name="one_delivery_each")
        ]
        ordering: ClassVar = ["run_id", "position"]


class Upload(models.Model):
    """
    A table that somebody handed in for one integration: `preview → taking in → done | stopped`.

    `data` is the file, kept only until it is begun, because it may have to be read another way. `choices` say how the
    person wants it read, `layout` how it is read (`sheets.tables.Choices` and `Layout`); `mapping` is {field: column's
    name}. `position` is the number of the last row that was dealt with; it moves in the commit that stores the runs.
    """

    class State(models.TextChoices):
        PREVIEW = "preview", "Not started"
        TAKING = "taking in", "Being taken in"
        DONE = "done", "Taken in"
        STOPPED = "stopped", "Stopped"

    class Repeat(models.TextChoices):
        """What becomes of rows that came in before; "" : nobody was asked."""

        NEW = "new", "Only rows that are new"
        ALL = "all", "All rows, once more"

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField()  # bytes
    data = models.BinaryField(null=True)
    choices: models.JSONField[Any, Any] = models.JSONField(default=dict)
    layout: models.JSONField[Any, Any] = models.JSONField(default=dict)
    mapping: models.JSONField[Any, Any] = models.JSONField(default=dict)
    repeat = models.CharField(max_length=3, choices=Repeat.choices, blank=True, default="")
    count = models.PositiveIntegerField(default=0)  # rows that hold something
    empty: models.JSONField[Any, Any] = models.JSONField(default=list)  # numbers of empty rows among them
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREVIEW)
    position = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True, default="")
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True)
    made_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"upload {self.pk}"


class UploadRow(models.Model):
    """One row of an upload: its number in the file, its values by column, and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Not taken in yet"
        TAKEN = "taken", "Taken in"
        KNOWN = "known", "Came in before"
        LEFT_OUT = "left out", "Left out"

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    values: models.JSONField[Any, Any] = models.JSONField()
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.WAITING, db_default="waiting"
    )
    why = models.CharField(max_length=300, blank=True, default="", db_default="")
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="upload_rows")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["upload", "number"], name="one_row_each")]
        ordering: ClassVar = ["upload_id", "number"]
