"""How the work stands, in numbers that a monitoring system asks for; counted when it asks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection as db
from django.db.models import Count, Min, Sum

from signoff.connections.ending import ends_on
from signoff.connections.models import Connection
from signoff.core import clock
from signoff.core.home import home
from signoff.engine import keeping
from signoff.engine.models import Beat
from signoff.engine.pulse import workers_alive
from signoff.monitoring.models import Notice, Urgency
from signoff.pacing.models import Pace
from signoff.runs.days import today
from signoff.runs.models import Day, Run

# Everything but what is over: that is counted by the hour below, however many years are kept.
PRESENT = (
    "queued", "asking", "in a batch", "waiting for review", "approved", "delivering", "needs you", "uncertain",
    "failed", "parked",
)  # fmt: skip
LATELY = timedelta(hours=1)


@dataclass(frozen=True)
class Measure:
    """One number under its name; `labels` tell several of the same name apart."""

    name: str
    words: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)


def measures() -> Iterator[Measure]:
    """Yield every number there is. Neither a record nor a key stands in any of them."""
    yield from _records()
    yield from _connections()
    yield from _spent()
    yield from _signs_of_life()
    yield from _backups()


def _records() -> Iterator[Measure]:
    now = clock.now()
    rows = (
        Run.objects.filter(state__in=PRESENT)
        .values("state")
        .annotate(count=Count("pk"), oldest=Min("changed_at"))
    )
    found = {row["state"]: row for row in rows}
    for state in PRESENT:
        row = found.get(state)
        label = {"state": state}
        yield Measure(
            "signoff_records",
            "Records by state, but for those that are over.",
            row["count"] if row else 0,
            label,
        )
        age = (now - row["oldest"]).total_seconds() if row else 0
        yield Measure(
            "signoff_oldest_record_seconds", "How long the oldest record has been in its state.", age, label
        )
    over = (
        Run.objects.filter(finished_at__gt=now - LATELY, erased_at=None)
        .values("state")
        .annotate(count=Count("pk"))
    )
    counts = {row["state"]: row["count"] for row in over}
    for state in ("done", "rejected", "failed", "left"):
        words = "Records that came to their end within the last hour."
        yield Measure("signoff_records_ended_last_hour", words, counts.get(state, 0), {"state": state})


def _connections() -> Iterator[Measure]:
    paces = {row.pk: row for row in Pace.objects.all()}
    for row in Connection.objects.order_by("name"):
        label = {"connection": row.name, "app": row.app}
        works = row.state == Connection.State.WORKING
        yield Measure("signoff_connection_working", "Whether an app lets us in.", float(works), label)
        held = paces[row.pk].held_until if row.pk in paces else None
        seconds = max(0.0, (held - clock.now()).total_seconds()) if held else 0.0
        yield Measure(
            "signoff_connection_held_seconds", "For how long an app is left in peace.", seconds, label
        )
        end = ends_on(row)
        if end is not None:
            words = "When the key of a connection ends, in seconds since 1970."
            yield Measure("signoff_connection_ends_timestamp_seconds", words, end.at.timestamp(), label)


def _spent() -> Iterator[Measure]:
    days = (
        Day.objects.filter(on_day=today())
        .values("integration__name")
        .annotate(begun=Sum("begun"), spent=Sum("spent_micros"))
    )
    for row in days:
        label = {"integration": row["integration__name"]}
        yield Measure(
            "signoff_records_begun_today", "Records that an integration has begun today.", row["begun"], label
        )
        dollars = row["spent"] / 1e6
        yield Measure(
            "signoff_spent_today_dollars", "What an integration's answers have cost today.", dollars, label
        )


def _signs_of_life() -> Iterator[Measure]:
    yield Measure(
        "signoff_workers", "Workers that gave a sign of life within half a minute.", workers_alive()
    )
    notices = dict(
        Notice.objects.filter(closed_at=None).values_list("urgency").annotate(count=Count("pk")).order_by()
    )
    for urgency in Urgency.values:
        yield Measure(
            "signoff_notices_open", "Open notices by urgency.", notices.get(urgency, 0), {"urgency": urgency}
        )
    for beat in Beat.objects.all():
        words = "When a part gave its last sign of life, in seconds since 1970."
        yield Measure("signoff_beat_timestamp_seconds", words, beat.at.timestamp(), {"part": beat.name})
    yield Measure(
        "signoff_disk_free_bytes", "Free room where the data folder is.", shutil.disk_usage(home()).free
    )
    with db.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size = cursor.fetchone() or (0,)
    yield Measure("signoff_database_bytes", "How large the database is.", size[0])


def _backups() -> Iterator[Measure]:
    last = keeping.newest()
    yield from _moment(
        "signoff_backup_timestamp_seconds", "When the newest backup was made", last.made_at if last else None
    )
    yield from _moment(
        "signoff_backup_checked_timestamp_seconds",
        "When it was restored on trial",
        last.checked_at if last else None,
    )


def _moment(name: str, words: str, at: datetime | None) -> Iterator[Measure]:
    yield Measure(name, f"{words}, in seconds since 1970; 0 never.", at.timestamp() if at else 0)
