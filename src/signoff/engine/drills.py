"""Drills as jobs, and the change-over that follows from one: each is one transaction of the rooms' verbs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.types import TimeDeltaParams

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.engine import proofs, verbs
from signoff.engine.queue import PRIORITY_PERSON
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.proving import warm
from signoff.versions import drills, trying
from signoff.versions.drills import DrillRefused
from signoff.versions.models import Drill

HOLD_FOR = timedelta(minutes=10)  # longer than trying a version takes at the pace that is allowed


@app.task(name="drill", queue=proofs.QUEUE, retry=RetryStrategy(exponential_wait=2, max_attempts=5))
def drill(drill_id: int) -> None:
    """Try the API version that a drill names; while somebody else does, come again when their time is over."""
    held_for = _carry_out(drill_id)
    if held_for is not None:  # whoever has it may have died with it
        again_in: TimeDeltaParams = {"milliseconds": int(held_for * 1000)}
        drill.configure(priority=PRIORITY_PERSON, schedule_in=again_in).defer(drill_id=drill_id)


def start(
    integration: Integration,
    *,
    model: str = "",
    connection: str = "",
    api_version: str = "",
    person: Person | None = None,
    most: int = drills.RECORDS,
) -> Drill:
    """Begin a drill; stored, with its jobs, when this returns. Raises `DrillRefused`."""
    with transaction.atomic():
        row = drills.begin(
            integration, model=model, connection=connection, api_version=api_version, person=person, most=most
        )
        if row.proof is not None:
            proofs.defer(list(row.proof.replays.values_list("pk", flat=True)))
        else:
            drill.configure(priority=PRIORITY_PERSON).defer(drill_id=row.pk)
        note(
            person or "command line", "tried a replacement for", f"integration {integration.name}",
            {"drill": row.pk, "from": row.before, "to": row.after},
        )  # fmt: skip
    return row


def drive(row: Drill, progress: Callable[[int, int], None]) -> Drill:
    """Help with a drill until it is over; returns it as it is then."""
    if row.proof is not None:
        proofs.drive(row.proof, progress)
    else:
        while (held_for := _carry_out(row.pk)) is not None:  # a worker has it, and is waited for
            time.sleep(min(proofs.LOOK_AGAIN_SECONDS, held_for))
    row.refresh_from_db()
    return row


def switch(row: Drill, person: Person | None = None) -> Drill:
    """
    Put the replacement that was tried into force, as a new version of the integration. Raises `DrillRefused`.

    What was measured of the old one does not count for the new one: autopilot ends with it and begins anew, warm where
    the replacement was tried on decided records.
    """
    with transaction.atomic():
        row = (
            Drill.objects.select_for_update(of=("self",))
            .select_related("integration", "version")
            .get(pk=row.pk)
        )
        before = Integration.objects.select_related("current").get(pk=row.integration_id).current
        result = verbs.put_into_force(
            [read_text(drills.file_after(row), f"{row.integration.name}.yaml")], person
        )
        if result.faults or before is None:
            raise DrillRefused(" ".join(fault.what.replace("`", "") for fault in result.faults[:3]))
        after = Integration.objects.select_related("current").get(pk=row.integration_id).current
        drills.switched(row, before.number, after.number if after else before.number, person)
        if row.proof_id is not None:
            warm.settle(row.proof_id)
        note(
            person or "command line", "changed over", f"integration {row.integration.name}",
            {"drill": row.pk, "from": row.before, "to": row.after},
        )  # fmt: skip
    row.refresh_from_db()
    return row


def roll_back(row: Drill, person: Person | None = None) -> Drill:
    """Put what was in force before the switch into force again, as a new version. Raises `DrillRefused`."""
    with transaction.atomic():
        row = Drill.objects.select_for_update(of=("self",)).select_related("integration").get(pk=row.pk)
        result = verbs.go_back(row.integration, drills.way_back(row), person)
        if result.faults:
            raise DrillRefused(" ".join(fault.what.replace("`", "") for fault in result.faults[:3]))
        drills.rolled_back(row, person)
        note(
            person or "command line", "changed back", f"integration {row.integration.name}",
            {"drill": row.pk, "from": row.after, "to": row.before},
        )  # fmt: skip
    row.refresh_from_db()
    return row


def _carry_out(drill_id: int) -> float | None:
    """Carry out a drill unless it is over; returns for how many seconds somebody else has it."""
    claimed = drills.claim(drill_id, HOLD_FOR)
    if claimed is None:
        return drills.held_for(drill_id)
    drills.finish(claimed, trying.carry_out(claimed))
    return None
