"""Days, names and counts as they stand in a notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format

from signoff.core import clock
from signoff.core.counting import counted

NAMED = 6  # integrations that a notice names; the others are counted


def day(at: date | datetime) -> str:
    """Return a day on the owner's calendar: "Sat 12 December", with the year if it is not this one."""
    on = timezone.localtime(at).date() if isinstance(at, datetime) else at
    return date_format(on, "D j F" if on.year == _today().year else "D j F Y")


def clock_time(at: datetime) -> str:
    """Return a moment on the owner's clock: "03:14" today, else with its day."""
    local = timezone.localtime(at)
    return f"{local:%H:%M}" if local.date() == _today() else f"{day(at)}, {local:%H:%M}"


def in_days(at: datetime) -> str:
    """Return how far off a day is: "today", "tomorrow", "in 14 days"."""
    left = (timezone.localtime(at).date() - _today()).days
    if left <= 0:
        return "today"
    return "tomorrow" if left == 1 else f"in {left} days"


def _today() -> date:
    return timezone.localtime(clock.now()).date()


def name(slug: str) -> str:
    """Return a name of ours as a person writes it: "follow-up-new-leads" becomes "Follow up new leads"."""
    words = slug.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def names(slugs: Sequence[str]) -> str:
    """Return several names as part of a sentence; of many, the first few and how many more."""
    shown = [name(slug) for slug in slugs[:NAMED]]
    more = len(slugs) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def records(count: int, verb: str = "", verbs: str = "") -> str:
    """Return "1 record waits", "14 records wait"."""
    return f"{counted(count, 'record')} {verb if count == 1 else verbs}".rstrip()
