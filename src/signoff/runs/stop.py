"""Stopping a run for a reason that is ours, where everybody can see it."""

from __future__ import annotations

import traceback

from signoff.core import clock
from signoff.core.errors import Broken
from signoff.runs.change import change, said
from signoff.runs.models import Run


def stop_run(run_id: int, error: Exception) -> bool:
    """
    Stop an open run because of a fault in our code; "Try again" goes on from where it was.

    What a developer gets is the kind of error and the place, never its text: that may hold a customer's words.
    """
    place = traceback.extract_tb(error.__traceback__)[-1]
    detail = (
        f"{type(error).__name__} in {place.name}, {place.filename.rsplit('signoff/', 1)[-1]}:{place.lineno}"
    )
    words = "We made a mistake, and this run stopped. Nothing is lost."
    step = "Press Try again. If it stops again, send us the details below."
    lines = [said("bad", words, step)]
    common = {
        "state": Run.State.FAILED,
        "problem": words,
        "next_step": step,
        "detail": f"{Broken.__name__}: {detail}",
        "finished_at": clock.now(),
    }
    return change(run_id, ("queued", "asking"), {**common, "resume_as": "queued"}, *lines) or change(
        run_id, ("approved", "delivering"), {**common, "resume_as": "approved"}, *lines
    )
