"""A whole Signoff on the practice apps, for measuring: started by `signoff up`, driven from outside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[1]
HUBSPOT_KEY = "pat-na1-practice-0000-0000-0000-000000000000"
AI_KEY = "sk-practice-0000000000000000000000000000"
FREE = {"requests_per_minute": 1e7, "tokens_per_minute": 1e10}
INTEGRATION = """
name: bench
record: {when: webhook, fields: [lead_id, name, email, message]}
prompt:
  ai: ai
  model: gpt-4o
  task: Write a short summary of this enquiry for our sales team.
answer:
  body: {type: text, max: 1200}
review: none
then:
  - crm.add_note: {body: "Lead {record.lead_id}: {answer.body}"}
"""


def leads(count: int, first: int = 0) -> list[dict[str, str]]:
    """Return leads as a contact form sends them."""
    return [
        {
            "lead_id": f"L{n:07d}",
            "name": f"Ada Example {n}",
            "email": f"ada{n}@example.test",
            "message": "We are a dental practice with 8 dentists and would like to know what the Team plan costs.",
        }
        for n in range(first, first + count)
    ]


@dataclass
class House:
    """Addresses and processes of one Signoff and its practice apps."""

    address: str
    apps: dict[str, str]
    home: str
    env: dict[str, str]
    webhook: str = ""
    started_seconds: float = 0.0
    processes: list[subprocess.Popen[Any]] = field(default_factory=list)

    def signoff(self, *words: str, stdin: str | None = None, **env: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "signoff", *words],
            env={**self.env, **env},
            input=stdin,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"signoff {' '.join(words)}: {done.stdout}\n{done.stderr}")
        return done.stdout

    def books(self, app: str, summary: bool = False) -> dict[str, Any]:
        return get_json(f"{self.apps[app]}/_books{'?summary=1' if summary else ''}")

    def control(self, app: str, **verbs: Any) -> None:
        request = Request(
            f"{self.apps[app]}/_control", json.dumps(verbs).encode(), {"Content-Type": "application/json"}
        )
        urlopen(request, timeout=30).read()

    def delivered(self) -> int:
        return int(self.books("hubspot", summary=True)["notes"])

    def wait_until_delivered(self, count: int, timeout_seconds: float = 600) -> float:
        """Wait until the practice HubSpot has so many notes; returns the moment (monotonic) it had."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            if self.delivered() >= count:
                return time.monotonic()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.delivered()} of {count} delivered after {timeout_seconds} s")
            time.sleep(0.1)

    def pids(self) -> list[int]:
        """Return Signoff's processes: web, worker and the embedded database, with all their children."""
        import psutil

        own = [psutil.Process(p.pid) for p in self.processes if p.args[-1] != "practice"]
        found = {p.pid for process in own for p in [process, *process.children(recursive=True)]}
        for process in psutil.process_iter(["name", "cmdline"]):
            words = " ".join(process.info["cmdline"] or [])
            if self.home in words and process.info["name"] == "postgres":
                found |= {process.pid, *(p.pid for p in process.children(recursive=True))}
        return sorted(found)

    def cpu_seconds(self) -> float:
        import psutil

        total = 0.0
        for pid in self.pids():
            with contextlib.suppress(psutil.NoSuchProcess):
                times = psutil.Process(pid).cpu_times()
                total += times.user + times.system
        return total

    def memory_mb(self) -> float:
        """Return the proportional share of memory (PSS) of all of Signoff's processes, in MB."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        total += int(line.split()[1])
        return total / 1024


@contextlib.contextmanager
def house(
    *,
    workers: int = 1,
    practice: Sequence[str] = (),
    limits: dict[str, float] | None = None,
    database: str = "",
    **env: str,
) -> Iterator[House]:
    """Start the practice apps and a Signoff in a new folder, connect them, and switch the integration on."""
    folder = tempfile.mkdtemp(prefix="signoff-bench-", dir="/tmp")
    Path(folder).chmod(0o711)
    port = _free_port()
    full_env = {
        **os.environ,
        "SIGNOFF_HOME": folder + "/home",
        "SIGNOFF_ALLOW_HOSTS": "127.0.0.1",
        "SIGNOFF_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT / "src"),
        **env,
    }
    full_env.pop("DATABASE_URL", None)
    if database:
        full_env["DATABASE_URL"] = database
    words = ["--port-base", "0", "--faults", "mistakes=0", "--hubspot-per-10s", "10000000", "--rpm", "10000000",
             "--tpm", "1000000000", *practice]  # fmt: skip
    sandbox = subprocess.Popen(
        [sys.executable, "-m", "signoff_sandbox", *words],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=full_env,
    )  # fmt: skip
    assert sandbox.stdout
    apps = json.loads(sandbox.stdout.readline())
    made = House(f"http://127.0.0.1:{port}", apps, folder, full_env)
    began = time.monotonic()
    up = subprocess.Popen(
        [sys.executable, "-m", "signoff", "up", "--port", str(port), "--workers", str(workers)],
        env=full_env, stderr=open(folder + "/up.log", "w"), stdout=subprocess.DEVNULL,  # noqa: SIM115
    )  # fmt: skip
    made.processes = [up]
    try:
        _wait_ready(made, up)
        made.started_seconds = time.monotonic() - began
        _connect(made, {**FREE, **(limits or {})})
        yield made
    finally:
        for process in (up, sandbox):
            process.terminate()
        for process in (up, sandbox):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(folder, ignore_errors=True)


async def post_all(
    url: str, documents: Sequence[dict[str, Any]], at_once: int = 500
) -> list[tuple[int, float]]:
    """
    POST documents with so many open connections; returns each one's status and seconds.

    Written on bare sockets: the load must not cost what is to be measured.
    """
    parts = urlsplit(url)
    results: list[tuple[int, float]] = []
    queue = list(reversed([json.dumps(d).encode() for d in documents]))

    async def caller() -> None:
        while queue:
            body = queue.pop()
            began = time.perf_counter()
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(
                f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
            head = await reader.readline()
            await reader.read()
            results.append((int(head.split()[1]), time.perf_counter() - began))
            writer.close()

    await asyncio.gather(*(caller() for _ in range(min(at_once, len(documents)))))
    return results


def get_json(url: str) -> dict[str, Any]:
    with urlopen(url, timeout=60) as reply:
        found: dict[str, Any] = json.load(reply)
        return found


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _connect(made: House, limits: dict[str, float]) -> None:
    sets = [word for name, value in limits.items() for word in ("--set", f"{name}={value}")]
    free = [word for name, value in FREE.items() for word in ("--set", f"{name}={value}")]
    made.signoff(
        "connect",
        "hubspot",
        "--name",
        "crm",
        "--secret-env",
        "K",
        "--base-url",
        made.apps["hubspot"],
        *free,
        K=HUBSPOT_KEY,
    )
    made.signoff(
        "connect",
        "openai",
        "--name",
        "ai",
        "--secret-env",
        "K",
        "--base-url",
        made.apps["openai"] + "/v1",
        *sets,
        K=AI_KEY,
    )
    path = Path(made.home) / "bench.yaml"
    path.write_text(INTEGRATION)
    made.webhook = json.loads(made.signoff("apply", str(path), "--json"))["applied"][0]["webhook_url"]
    made.signoff("on", "bench")


def _wait_ready(made: House, up: subprocess.Popen[Any]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if up.poll() is not None:
            raise RuntimeError(f"signoff up ended: {Path(made.home, 'up.log').read_text()[-2000:]}")
        try:
            if get_json(f"{made.address}/readyz").get("ready"):
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"not ready: {Path(made.home, 'up.log').read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_by_kind(made: House) -> dict[str, float]:
    """Return the CPU seconds of the web, worker and database processes so far."""
    import psutil

    kinds: dict[str, float] = {}
    for pid in made.pids():
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            words = " ".join(process.cmdline())
            name = process.name()
            kind = "database" if name == "postgres" else "worker" if "work --lifeline" in words else "web"
            times = process.cpu_times()
            kinds[kind] = kinds.get(kind, 0) + times.user + times.system
    return kinds
