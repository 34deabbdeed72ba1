"""
Waiting for a decision while a request is open, by a bounded number of requests at a time.

Each that waits keeps one of the server's threads, and no database connection. When all seats are taken the answer is
simply not there yet, and comes at once: whoever asked asks again.
"""

from __future__ import annotations

import os
import threading
import time

from signoff.hooks.outcome import is_settled
from signoff.pacing.idle import give_back_connection
from signoff.runs.models import Run

SEATS = int(os.environ.get("SIGNOFF_API_WAITERS", "10"))  # of the server's 32 threads; 0: nobody waits
LOOK_EVERY_SECONDS = 0.5

_seats = threading.BoundedSemaphore(SEATS)


def wait(run_id: int, seconds: float) -> Run:
    """Return a run once it is decided on, or as it stands when the time is over, or no seat is free."""
    until = time.monotonic() + seconds
    run = _look(run_id)
    if is_settled(run) or seconds <= 0 or not _seats.acquire(blocking=False):
        return run
    try:
        while not is_settled(run) and (left := until - time.monotonic()) > 0:
            give_back_connection()
            time.sleep(min(LOOK_EVERY_SECONDS, left))
            run = _look(run_id)
    finally:
        _seats.release()
    return run


def _look(run_id: int) -> Run:
    return Run.objects.select_related("integration", "review__decided_by").get(pk=run_id)
