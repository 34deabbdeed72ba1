"""The owner's limits for a day: what goes over them is parked until the next day, never dropped."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import connection as db
from django.utils import timezone

from signoff.core import clock
from signoff.integrations.definition import LimitsPart
from signoff.runs.models import Day, Run

ADMIT = """
INSERT INTO runs_day AS day (integration_id, on_day, begun, spent_micros) VALUES (%(integration)s, %(today)s, 1, 0)
ON CONFLICT (integration_id, on_day) DO UPDATE SET begun = day.begun + 1
    WHERE (%(per_day)s::int IS NULL OR day.begun < %(per_day)s)
        AND (%(spend)s::bigint IS NULL OR day.spent_micros < %(spend)s)
RETURNING begun
"""


def admit(run: Run, limits: LimitsPart) -> bool:
    """
    Say whether a run may begin today, and count it; one that was counted today already may go on.

    Costs nothing for an integration without limits.
    """
    if limits.per_day is None and limits.spend_per_day is None:
        return True
    day = today()
    if run.counted_on == day:
        return True
    with db.cursor() as cursor:
        cursor.execute(
            ADMIT,
            {
                "integration": run.integration_id,
                "today": day,
                "per_day": limits.per_day,
                "spend": limits.spend_per_day_micros,
            },
        )
        admitted = cursor.fetchone() is not None
    if admitted:
        Run.objects.filter(pk=run.pk).update(counted_on=day)
        run.counted_on = day  # asked once more in this attempt, it is not counted twice
    return admitted


def spend(integration_id: int, cost_micros: int, limits: LimitsPart) -> None:
    """Add what an answer cost to its day."""
    if limits.spend_per_day is None or not cost_micros:
        return
    with db.cursor() as cursor:
        cursor.execute(
            # An answer may come on a later day than its record was begun (by batch, or around midnight).
            "INSERT INTO runs_day AS day (integration_id, on_day, begun, spent_micros) VALUES (%s, %s, 0, %s) "
            "ON CONFLICT (integration_id, on_day) DO UPDATE SET "
            "spent_micros = day.spent_micros + EXCLUDED.spent_micros",
            [integration_id, today(), cost_micros],
        )


def left_to_spend(integration_id: int, limits: LimitsPart) -> int | None:
    """Return how many millionths of a dollar may still be spent today; None for as many as it takes."""
    if limits.spend_per_day_micros is None:
        return None
    spent = Day.objects.filter(integration_id=integration_id, on_day=today()).values_list(
        "spent_micros", flat=True
    )
    return max(0, limits.spend_per_day_micros - (spent.first() or 0))


def today() -> date:
    """Return the day as the owner's clock has it."""
    return timezone.localtime(clock.now()).date()


def seconds_until_tomorrow() -> float:
    """Return how long it is until the owner's next day."""
    midnight = datetime.combine(today() + timedelta(days=1), time(), tzinfo=timezone.get_current_timezone())
    return max(1.0, (midnight - timezone.now()).total_seconds())
