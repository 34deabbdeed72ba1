"""A Signoff is saved while it runs, and put back: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from signoff.cli.tests.place import Place, clear_away, free_port, new_place, wait_for
from signoff.engine import envelope
from signoff.engine.embedded import EmbeddedServer
from signoff.runs.models import Run

pytestmark = pytest.mark.timeout(300)

PHRASE = "four calm harbour seals"
OWNER = "priya@example.test"


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A Signoff in every state a record can be in, and its backup; the folder stays as it was."""
    here = new_place()
    here.env = {"PASSWORD": "quiet harbour seven", "PHRASE": PHRASE}
    assert here.run("setup", "--owner", OWNER, "--password-env", "PASSWORD").code == 0
    furnish(here)
    folder = tmp_path_factory.mktemp("backups")
    file = folder / "monday.signoff"
    done = here.run("backup", str(file), "--json")
    assert done.code == 0, done.err
    yield here, file, done.json
    clear_away(here)


def furnish(here: Place) -> None:
    """Put in what a busy Signoff holds, without any app: rows are what a backup is made of."""
    code = """
import json
from datetime import timedelta
from signoff.cli.start import django
django()
from django.utils import timezone
from signoff.connections.models import Connection
from signoff.integrations.models import Integration, Version
from signoff.runs.models import Run, Delivery, Source
from signoff.core.secret import Secret
from signoff.accounts.sessions import SessionStore
now = timezone.now()
crm = Connection(name="crm", app="hubspot", state="working"); crm.save()
one = Integration.objects.create(name="leads")
version = Version.objects.create(integration=one, number=1, hash="x", definition={}, source="")
Integration.objects.filter(pk=one.pk).update(current=version, is_on=True)
Source.objects.create(integration=one, next_at=now, read_at=now, cursor="7")
for number, state in enumerate(Run.State.values):
    run = Run.objects.create(integration=one, version=version, dedupe_key=f"k{number}", state=state,
        record={"n": "Zoë 'Quote' \\\\ \\t"}, received_at=now, changed_at=now, label=state)
    if state in ("approved", "delivering", "done", "uncertain"):
        second = {"done": "confirmed", "delivering": "transmitting"}.get(state, "intent")
        for position, how in enumerate(["confirmed", second]):
            Delivery.objects.create(run=run, position=position, connection=crm, action="add_note", params={},
                marker=f"m{number}-{position}", state=how)
Run.objects.filter(state="needs you").update(waits_for=crm, resume_as="queued")
from signoff.hooks.models import Hook, Message
hook = Hook.objects.create(event="run.delivered", host="shop.example", made_at=now)
Message.objects.create(hook=hook, run=run, event="run.delivered", happened_at=now, webhook_id="msg_1", next_at=now,
    try_until=now + timedelta(days=3), made_at=now)
SessionStore().create()
from signoff.engine.jobs import defer
defer([1, 2])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=here.environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def another() -> Place:
    made = new_place()
    made.env = {"PHRASE": PHRASE, "OTHER": "another phrase", "PASSWORD": "quiet harbour seven"}
    return made


@pytest.fixture
def fresh():
    made = another()
    yield made
    clear_away(made)


def rows(here: Place, statement: str) -> list[tuple]:
    """Ask the database of a place that stands still."""
    server = EmbeddedServer(here.folder)
    server.join()
    try:
        with psycopg.connect(server.url) as database:
            return database.execute(statement).fetchall()
    finally:
        server.leave()


def with_key(saved_here: Place, fresh: Place) -> None:
    """Bring the key as an owner does: a copy of the file, apart from the backup."""
    shutil.copy(saved_here.folder / "key", fresh.folder / "key")


def test_a_backup_says_what_is_in_it_and_holds_no_key(saved):
    here, file, told = saved

    assert told["rows"] > 30
    assert told["encrypted"] is told["with_key"] is False
    assert file.stat().st_mode & 0o777 == 0o600
    key = (here.folder / "key").read_text().strip().encode()
    with tarfile.open(file) as tar:
        assert tar.getnames() == ["manifest.json", "database.dump"]
        manifest = json.load(tar.extractfile("manifest.json"))
        assert key not in tar.extractfile("database.dump").read()
    assert {"format", "signoff", "made_at", "migrations", "counts", "keys", "checksum"} <= manifest.keys()
    assert manifest["counts"]["runs_run"] == len(Run.State)
    assert manifest["migrations"]["runs"] >= "0008"
    assert not list(here.folder.glob("backup-*")), "nothing is left lying about"


def test_a_backup_never_takes_the_place_of_another(saved):
    here, file, _ = saved
    before = file.read_bytes()

    done = here.run("backup", str(file))

    assert done.code == 1
    assert "exists already" in done.err
    assert file.read_bytes() == before


def test_it_is_tried_by_a_restore_that_is_counted_and_leaves_nothing(saved):
    here, file, told = saved

    done = here.run("restore", "--verify", str(file), "--json")

    assert done.code == 0, done.err
    assert (
        done.json | {"ok": True, "rows": told["rows"], "tables": told["tables"], "key_fits": True}
        == done.json
    )
    assert not list(here.folder.glob("try-*"))


def test_everything_is_back_and_nothing_goes_on_by_itself(saved, fresh):
    here, file, told = saved
    with_key(here, fresh)

    done = fresh.run("restore", str(file), "--json")

    assert done.code == 0, done.err
    assert done.json["rows"] == told["rows"]
    assert done.json["off"] == ["leads"]
    assert done.json["key_problem"] is None
    states = dict(rows(fresh, "SELECT label, state FROM runs_run"))
    for busy in ("approved", "delivering"):
        assert states[busy] == "uncertain"
    for early in ("queued", "asking", "in a batch", "parked", "needs you"):
        assert states[early] == "needs you"
    for still in ("waiting for review", "done", "rejected", "uncertain", "failed"):
        assert states[still] == still
    told_of = rows(
        fresh,
        "SELECT d.state, count(*) FROM runs_delivery d JOIN runs_run r ON r.id = d.run_id "
        "WHERE r.label IN ('approved', 'delivering') GROUP BY 1 ORDER BY 1",
    )
    assert told_of == [("confirmed", 2), ("uncertain", 2)]
    assert rows(fresh, "SELECT record ->> 'n' FROM runs_run LIMIT 1") == [("Zoë 'Quote' \\ \t",)]
    assert rows(fresh, "SELECT is_on FROM integrations_integration") == [(False,)]
    assert rows(fresh, "SELECT hold_before IS NOT NULL FROM runs_source") == [(True,)]
    assert rows(fresh, "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'advance'") == [(0,)]
    assert rows(fresh, "SELECT state FROM hooks_message") == [("given up",)]
    assert rows(fresh, "SELECT count(*) FROM hooks_happening") == [(0,)]
    assert rows(fresh, "SELECT count(*) FROM accounts_session") == [(0,)]
    assert rows(fresh, "SELECT waits_for_id FROM runs_run WHERE label = 'needs you'") == [(None,)]
    (alarms,) = rows(fresh, "SELECT alarms FROM runs_run WHERE label = 'waiting for review'")[0]
    assert "may have been decided and sent" in alarms[0]["why"]

    found = {one["name"]: one for one in fresh.run("doctor", "--json").json["found"]}

    assert found["restore"]["ok"] is False, "doctor says what is left to look at"
    assert "signoff on leads" in found["restore"]["says"]
    assert found["key"]["ok"] is found["audit trail"]["ok"] is True


def test_what_is_there_is_not_overwritten_unless_told_so_and_then_kept(saved, fresh):
    here, file, _ = saved
    with_key(here, fresh)
    assert fresh.run("setup", "--owner", "other@example.test", "--password-env", "PASSWORD").code == 0

    refused = fresh.run("restore", str(file))
    assert refused.code == 1
    assert "1 person" in refused.err
    assert "--replace" in refused.err
    assert rows(fresh, "SELECT email FROM accounts_person") == [("other@example.test",)]

    done = fresh.run("restore", str(file), "--replace", "--json")
    assert done.code == 0, done.err
    assert rows(fresh, "SELECT email FROM accounts_person") == [(OWNER,)]

    back = fresh.run("restore", done.json["saved"], "--replace")
    assert back.code == 0, back.err
    assert rows(fresh, "SELECT email FROM accounts_person") == [("other@example.test",)]


def test_an_encrypted_backup_brings_the_key_where_it_was_asked_for(saved, fresh, tmp_path):
    here, _, _ = saved
    file = tmp_path / "all.signoff"
    assert here.run("backup", str(tmp_path / "no"), "--with-key").code == 1, "never in clear"
    made = here.run("backup", str(file), "--with-key", "--passphrase-env", "PHRASE", "--json")
    assert made.json["with_key"] is made.json["encrypted"] is True
    assert (here.folder / "key").read_bytes().strip() not in file.read_bytes()
    assert b"runs_run" not in file.read_bytes()

    wrong = fresh.run("restore", str(file), "--passphrase-env", "OTHER")
    assert wrong.code == 1
    assert "passphrase does not open" in wrong.err
    none = fresh.run("restore", str(file))
    assert none.code == 1
    assert "--passphrase-env" in none.err
    done = fresh.run("restore", str(file), "--passphrase-env", "PHRASE", "--json")

    assert done.code == 0, done.err
    assert done.json["key_problem"] is None
    found = {one["name"]: one for one in fresh.run("doctor", "--json").json["found"]}
    assert found["key"]["ok"] is True, found["key"]


def test_without_its_key_a_restore_says_which_is_missing(saved, fresh):
    _, file, _ = saved

    done = fresh.run("restore", str(file), "--json")

    assert done.code == 0, done.err
    assert "which is not here" in done.json["key_problem"]


def test_a_backup_with_tables_of_a_newer_signoff_is_refused(saved, fresh, tmp_path):
    _, file, _ = saved
    unpacked = envelope.unpack(file, None, tmp_path)
    newer = {**unpacked.manifest.migrations, "runs": "9999_x"}
    envelope.pack(
        tmp_path / "n", replace(unpacked.manifest, signoff="9.0", migrations=newer), unpacked.dump, None, None
    )

    done = fresh.run("restore", str(tmp_path / "n"))

    assert done.code == 1
    assert "made by a newer Signoff (9.0)" in done.err


def test_a_running_signoff_is_saved_and_not_overwritten(fresh, tmp_path):
    port = free_port()
    fresh.env["SIGNOFF_URL"] = f"http://127.0.0.1:{port}"
    up = fresh.start("up", "--port", str(port))
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        done = fresh.run("backup", str(tmp_path / "b"), "--json")
        tried = fresh.run("restore", "--verify", str(tmp_path / "b"), "--json")
        refused = fresh.run("restore", str(tmp_path / "b"))
    finally:
        up.terminate()
        up.wait(30)

    assert done.code == 0, done.err
    assert tried.json["ok"] is True
    assert refused.code == 1
    assert "Stop it first" in refused.err
    assert rows(fresh, "SELECT checked_at IS NOT NULL FROM engine_backup") == [(True,)]


def test_a_restore_that_fails_at_its_end_leaves_what_was_there(saved, fresh, tmp_path):
    here, file, _ = saved
    with_key(here, fresh)
    assert fresh.run("setup", "--owner", "other@example.test", "--password-env", "PASSWORD").code == 0
    unpacked = envelope.unpack(file, None, tmp_path)
    more = {**unpacked.manifest.counts, "runs_run": len(Run.State) + 1}
    envelope.pack(tmp_path / "bad", replace(unpacked.manifest, counts=more), unpacked.dump, None, None)

    done = fresh.run("restore", str(tmp_path / "bad"), "--replace")

    assert done.code == 1
    assert "Nothing was changed" in done.err
    assert "runs_run" in done.err
    assert rows(fresh, "SELECT email FROM accounts_person") == [("other@example.test",)]


@pytest.mark.parametrize("whose", ["this version", "an older version"])
def test_it_moves_from_the_embedded_database_to_one_of_your_own(saved, fresh, whose):
    here, file, told = saved
    with_key(here, fresh)
    with embedded() if whose == "this version" else of_the_system() as url:
        fresh.env["DATABASE_URL"] = url
        done = fresh.run("restore", str(file), "--json")
        assert done.code == 0, done.err
        doctor = {one["name"]: one for one in fresh.run("doctor", "--json").json["found"]}
        again = fresh.run("backup", str(fresh.folder / "b"), "--json")

    assert doctor["key"]["ok"] is True
    assert again.json["tables"] == told["tables"]
    assert not (fresh.folder / "postgres").exists()


@contextmanager
def embedded():
    """Yield the address of a server that is nobody's but this test's."""
    elsewhere = new_place()
    server = EmbeddedServer(elsewhere.folder)
    server.join()
    try:
        yield server.url
    finally:
        server.leave()
        clear_away(elsewhere)


@contextmanager
def of_the_system():
    """Yield the address of a PostgreSQL that the system brought, of another major version, reached by TCP."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("this system brings no PostgreSQL of its own")
    programs, port = found[0].parent, free_port()
    folder = Path(tempfile.mkdtemp(prefix="signoff-own-", dir="/tmp"))
    who = {}
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
        who = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}

    def run(program, *words):
        said = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([programs / program, *words], check=True, cwd="/", **said, **who)

    run("initdb", "-D", folder / "data", "-U", "me", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    listen = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories="
    run("pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", listen, "start")
    try:
        run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "me", "shop")
        yield f"postgres://me:not-needed@127.0.0.1:{port}/shop"
    finally:
        run("pg_ctl", "-D", folder / "data", "-m", "fast", "stop")
        shutil.rmtree(folder, ignore_errors=True)
