"""
Making a backup while everything runs: one moment of the database, counted and copied, as a single file.

Knows no Django, so that a database can be saved whose tables this Signoff would change first.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from signoff.core import clock
from signoff.core.home import home
from signoff.core.secret import Secret
from signoff.engine.envelope import BackupTrouble, Manifest, pack
from signoff.engine.programs import environment_for, programs_for
from signoff.vault import keys

BLOCK_BYTES = 1_000_000
SERVER_VERSION = 10_000  # PostgreSQL says 180001 for 18.1


def make(url: str, target: Path, *, passphrase: Secret | None = None, with_key: bool = False) -> Manifest:
    """
    Write what the database holds at this moment to a file; nobody has to wait for it.

    `with_key` puts the master keys in as well, and asks for a passphrase. Raises `BackupTrouble`.
    """
    if with_key and not passphrase:
        raise BackupTrouble(
            "The master key goes into an encrypted backup only: whoever has both can open the keys of your apps. "
            "Nothing was written. Name a variable with a passphrase (--passphrase-env VAR), or leave out --with-key."
        )
    if target.exists():
        raise BackupTrouble(f"{target} exists already and was left as it is. Choose another name.")
    if not target.parent.is_dir():
        raise BackupTrouble(f"There is no folder {target.parent}. Nothing was written. Make it first.")
    with workroom() as room, _at_one_moment(url) as (database, snapshot):
        major = database.info.server_version // SERVER_VERSION
        dump = room / "database.dump"
        counts, migrations = counted(database), _migrations(database)
        if not migrations:
            raise BackupTrouble("This database holds nothing of Signoff yet. Nothing was written.")
        _dump(programs_for(major), url, snapshot, dump)
        ring = keys.ring()
        manifest = Manifest(
            signoff=version("signoff"),
            made_at=_moment(database),
            postgresql=str(database.info.parameter_status("server_version") or major),
            dump_bytes=dump.stat().st_size,
            dump_sha256=_sha256(dump),
            migrations=migrations,
            counts=counts,
            keys=[key.name for key in ring.all()],
            with_key=with_key,
        )
        pack(target, manifest, dump, keys.as_text() if with_key else None, passphrase)
    return manifest


@contextmanager
def workroom() -> Iterator[Path]:
    """Yield a folder that only we may look into, in the data folder and not in /tmp; gone afterwards."""
    try:
        room = Path(tempfile.mkdtemp(prefix="backup-", dir=home()))
    except OSError as error:
        raise BackupTrouble(f"Nothing can be written to {home()}: {error.strerror}.") from error
    try:
        yield room
    except OSError as error:
        raise BackupTrouble(
            f"The disk of {home()} did not take it: {error.strerror}. Nothing was changed."
        ) from error
    finally:
        shutil.rmtree(room, ignore_errors=True)


def counted(database: psycopg.Connection[Any]) -> dict[str, int]:
    """Return how many rows each table has."""
    tables = database.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    ).fetchall()
    counts = {}
    for (table,) in tables:
        row = database.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
        counts[str(table)] = int(row[0]) if row else 0
    return counts


def _moment(database: psycopg.Connection[Any]) -> datetime:
    row = database.execute("SELECT now()").fetchone()
    return row[0] if row else clock.now()


@contextmanager
def _at_one_moment(url: str) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """Yield a connection that sees the database as it is now, however long it takes, and the name of that sight."""
    try:
        database = psycopg.connect(url, connect_timeout=20, application_name="signoff backup")
    except psycopg.OperationalError as error:
        raise BackupTrouble(
            "The database does not answer, so nothing was written. Check that it is running."
        ) from error
    with database:
        database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        database.read_only = True
        database.execute("SET LOCAL TIME ZONE 'UTC'")
        database.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # it waits for what is saved
        row = database.execute("SELECT pg_export_snapshot()").fetchone()
        yield database, str(row[0] if row else "")


def _migrations(database: psycopg.Connection[Any]) -> dict[str, str]:
    """Return the newest migration of each part."""
    there = database.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone()
    if not there or not there[0]:
        return {}
    rows = database.execute(
        "SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app"
    ).fetchall()
    return {str(app): str(name) for app, name in rows}


def _dump(programs: Path, url: str, snapshot: str, dump: Path) -> None:
    # By name: to standard output it appends its table of contents a second time.
    how = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={dump}"]
    done = subprocess.run(
        [programs / "pg_dump", *how], env=environment_for(url), capture_output=True, text=True
    )
    if done.returncode:
        raise BackupTrouble(
            f"The database could not be copied; nothing was written. Its program said: {done.stderr.strip()[-400:]}"
        )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
