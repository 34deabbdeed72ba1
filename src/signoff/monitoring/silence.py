"""
Silence: whether records still come as they usually do, or as often as the owner says they should.

`watch` counts, learns and works out when it will have been quiet for too long; `silent` only reads what it left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from django.db import connection as db
from django.db import transaction
from django.utils import timezone

from signoff.connections.models import Connection
from signoff.core import clock
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.integrations.record_part import Expected, RecordSource
from signoff.monitoring import holidays, rhythm
from signoff.monitoring.alone import is_alone
from signoff.monitoring.models import Hour, Rhythm
from signoff.monitoring.rhythm import HOUR, LEARNS_FROM, Heard
from signoff.runs.models import Source as RecordSourceRow

# A source is tried again every few seconds. What lasts longer than this is no hiccup, and is told within 5 minutes.
UNREADABLE_AFTER = timedelta(minutes=3)
NOBODY_LOOKED = timedelta(minutes=10)  # then what came meanwhile may still be on its way to us
LATE_IDS = 10_000  # a record with a smaller number can be stored later than one with a larger
FORECAST = timedelta(days=60)
WATCH_LOCK = 7_746_012
NOT_WATCHED, SILENCE = "not watched", "silence"  # why a time teaches nothing


@dataclass(frozen=True)
class Silent:
    """An integration in which it is too quiet: since when, and how many usually come in such a time, or should."""

    integration: Integration
    since: datetime
    usually: int
    expected: Expected | None


def watch() -> None:
    """Bring every rhythm up to date. Safe at any time; of several that watch at once one does."""
    with transaction.atomic():
        if not is_alone(WATCH_LOCK):
            return
        now = clock.now()
        reachable = _reachable()
        rows = {row.integration_id: row for row in Rhythm.objects.all()}
        for integration in Integration.objects.select_related("current"):
            source = read_definition(integration.current)[0].record if integration.current else None
            row = rows.get(integration.pk) or Rhythm(
                integration=integration,
                counted_until=_hour_of(now) - LEARNS_FROM,
                looked_at=now,
                hushed_at=now,
            )
            row.integration = integration
            _hush(row, source is not None and integration.is_on and reachable(integration, source), now)
            _count(row, now)
            has_learned = _learn(row, now)
            _forecast(row, source, now, anew=has_learned)
            row.looked_at = now
            row.save()


def silent() -> Iterator[Silent]:
    """Find the integrations in which it has been quiet for too long."""
    now = clock.now()
    # What nobody kept up to date says nothing: the worker may have begun a moment ago.
    kept = Rhythm.objects.filter(looked_at__gt=now - NOBODY_LOOKED, integration__is_on=True)
    rows = kept.filter(silent_from__lte=now).exclude(watched_from=None)
    for row in rows.select_related("integration__current"):
        if row.integration.current is None:
            continue
        wanted = read_definition(row.integration.current)[0].record.expects
        since = _begin(row) or now
        usually = 0
        if row.rates:
            usually = int(rhythm.expected(_known(row), since, now, _zone(), _holidays(now)))
        yield Silent(row.integration, since, usually, wanted if isinstance(wanted, Expected) else None)


@dataclass(frozen=True)
class Usual:
    """What is known of how records come: how many a week (None while it is learned), and when silence would be told."""

    a_week: int | None
    expected: Expected | None
    told_from: datetime | None


def usual(integration: Integration) -> Usual | None:
    """Return how records usually come; None where nobody listens for their absence."""
    row = Rhythm.objects.filter(integration=integration).exclude(watched_from=None).first()
    if row is None or integration.current is None:
        return None
    wanted = read_definition(integration.current)[0].record.expects
    return Usual(
        round(_known(row).a_week) if row.rates else None,
        wanted if isinstance(wanted, Expected) else None,
        row.silent_from,
    )


def heard_since(integration_name: str, at: datetime) -> bool:
    """Say whether a record has come since a moment."""
    integration = Integration.objects.filter(name=integration_name).first()
    last = _arrival(integration.pk, 1) if integration else None
    return last is not None and last >= at


def forget_old() -> None:
    """Forget the hours that teach nothing any more."""
    Hour.objects.filter(at__lt=clock.now() - LEARNS_FROM - timedelta(days=1)).delete()


def _reachable() -> Callable[[Integration, RecordSource], bool]:
    """Return what says whether the records of an integration could reach us now."""
    stopped = set(Connection.objects.exclude(state=Connection.State.WORKING).values_list("name", flat=True))
    # One failed reading may not begin the wait anew: with one an hour nobody would ever be told.
    long_ago = clock.now() - UNREADABLE_AFTER
    stuck = RecordSourceRow.objects.exclude(problem="").filter(problem_since__lte=long_ago)
    unread = set(stuck.values_list("integration_id", flat=True))

    def reachable(integration: Integration, source: RecordSource) -> bool:
        return (
            source.when != "upload"
            and source.expects != "off"
            and source.from_ not in stopped
            and integration.pk not in unread
        )

    return reachable


def _hush(row: Rhythm, is_watched: bool, now: datetime) -> None:
    """Begin or end to watch. What was not watched teaches nothing, and is not held against anybody."""
    nobody_looked = row.pk is not None and now - row.looked_at > NOBODY_LOOKED
    if nobody_looked and row.hushed_at is None:
        row.hushed_at, row.watched_from = row.looked_at, None
    if not is_watched:
        if row.hushed_at is None:
            row.hushed_at = now
        row.watched_from = None
    elif row.watched_from is None:
        if row.pk is not None and row.hushed_at is not None:
            _leave_out(row, row.hushed_at, now)
        row.hushed_at, row.watched_from, row.silent_from = None, now, None


def _count(row: Rhythm, now: datetime) -> None:
    """Count the hours that are over."""
    until = _hour_of(now - timedelta(minutes=5))  # what was being stored as the hour ended is stored by now
    if until <= row.counted_until:
        return
    with db.cursor() as cursor:
        cursor.execute(
            """
            SELECT date_trunc('hour', received_at) AS hour, count(*),
                (array_agg(before ORDER BY received_at - before DESC NULLS LAST))[1],
                (array_agg(received_at ORDER BY received_at - before DESC NULLS LAST))[1],
                max(received_at), max(id)
            FROM (
                SELECT id, received_at,
                    coalesce(lag(received_at) OVER (ORDER BY received_at), %s::timestamptz) AS before
                FROM runs_run
                WHERE integration_id = %s AND id > %s AND replay_of_id IS NULL AND NOT planted
                    AND received_at >= %s AND received_at < %s
            ) AS came
            GROUP BY 1 ORDER BY 1
            """,
            [row.counted_last_at, row.integration_id, row.counted_id - LATE_IDS, row.counted_until, until],
        )
        counted = cursor.fetchall()
    Hour.objects.bulk_create(
        [
            Hour(
                integration_id=row.integration_id,
                at=hour,
                count=count,
                quiet_from=begin,
                quiet_until=end if begin else None,
            )
            for hour, count, begin, end, _, _ in counted
        ],
        ignore_conflicts=True,
    )
    if counted:
        row.began_at = row.began_at or counted[0][0]
        row.counted_last_at = counted[-1][4]
        row.counted_id = max(row.counted_id, *(one[5] for one in counted))
    row.counted_until = until


def _learn(row: Rhythm, now: datetime) -> bool:
    """Learn once a day, on the owner's calendar; say whether it was done now."""
    today = timezone.localtime(now).date()
    if row.learned_on == today or row.began_at is None:
        return False
    since = row.counted_until - LEARNS_FROM
    hours = {
        one.at: Heard(one.count, one.quiet_from, one.quiet_until)
        for one in Hour.objects.filter(integration_id=row.integration_id, at__gte=since)
    }
    row.left_out = [pair for pair in row.left_out if datetime.fromisoformat(pair[1]) > since]
    found = rhythm.learn(
        hours,
        max(row.began_at, since),
        row.counted_until,
        _zone(),
        _holidays(now),
        [(datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end, _ in row.left_out],
    )
    row.rates = [round(rate, 5) for rate in found.rates] if found else []
    row.enough = found.enough if found else 0
    row.learned_on = today
    return True


def _forecast(row: Rhythm, source: RecordSource | None, now: datetime, *, anew: bool) -> None:
    """Work out from when on it is too quiet, unless something comes; `anew`: what is usual was learned just now."""
    wanted = source.expects if source else None
    last = _arrival(row.integration_id, wanted.count if isinstance(wanted, Expected) else 1)
    if last is not None and row.last_at is not None and last > row.last_at:
        if row.silent_from is not None and row.silent_from <= now and row.watched_from is not None:
            _leave_out(row, row.last_at, last, SILENCE)
        row.silent_from = None
    row.last_at = last
    is_stated = isinstance(wanted, Expected)
    if row.is_stated and not is_stated:
        row.silent_from = None  # it followed from a number that the owner does not expect any more
    row.is_stated = is_stated
    begin = _begin(row)
    if begin is None:
        row.silent_from = None
    elif isinstance(wanted, Expected):
        row.silent_from = _window_over(begin, wanted, _holidays(now))
    elif not row.rates:
        row.silent_from = None
    elif row.silent_from is None or anew:
        found = rhythm.silent_at(
            rhythm.calmer(_known(row), _false_alarms(row, now)),
            begin,
            now + FORECAST,
            _zone(),
            _holidays(now),
        )
        # The quiet that lasts has taught as well, and may not put off its own notice night by night.
        row.silent_from = min(filter(None, (row.silent_from, found)), default=None)


def _begin(row: Rhythm) -> datetime | None:
    """Return since when nothing has come, as far as it was watched; None where it is not."""
    return max(filter(None, (row.watched_from, row.last_at))) if row.watched_from else None


def _arrival(integration_id: int, place: int) -> datetime | None:
    """Return when the latest record came (`place` 1), or an earlier one by its place; None where there is none."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT received_at FROM runs_run WHERE integration_id = %s AND replay_of_id IS NULL AND NOT planted"
            " ORDER BY id DESC OFFSET %s LIMIT 1",
            [integration_id, place - 1],
        )
        found = cursor.fetchone()
    return found[0] if found else None


def _window_over(begin: datetime, wanted: Expected, closed: Collection[date]) -> datetime:
    """Return when the time has passed in which so many should come. A weekday has its hours from Monday to Friday."""
    left, at = wanted.within, begin
    if wanted.per != "weekday":
        return begin + left
    while True:
        end = at.replace(minute=0, second=0, microsecond=0) + HOUR
        local = at.astimezone(_zone())
        if local.weekday() < 5 and local.date() not in closed:
            if end - at >= left:
                return at + left
            left -= end - at
        at = end


def _leave_out(row: Rhythm, begin: datetime, end: datetime, why: str = NOT_WATCHED) -> None:
    row.left_out = [*row.left_out, [begin.isoformat(), end.isoformat(), why]]


def _false_alarms(row: Rhythm, now: datetime) -> int:
    """Return how many silences have ended of late by themselves, or were mended; which it was is not known."""
    return sum(
        why == SILENCE and datetime.fromisoformat(end) > now - rhythm.CALM_FOR for _, end, why in row.left_out
    )


def _known(row: Rhythm) -> rhythm.Rhythm:
    return rhythm.Rhythm(tuple(row.rates), row.enough)


def _zone() -> tzinfo:
    return timezone.get_default_timezone()


def _holidays(now: datetime) -> Collection[date]:
    return holidays.of_country(holidays.country(), (now.year - 1, now.year, now.year + 1))


def _hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
