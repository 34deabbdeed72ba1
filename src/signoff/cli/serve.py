"""`signoff up`, `web` and `work`: the programs that stay."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import click

from signoff.cli.crew import RESTART_AFTER_SECONDS, Crew, Member
from signoff.cli.start import say

HOST, PORT = "127.0.0.1", 8000
KEEP_EVERY_SECONDS = 1.0
KEY_WAIT_SECONDS = 2.0


class AlreadyRunning(Exception):
    """Another Signoff works in this data folder."""


@click.command("up")
@click.option("--host", default=HOST, show_default=True)
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option(
    "--lifeline", is_flag=True, hidden=True, help="End when the process that started this one is gone."
)
def up_command(host: str, port: int, workers: int, lifeline: bool) -> None:
    """Run everything: the pages, the worker, and the database on this computer."""
    if lifeline:
        _end_with_parent()
    _state_address(host, port)
    with _only_one():
        _refuse_taken_port(host, port)
        crew = Crew()
        _ready_all()
        if not crew.once(Member("Bringing the tables up to date", ("signoff", "up"), _migrate)):
            if crew.is_stopping:
                return
            raise click.ClickException("Signoff did not start. Nothing was changed but what stands above.")
        _note_that_tables_are_ready()
        pages = Member("The pages", ("signoff", "web"), _serve, (host, port))
        crew.run(
            [Member(f"Worker {n + 1}", ("signoff", "work"), _work) for n in range(workers)] + [pages],
            _Look(host, port),
        )


@click.command("web")
@click.option("--host", default=HOST, show_default=True)
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535))
def web_command(host: str, port: int) -> None:
    """Run the pages and the API alone."""
    _state_address(host, port)
    _refuse_taken_port(host, port)
    _ready_database()
    threading.Thread(target=_announce, args=(host, port), daemon=True).start()
    _serve(host, port)


@click.command("work")
@click.option(
    "--lifeline", is_flag=True, hidden=True, help="End when the process that started this one is gone."
)
def work_command(lifeline: bool) -> None:
    """Run one worker alone; any number of them share the work."""
    if lifeline:
        _end_with_parent()
    _work()


def _work() -> None:
    from signoff.cli.start import django, settle, slim

    slim()
    django(stays=True)
    from signoff.engine.worker import work

    _wait_for_the_key()
    settle()
    work()


def _wait_for_the_key() -> None:
    """Begin no work while the key is another installation's: every run would stop, and somebody had to mend each."""
    from signoff.vault.keys import KeyTrouble
    from signoff.vault.rotate import refuse_foreign

    told = ""
    while True:
        try:
            return refuse_foreign()
        except KeyTrouble as error:
            if str(error) != told:
                told = str(error)
                say(f"{told} The worker waits for it.")
        time.sleep(KEY_WAIT_SECONDS)


def _state_address(host: str, port: int) -> None:
    """Say under which address people reach us, where nobody has said so; refuse what cannot be understood."""
    from signoff.core.home import trusted_proxies

    try:
        trusted_proxies()
    except ValueError as error:
        raise click.UsageError(
            f"SIGNOFF_PROXIES: {error}. It takes addresses or networks with commas: 10.0.0.5,10.1.0.0/16"
        ) from None
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1", "": "127.0.0.1"}  # noqa: S104  # compared, not bound
    os.environ.setdefault("SIGNOFF_URL", f"http://{everywhere.get(host, host)}:{port}")


def _end_with_parent() -> None:
    from signoff.core.lifeline import end_with_parent
    from signoff.engine.embedded import stop_if_unused

    end_with_parent(then=stop_if_unused)


def _ready_database() -> None:
    """Start the database here, so that it is ours to stop, and leave Django to the processes that need it."""
    from signoff.engine.database import database_url, wait_until_ready

    given = "DATABASE_URL" in os.environ
    url = database_url()
    if given:
        wait_until_ready(url)


def _ready_all() -> None:
    """Start the database, and meanwhile load what the pages and the workers have in common; both take a second."""
    from signoff.cli.crew import FORKS
    from signoff.cli.start import load, settle
    from signoff.engine.database import wait_until_ready
    from signoff.engine.embedded import planned_address, use

    given = os.environ.get("DATABASE_URL")
    planned = given or planned_address()
    with ThreadPoolExecutor(1) as beside:
        ready = beside.submit(wait_until_ready, given) if given else beside.submit(use)
        os.environ["DATABASE_URL"] = planned
        if FORKS:
            load()
        url = ready.result() or planned
    if url != planned:
        # It runs, but elsewhere than a file that a crash left behind has it, and what is loaded knows the wrong place.
        os.environ.pop("DATABASE_URL")
        os.execv(sys.executable, [sys.executable, "-m", "signoff", *sys.argv[1:]])  # noqa: S606  # ourselves
    settle()


def _migrate() -> None:
    from signoff.cli.start import django

    django(stays=True)


def _note_that_tables_are_ready() -> None:
    """Spare the processes that are forked from now on a look at the tables."""
    from signoff.cli import start

    start.tables_are_ready = True


class _Look:
    """What `up` looks after besides its processes: the database, and that somebody is told once the pages answer."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._told = False
        self._due = 0.0

    def __call__(self) -> None:
        from signoff.engine.embedded import keep_running

        if not self._told and _answers(self._host, self._port):
            self._told = True
            say(f"Signoff is ready: {os.environ['SIGNOFF_URL']}")
        if time.monotonic() >= self._due:
            keep_running()
            self._due = time.monotonic() + KEEP_EVERY_SECONDS


def _serve(host: str, port: int) -> None:
    """Serve until told to stop. The web process is Granian's child, which loads Django."""
    from granian.constants import Interfaces
    from granian.server import Server

    server = Server(
        "signoff.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=int(os.environ.get("SIGNOFF_WEB_THREADS", "32")),
        backlog=2048,
        backpressure=1024,
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
        respawn_interval=RESTART_AFTER_SECONDS,
        workers_kill_timeout=10,
        process_name=None,
    )
    server.serve()


def _announce(host: str, port: int) -> None:
    """Say the address once the pages answer."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not _answers(host, port):
        time.sleep(0.05)
    say(f"Signoff is ready: {os.environ['SIGNOFF_URL']}")


def _answers(host: str, port: int) -> bool:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared, not bound
    try:
        socket.create_connection((everywhere.get(host, host), port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def _only_one() -> Iterator[None]:
    """Hold the data folder for ourselves. The lock goes with the process, however it ends."""
    from signoff.core.home import home

    path: Path = home() / "up.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(
                f"Signoff runs already in {home()} ({file.read().strip() or 'address not known'}). "
                "Stop that one first, or give this one another folder with SIGNOFF_HOME."
            ) from None
        file.truncate(0)
        file.write(os.environ["SIGNOFF_URL"])
        file.flush()
        yield


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror:
            raise click.UsageError(f"{host} is no address of this computer. Try --host 127.0.0.1") from None
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise click.UsageError(
                    f"{host} is no address of this computer. Try --host 127.0.0.1"
                ) from None
            raise click.ClickException(
                f"Something else uses {host}:{port} already. Choose another port: --port {port + 1}"
            ) from error
