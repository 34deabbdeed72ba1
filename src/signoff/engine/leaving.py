"""What stopped and is not wanted any more: left as it is, for a reason, until somebody takes it up again."""

from __future__ import annotations

from django.db import transaction

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.core import clock
from signoff.runs.change import change, said
from signoff.runs.models import Run

STOPPED = (Run.State.NEEDS_YOU, Run.State.FAILED)
LONGEST_REASON = 300  # characters


class NotLeft(Exception):
    """Nothing was changed; the text says why, for the person."""


def leave(run_id: int, person: Person | None, reason: str) -> bool:
    """
    Leave a run that stopped as it is; False when it does not stand still (any more).

    Nothing of it is lost: its record, what it was to send and where it stopped are kept as long as those of every run
    that is over, and `verbs.resume` takes it up from there. Raises `NotLeft` without a reason.
    """
    reason = " ".join(reason.replace("\x00", "").split())
    if not reason:
        raise NotLeft("Say why it is left. Nothing was changed.")
    if len(reason) > LONGEST_REASON:
        raise NotLeft(
            f"The reason is longer than {LONGEST_REASON} characters. Shorten it. Nothing was changed."
        )
    who = person or "Somebody at the command line"
    with transaction.atomic():
        line = said("info", f"{who} left it as it is", f"“{reason}” Try again takes it up where it stopped.")
        values = {"state": Run.State.LEFT, "finished_at": clock.now()}
        if not change(run_id, tuple(STOPPED), values, line):
            return False
        note(person or "command line", "left as it is:", f"run {run_id}", {"reason": reason})
    return True
