"""A real n8n with our nodes in it: installed by npm, started, and driven as its editor drives it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psycopg

from signoff.cli.tests import npm
from signoff.cli.tests.desk import until
from signoff.cli.tests.place import free_port
from signoff.web.n8n import package

VERSION = "2.41.1"
START_SECONDS = 300.0
OWNER = {
    "email": "priya@example.test",
    "firstName": "Priya",
    "lastName": "Nair",
    "password": "Quiet-harbour-7",
}
QUIET = {
    "N8N_DIAGNOSTICS_ENABLED": "false",
    "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
    "N8N_TEMPLATES_ENABLED": "false",
    "N8N_HIRING_BANNER_ENABLED": "false",
    "N8N_PERSONALIZATION_ENABLED": "false",
    "N8N_SECURE_COOKIE": "false",
    "N8N_LISTEN_ADDRESS": "127.0.0.1",
    "N8N_PYTHON_ENABLED": "false",
    "EXTERNAL_FRONTEND_HOOKS_URLS": "",
}


@dataclass
class N8n:
    """A running n8n, somebody signed in, and what they build."""

    url: str
    folder: Path
    env: dict[str, str]
    http: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=60))
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        node = npm.node_24()
        program = npm.installed("n8n", {"n8n": VERSION}, node=node) / "node_modules" / ".bin" / "n8n"
        log = self.folder / "n8n.log"
        with log.open("ab") as said:
            process = self.process = subprocess.Popen(
                [str(program), "start"], env=npm.environment(node, **self.env), cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip

        def ready() -> bool:
            assert process.poll() is None, log.read_text()[-4000:]
            try:
                return self.http.get(f"{self.url}/healthz/readiness").status_code == 200
            except httpx2.TransportError:
                return False

        until("n8n", ready, START_SECONDS)

    def stop(self) -> None:
        if self.process is None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        reply = self.http.request(method, f"{self.url}/rest{path}", json=body)
        assert reply.status_code < 400, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json()["data"]

    def credential(self, url: str, token: str) -> dict[str, str]:
        """Keep the address and the key of a Signoff; returns what a node names."""
        kept = self.rest("POST", "/credentials", self._credential(url, token))
        return {"id": kept["id"], "name": kept["name"]}

    def test_credential(self, url: str, token: str) -> dict[str, str]:
        """Press *Test* in the dialog; returns {"status": "OK" or "Error", "message"}."""
        credential = {"id": "", **self._credential(url, token)}
        found: dict[str, str] = self.rest("POST", "/credentials/test", {"credentials": credential})
        return found

    @staticmethod
    def _credential(url: str, token: str) -> dict[str, Any]:
        return {"name": "Signoff", "type": "signoffApi", "data": {"url": url, "token": token}}

    def workflow(self, name: str, nodes: list[dict[str, Any]], **links: list[list[str]]) -> str:
        """Build a workflow and switch it on; returns its id. `links`: for each node, whom each output leads to."""
        for number, node in enumerate(nodes):
            node |= {
                "id": f"{name}-{number}",
                "position": [200 * number, 0],
                "typeVersion": node.get("typeVersion", 1),
            }
        connections = {
            start.replace("_", " "): {
                "main": [[{"node": end, "type": "main", "index": 0} for end in ends] for ends in outputs]
            }
            for start, outputs in links.items()
        }
        made = self.rest(
            "POST", "/workflows",
            {"name": name, "nodes": nodes, "connections": connections, "settings": {"executionOrder": "v1"}},
        )  # fmt: skip
        self.rest("POST", f"/workflows/{made['id']}/activate", {"versionId": made["versionId"]})
        return str(made["id"])

    def switch_off(self, workflow: str) -> None:
        self.rest("POST", f"/workflows/{workflow}/deactivate")

    def choices(self, node: str, credential: dict[str, str]) -> list[dict[str, Any]]:
        """Return what the list *Integration* of a node offers."""
        asked = {
            "path": "parameters.integration", "nodeTypeAndVersion": {"name": node, "version": 1},
            "currentNodeParameters": {"operation": "ask"}, "credentials": {"signoffApi": credential},
            "methodName": "getIntegrations",
        }  # fmt: skip
        found: list[dict[str, Any]] = self.rest("POST", "/dynamic-node-parameters/options", asked)
        return found

    def hook(self, path: str, body: Any) -> httpx2.Response:
        """Call a webhook of n8n's, once it is there: a workflow that was switched on takes a moment."""
        found: list[httpx2.Response] = []

        def called() -> bool:
            found.append(self.http.post(f"{self.url}/webhook/{path}", json=body))
            return found[-1].status_code != 404

        until(f"the webhook {path}", called)
        return found[-1]

    def executions(self, workflow: str, status: str = "") -> list[dict[str, Any]]:
        asked = json.dumps({"workflowId": workflow, **({"status": [status]} if status else {})})
        reply = self.http.get(f"{self.url}/rest/executions", params={"filter": asked})
        return list(reply.json()["data"]["results"])

    def said(self, execution: str) -> str:
        """Return all that n8n kept of an execution, as text."""
        return str(self.rest("GET", f"/executions/{execution}")["data"])


@contextmanager
def database() -> Iterator[dict[str, str]]:
    """Make n8n a database in the tests' own PostgreSQL: its SQLite wants a compiler, or a download from elsewhere."""
    from django.conf import settings

    server = settings.DATABASES["default"]
    name = f"n8n_{secrets.token_hex(4)}"
    where = {
        "host": server["HOST"],
        "user": server["USER"],
        "password": server["PASSWORD"],
        "port": server["PORT"] or 5432,
    }
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")
        yield {
            "DB_TYPE": "postgresdb", "DB_POSTGRESDB_HOST": where["host"], "DB_POSTGRESDB_PORT": str(where["port"]),
            "DB_POSTGRESDB_USER": where["user"], "DB_POSTGRESDB_PASSWORD": where["password"],
            "DB_POSTGRESDB_DATABASE": name,
        }  # fmt: skip
        db.execute(f"DROP DATABASE {name} WITH (FORCE)")


def install(signoff: str, home: Path) -> None:
    """Give the command of Signoff's page for n8n: `home` is of whoever runs n8n."""
    address = f"{signoff}/n8n/nodes/computer/{package.file_name()}"
    in_terminal(f"npm install --no-audit --prefix ~/.n8n/nodes {address}", home)


def in_terminal(command: str, home: Path) -> None:
    done = npm.run(["sh", "-c", command], home, node=npm.node_24(), HOME=str(home))
    assert done.returncode == 0, done.stderr


@contextmanager
def running_n8n(signoff: str | None) -> Iterator[N8n]:
    """Start n8n and sign its owner in; the nodes are in it that a running Signoff hands out, where one is named."""
    with database() as kept:
        yield from _running(signoff, kept)


def _running(signoff: str | None, kept: dict[str, str]) -> Iterator[N8n]:
    folder = Path(tempfile.mkdtemp(prefix="signoff-n8n-", dir="/tmp"))
    if signoff:
        install(signoff, folder)
    port, broker = free_port(), free_port()
    url = f"http://localhost:{port}"
    env = {
        **QUIET, **kept, "N8N_USER_FOLDER": str(folder), "N8N_PORT": str(port), "WEBHOOK_URL": f"{url}/",
        "N8N_RUNNERS_BROKER_PORT": str(broker),
    }  # fmt: skip
    here = N8n(url, folder, env)
    try:
        here.start()
        here.rest("POST", "/owner/setup", OWNER)
        yield here
    finally:
        here.stop()
        shutil.rmtree(folder, ignore_errors=True)
