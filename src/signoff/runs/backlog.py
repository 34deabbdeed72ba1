"""What waits for each AI, and when it will be done at the pace that is allowed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Avg, Count, F, Max, Min

from signoff.connections.models import Connection
from signoff.core import clock
from signoff.integrations.definition import definition_of
from signoff.pacing.models import Pace
from signoff.runs.models import Run

RECENT = 200  # drafts whose length tells how many tokens the next ones take


@dataclass(frozen=True)
class Backlog:
    """
    What waits for one AI. `done_at` None: nothing waits, or no limit is known and the work is simply under way.

    `per_minute` are the drafts that the app allows in a minute, None for no known limit; `held_until` is set while
    the app asked us to slow down or cannot be reached, and `held_why` says which. `in_batches` are those that wait
    for a batch, at half the price; the last of them has its answer by `batches_by`.
    """

    connection: str
    waiting: int
    oldest: datetime | None
    per_minute: float | None
    done_at: datetime | None
    held_until: datetime | None
    held_why: str
    in_batches: int = 0
    batches_by: datetime | None = None


def backlog() -> list[Backlog]:
    """Return what waits for each AI that is used, by the name of its connection."""
    waiting: dict[str, tuple[int, datetime | None]] = {}
    groups = (
        Run.objects.filter(state__in=["queued", "asking"])
        .values("version_id")
        .annotate(count=Count("pk"), oldest=Min("received_at"))
    )
    for group in groups:
        asked = definition_of(group["version_id"])[0].asked
        if asked is None:
            continue
        name = asked.ai
        count, oldest = waiting.get(name, (0, None))
        earliest = min(filter(None, (oldest, group["oldest"])), default=None)
        waiting[name] = (count + group["count"], earliest)
    batched = _in_batches()
    rows = Connection.objects.select_related("pace").order_by("name")
    return [
        replace(
            _of(row, *waiting.get(row.name, (0, None))),
            in_batches=batched.get(row.name, (0, None))[0],
            batches_by=batched.get(row.name, (0, None))[1],
        )
        for row in rows
        if row.name in waiting or row.name in batched or _is_held(row)
    ]


def _in_batches() -> dict[str, tuple[int, datetime | None]]:
    """Return how many records wait for a batch of each AI, and by when the last has its answer."""
    found: dict[str, tuple[int, datetime | None]] = {}
    groups = (
        Run.objects.filter(state=Run.State.BATCHED)
        .values("version_id")
        .annotate(count=Count("pk"), latest=Max("answer_by"))
    )
    for group in groups:
        asked = definition_of(group["version_id"])[0].asked
        if asked is None:
            continue
        name = asked.ai
        count, latest = found.get(name, (0, None))
        found[name] = (count + group["count"], max(filter(None, (latest, group["latest"])), default=None))
    return found


def _of(row: Connection, waiting: int, oldest: datetime | None) -> Backlog:
    pace = getattr(row, "pace", None)
    now = clock.now()
    each = _seconds_each(pace) if pace else 0.0
    held_until = pace.held_until if pace and pace.held_until and pace.held_until > now else None
    done_at = (held_until or now) + timedelta(seconds=waiting * each) if waiting and each else None
    return Backlog(
        connection=row.name,
        waiting=waiting,
        oldest=oldest,
        per_minute=60 / each if each else None,
        done_at=done_at,
        held_until=held_until,
        held_why=pace.held_why if pace and held_until else "",
    )


def _seconds_each(pace: Pace) -> float:
    """Return how long one draft takes up, by requests or by tokens, whichever is scarcer."""
    if not pace.token_seconds:
        return pace.request_seconds
    recent = (
        Run.objects.filter(output_tokens__gt=0)
        .order_by("-pk")
        .values("input_tokens", "output_tokens")[:RECENT]
    )
    mean = recent.aggregate(mean=Avg(F("input_tokens") + F("output_tokens")))["mean"] or 0
    return max(pace.request_seconds, pace.token_seconds * float(mean))


def _is_held(row: Connection) -> bool:
    pace = getattr(row, "pace", None)
    return bool(pace and pace.held_until and pace.held_until > clock.now())
