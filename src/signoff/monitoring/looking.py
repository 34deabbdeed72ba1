"""
Looking: what is the matter now becomes open notices, what is over closes by itself, and both become tellings.

One look at a time, in one transaction: a notice and the tellings that follow from it are stored together, or neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from signoff.core import clock
from signoff.monitoring.alone import is_alone
from signoff.monitoring.causes import SOURCES
from signoff.monitoring.channels import people_to_tell, taking
from signoff.monitoring.found import Found, Source
from signoff.monitoring.models import Notice, Telling, Urgency

log = structlog.get_logger()

LOOK_LOCK = 7_746_005
RESTLESS = timedelta(minutes=10)  # a cause that comes back so soon is told only if it stays that long
ANOTHER_END = timedelta(days=1)  # an end that moves by more is another end
KEEP = timedelta(days=90)
FROM_THE_CAUSE = ("urgency", "subject", "title", "text", "button", "address", "waiting", "ends_at")


def look(*more: Source) -> int:
    """
    Bring the open notices in line with what is the matter now; returns how many are open.

    Doing it twice changes nothing more, and of several that look at once one does. `more` are sources of an upper
    room. A source that fails leaves its notices as they are: not to know is not to be well.
    """
    with transaction.atomic():
        if not is_alone(LOOK_LOCK):
            return Notice.objects.filter(closed_at=None).count()
        for source in (*SOURCES, *more):
            try:
                with transaction.atomic():
                    _keep(source, list(source.find()))
            except Exception:
                log.exception("one of the causes for notices could not be looked at", scope=source.scope)
        _have_told()
        return Notice.objects.filter(closed_at=None).count()


def forget_old() -> None:
    """Forget notices that were over long ago."""
    Notice.objects.filter(closed_at__lt=clock.now() - KEEP).delete()


def _keep(source: Source, found: Iterable[Found]) -> None:
    """Bring one scope's notices in line with what was found under it."""
    now = clock.now()
    rows = Notice.objects.select_for_update().filter(closed_at=None, key__startswith=source.scope)
    is_open = {row.key: row for row in rows}
    for one in found:
        known = is_open.pop(one.key, None)
        if known is not None and _is_another_end(known, one):
            _close(known, source, now)
            known = None
        if known is None:
            _open(one, now)
        else:
            _see_again(known, one, now)
    for over in is_open.values():
        _close(over, source, now)


def _is_another_end(known: Notice, one: Found) -> bool:
    """Say whether a renewal has moved the end, so that its thresholds begin anew."""
    return known.ends_at is not None and one.ends_at is not None and one.ends_at - known.ends_at > ANOTHER_END


def _open(one: Found, now: datetime) -> None:
    # An end comes back because it was renewed and is another one: that is news at once.
    lately = one.ends_at is None and Notice.objects.filter(key=one.key, closed_at__gt=now - RESTLESS).exists()
    Notice.objects.create(
        key=one.key,
        step=one.step,
        first_seen_at=now,
        last_seen_at=now,
        tell_from=now + RESTLESS if lately else now,
        **{field: getattr(one, field) for field in FROM_THE_CAUSE},
    )


def _see_again(row: Notice, one: Found, now: datetime) -> None:
    worse = _is_worse(row, one)
    for field in FROM_THE_CAUSE:
        setattr(row, field, getattr(one, field))
    row.step = max(row.step, one.step)
    row.last_seen_at = now
    if worse:
        row.round += 1
        row.acknowledged_at = row.acknowledged_by = row.snoozed_at = row.snoozed_by = None
    row.save()


def _is_worse(row: Notice, one: Found) -> bool:
    """
    Say whether it has got worse since it was told: an end came nearer, or it is more urgent now.

    That more records wait is no news, unless somebody asked not to be reminded before it gets worse: twice as many.
    """
    nearer = one.step > row.step
    more_urgent = one.urgency.rank > Urgency(row.urgency).rank
    doubled = row.snoozed_at is not None and one.waiting >= 2 * max(row.snoozed_waiting, 1)
    return nearer or more_urgent or doubled


def _close(row: Notice, source: Source, now: datetime) -> None:
    row.closed_at, row.closing = now, source.over(row)[:300]
    row.save(update_fields=["closed_at", "closing"])
    told = row.tellings.filter(round__gt=0, state__in=[Telling.State.TOLD, Telling.State.SENDING])
    for person in {one.person for one in told.select_related("person")}:
        Telling.objects.create(notice=row, person=person, round=0, due_at=now)


def _have_told() -> None:
    """
    Have everybody told of the present round of what is open, who takes it and was not told by any channel.

    So whoever gets a channel later hears of what is open at that time, once.
    """
    people = people_to_tell()
    channels = {person.pk: list(person.channels.filter(is_on=True)) for person in people}
    rows = Notice.objects.filter(closed_at=None, acknowledged_at=None, snoozed_at=None)
    for row in rows.prefetch_related("tellings"):
        known = {telling.person_id for telling in row.tellings.all() if telling.round == row.round}
        for person in people:
            if person.pk not in known and taking(channels[person.pk], row):
                Telling.objects.create(notice=row, person=person, round=row.round, due_at=row.tell_from)
