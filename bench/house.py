"""A whole Signoff on the practice apps, for measuring and for breaking: `signoff up`, driven from outside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import psutil
import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from signoff_sandbox.testing import (  # noqa: E402  # found by the line above, also where Signoff is not installed
    CLIENT_ID,
    CLIENT_SECRET,
    HUBSPOT_KEY,
    OPENAI_KEY,
    Practice,
    running,
)

FREE = {"requests_per_minute": 1e7, "tokens_per_minute": 1e10}
NOTE = """
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
MAIL = """
name: mail
record: {when: webhook, fields: [lead_id, name, email, message]}
prompt:
  ai: ai
  model: gpt-4o
  task: Write a short follow-up e-mail to a new lead.
answer:
  subject: {type: text, max: 78}
  body: {type: text, max: 1200}
review: {by: [sales]}
then:
  - mail.create_draft: {to: record.email, subject: answer.subject, body: answer.body}
  - crm.add_note: {body: "Mailed {record.lead_id}"}
"""
POLLED = """
name: polled
record: {from: crm, when: contact_created, fields: [firstname, lastname, email, message]}
prompt:
  ai: ai
  model: gpt-4o
  task: Write a short summary of this enquiry for our sales team.
answer:
  body: {type: text, max: 1200}
review: none
then:
  - crm.add_note: {body: "Contact {record.id}: {answer.body}"}
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

    practice: Practice
    home: str
    port: int
    workers: int
    env: dict[str, str]
    database: str = ""
    program: str = sys.executable  # the Python of the checkout that runs
    webhooks: dict[str, str] = field(default_factory=dict)
    token: str = ""
    link: str = ""
    started_seconds: float = 0.0
    up: subprocess.Popen[bytes] | None = None
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def webhook(self) -> str:
        return self.webhooks["bench"]

    # Starting and ending

    def start(self) -> float:
        """Start `signoff up`; returns after how many seconds it said that it is ready."""
        began = time.monotonic()
        self.up = self.run("up", "--port", str(self.port), "--workers", str(self.workers))
        deadline = began + 60
        while time.monotonic() < deadline:
            if self.up.poll() is not None:
                raise RuntimeError(f"signoff up ended: {self.log()[-2000:]}")
            with contextlib.suppress(OSError):
                if get_json(f"{self.address}/readyz").get("ready"):
                    return time.monotonic() - began
            time.sleep(0.02)
        raise RuntimeError(f"not ready: {self.log()[-2000:]}")

    def run(self, *words: str) -> subprocess.Popen[bytes]:
        """Start one of Signoff's own programs."""
        with Path(self.home, "up.log").open("ab") as log:
            process = subprocess.Popen(
                [self.program, "-m", "signoff", *words], env=self.env, stderr=log, stdout=subprocess.DEVNULL
            )
        self.others.append(process)
        return process

    def stop(self) -> None:
        for process in self.others:
            if process.poll() is None:
                process.terminate()
        for process in self.others:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def furnish(self, integrations: Sequence[str], limits: Mapping[str, float] | None = None) -> None:
        """Connect the practice apps, and apply and switch on the integrations."""
        grant = self.practice.grant("gmail.compose")
        gmail = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": grant.refresh_token,
        }
        ai = self.practice.openai + "/v1"
        connections = [
            ("hubspot", "crm", HUBSPOT_KEY, self.practice.hubspot, FREE),
            ("openai", "ai", OPENAI_KEY, ai, {**FREE, **(limits or {})}),
            ("gmail", "mail", json.dumps(gmail), self.practice.gmail, FREE),
        ]
        names = ("app", "name", "secret", "base_url", "limits")
        asked = {
            "connections": [dict(zip(names, one, strict=True)) for one in connections],
            "integrations": list(integrations),
        }
        done = self.python(str(Path(__file__).with_name("furnish.py")), stdin=json.dumps(asked))
        for name, value in json.loads(done).items():
            setattr(self, name, value)

    def python(self, *words: str, stdin: str = "") -> str:
        """Run a Python program of ours in this house; returns what it printed."""
        done = subprocess.run(
            [self.program, *words], env=self.env, input=stdin, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{words[0]}: {done.stdout}\n{done.stderr[-3000:]}")
        return done.stdout

    def log(self) -> str:
        return Path(self.home, "up.log").read_text(errors="replace")

    # Looking

    def sql(self, statement: str, *given: Any) -> list[tuple[Any, ...]]:
        """Ask (or change) the database beside Signoff."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            cursor = connection.execute(statement, given)
            return cursor.fetchall() if cursor.description else []

    def states(self) -> Counter[str]:
        """Return how many runs are in which state."""
        return Counter(dict(self.sql("SELECT state, count(*) FROM runs_run GROUP BY state")))

    def books(self, app: str, summary: bool = False) -> dict[str, Any]:
        return self.practice.books(app, summary=summary)

    def delivered(self) -> int:
        return int(self.books("hubspot", summary=True)["notes"])

    def wait_until_delivered(self, count: int, timeout_seconds: float = 600) -> float:
        """Wait until the practice HubSpot has so many notes; returns the moment (monotonic) it had."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            if self.delivered() >= count:
                return time.monotonic()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.delivered()} of {count} delivered; {self.states()}")
            time.sleep(0.1)

    def wait_until_settled(self, count: int, timeout_seconds: float = 120) -> Counter[str]:
        """Wait until so many runs are there and none is open; returns the states."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                states = self.states()
            except psycopg.OperationalError:
                states = Counter()
            is_open = sum(states[s] for s in ("queued", "asking", "approved", "delivering"))
            if states.total() >= count and not is_open:
                return states
            if time.monotonic() > deadline:
                raise TimeoutError(f"{states} after {timeout_seconds} s\n{self.log()[-3000:]}")
            time.sleep(0.2)

    def noted(self) -> Counter[str]:
        """Return how often each lead stands in the practice HubSpot's notes, by its number."""
        bodies = [str(note["body"]) for note in self.books("hubspot")["notes"]]
        return Counter(found[0] for body in bodies if (found := re.search(r"L\d{7}", body)))

    def drafted(self) -> Counter[str]:
        """Return how often each lead has a draft in the practice Gmail, by its address."""
        return Counter(str(draft["to"]) for draft in self.books("gmail")["drafts"])

    # Processes

    def worker_pids(self) -> list[int]:
        return [p.pid for p in self._own() if " work" in _words(p)]

    def web_pids(self) -> list[int]:
        """Return the process that holds the pages, without `up` itself."""
        mine = {p.pid for p in self.others}
        return [p.pid for p in self._own() if " work" not in _words(p) and p.pid not in mine]

    def postmaster_pid(self) -> int:
        return int(Path(self._data_folder(), "postmaster.pid").read_text().split()[0])

    def pids(self) -> list[int]:
        """Return Signoff's processes: web, worker and the database, with all their children."""
        found = {p.pid for p in self._own()}
        with contextlib.suppress(OSError, psutil.NoSuchProcess):
            postmaster = psutil.Process(self.postmaster_pid())
            found |= {postmaster.pid, *(p.pid for p in postmaster.children(recursive=True))}
        return sorted(found)

    def kill_all(self) -> None:
        """`kill -9` web and workers together, as a crash of the machine does; the database lives on."""
        for process in self._own():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        for started in self.others:
            started.wait(10)

    def cpu_seconds(self) -> float:
        return sum(self.cpu_by_kind().values())

    def cpu_by_kind(self) -> dict[str, float]:
        """Return the CPU seconds of the web, worker and database processes so far."""
        kinds: dict[str, float] = {}
        for pid in self.pids():
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                kind = "web"
                if process.name() == "postgres":
                    kind = "database"
                elif " work" in _words(process):
                    kind = "worker"
                times = process.cpu_times()
                # A database's process that has ended is counted by the one that started it.
                gone = times.children_user + times.children_system if kind == "database" else 0
                kinds[kind] = kinds.get(kind, 0) + times.user + times.system + gone
        return kinds

    def memory_mb(self) -> float:
        """Return the proportional share of memory (PSS) of all of Signoff's processes, in MB."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        total += int(line.split()[1])
        return total / 1024

    def _own(self) -> list[psutil.Process]:
        found = []
        for started in self.others:
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(started.pid)
                found += [process, *process.children(recursive=True)]
        return [p for p in found if p.is_running() and _words(p)]

    def _data_folder(self) -> Path:
        where = Path(self.env["SIGNOFF_HOME"], "postgres.where")
        if where.exists():
            return Path(where.read_text().splitlines()[0])
        return Path(self.env["SIGNOFF_HOME"], "postgres")

    # The person

    def approve_all(self, count: int, timeout_seconds: float = 60) -> int:
        """Approve drafts through the REST API until so many are decided; a refused answer is tried again."""
        decided: set[int] = set()
        deadline = time.monotonic() + timeout_seconds
        while len(decided) < count and time.monotonic() < deadline:
            try:
                for review in self._api("GET", "/reviews?limit=200")["items"]:
                    body = {"verdict": "approved", "content_hash": review["content_hash"]}
                    self._api("POST", f"/reviews/{review['id']}/decision", body)
                    decided.add(review["id"])
            except OSError:
                pass  # the web process is being killed, or another answer came first
            time.sleep(0.2)
        return len(decided)

    def _api(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.address}/api/v1{path}", data, headers, method=method)
        with urlopen(request, timeout=10) as reply:
            found: dict[str, Any] = json.load(reply)
            return found


@contextlib.contextmanager
def house(
    *,
    workers: int = 1,
    practice: Mapping[str, Any] | None = None,
    limits: Mapping[str, float] | None = None,
    integrations: Sequence[str] = (NOTE,),
    database: str = "",
    folder: str = "",
    program: str = sys.executable,
    **env: str,
) -> Iterator[House]:
    """
    Start the practice apps and a Signoff in a new folder, connect them, and switch the integrations on.

    `practice` are options of the practice apps; without, nothing limits and nothing goes wrong there.
    """
    own_folder = tempfile.mkdtemp(prefix="signoff-bench-", dir=folder or "/tmp")
    Path(own_folder).chmod(0o711)
    port = free_port()
    full_env = {
        **os.environ,
        "SIGNOFF_HOME": own_folder + "/home",
        "SIGNOFF_ALLOW_HOSTS": "127.0.0.1",
        "SIGNOFF_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT / "src"),
        **env,
    }
    full_env.pop("DATABASE_URL", None)
    if database:
        full_env["DATABASE_URL"] = database
    free = {"hubspot_per_10s": 10_000_000, "rpm": 10_000_000, "tpm": 1_000_000_000}
    with running(**{**free, **(practice or {})}) as apps:
        made = House(apps, own_folder, port, workers, full_env, program=program)
        try:
            made.started_seconds = made.start()
            made.furnish(integrations, limits)
            yield made
        finally:
            made.stop()
            shutil.rmtree(own_folder, ignore_errors=True)


async def post_all(
    url: str, documents: Iterable[Mapping[str, Any]], at_once: int = 500, *, insist: bool = False
) -> list[tuple[int, float]]:
    """
    POST documents with so many open connections; returns each one's status (0: no answer) and seconds.

    Written on bare sockets: the load must not cost what is to be measured. With `insist`, one that is not
    answered 200 or 202 is sent again, as every sender of webhooks does.
    """
    parts = urlsplit(url)
    results: list[tuple[int, float]] = []
    queue = list(reversed([json.dumps(d).encode() for d in documents]))

    async def send(body: bytes) -> int:
        try:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(
                f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
            head = await reader.readline()
            await reader.read()
            writer.close()
            return int(head.split()[1])
        except (OSError, IndexError):
            return 0

    async def caller() -> None:
        while queue:
            body = queue.pop()
            began = time.perf_counter()
            status = await send(body)
            while insist and status not in (200, 202):
                await asyncio.sleep(0.3)
                status = await send(body)
            results.append((status, time.perf_counter() - began))

    await asyncio.gather(*(caller() for _ in range(max(1, min(at_once, len(queue))))))
    return results


def post(url: str, document: Mapping[str, Any]) -> int:
    """POST one document; returns the status."""
    request = Request(url, json.dumps(document).encode(), {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=60) as reply:
            return int(reply.status)
    except HTTPError as error:
        return error.code


def get_json(url: str) -> dict[str, Any]:
    with urlopen(url, timeout=60) as reply:
        found: dict[str, Any] = json.load(reply)
        return found


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
