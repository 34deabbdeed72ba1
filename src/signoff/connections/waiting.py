"""A transaction that waits for an app says so, because the database ends one that does nothing for a while."""

from __future__ import annotations

from django.db import connection


def wait_inside() -> None:
    """
    Say that the transaction in which the caller is waits for an app: it may do nothing for two minutes.

    Any other is ended after seconds (`engine.database.end_what_is_left_open`), as if its machine had frozen. For a key
    that is tested before it is kept, and for a sign-in that one of many renews, under the row's lock.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '2min'")
