"""
The database, whichever it is: its address, whether it answers, and that it ends what we leave open.

Knows no Django, whose settings need the address.
"""

from __future__ import annotations

import os
import time

from signoff.core.home import home
from signoff.engine import embedded
from signoff.engine.embedded import DatabaseTrouble, EmbeddedServer

# Our transactions take milliseconds; the few that wait for an app say so (`connections.waiting`). The work of a machine
# that is gone is taken over after 15 s as well.
LEFT_OPEN_SECONDS = 15


def database_url() -> str:
    """
    Return the address of the database, starting the embedded server if no other was named.

    The server is ours until this process ends. Raises `DatabaseTrouble`.
    """
    given = os.environ.get("DATABASE_URL")
    if given:
        return given
    url = embedded.use()
    os.environ["DATABASE_URL"] = url  # for our own children: they are ours, and leave with us
    return url


def is_embedded() -> bool:
    """Say whether the database in use is the embedded one; children were told its address by `DATABASE_URL`."""
    given = os.environ.get("DATABASE_URL")
    return not given or given == EmbeddedServer(home()).address_of_running()


def wait_until_ready(url: str, timeout_seconds: float = 30) -> None:
    """Wait until the database answers; raises `DatabaseTrouble` when it does not in time."""
    import psycopg

    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise DatabaseTrouble(
                    "The database does not answer. Nothing is lost. Check DATABASE_URL and that it is running."
                ) from error
            time.sleep(0.2)
        else:
            return


def end_what_is_left_open(url: str) -> bool:
    """
    Let the database end a transaction of ours that does nothing for 15 s; False where it does not let us ask for that.

    A machine that freezes, or whose network is cut, in the middle of a transaction holds its locks otherwise, and
    everybody else waits for as long as it is frozen. It is kept with our user in this database, because a pooler passes
    nothing on that a connection asks for. What somebody set there stays.
    """
    import psycopg
    from psycopg import sql

    with psycopg.connect(url, connect_timeout=20, autocommit=True) as database:
        row = database.execute(
            "SELECT current_setting('idle_in_transaction_session_timeout'), current_database()"
        ).fetchone()
        if row is None or row[0] != "0":
            return True
        setting = sql.SQL(
            "ALTER ROLE CURRENT_USER IN DATABASE {} SET idle_in_transaction_session_timeout = {}"
        )
        # Of two processes that start at once, one may find the other's change under way.
        for _ in range(2):
            try:
                database.execute(setting.format(sql.Identifier(row[1]), sql.Literal(f"{LEFT_OPEN_SECONDS}s")))
            except psycopg.errors.InternalError:
                time.sleep(0.1)
            except psycopg.Error:  # managed databases may refuse it; `signoff doctor` says so
                return False
            else:
                return True
    return False
