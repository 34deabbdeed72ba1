"""
A program on this computer that answers by its standard output (an MCP server of the kind `stdio`).

Whoever may say which program is run, may do here whatever Signoff may. So that is said in a file of the data folder
alone, by a command on this computer: never on a page, by the API, in an integration's file, or in the database. Whoever
can write to the database, or has somebody restore a strange backup, gains no program by it.

A program gets an environment of its own without our keys, a folder of its own, and the time of one conversation; then
it is ended with all that it has started.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from signoff.core.home import home
from signoff.core.secret import Secret

PLACE = "programs.json"
SCHEME = "stdio:"
HANDED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "SSL_CERT_FILE", "SSL_CERT_DIR")
LONGEST_LINE = 1_000_000
MOST_UNREAD = 1000  # lines
END_SECONDS = 2.0
TAKES_SECONDS = 20.0  # in which a program must have taken a line


class NoProgram(Exception):
    """There is no such program, or its file is not to be trusted; the text is for the owner."""


@dataclass(frozen=True)
class Registered:
    """A program as its owner stated it: its words, and the variable in which it wants its key ("" none)."""

    command: tuple[str, ...]
    key_as: str = ""


def registered(name: str) -> Registered:
    """Return the program that was stated under a name. Raises `NoProgram`."""
    found = _read().get(name)
    command = found.get("command") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(command, list) or not command:
        raise NoProgram(
            f"No program is stated under {name} on this computer. State it here: "
            f"signoff connect mcp --name {name} --command …"
        )
    return Registered(tuple(map(str, command)), str(found.get("key_as", "")))


def register(name: str, command: Sequence[str], key_as: str = "") -> None:
    """State a program under a name, in a file that nobody else can write. Raises `NoProgram`."""
    known = _read() | {name: {"command": list(command), "key_as": key_as}}
    _write(known)


def forget(name: str) -> None:
    """Take a program away; none of this name is no trouble. Raises `NoProgram`."""
    known = _read()
    if known.pop(name, None) is not None:
        _write(known)


@dataclass
class Program:
    """The way to a program, in the place where else a `Door` stands; it is started anew for each conversation."""

    name: str
    app: str
    secret: Callable[[], Secret] = field(repr=False, default=lambda: Secret(""))
    send_before: float | None = None

    @property
    def base_url(self) -> str:
        return SCHEME + self.name

    def start(self) -> Running:
        """Start it. Raises `NoProgram`."""
        told = registered(self.name)
        env = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
        key = self.secret().reveal()
        if told.key_as and key:
            env[told.key_as] = key
        folder = tempfile.TemporaryDirectory(prefix="signoff-program-")
        try:
            process = subprocess.Popen(
                told.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=env,
                cwd=folder.name,
                start_new_session=True,
            )
        except OSError as error:
            folder.cleanup()
            why = error.strerror or "it was not found"
            raise NoProgram(f"The program of {self.name} cannot be started: {why}.") from None
        return Running(process, folder)


class Running:
    """A program that runs: lines go in, lines come out."""

    def __init__(self, process: subprocess.Popen[bytes], folder: tempfile.TemporaryDirectory[str]) -> None:
        self._process, self._folder = process, folder
        self._lines: queue.Queue[bytes | None] = queue.Queue(MOST_UNREAD)
        self.said_too_much = False
        self._is_over = False
        threading.Thread(target=self._hear, daemon=True).start()

    def say(self, line: bytes) -> bool:
        """Write a line; False when nobody reads (any more)."""
        written = threading.Event()

        def write() -> None:
            try:
                assert self._process.stdin is not None  # noqa: S101  # it is a pipe
                self._process.stdin.write(line + b"\n")
                self._process.stdin.flush()
                written.set()
            except (OSError, ValueError):
                pass

        # A pipe holds 64 kB: into one that is full and that nobody empties, a write takes for ever.
        writing = threading.Thread(target=write, daemon=True)
        writing.start()
        writing.join(TAKES_SECONDS)
        if writing.is_alive():
            self._signal(signal.SIGKILL)  # which ends the writing, too
            writing.join(END_SECONDS)
        return written.is_set()

    def line(self, until: float) -> bytes | None:
        """Return the next line; None when it has ended. Raises TimeoutError at `until`, a `time.monotonic()`."""
        if self._is_over:
            return None
        try:
            line = self._lines.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        self._is_over = line is None
        return line

    def end(self) -> None:
        """End it, with whatever it has started."""
        process = self._process
        try:
            if process.stdin is not None:
                process.stdin.close()
        except OSError:
            pass
        try:
            process.wait(0.5)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGTERM)
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                pass
        self._signal(signal.SIGKILL)
        process.wait()
        self._folder.cleanup()

    def _signal(self, which: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, which)
        except (OSError, AttributeError):
            pass

    def _hear(self) -> None:
        stream = self._process.stdout
        assert stream is not None  # noqa: S101  # it is a pipe
        try:
            while line := stream.readline(LONGEST_LINE + 1):
                if len(line) > LONGEST_LINE:
                    self.said_too_much = True
                    break
                self._lines.put(line, timeout=60)
        except (OSError, ValueError, queue.Full):
            pass
        try:
            self._lines.put(None, timeout=60)
        except queue.Full:
            pass


def _file() -> Path:
    return home() / PLACE


def _read() -> dict[str, object]:
    path = _file()
    try:
        told = path.lstat()
    except FileNotFoundError:
        return {}
    if hasattr(os, "geteuid") and (
        told.st_uid != os.geteuid() or told.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    ):
        raise NoProgram(
            f"{path} can be written by others, so no program in it is run. Only you may write it: mode 0600."
        )
    try:
        read = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise NoProgram(f"{path} cannot be read. Put it right, or state its programs once more.") from None
    return read if isinstance(read, dict) else {}


def _write(known: dict[str, object]) -> None:
    path = _file()
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.chmod(0o600)
    fresh.write_text(json.dumps(known, indent=1), "utf-8")
    fresh.replace(path)
