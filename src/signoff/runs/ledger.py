"""
The ledger's statements. Each is one statement and so one commit: what belongs together is never apart.

A row changes only if it is as its reader knows it (state and attempt); the row count says whether it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection as db
from psycopg.types.json import Jsonb

from signoff.connectors.base import Written
from signoff.core import clock
from signoff.runs.change import assignments, change
from signoff.runs.models import Delivery, Run


def open_for(
    run: Run,
    rows: Sequence[Delivery],
    expected: str,
    values: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    attempt: int | None,
) -> bool:
    """Change a run as `change` does, and write its ledger if that came about; the rows get their ids."""
    if not rows:  # the answer goes back to who asked, and nowhere else
        return change(run.pk, expected, values, *lines, attempt=attempt)
    columns, given = assignments(values, lines)
    at_this = "" if attempt is None else "AND attempt = %s"
    one = "(%s::smallint, %s::bigint, %s, %s::jsonb, %s)"
    statement = (
        f"WITH run AS (UPDATE runs_run SET {columns} WHERE id = %s AND state = %s {at_this} RETURNING id) "  # noqa: S608
        "INSERT INTO runs_delivery (run_id, position, connection_id, action, params, marker, state, attempt, "
        "external_id, link, problem) "
        "SELECT run.id, v.position, v.connection, v.action, v.params, v.marker, 'intent', 0, '', '', '' "
        f"FROM run, (VALUES {', '.join([one] * len(rows))}) AS v (position, connection, action, params, marker) "
        "RETURNING position, id"
    )
    given += [run.pk, expected, *([] if attempt is None else [attempt])]
    for row in rows:
        given += [row.position, row.connection_id, row.action, Jsonb(row.params), row.marker]
    with db.cursor() as cursor:
        cursor.execute(statement, given)
        ids = dict(cursor.fetchall())
    for row in rows:
        if row.position in ids:
            row.pk = ids[row.position]
            row._state.adding = False
    return bool(ids)


def begin_sending(row: Delivery) -> bool:
    """Write that a delivery is being sent, and that its run is delivering; False when it is not ours to send."""
    with db.cursor() as cursor:
        cursor.execute(
            """
            WITH delivery AS (
                UPDATE runs_delivery SET state = 'transmitting', attempt = attempt + 1, started_at = clock_timestamp()
                WHERE id = %s AND state = 'intent' AND attempt = %s
                    AND EXISTS (SELECT FROM runs_run WHERE id = run_id AND state IN ('approved', 'delivering'))
                RETURNING run_id, attempt, started_at
            ), run AS (
                UPDATE runs_run SET state = 'delivering', changed_at = clock_timestamp()
                FROM delivery WHERE id = delivery.run_id AND state = 'approved'
            )
            SELECT attempt, started_at FROM delivery
            """,
            [row.pk, row.attempt],
        )
        found = cursor.fetchone()
    if found is None:
        return False
    row.state = Delivery.State.TRANSMITTING
    row.attempt, row.started_at = found
    return True


def seconds_since_begun(row: Delivery) -> float:
    """Return how long ago a delivery was begun, by the clock that wrote it down: two machines' clocks may differ."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp() - started_at)::float8 FROM runs_delivery WHERE id = %s",
            [row.pk],
        )
        found = cursor.fetchone()
    return float(found[0]) if found and found[0] is not None else 0.0


def confirm(row: Delivery, written: Written, lines: Sequence[Mapping[str, Any]]) -> bool:
    """Write that the app has it, and that the run is done if this was the last; True: the run is done."""
    given: dict[str, Any] = {
        "id": row.pk,
        "run": row.run_id,
        "attempt": row.attempt,
        "external_id": written.id[:200],
        "link": (written.link or "")[:500],
        "lines": Jsonb(list(lines)),
    }
    with db.cursor() as cursor:
        cursor.execute(
            """
            WITH delivery AS (
                UPDATE runs_delivery SET state = 'confirmed', external_id = %(external_id)s, link = %(link)s,
                    finished_at = clock_timestamp(), problem = ''
                WHERE id = %(id)s AND attempt = %(attempt)s AND state IN ('transmitting', 'intent')
                RETURNING run_id
            ), others AS (
                SELECT count(*) AS open FROM runs_delivery
                WHERE run_id = %(run)s AND id <> %(id)s AND state NOT IN ('confirmed', 'skipped')
            )
            UPDATE runs_run SET timeline = timeline || %(lines)s, changed_at = clock_timestamp(),
                state = CASE WHEN others.open = 0 THEN 'done' ELSE state END,
                finished_at = CASE WHEN others.open = 0 THEN clock_timestamp() END,
                problem = CASE WHEN others.open = 0 THEN '' ELSE problem END,
                next_step = CASE WHEN others.open = 0 THEN '' ELSE next_step END,
                detail = CASE WHEN others.open = 0 THEN '' ELSE detail END,
                waits_for_id = CASE WHEN others.open = 0 THEN NULL ELSE waits_for_id END
            FROM delivery, others
            WHERE runs_run.id = delivery.run_id AND runs_run.state IN ('approved', 'delivering')
            RETURNING runs_run.state
            """,
            given,
        )
        found = cursor.fetchone()
    row.state = Delivery.State.CONFIRMED
    return found is not None and found[0] == Run.State.DONE


def set_state(row: Delivery, state: str, problem: str = "") -> bool:
    """Change a row that is still as we know it; False when somebody else has changed it."""
    finished_at = clock.now() if state == Delivery.State.FAILED else None
    changed = Delivery.objects.filter(pk=row.pk, attempt=row.attempt, state=row.state).update(
        state=state, problem=problem, finished_at=finished_at
    )
    if changed:
        row.state = state
    return bool(changed)
