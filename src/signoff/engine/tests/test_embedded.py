from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from signoff.engine import embedded
from signoff.engine.embedded import EmbeddedServer


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
    monkeypatch.setattr(embedded, "_shared_place", lambda: tmp_path)
    monkeypatch.setattr(embedded, "_can_reach", lambda path, user: False)

    programs = embedded.programs_folder(pwd.getpwuid(os.geteuid()))

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
    server = EmbeddedServer(folder)
    server.join()
    try:
        (folder / "session").mkdir()
        monkeypatch.setattr(embedded, "_socket_folder", lambda data: folder / "session")

        other = EmbeddedServer(folder)
        other.join()

        assert other.url == server.url
        other.leave()
    finally:
        server.leave()


def remember(folder: Path, word: str) -> None:
    server = EmbeddedServer(folder)
    server.join()
    try:
        with psycopg.connect(server.url) as db:
            db.execute("CREATE TABLE word AS SELECT %s AS word", [word])
    finally:
        server.leave()


def remembered(folder: Path) -> str:
    server = EmbeddedServer(folder)
    server.join()
    try:
        with psycopg.connect(server.url) as db:
            (word,) = db.execute("SELECT word FROM word").fetchone()
            return word
    finally:
        server.leave()


def test_a_stopped_server_leaves_no_folder_behind(folder: Path) -> None:
    server = EmbeddedServer(folder)
    server.join()
    assert server.sockets.exists()

    server.leave()

    assert not server.sockets.exists()
