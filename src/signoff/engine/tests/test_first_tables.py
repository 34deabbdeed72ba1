from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from signoff.engine import first_tables

BY_MIGRATIONS = "from django.core.management import call_command; call_command('migrate', verbosity=0)"
AS_USUAL = "from signoff.cli.start import migrate; migrate()"
MOST_BEHIND = 15  # each that the file does not know costs a new owner about 0.03 s


@pytest.fixture
def empty() -> Iterator[Callable[[str], str]]:
    """Makes databases that hold nothing, on the tests' server; returns the address of each."""
    url = os.environ["DATABASE_URL"]
    made: list[str] = []

    def make(name: str) -> str:
        whole = f"first_{name}_{os.getpid()}"
        made.append(whole)
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{whole}" TEMPLATE template0')
        return f"{url.rpartition('/')[0]}/{whole}"

    yield make
    with psycopg.connect(url, autocommit=True) as server:
        for whole in made:
            server.execute(f'DROP DATABASE IF EXISTS "{whole}" WITH (FORCE)')


def carry_out(url: str, program: str) -> str:
    """Run a few lines in a process that knows Django and this database; returns what it said in its log."""
    ready = "from signoff.cli.start import django; django(migrated=False); "
    done = subprocess.run(
        [sys.executable, "-c", ready + program],
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def read_in(url: str, source: str) -> str:
    with psycopg.connect(url) as database:
        database.execute("SET check_function_bodies = off")
        database.execute(first_tables.written(source))
    return url


def applied(url: str) -> set[tuple[str, str]]:
    with psycopg.connect(url) as database:
        return set(database.execute("SELECT app, name FROM django_migrations").fetchall())


def without_rows(dump: str) -> str:
    return re.sub(
        r"^(?:INSERT INTO|SELECT pg_catalog\.setval).*?;\n", "", dump, flags=re.DOTALL | re.MULTILINE
    )


def test_new_database_is_what_the_migrations_make_of_it(empty: Callable[[str], str]) -> None:
    at_once, one_by_one = empty("at_once"), empty("one_by_one")

    said = carry_out(at_once, AS_USUAL)
    carry_out(one_by_one, BY_MIGRATIONS)

    assert "could not be laid" not in said
    assert applied(at_once) == applied(one_by_one)
    # PostgreSQL words a condition differently once it was read in, so both are.
    again, other = read_in(empty("again"), at_once), read_in(empty("other"), one_by_one)
    assert without_rows(first_tables.written(again)) == without_rows(first_tables.written(other))
    with psycopg.connect(at_once) as one, psycopg.connect(one_by_one) as two:
        for rows in (
            "SELECT app_label, model FROM django_content_type ORDER BY 1, 2",
            "SELECT codename, name FROM auth_permission ORDER BY 1, 2",
            "SELECT count(*) FROM procrastinate_jobs",
        ):
            assert one.execute(rows).fetchall() == two.execute(rows).fetchall()


def test_file_knows_nearly_all_migrations() -> None:
    loader = MigrationLoader(None)
    text = first_tables.FILE.read_text(encoding="utf-8")
    known = set(re.findall(r"^\s*\(\d+, '([\w]+)', '([\w]+)', now\(\)\)", text, re.MULTILINE))

    lacking = set(loader.disk_migrations) - known

    assert known - set(loader.disk_migrations) == set(), (
        "first_tables.sql lists what is no migration any more"
    )
    assert len(lacking) <= MOST_BEHIND, f"`make tables` writes the file anew; it lacks {sorted(lacking)}"


def test_database_that_holds_something_is_left_alone(empty: Callable[[str], str]) -> None:
    url = empty("somebodys")
    with psycopg.connect(url) as database:
        database.execute("CREATE TABLE theirs (id int)")

    carry_out(url, "from signoff.engine import first_tables; assert not first_tables.lay()")

    with psycopg.connect(url) as database:
        tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == [("theirs",)]


@pytest.mark.django_db
def test_our_own_tables_are_left_alone() -> None:
    assert not first_tables.lay()
    assert "runs_run" in connection.introspection.table_names()


def test_file_that_cannot_be_read_in_leaves_the_work_to_the_migrations(
    empty: Callable[[str], str], tmp_path: Path
) -> None:
    # An older or a newer PostgreSQL of the owner's may not understand a line of it.
    url, bad = empty("other"), tmp_path / "bad.sql"
    bad.write_text("CREATE TABLE half (id int);\nCREATE TABLE of no kind;\n")
    change = (
        "from pathlib import Path; from signoff.engine import first_tables; "
        f"first_tables.FILE = Path({str(bad)!r}); "
    )

    said = carry_out(url, change + AS_USUAL)

    assert "made one by one" in said
    with psycopg.connect(url) as database:
        assert database.execute("SELECT to_regclass('half'), to_regclass('runs_run')::text").fetchall() == [
            (None, "runs_run")
        ]
