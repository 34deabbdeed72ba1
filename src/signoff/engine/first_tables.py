"""
The tables of a new database, all at once: what some ninety migrations would make one after the other.

`first_tables.sql` is what PostgreSQL itself writes down of a database that the migrations made, with the list of those
migrations. A database that holds nothing gets it in one transaction, in a twentieth of the time; migrations that are
newer than the file are applied on top, as everywhere, so a file that lags behind costs time and nothing else.

`python -m signoff.engine.first_tables` writes the file anew.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import structlog
from django.db import DatabaseError, connection, transaction

from signoff.engine.database import database_url
from signoff.engine.embedded import programs_folder, server_user

FILE = Path(__file__).with_suffix(".sql")
IS_EMPTY = """
SELECT current_schema() = 'public'
    AND NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    AND NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'public'::regnamespace)
    AND NOT EXISTS (SELECT FROM pg_type WHERE typnamespace = 'public'::regnamespace)
"""
# What a dump says to the session that reads it, to psql and to people. The functions' own comments stay.
_AROUND = re.compile(
    r"^(?:SET .*;|\\.*|SELECT pg_catalog\.set_config.*;|--\n-- (?:Name: |Data for |PostgreSQL database dump).*\n--"
    r"|-- Dumped .*)\n+",
    re.MULTILINE,
)
_APPLIED_AT = re.compile(r"'\d{4}-\d\d-\d\d \d\d:\d\d:[\d.]+\+00'\)")

log = structlog.get_logger()


def lay() -> bool:
    """Give a database that holds nothing its tables; False for any other, which is left as it is."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(IS_EMPTY)
            if not cursor.fetchone()[0]:
                return False
            # A function may name a table that stands further below.
            cursor.execute("SET LOCAL check_function_bodies = off")
            # Behind Django's cursor: many statements go at once only where nothing is bound to them.
            connection.connection.execute(FILE.read_text(encoding="utf-8"))
    except (DatabaseError, psycopg.Error) as error:
        log.warning("the tables could not be laid at once; they are made one by one", why=str(error))
        return False
    return True


def written(url: str) -> str:
    """Return what `FILE` must hold for a new database to be as this one is."""
    program = programs_folder(server_user()) / "pg_dump"
    words = ["--no-owner", "--no-privileges", "--rows-per-insert=500", "--encoding=UTF8", "--dbname", url]
    dump = subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout
    return _APPLIED_AT.sub("now())", _AROUND.sub("", dump)).rstrip() + "\n"


def main() -> None:
    """Make a database by the migrations alone, and write down what it is."""
    folder = Path(tempfile.mkdtemp(prefix="signoff-tables-", dir="/tmp"))  # made private by mkdtemp
    folder.chmod(0o711)  # the server's user passes through it
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ |= {"SIGNOFF_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "signoff.site.settings"}
    os.environ.pop("DATABASE_URL", None)
    url = database_url()
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    FILE.write_text(written(url), encoding="utf-8")


if __name__ == "__main__":
    main()
