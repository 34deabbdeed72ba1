from __future__ import annotations

import os
import time

import psycopg
import pytest

from signoff.engine import database


def test_what_a_frozen_machine_leaves_open_is_ended_and_a_setting_of_somebody_elses_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = os.environ["DATABASE_URL"]  # no test uses this one's tables: each has a database of its own
    monkeypatch.setattr(database, "LEFT_OPEN_SECONDS", 1)
    try:
        assert database.end_what_is_left_open(url)
        with psycopg.connect(url) as frozen:
            frozen.execute("SELECT 1")
            time.sleep(2)
            with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
                frozen.execute("SELECT 1")

        monkeypatch.setattr(database, "LEFT_OPEN_SECONDS", 3)
        assert database.end_what_is_left_open(url)
        with psycopg.connect(url) as other:
            assert other.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("1s",)
    finally:
        with psycopg.connect(url, autocommit=True) as last:
            name = psycopg.sql.Identifier(last.info.dbname)
            undo = "ALTER ROLE CURRENT_USER IN DATABASE {} RESET idle_in_transaction_session_timeout"
            last.execute(psycopg.sql.SQL(undo).format(name))
