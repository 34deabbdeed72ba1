"""Test cases, and what came of replaying them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from signoff.accounts.models import Person
from signoff.integrations.models import Integration, Version
from signoff.runs.models import Run


class Kept(models.Manager["Case"]):
    """The test set: what somebody kept."""

    def get_queryset(self) -> models.QuerySet[Case]:
        return super().get_queryset().filter(is_kept=True)


class Case(models.Model):
    """
    A record with what a person said of its answer.

    `expected` is the answer that went out (for an edited draft: the edit), None for a rejected one, whose `rejected`
    answer and `reason` are kept instead. It holds a customer's record until it is removed. Not `is_kept`: it is here
    for a drill only, is no part of the test set (`objects`), and is forgotten soon.
    """

    class Verdict(models.TextChoices):
        APPROVED = "approved", "Approved"
        EDITED = "edited", "Edited"
        REJECTED = "rejected", "Rejected"
        STATED = "stated", "Stated"  # written by hand, in a file

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="cases")
    run = models.ForeignKey(Run, models.CASCADE, null=True, related_name="cases")
    label = models.CharField(max_length=200, blank=True)
    record: models.JSONField[Any, Any] = models.JSONField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    expected: models.JSONField[Any, Any] = models.JSONField(null=True)
    rejected: models.JSONField[Any, Any] = models.JSONField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True)
    made_at = models.DateTimeField(auto_now_add=True)
    is_kept = models.BooleanField(default=True, db_default=True)

    objects = Kept()
    everything: ClassVar[models.Manager[Case]] = models.Manager()

    class Meta:
        ordering: ClassVar = ["id"]
        base_manager_name = "everything"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["integration", "run"], name="one_case_for_one_run")
        ]

    def __str__(self) -> str:
        return self.label or f"case {self.pk}"


class Proof(models.Model):
    """
    One test: every case through every candidate.

    `candidates` is a list of `{"label", "version", "ai", "model", "examples", "beside"}`; `beside`: only compared with.
    `fail_on` is a list of conditions as written ("error>5%").
    """

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="proofs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    candidates: models.JSONField[Any, Any] = models.JSONField()
    fail_on: models.JSONField[Any, Any] = models.JSONField(default=list)
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True)
    made_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"proof {self.pk}"


class Replay(models.Model):
    """
    One case through one candidate. `state` changes only by an update that names the state it expects.

    Who asks holds it until `claimed_until`; if they die, the next one takes it over.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        ASKING = "asking", "Asking the AI"
        DONE = "done", "Done"
        FAILED = "failed", "Could not be asked"
        SKIPPED = "skipped", "Stopped before"

    proof = models.ForeignKey(Proof, models.CASCADE, related_name="replays")
    case = models.ForeignKey(Case, models.CASCADE, related_name="replays")
    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    candidate = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    claimed_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    answer: models.JSONField[Any, Any] = models.JSONField(null=True)
    faults: models.JSONField[Any, Any] = models.JSONField(default=list)
    findings: models.JSONField[Any, Any] = models.JSONField(default=list)
    wrong: models.JSONField[Any, Any] = models.JSONField(default=list)
    repeats = models.BooleanField(default=False)
    closeness = models.FloatField(null=True)
    seconds = models.FloatField(default=0)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost_micros = models.BigIntegerField(default=0)
    model = models.CharField(max_length=120, blank=True)
    prompt_version = models.CharField(max_length=64, blank=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["candidate", "case_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["proof", "case", "candidate"], name="one_replay_each")
        ]

    @property
    def is_error(self) -> bool:
        """Say whether the answer is one that should not go out."""
        return bool(self.faults or self.findings or self.wrong or self.repeats)
