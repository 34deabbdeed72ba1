"""What a person does with a notice: say that they know of it, or ask not to be reminded before it gets worse."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F, QuerySet

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.core import clock
from signoff.monitoring.models import Notice

ORDER = {"now": 0, "soon": 1, "calm": 2}


class NoticeChanged(Exception):
    """Nothing was done: the notice is over, or has got worse since it was seen. The text is for the person."""


def open_notices() -> list[Notice]:
    """Return what is open: first what nobody has said they know of, the most urgent first."""
    rows = Notice.objects.filter(closed_at=None).select_related("acknowledged_by", "snoozed_by")
    return sorted(rows, key=lambda row: (row.is_quiet, ORDER[row.urgency], row.first_seen_at))


def closed_notices() -> QuerySet[Notice]:
    """Return what is over, the latest first."""
    return Notice.objects.exclude(closed_at=None).order_by("-closed_at")


def acknowledge(notice_id: int, by: object, seen_round: int | None = None) -> Notice:
    """
    Say that somebody knows and sees to it: it stays in the lists, and nobody is told again before it gets worse.

    `seen_round` is the notice's round as it was seen. Raises `LookupError`, `NoticeChanged`.
    """
    person = by if isinstance(by, Person) else None
    changed = {
        "acknowledged_at": clock.now(),
        "acknowledged_by": person,
        "snoozed_at": None,
        "snoozed_by": None,
    }
    return _act(notice_id, by, seen_round, changed, "acknowledged")


def snooze(notice_id: int, by: object, seen_round: int | None = None) -> Notice:
    """
    Put a notice aside until it gets worse: an end comes nearer, it becomes more urgent, or twice as many records wait.

    Raises `LookupError`, `NoticeChanged`.
    """
    person = by if isinstance(by, Person) else None
    changed = {
        "snoozed_at": clock.now(),
        "snoozed_by": person,
        "snoozed_waiting": F("waiting"),
        "acknowledged_at": None,
        "acknowledged_by": None,
    }
    return _act(notice_id, by, seen_round, changed, "snoozed")


def _act(
    notice_id: int, by: object, seen_round: int | None, changed: Mapping[str, object], did: str
) -> Notice:
    with transaction.atomic():
        rows = Notice.objects.filter(pk=notice_id, closed_at=None)
        if seen_round is not None:
            rows = rows.filter(round=seen_round)
        done = rows.update(**changed)
        notice = Notice.objects.filter(pk=notice_id).first()
        if notice is None:
            raise LookupError(f"There is no notice {notice_id}.")
        if not done:
            over = "This is over already." if not notice.is_open else "This has got worse since you looked."
            raise NoticeChanged(f"{over} Nothing was changed; look again.")
        note(by, did, f"notice: {notice.title}"[:200])
    return notice
