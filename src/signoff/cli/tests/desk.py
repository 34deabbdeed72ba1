"""A Signoff that runs and takes proposals, for programs of others: what an owner has, and what a reviewer does."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from signoff.cli.tests.place import Place, clear_away, free_port, new_place, wait_for
from signoff_sandbox.testing import OPENAI_KEY, Practice

PATIENCE_SECONDS = 60.0
INTEGRATION = "sign-off-replies"
OWNER, PASSWORD = "priya@example.test", "a long enough password"
FILE = f"""\
name: {INTEGRATION}
record: {{when: webhook}}
prompt: {{ai: openai-main, model: gpt-4o, task: Answer the question in the record.}}
answer: {{body: {{type: text, max: 800}}}}
then: reply
"""


@dataclass
class Desk:
    """A running Signoff with the integration of docs/proposals.md, and a key that may read, propose and review."""

    place: Place
    url: str
    token: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        reply = httpx2.request(
            method,
            f"{self.url}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=40,
        )
        assert reply.status_code < 400, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    def waiting(self) -> list[dict[str, Any]]:
        return list(self.call("GET", "/reviews?limit=500")["items"])

    def review_of(self, label: str) -> dict[str, Any]:
        """Return the draft about somebody, once it waits."""
        return until(
            f"a draft about {label}",
            lambda: next((r for r in self.waiting() if label in str(r["record"])), None),
        )

    def decide(self, label: str, verdict: str = "approved", **more: Any) -> dict[str, Any]:
        """Decide on the draft about somebody, as a person does; returns it as it was."""
        review = self.review_of(label)
        decision = {"verdict": verdict, "content_hash": review["content_hash"], **more}
        self.call("POST", f"/reviews/{review['id']}/decision", decision)
        return review


def until(what: str, look: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """Return what is found, once it is true; fails after some patience."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.1)
    return found


@dataclass
class New:
    """A Signoff as it is after its first start: an owner, and nothing connected. The practice AI is offered."""

    place: Place
    url: str
    port: int
    up: subprocess.Popen[bytes]

    def start_again(self, allow_hosts: str) -> None:
        self.up.terminate()
        self.up.wait(60)
        self.up = self.place.start("up", "--port", str(self.port), SIGNOFF_ALLOW_HOSTS=allow_hosts)
        wait_for(f"{self.url}/readyz", seconds=180)


@contextmanager
def new_signoff(practice: Practice) -> Iterator[New]:
    here, port = new_place(), free_port()
    url = f"http://127.0.0.1:{port}"
    here.env = {"SIGNOFF_URL": url, "PASSWORD": PASSWORD, "SIGNOFF_ALLOW_HOSTS": "127.0.0.1"}
    ai = {"address": f"{practice.openai}/v1", "key": OPENAI_KEY, "settings": {}}
    (here.folder / "practice-apps.json").write_text(json.dumps({"openai": ai}))
    try:
        made = New(here, url, port, here.start("up", "--port", str(port)))
        wait_for(f"{url}/readyz", seconds=180)
        ready = here.run("setup", "--owner", OWNER, "--password-env", "PASSWORD", "--name", "Priya")
        assert ready.code == 0, ready.err
        yield made
        made.up.terminate()
        made.up.wait(30)
    finally:
        clear_away(here)


@contextmanager
def running_desk(practice: Practice, **env: str) -> Iterator[Desk]:
    """Start a Signoff, do once what docs/proposals.md says, and end it."""
    here = new_place()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    here.env = {
        "SIGNOFF_URL": url, "PASSWORD": PASSWORD,
        "SIGNOFF_ALLOW_HOSTS": "127.0.0.1,localhost", **env,
    }  # fmt: skip
    try:
        up = here.start("up", "--port", str(port))
        wait_for(f"{url}/readyz", seconds=180)
        ready = here.run("setup", "--owner", OWNER, "--password-env", "PASSWORD", "--name", "Priya")
        assert ready.code == 0, ready.err
        ai = ["connect", "openai", "--name", "openai-main", "--base-url", practice.openai + "/v1"]
        assert here.run(*ai, stdin=OPENAI_KEY).code == 0
        (here.folder / "desk.yaml").write_text(FILE)
        assert here.run("apply", str(here.folder / "desk.yaml")).code == 0
        assert here.run("on", INTEGRATION).code == 0
        made = here.run("token", "create", "--name", "elsewhere", "--can", "read,propose,review", "--json")
        yield Desk(here, url, made.json["token"])
        up.terminate()
        up.wait(30)
    finally:
        clear_away(here)
