"""Backups at a person's word, as a job of the worker; and how backups stand, as the page Backups shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from croniter import croniter
from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from signoff.accounts.models import Person
from signoff.core import clock
from signoff.engine import keeping
from signoff.engine.keeping import Plan
from signoff.engine.models import Backup
from signoff.engine.queue import PRIORITY_PERSON

log = structlog.get_logger()

QUEUE = "clock"
NIGHTLY = "47 3 * * *"  # UTC
JOBS = ("back_up", "back_up_now")
SHOWN = 20


@dataclass(frozen=True)
class Standing:
    """
    How backups stand.

    `last` is the newest that is good, `tried` the newest try, which may have failed. `is_there`: whether the file of
    `last` lies where it was put, None where only another computer can tell. `next_at` is None where none is made by
    itself.
    """

    plan: Plan
    last: Backup | None
    tried: Backup | None
    is_there: bool | None
    is_under_way: bool
    next_at: datetime | None
    shown: Sequence[Backup]


def standing() -> Standing:
    """Return how backups stand now."""
    wanted, last = keeping.plan(), keeping.newest()
    following: datetime | None = None
    if wanted.folder is not None:
        following = croniter(NIGHTLY, clock.now()).get_next(datetime)
    return Standing(
        plan=wanted,
        last=last,
        tried=Backup.objects.first(),
        is_there=keeping.is_there(last) if last else None,
        is_under_way=is_under_way(),
        next_at=following,
        shown=list(Backup.objects.all()[:SHOWN]),
    )


def is_under_way() -> bool:
    """Say whether a backup is being made, or waits for the worker."""
    return ProcrastinateJob.objects.filter(task_name__in=JOBS, status__in=["todo", "doing"]).exists()


def start(person: Person) -> bool:
    """Let the worker make a backup now; False where one is under way already, which then is the one."""
    if is_under_way():
        return False
    try:
        with transaction.atomic():
            back_up_now.configure(priority=PRIORITY_PERSON).defer(person_id=person.pk)
    except AlreadyEnqueued:
        return False
    return True


@app.task(
    name="back_up_now",
    queue=QUEUE,
    queueing_lock="back_up_now",
    retry=RetryStrategy(exponential_wait=5, max_attempts=3),
)
def back_up_now(person_id: int) -> None:
    """Make a backup because somebody pressed the button, and try it out."""
    row = keeping.save(keeping.plan(), by=Person.objects.get(pk=person_id))
    if row is not None and not row.problem:
        log.info("made a backup and restored it on trial", bytes=row.size)
