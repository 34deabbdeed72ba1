"""A PostgreSQL of one's own, reached by TCP: what `DATABASE_URL` names in a larger deployment."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from house import free_port  # also puts Signoff's sources on the path

from signoff.engine.embedded import programs_folder, server_user


@dataclass
class Server:
    """A running server, its folder and its address."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgres://bench@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=100"
        self.program(
            "pg_ctl", "-w", "-D", str(self.data), "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        self.program("pg_ctl", "-w", "-D", str(self.data), "-m", mode, "stop")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def program(self, name: str, *words: str) -> None:
        user = server_user()
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        env = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C"}
        subprocess.run(
            [str(programs_folder(user) / name), *words],
            check=True, cwd="/", env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, **who,
        )  # fmt: skip


@contextlib.contextmanager
def external() -> Iterator[Server]:
    """Make and start a server with PostgreSQL's own settings; it is gone after the block."""
    folder = Path(tempfile.mkdtemp(prefix="signoff-pg-", dir="/tmp"))
    user = server_user()
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    server = Server(folder, free_port())
    try:
        server.program(
            "initdb", "-D", str(server.data), "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C"
        )
        server.start()
        yield server
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
