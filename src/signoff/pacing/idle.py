"""Before a thread waits for an app, it gives its database connection back: waiting costs a thread, nothing more."""

from __future__ import annotations

from django.db import connection


def give_back_connection() -> None:
    """Return this thread's database connection to the pool, unless it is in the middle of a transaction."""
    if not connection.in_atomic_block:
        connection.close()
