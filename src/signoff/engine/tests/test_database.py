from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from signoff.engine import database


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that root's database user may pass through, which pytest's own folders do not allow."""
    path = Path(tempfile.mkdtemp(prefix="signoff-test-", dir="/tmp"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


def test_programs_run_from_a_copy_when_their_folder_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A checkout in root's home: the user that runs the database may not enter it.
    monkeypatch.setattr(database, "_shared_place", lambda: tmp_path)
    monkeypatch.setattr(database, "_can_reach", lambda path, user: False)

    programs = database._programs(pwd.getpwuid(os.geteuid()))

    assert tmp_path in programs.parents
    done = subprocess.run([programs / "initdb", "--version"], capture_output=True, text=True)
    assert done.stdout.startswith("initdb (PostgreSQL)"), done.stderr


def test_moved_data_folder_is_used_where_it_lies_now(folder: Path) -> None:
    # The socket's folder is named after the data folder, so a moved one has another.
    (folder / "first").mkdir(mode=0o711)
    remember(folder / "first", "moved")

    (folder / "first").rename(folder / "second")

    assert remembered(folder / "second") == "moved"


def test_server_is_found_from_a_session_with_another_runtime_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root always uses /tmp; anybody else has a runtime folder on the desktop and none under cron.
    server = database._Embedded(folder)
    server.join()
    try:
        (folder / "session").mkdir()
        monkeypatch.setattr(database, "_socket_folder", lambda data: folder / "session")

        other = database._Embedded(folder)
        other.join()

        assert other.url == server.url
        other.leave()
    finally:
        server.leave()


def remember(folder: Path, word: str) -> None:
    server = database._Embedded(folder)
    server.join()
    try:
        with psycopg.connect(server.url) as db:
            db.execute("CREATE TABLE word AS SELECT %s AS word", [word])
    finally:
        server.leave()


def remembered(folder: Path) -> str:
    server = database._Embedded(folder)
    server.join()
    try:
        with psycopg.connect(server.url) as db:
            (word,) = db.execute("SELECT word FROM word").fetchone()
            return word
    finally:
        server.leave()


def test_a_stopped_server_leaves_no_folder_behind(folder: Path) -> None:
    server = database._Embedded(folder)
    server.join()
    assert server.sockets.exists()

    server.leave()

    assert not server.sockets.exists()


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
