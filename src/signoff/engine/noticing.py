"""Noticing what stopped working: by the worker's schedule, and by the web process while no worker is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import structlog
from django.db import close_old_connections

from signoff.engine import keeping, watchman
from signoff.engine.pulse import workers_alive
from signoff.integrations.models import Integration
from signoff.monitoring import looking, telling
from signoff.monitoring.found import MOST_COUNTED, Found, Source
from signoff.monitoring.models import Notice, Urgency
from signoff.monitoring.wording import records
from signoff.runs.models import Run

log = structlog.get_logger()

STAND_IN_SECONDS = 60.0
SILENT_LOOKS = 2  # so many in a row without a worker before somebody is told: a restart is no news


def look() -> int:
    """Look at what is the matter and tell what is due; returns how many were told. Safe at any time, and for many."""
    looking.look(
        Source("worker:", _no_worker, _works_again),
        Source("web:", watchman.web_silent, watchman.web_back),
        Source("backup:", keeping.old, keeping.young_again),
    )
    return telling.tell()


def stand_in() -> None:
    """Look from the web process while no worker does, from a thread of its own; call it once in that process."""
    threading.Thread(target=_stand_in, name="notices", daemon=True).start()


def _stand_in() -> None:
    silent = 0
    while True:
        close_old_connections()
        try:
            watchman.web_lives()
            silent = 0 if workers_alive() else silent + 1
            if silent > SILENT_LOOKS:  # the first look is at the very start, when no worker can be there yet
                look()
        except Exception:
            log.exception("nobody could look whether the worker is there; it is tried again")
        finally:
            close_old_connections()
        time.sleep(STAND_IN_SECONDS)


def _no_worker() -> Iterator[Found]:
    if workers_alive():
        return
    waiting = Run.objects.filter(state__in=Run.OPEN)[:MOST_COUNTED].count()
    if not waiting and not Integration.objects.filter(is_on=True).exists():
        return
    held = f"{records(waiting, 'waits', 'wait')}. " if waiting else ""
    yield Found(
        "worker:",
        Urgency.NOW,
        "worker",
        "Nothing is being worked on: the worker is not running",
        f"{held}Nothing is lost; work goes on when it starts: signoff up, or signoff work.",
        "Open Health",
        "/health/",
        waiting=waiting,
    )


def _works_again(notice: Notice) -> str:
    return "The worker runs again" + (f"; {records(notice.waiting)} went on." if notice.waiting else ".")
