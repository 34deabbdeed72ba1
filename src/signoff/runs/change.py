"""The one way a run changes: an update that names the state it expects, and looks at the row count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from django.db import connection as db
from psycopg import sql
from psycopg.types.json import Jsonb

from signoff.core import clock

Kind = Literal["ok", "info", "warn", "bad"]
JSON_COLUMNS = frozenset({"alarms", "answer", "examples", "findings", "given_draft", "note", "record"})


def said(kind: Kind, what: str, more: str | None = None, at: datetime | None = None) -> dict[str, Any]:
    """Return one line of a run's timeline: a sentence, and what stands smaller below it."""
    return {"at": (at or clock.now()).isoformat(), "kind": kind, "what": what, "more": more}


def change(
    run_id: int,
    expected: str | tuple[str, ...],
    values: Mapping[str, Any],
    *lines: Mapping[str, Any],
    attempt: int | None = None,
) -> bool:
    """
    Change a run if it is in an expected state (and at this attempt), and say so in its timeline; True: it was.

    One statement: the state, what came of it and the words about it are never apart.
    """
    columns, given = assignments(values, lines)
    states = (expected,) if isinstance(expected, str) else expected
    statement = f"UPDATE runs_run SET {columns} WHERE id = %s AND state = ANY(%s)"  # noqa: S608  # names, no values
    given += [run_id, list(states)]
    if attempt is not None:
        statement += " AND attempt = %s"
        given.append(attempt)
    with db.cursor() as cursor:
        cursor.execute(statement, given)
        return bool(cursor.rowcount)


def assignments(values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> tuple[str, list[Any]]:
    """Return what stands behind SET for these values and timeline lines, and its parameters."""
    given: list[Any] = [Jsonb(list(lines))] if lines else []
    for name, value in values.items():
        given.append(Jsonb(value) if name in JSON_COLUMNS and value is not None else value)
    return _columns(tuple(values), bool(lines)), given


@lru_cache(maxsize=256)
def _columns(names: tuple[str, ...], has_lines: bool) -> str:
    """Return the words of `assignments`; quoting each name anew would cost as much as sending the statement."""
    words = ["changed_at = clock_timestamp()"]
    words += ["timeline = timeline || %s"] if has_lines else []
    words += [sql.SQL("{} = %s").format(sql.Identifier(name)).as_string(None) for name in names]
    return ", ".join(words)
