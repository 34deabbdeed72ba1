"""Whether anybody works: the workers that gave a sign of life."""

from __future__ import annotations

from datetime import timedelta

from procrastinate.contrib.django.models import ProcrastinateWorker

from signoff.core import clock

SILENT_AFTER = timedelta(seconds=30)  # heartbeats come every 5 s; a busy computer may be late


def workers_alive() -> int:
    """Return how many workers gave a sign of life within the last half minute."""
    count: int = ProcrastinateWorker.objects.filter(last_heartbeat__gt=clock.now() - SILENT_AFTER).count()
    return count
