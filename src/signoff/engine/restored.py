"""After a restore: the rest of what must not happen twice, and what somebody has to look at since."""

from __future__ import annotations

import json

from django.db import connection as db
from django.db import transaction
from django.utils.dateparse import parse_datetime

from signoff.accounts.audit import note
from signoff.core import clock
from signoff.engine.models import Restored
from signoff.engine.restore import PUT_BACK
from signoff.hooks.models import Happening, Message
from signoff.integrations.models import Integration
from signoff.runs.models import Run, Source

NOTE = "engine_restore_note"
PERHAPS_TOLD = (
    "It waited to be told when the backup was made, and may have been since. Look there, then send it again."
)


def finish() -> Restored | None:
    """
    Note that a backup was put back, once the tables are up to date; None when there was nothing to finish.

    What is read from an app's past from now on is held: it may have been dealt with before.
    """
    with transaction.atomic(), db.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [NOTE])
        if not (cursor.fetchone() or (False,))[0]:
            return None
        cursor.execute(f"SELECT what, value FROM {NOTE}")  # noqa: S608  # our own name
        said = {
            what: json.loads(value) if isinstance(value, str) else value for what, value in cursor.fetchall()
        }
        now = clock.now()
        Source.objects.update(hold_before=now, claimed_until=None)
        Message.objects.filter(state__in=Message.OPEN).update(
            state=Message.State.GIVEN_UP, problem=PERHAPS_TOLD, claimed_until=None, finished_at=now
        )
        Happening.objects.all().delete()
        row = Restored.objects.create(
            at=now,
            made_at=parse_datetime(said["made_at"]) or now,
            signoff=said["signoff"],
            was_on=said["on"],
            uncertain=said["uncertain"],
            held=said["held"],
            waiting=said["waiting"],
        )
        cursor.execute(f"DROP TABLE {NOTE}")
        details = {"backup_of": row.made_at.isoformat(), "uncertain": row.uncertain, "held": row.held}
        note("command line", "put back", "a backup", details)
    return row


def left() -> tuple[Restored, int, list[str]] | None:
    """Return the last restore, how many records still wait for somebody because of it, and what is off since."""
    row = Restored.objects.first()
    if row is None:
        return None
    waiting = Run.objects.filter(state__in=["uncertain", "needs you"], problem__startswith=PUT_BACK).count()
    off = Integration.objects.filter(name__in=row.was_on, is_on=False).values_list("name", flat=True)
    return row, waiting, list(off)
