"""`signoff up`, `web` and `work`: the programs that stay."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from signoff.cli.start import say

HOST, PORT = "127.0.0.1", 8000
RESTART_AFTER_SECONDS = 0.5
STOP_SECONDS = 15
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
        _ready_database()
        _keep_database()
        crew = _Crew(workers)
        crew.start()
        try:
            _serve(host, port)
        finally:
            crew.stop()


@click.command("web")
@click.option("--host", default=HOST, show_default=True)
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535))
def web_command(host: str, port: int) -> None:
    """Run the pages and the API alone."""
    _state_address(host, port)
    _refuse_taken_port(host, port)
    _ready_database()
    _serve(host, port)


@click.command("work")
@click.option(
    "--lifeline", is_flag=True, hidden=True, help="End when the process that started this one is gone."
)
def work_command(lifeline: bool) -> None:
    """Run one worker alone; any number of them share the work."""
    if lifeline:
        _end_with_parent()
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


class _Crew:
    """The workers of `up`: started, and started again if one dies."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._stopping = threading.Event()
        self._lock = threading.Lock()  # so that none is started between "stop" and the end
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        for number in range(self.count):
            thread = threading.Thread(target=self._keep, args=(number,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        with self._lock:
            self._stopping.set()
            running = list(self._processes)
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        for process in running:
            if process.poll() is None:
                process.kill()

    def _keep(self, number: int) -> None:
        while True:
            with self._lock:
                if self._stopping.is_set():
                    return
                process = subprocess.Popen(
                    [sys.executable, "-m", "signoff", "work", "--lifeline"], start_new_session=True
                )
                self._processes.append(process)
            process.wait()
            with self._lock:
                self._processes.remove(process)
            if not self._stopping.wait(RESTART_AFTER_SECONDS):
                say(f"Worker {number + 1} ended; another takes over its work.")


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


def _keep_database() -> None:
    from signoff.engine.embedded import keep_running

    keep_running()


def _serve(host: str, port: int) -> None:
    """Serve until told to stop. The web process is Granian's child, which loads Django; we stay small."""
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
    from signoff.cli.start import settle

    settle()
    threading.Thread(target=_announce, args=(host, port), daemon=True).start()
    server.serve()


def _announce(host: str, port: int) -> None:
    """Say the address once the pages answer."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((host if host != "0.0.0.0" else "127.0.0.1", port)) == 0:  # noqa: S104  # compared, not bound
                break
        time.sleep(0.05)
    say(f"Signoff is ready: {os.environ['SIGNOFF_URL']}")


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
