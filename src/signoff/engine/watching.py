"""Whether the apps still let us in: asked in time, and what waited goes on by itself."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db.models import F

from signoff.connections import standing
from signoff.connections import watch as watching
from signoff.connections.models import Connection
from signoff.engine import verbs
from signoff.integrations.usage import model_of
from signoff.runs.models import Run

log = structlog.get_logger()

# A run can begin to wait a little after its connection was mended: what refused it was said of the key before.
LATE = timedelta(minutes=3)


def check(connection: Connection, *, before_work: bool = False, by_person: bool = False) -> Connection:
    """
    Ask an app whether its key still works, and let what waited for it go on if it was mended.

    `before_work`: an AI's credit is looked at as well, as it is when that was what stopped it.
    `by_person`: somebody says that it is mended, so it is believed until something is refused again.
    """
    deep = before_work or connection.trouble == Connection.Trouble.QUOTA
    row = standing.check(connection, model=model_of(connection) if deep else "", by_person=by_person)
    if row.state == Connection.State.WORKING and row.mended_at != connection.mended_at:
        count = verbs.mended(row)
        log.info("a connection works again", connection=row.name, runs=count)
    elif row.state != connection.state:
        log.warning("a connection needs its owner", connection=row.name, trouble=row.trouble)
    return row


def watch() -> int:
    """Ask the connections whose time has come, one after the other; returns how many. Any number may do so at once."""
    count = 0
    while (claimed := watching.due()) is not None:
        try:
            row = check(claimed.connection, before_work=claimed.before_work)
        except Connection.DoesNotExist:
            continue  # disconnected meanwhile
        watching.asked(claimed, row)
        count += 1
    return count


def resume_late() -> int:
    """Let runs go on that began to wait just after their connection was mended; returns how many."""
    late = Run.objects.filter(
        state=Run.State.NEEDS_YOU,
        waits_for__state=Connection.State.WORKING,
        changed_at__lt=F("waits_for__mended_at") + LATE,
    )
    ids = late.values_list("waits_for_id", flat=True).distinct()
    return sum(verbs.mended(row, late) for row in Connection.objects.filter(pk__in=list(ids)))
