"""
Putting a backup back: all of it in one transaction, or nothing; and a test restore that touches nothing of ours.

Between the backup and this moment Signoff may have done more than the backup knows of. So nothing of it goes on by
itself: what was being delivered becomes "not sure", what was still to be drafted needs somebody, integrations are off.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from signoff.core import clock
from signoff.core.counting import counted
from signoff.core.home import home
from signoff.core.secret import Secret
from signoff.engine import backup
from signoff.engine.embedded import DatabaseTrouble, EmbeddedServer, forget_database
from signoff.engine.envelope import NEXT, BackupTrouble, Manifest, Unpacked
from signoff.engine.programs import environment_for, programs_for

# Tables that hold something in a Signoff that nobody has used yet.
OF_EVERYBODY = ("django_", "auth_", "procrastinate_", "engine_")
HEAD_LINES = 200
WAITS = "SET LOCAL idle_in_transaction_session_timeout = 0;\n"  # for what is read from the backup
KNOWN_SINCE_17 = b"SET transaction_timeout = 0;\n"
SETTINGS_OF_17 = 17
LEFT_AFTER_SECONDS = 24 * 3600  # no backup takes so long
PUT_BACK = "Signoff was put back to its backup of"  # how `problem` begins in runs that this concerns

EMPTY_IT = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT format('DROP TABLE %I.%I CASCADE', schemaname, tablename) AS it FROM pg_tables
    WHERE schemaname = current_schema() LOOP EXECUTE one.it; END LOOP;
  FOR one IN SELECT format('DROP SEQUENCE IF EXISTS %I.%I CASCADE', schemaname, sequencename) AS it FROM pg_sequences
    WHERE schemaname = current_schema() LOOP EXECUTE one.it; END LOOP;
  FOR one IN SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) AS it FROM pg_proc p
    WHERE p.pronamespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP EXECUTE one.it; END LOOP;
  FOR one IN SELECT format('DROP TYPE IF EXISTS %s CASCADE', t.oid::regtype) AS it FROM pg_type t
    WHERE t.typnamespace = current_schema()::regnamespace AND (t.typtype IN ('e', 'd')
      OR (t.typtype = 'c' AND (SELECT relkind FROM pg_class WHERE oid = t.typrelid) = 'c'))
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e') LOOP EXECUTE one.it; END LOOP;
END $$;
"""

# What may have been done since the backup does not happen again by itself. Only columns of the first version are named:
# a backup of an older Signoff is put back before its tables are brought up to date.
HOLD_IT = """
SET search_path TO {schema};
CREATE TABLE engine_restore_note (what text PRIMARY KEY, value jsonb);
INSERT INTO engine_restore_note
  SELECT 'on', coalesce(jsonb_agg(name ORDER BY name), '[]') FROM integrations_integration WHERE is_on;
UPDATE integrations_integration SET is_on = false WHERE is_on;
UPDATE runs_delivery SET state = 'uncertain', problem = {unsure} WHERE state IN ('intent', 'transmitting')
  AND run_id IN (SELECT id FROM runs_run WHERE state IN ('approved', 'delivering'));
WITH changed AS (
  UPDATE runs_run SET state = 'uncertain', problem = {unsure}, next_step = {look}, deliver_at = NULL,
    changed_at = now(), timeline = timeline || {line}::jsonb
  WHERE state IN ('approved', 'delivering') AND id IN (SELECT run_id FROM runs_delivery WHERE state = 'uncertain')
  RETURNING 1)
  INSERT INTO engine_restore_note SELECT 'uncertain', to_jsonb(count(*)) FROM changed;
WITH changed AS (
  UPDATE runs_run SET state = 'needs you', problem = {since}, next_step = {again}, waits_for_id = NULL,
    changed_at = now(),
    resume_as = CASE WHEN state = 'needs you' THEN resume_as ELSE 'queued' END, timeline = timeline || {line}::jsonb
  WHERE state IN ('queued', 'asking', 'in a batch', 'parked') OR (state = 'needs you' AND waits_for_id IS NOT NULL)
  RETURNING 1)
  INSERT INTO engine_restore_note SELECT 'held', to_jsonb(count(*)) FROM changed;
WITH changed AS (
  UPDATE runs_run SET alarms = alarms || {alarm}::jsonb, timeline = timeline || {line}::jsonb
  WHERE state = 'waiting for review' RETURNING 1)
  INSERT INTO engine_restore_note SELECT 'waiting', to_jsonb(count(*)) FROM changed;
UPDATE runs_batch SET state = 'given up', over_at = now(), problem = {unsure}
  WHERE state IN ('intent', 'submitting', 'submitted');
UPDATE runs_upload SET state = 'stopped', problem = {since} WHERE state = 'taking in';
UPDATE monitoring_telling SET state = 'dropped' WHERE state IN ('waiting', 'sending');
DELETE FROM accounts_session;
DELETE FROM accounts_signinlink WHERE used_at IS NULL;
DELETE FROM procrastinate_jobs WHERE task_name IN ('advance', 'take_in');
UPDATE procrastinate_jobs SET status = 'todo' WHERE status = 'doing';
DELETE FROM procrastinate_workers;
INSERT INTO engine_restore_note VALUES ('made_at', {made_at}::jsonb), ('signoff', {signoff}::jsonb);
"""


@dataclass(frozen=True)
class Compared:
    """What a test restore found: how many tables and rows, and where they differ from what the backup says."""

    tables: int
    rows: int
    differences: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PutBack:
    """What came of a restore; `saved` is the copy of what was there before, None where there was nothing."""

    manifest: Manifest
    rows: int
    saved: Path | None = None


def verify(unpacked: Unpacked) -> Compared:
    """Restore into a database of its own, which is gone afterwards, and count. Raises `BackupTrouble`."""
    with scratch() as url:
        _load(url, unpacked.dump, "", "")
        with psycopg.connect(url) as database:
            found = backup.counted(database)
    said = unpacked.manifest.counts
    differences = [
        f"{table}: {found.get(table, 'not there')} rows, and the backup says {said.get(table, 'not there')}"
        for table in sorted(found.keys() | said.keys())
        if found.get(table) != said.get(table)
    ]
    return Compared(len(found), sum(found.values()), differences)


def restore(
    url: str, unpacked: Unpacked, *, replace: bool = False, passphrase: Secret | None = None
) -> PutBack:
    """
    Put a backup into the database, in one transaction. What is there is saved first. Raises `BackupTrouble`.

    Bring the tables up to date afterwards, and call `engine.restored.finish`.
    """
    manifest = unpacked.manifest
    with _connected(url) as database:
        _refuse_in_use(database)
        there = _what_is_there(database)
        schema = str(_one(database, "SELECT current_schema()"))
    if there and not replace:
        raise BackupTrouble(
            f"The database holds something already: {there}. Nothing was changed. If the backup shall take its place, "
            "say --replace; what is there is then saved first."
        )
    saved = _save(url, passphrase) if there else None
    _load(url, unpacked.dump, EMPTY_IT, _held(schema, manifest))
    with _connected(url) as database:
        database.autocommit = True
        database.execute("ANALYZE")
    return PutBack(manifest, manifest.rows, saved)


def refuse_newer_tables(manifest: Manifest) -> None:
    """Raise `BackupTrouble` for a backup whose tables this Signoff does not know; needs Django, and no database."""
    from django.db.migrations.loader import MigrationLoader

    known = MigrationLoader(None).disk_migrations
    if any((app, name) not in known for app, name in manifest.migrations.items() if app.startswith(_ours())):
        raise BackupTrouble(f"This backup was made by a newer Signoff ({manifest.signoff}). {NEXT}")


def day_of(manifest: Manifest) -> str:
    return f"{manifest.made_at:%-d %B %Y, %H:%M} UTC"


@contextmanager
def scratch() -> Iterator[str]:
    """Yield the address of an embedded database of its own, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="try-", dir=home()))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    try:
        server = EmbeddedServer(folder)
        try:
            server.join()
            yield server.url
        except DatabaseTrouble as error:
            raise BackupTrouble(f"A test restore needs the embedded database. {error}") from error
        finally:
            server.leave()
            shutil.rmtree(server.data, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_away() -> None:
    """Remove what a backup or a trial that was killed has left in the data folder; it holds people's data."""
    for folder in home().glob("try-*"):
        try:
            forget_database(folder)
        except (DatabaseTrouble, OSError):
            continue  # somebody tries a backup just now
        shutil.rmtree(folder, ignore_errors=True)
    for folder in home().glob("backup-*"):
        if clock.now().timestamp() - folder.stat().st_mtime > LEFT_AFTER_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _ours() -> tuple[str, ...]:
    from django.apps import apps

    return tuple(app.label for app in apps.get_app_configs())


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        database = psycopg.connect(url, connect_timeout=20, application_name="signoff restore")
    except psycopg.OperationalError as error:
        raise BackupTrouble(
            "The database does not answer. Nothing was changed. Check that it is running and DATABASE_URL."
        ) from error
    with database:
        yield database


def _one(database: psycopg.Connection[Any], statement: str) -> Any:
    row = database.execute(statement).fetchone()
    return row[0] if row else None


def _refuse_in_use(database: psycopg.Connection[Any]) -> None:
    others = _one(
        database,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'",
    )
    if others:
        raise BackupTrouble(
            f"Something still works on the database ({counted(others, 'connection')}). Nothing was changed. "
            "Stop Signoff first (Ctrl-C, or: sudo systemctl stop signoff), everywhere it runs, then try again."
        )


def _what_is_there(database: psycopg.Connection[Any]) -> str:
    """Return in words what a database holds; "" where nobody has used it, or a restore was cut off."""
    counts = backup.counted(database)
    if "engine_restore_note" in counts:
        return ""
    held = {name: count for name, count in counts.items() if count and not name.startswith(OF_EVERYBODY)}
    if not held:
        return ""
    words = {
        "accounts_person": ("person", "people"),
        "connections_connection": ("connection", "connections"),
        "runs_run": ("record", "records"),
    }
    named = [counted(counts[table], *word) for table, word in words.items() if counts.get(table)]
    return ", ".join(named) or f"{counted(sum(held.values()), 'row')} in {counted(len(held), 'table')}"


def _save(url: str, passphrase: Secret | None) -> Path:
    folder = home() / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"before-restore-{clock.now():%Y%m%d-%H%M%S}.signoff"
    try:
        backup.make(url, target, passphrase=passphrase)
    except BackupTrouble as error:
        raise BackupTrouble(
            f"What is in the database could not be saved first, so it was left as it is. {error} If it is beyond "
            "saving, restore into another data folder: SIGNOFF_HOME=/another/folder signoff restore …"
        ) from error
    return target


def _held(schema: str, manifest: Manifest) -> str:
    """Return what holds everything after a restore, as a script."""
    day = day_of(manifest)
    texts: dict[str, Any] = {
        "unsure": f"{PUT_BACK} {day}. This may have been sent since. Look in the app, then tell us.",
        "look": "Say on the page of the run whether it was sent.",
        "since": f"{PUT_BACK} {day}. This record may have been dealt with since. Nothing is lost.",
        "again": "Look in your apps. If it was not dealt with, press Try again.",
    }
    why = f"{PUT_BACK} {day}. This draft may have been decided and sent since. Look in your apps first."
    alarm = {"kind": "restored", "text": "", "why": why, "field": "", "in": "", "start": 0, "end": 0}
    line = {
        "at": clock.now().isoformat(),
        "kind": "warn",
        "what": f"{PUT_BACK} {day}",
        "more": "What happened after that is not known here.",
    }
    documents: dict[str, Any] = {
        "alarm": [alarm],
        "line": [line],
        "made_at": manifest.made_at.isoformat(),
        "signoff": manifest.signoff,
    }
    literals: dict[str, sql.Composable] = {
        **{name: sql.Literal(text) for name, text in texts.items()},
        **{name: sql.Literal(Jsonb(value)) for name, value in documents.items()},
        "schema": sql.Identifier(schema),
    }
    return _same_counts(schema, manifest) + sql.SQL(HOLD_IT).format(**literals).as_string(None)


def _same_counts(schema: str, manifest: Manifest) -> str:
    """Return a script that fails unless each table has as many rows as the backup says."""
    one = (
        "IF (SELECT count(*) FROM {table}) <> {count} THEN "
        "RAISE EXCEPTION 'another number of rows than the backup says: %', {name}; END IF;"
    )
    looks = [
        sql.SQL(one).format(
            table=sql.Identifier(schema, name), count=sql.Literal(count), name=sql.Literal(name)
        )
        for name, count in manifest.counts.items()
    ]
    return sql.SQL("DO $counts$ BEGIN {} END $counts$;\n").format(sql.SQL(" ").join(looks)).as_string(None)


def _load(url: str, dump: Path, before: str, after: str) -> None:
    """Run a dump as one transaction, with something before and after it; all of it, or nothing."""
    with psycopg.connect(url) as database:
        major = database.info.server_version // backup.SERVER_VERSION
    programs = programs_for(major)
    env = environment_for(url)
    with tempfile.TemporaryFile() as said_by_reader, tempfile.TemporaryFile() as said:
        reader = subprocess.Popen(
            [programs / "pg_restore", "--no-owner", "--no-privileges", "--file=-", dump],
            env=env, stdout=subprocess.PIPE, stderr=said_by_reader,
        )  # fmt: skip
        writer = subprocess.Popen(
            [programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said,
        )  # fmt: skip
        assert reader.stdout is not None  # noqa: S101  # asked for above
        assert writer.stdin is not None  # noqa: S101
        try:
            writer.stdin.write(f"BEGIN;\n{WAITS}{before}\n".encode())
            _copy(reader.stdout, writer.stdin, is_old=major < SETTINGS_OF_17)
            if reader.wait() == 0:  # else there is no COMMIT, and the server takes all of it back
                writer.stdin.write(f"\n{after}\nCOMMIT;\n".encode())
            writer.stdin.close()
        except BrokenPipeError:
            pass  # it has ended, and says why
        finally:
            reader.kill()
            reader.wait()
        if writer.wait() or reader.returncode:
            why = _last_words(said_by_reader, said)
            raise BackupTrouble(f"The backup could not be put into the database. Nothing was changed. {why}")


def _copy(script: IO[bytes], into: IO[bytes], *, is_old: bool) -> None:
    for _ in range(HEAD_LINES):
        line = script.readline()
        if not (is_old and line == KNOWN_SINCE_17):  # a server from before 17 does not know it
            into.write(line)
    shutil.copyfileobj(script, into, backup.BLOCK_BYTES)


def _last_words(*files: IO[bytes]) -> str:
    """Return what programs complained of, without the values that PostgreSQL adds in its details."""
    words = []
    for file in files:
        file.seek(0)
        lines = file.read().decode(errors="replace").splitlines()
        words += [line for line in lines if "ERROR" in line or "error:" in line or "FATAL" in line][:2]
    return f"PostgreSQL said: {'; '.join(words)[:400]}" if words else ""
