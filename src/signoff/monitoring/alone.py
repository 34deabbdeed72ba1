"""Of several that look at the same moment, one does."""

from __future__ import annotations

from django.db import connection as db


def is_alone(lock: int) -> bool:
    """Say whether nobody else holds this lock; it is ours until the caller's transaction ends."""
    with db.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock])
        row = cursor.fetchone()
    return bool(row and row[0])
