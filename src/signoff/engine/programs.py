"""PostgreSQL's own programs for copies: those that come with the embedded server, else those of the system."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from psycopg import conninfo, pq

from signoff.engine.embedded import HANDED_ON, DatabaseTrouble, programs_folder
from signoff.engine.envelope import BackupTrouble

OF_THE_SYSTEM = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt", "/usr/pgsql")
WANTED = ("pg_dump", "pg_restore", "psql")


def programs_for(major: int) -> Path:
    """
    Return a folder with programs that understand a server (and a dump) of this major version.

    Raises `BackupTrouble`.
    """
    found: list[int] = []
    for folder in _folders():
        if all((folder / name).exists() for name in WANTED):
            version = _major(folder / "pg_dump")
            if version >= major:
                return folder
            found.append(version)
    here = f"The newest here are of version {max(found)}." if found else "There are none here."
    raise BackupTrouble(
        f"A backup of this database needs pg_dump, pg_restore and psql of PostgreSQL {major} or newer. {here} "
        f"Nothing was changed. Install them (Debian: apt-get install postgresql-client-{major}), then try again."
    )


def environment_for(url: str) -> dict[str, str]:
    """Return an environment in which PostgreSQL's programs find a database: a password never stands among words."""
    names = {one.keyword.decode(): one.envvar for one in pq.Conninfo.get_defaults()}
    env = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    for keyword, value in conninfo.conninfo_to_dict(url).items():
        variable = names.get(keyword)
        if variable and value is not None:
            env[variable.decode()] = str(value)
    return {**env, "LC_ALL": "C", "PGTZ": "UTC", "PGAPPNAME": "signoff backup"}


def _folders() -> Iterator[Path]:
    try:
        yield programs_folder(None)
    except (DatabaseTrouble, IndexError):
        pass  # no embedded server for this kind of machine
    on_path = shutil.which("pg_dump")
    if on_path:
        yield Path(on_path).parent
    for place in map(Path, OF_THE_SYSTEM):
        yield from sorted(place.glob("*/bin"), reverse=True)


def _major(program: Path) -> int:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    number = re.search(r"(\d+)(\.\d+|beta|rc|devel)?", said.partition(")")[2])
    return int(number[1]) if number else 0
