"""How near an end is, and whom it stops, as notices count and say it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from signoff.core import clock
from signoff.monitoring.wording import day, names

DAYS = (30, 14, 7, 3, 1)  # before an end, each told once
STEPS = {left: step for step, left in enumerate(DAYS, 1)}  # 30 days: 1, … 1 day: 5
OVER = len(DAYS) + 1
VERSION_DAYS = (90, 60, 30, 14, 7)  # a change of model or API version wants more time than a new key
VERSION_STEPS = {left: step for step, left in enumerate(VERSION_DAYS, 1)}
OVER_VERSIONS = len(VERSION_DAYS) + 1


def step_of(at: datetime, days: Sequence[int] = DAYS) -> int:
    """Return how near an end is: 0 more than 30 days, 1 within 30, … 5 within a day, 6 over. By the calendar."""
    if at <= clock.now():
        return len(days) + 1
    left = (timezone.localtime(at).date() - timezone.localtime(clock.now()).date()).days
    return max((step for step, most in enumerate(days, 1) if left <= most), default=0)


def stopping(using: Sequence[str], stop: str, at: datetime) -> str:
    """Return the forecast: "These 4 integrations stop on Sat 12 December: …"."""
    if not using:
        return ""
    if len(using) == 1:
        verb = "stops" if stop == "stop" else stop
        return f"This integration {verb} on {day(at)}: {names(using)}."
    return f"These {len(using)} integrations {stop} on {day(at)}: {names(using)}."
