"""A data folder of its own, and the commands that work in it: real processes, as a person runs them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import psutil

SOURCE = str(Path(__file__).parents[3])
FILES = Path(__file__).parents[1] / "practice_files"

NOT_HANDED_ON = ("DATABASE_URL", "SIGNOFF_KEY", "SIGNOFF_URL")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The one JSON document on standard output: anything more or less fails."""
        return json.loads(self.out)


def heed_signals() -> None:
    """Let a process that is being started heed what it is told, also where the tests run in a shell's background."""
    for name in (signal.SIGINT, signal.SIGHUP):
        signal.signal(name, signal.SIG_DFL)


@dataclass
class Place:
    """A data folder, and the commands that work in it."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        env = {k: v for k, v in os.environ.items() if k not in NOT_HANDED_ON}
        return {
            **env,
            "SIGNOFF_HOME": str(self.folder),
            "SIGNOFF_ALLOW_HOSTS": "127.0.0.1",
            "PYTHONPATH": SOURCE,
            **self.env,
            **more,
        }

    def run(self, *words: str, stdin: str | bytes = "", seconds: float = 100, **env: str) -> Done:
        """Run `signoff …` to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "signoff", *words],
            env=self.environment(**env),
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            timeout=seconds,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *words: str, log: Path | None = None, **env: str) -> subprocess.Popen[bytes]:
        """Start `signoff …`, which stays."""
        with (log or self.folder / f"{words[0]}.log").open("ab") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "signoff", *words],
                env=self.environment(**env),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                preexec_fn=heed_signals,
            )

    def processes(self) -> list[psutil.Process]:
        """Return every process that works in this folder, the database's too."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                ours = process.environ().get("SIGNOFF_HOME") == str(self.folder)
                if ours or str(self.folder) in " ".join(process.cmdline()):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return [process for process in found if process.pid != os.getpid()]

    def none_left(self, seconds: float = 10) -> bool:
        """Say whether all processes of this folder end within some seconds."""
        deadline = time.monotonic() + seconds
        while self.processes():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, status: int = 200, seconds: float = 45) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if httpx2.get(url, timeout=5).status_code == status:
                return
        except httpx2.TransportError:
            pass
        assert time.monotonic() < deadline, f"{url} did not answer {status}"
        time.sleep(0.1)


def new_place() -> Place:
    # Not pytest's folder: root's database runs as another user, who is not let in there.
    folder = Path(tempfile.mkdtemp(prefix="signoff-cli-", dir="/tmp"))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return Place(folder)


def clear_away(place: Place) -> None:
    for process in place.processes():
        try:
            process.kill()
        except psutil.NoSuchProcess:
            pass
    shutil.rmtree(place.folder, ignore_errors=True)
