"""
Tests of prompts as jobs: each says only "carry out replay 7", and waits for a quiet moment.

Their state is in rows, so a test goes on after a crash. A command that waits for its test helps with it, so that it
also comes to an end where no worker runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import close_old_connections, transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.types import JSONDict, TimeDeltaParams

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.engine.queue import PRIORITY_IDLE
from signoff.integrations.models import Integration
from signoff.proving import prove, replaying, warm
from signoff.proving.models import Proof, Replay
from signoff.versions import drills

QUEUE = "proofs"
AT_ONCE = 8
LOOK_AGAIN_SECONDS = 0.5


@app.task(name="replay", queue=QUEUE, retry=RetryStrategy(exponential_wait=2, max_attempts=10))
def replay(replay_id: int) -> None:
    """Carry out one replay of a test; a second copy of the job does nothing."""
    again_in = _carry_out(replay_id)
    if again_in is not None:
        defer([replay_id], again_in)


def start(
    integration: Integration,
    *,
    against: Sequence[str] = (),
    models: Sequence[str] = (),
    examples: Sequence[int] = (),
    fail_on: Sequence[str] = (),
    person: Person | None = None,
) -> Proof:
    """Begin a test; stored, with its jobs, when this returns. Raises `ProofRefused`."""
    planned = prove.plan(integration, against=against, models=models, examples=examples, fail_on=fail_on)
    return start_planned(integration, planned, person)


def start_planned(integration: Integration, planned: prove.Plan, person: Person | None = None) -> Proof:
    """Begin a test that was planned; stored, with its jobs, when this returns."""
    with transaction.atomic():
        proof = prove.begin(integration, planned, person=person)
        defer(list(proof.replays.values_list("pk", flat=True)))
        note(
            person or "command line",
            "began a test of",
            f"integration {integration.name}",
            {"proof": proof.pk},
        )
    return proof


def warm_start(integration: Integration, person: Person | None = None) -> Proof:
    """
    Replay the records that were decided last through the version in force; stored, with its jobs, when this returns.

    What it tells is taken into the measurement when it is over. Raises `ProofRefused`.
    """
    with transaction.atomic():
        proof = warm.begin(integration, person)
        defer(list(proof.replays.values_list("pk", flat=True)))
        note(
            person or "command line",
            "replayed decided records of",
            f"integration {integration.name}",
            {"proof": proof.pk},
        )
    return proof


def drive(proof: Proof, progress: Callable[[int, int], None]) -> None:
    """Help with a test until it is over, and tell how far it is: done, of how many."""
    everything = proof.replays.count()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="proof") as threads:
        while not finish(proof.pk) and Proof.objects.get(pk=proof.pk).state == Proof.State.RUNNING:
            waiting = list(_waiting(proof)[:AT_ONCE])
            waits = [wait for wait in threads.map(_help, waiting) if wait is not None]
            progress(everything - _open(proof), everything)
            if not waiting or waits:
                time.sleep(min([LOOK_AGAIN_SECONDS, *waits]))
    progress(everything - _open(proof), everything)


def finish(proof_id: int) -> bool:
    """
    Note that a test is over when nothing of it is left to do; True: it is.

    The drill that it belongs to is over with it, and the measurement is told what it says of the version in force.
    """
    if not prove.finish(proof_id):
        return False
    drills.settle(proof_id)
    with transaction.atomic():
        warm.settle(proof_id)
    return True


def _help(replay_id: int) -> float | None:
    try:
        return _carry_out(replay_id)
    finally:
        close_old_connections()


def _carry_out(replay_id: int) -> float | None:
    claimed = replaying.claim(replay_id)
    if claimed is None:
        return replaying.held_for(replay_id)  # somebody has it; if they died, it is to be taken over then
    again_in = replaying.carry_out(claimed)
    if again_in is None:
        finish(claimed.proof_id)
    return again_in


def _waiting(proof: Proof) -> Any:
    # By case, not by candidate: a test that is stopped half way has compared something.
    rows = proof.replays.filter(replaying.free()).order_by("tries", "case_id", "candidate")
    return rows.values_list("pk", flat=True)


def _open(proof: Proof) -> int:
    return int(proof.replays.filter(state__in=(Replay.State.WAITING, Replay.State.ASKING)).count())


def defer(ids: Sequence[int], after_seconds: float = 0) -> None:
    """Let replays be carried out, after the caller's transaction."""
    rows: list[JSONDict] = [{"replay_id": one} for one in ids]
    wait: TimeDeltaParams | None = {"milliseconds": int(after_seconds * 1000)} if after_seconds > 0 else None
    if rows:
        replay.configure(priority=PRIORITY_IDLE, schedule_in=wait).batch_defer(*rows)
