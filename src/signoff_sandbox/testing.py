"""
Runs the practice apps for a test: `with running(rpm=60) as practice: ...`.

A test session usually needs one process:

    @pytest.fixture(scope="session")
    def practice():
        with running() as practice:
            yield practice
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signoff_sandbox.ai.office import PRACTICE_KEY as OPENAI_KEY
from signoff_sandbox.airtable.tables import PRACTICE_KEY as AIRTABLE_KEY
from signoff_sandbox.anthropic.app import PRACTICE_KEY as ANTHROPIC_KEY
from signoff_sandbox.gmail.accounts import CLIENT_ID, CLIENT_SECRET, SCOPE_ROOT
from signoff_sandbox.hubspot.door import PRACTICE_KEY as HUBSPOT_KEY
from signoff_sandbox.mattermost.app import PRACTICE_KEY as MATTERMOST_KEY
from signoff_sandbox.notion.app import PRACTICE_KEY as NOTION_KEY
from signoff_sandbox.ntfy.app import PRACTICE_KEY as NTFY_KEY
from signoff_sandbox.serve import SETTINGS
from signoff_sandbox.slack.workspace import PRACTICE_KEY as SLACK_KEY
from signoff_sandbox.slack.workspace import SIGNING_SECRET as SLACK_SIGNING_SECRET
from signoff_sandbox.telegram.app import PRACTICE_KEY as TELEGRAM_KEY
from signoff_sandbox.todoist.app import PRACTICE_KEY as TODOIST_KEY
from signoff_sandbox.whatsapp.office import PRACTICE_KEY as WHATSAPP_KEY

START_SECONDS = 30
# What is asked for beside the key.
WHATSAPP_SETTINGS = SETTINGS["whatsapp"]
AIRTABLE_SETTINGS = SETTINGS["airtable"]
MATTERMOST_SETTINGS = SETTINGS["mattermost"]
NOTION_SETTINGS = SETTINGS["notion"]
NTFY_SETTINGS = SETTINGS["ntfy"]
TODOIST_SETTINGS = SETTINGS["todoist"]
__all__ = [
    "AIRTABLE_KEY",
    "AIRTABLE_SETTINGS",
    "ANTHROPIC_KEY",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "HUBSPOT_KEY",
    "MATTERMOST_KEY",
    "MATTERMOST_SETTINGS",
    "NOTION_KEY",
    "NOTION_SETTINGS",
    "NTFY_KEY",
    "NTFY_SETTINGS",
    "OPENAI_KEY",
    "SLACK_KEY",
    "SLACK_SIGNING_SECRET",
    "TELEGRAM_KEY",
    "TODOIST_KEY",
    "TODOIST_SETTINGS",
    "WHATSAPP_KEY",
    "WHATSAPP_SETTINGS",
    "Grant",
    "Practice",
    "running",
]

Json = dict[str, Any]


@dataclass(frozen=True)
class Grant:
    """What signing in at the practice Google gave."""

    access_token: str
    refresh_token: str
    scope: str


@dataclass(frozen=True)
class Practice:
    """The running practice apps: their addresses, their books and their controls."""

    addresses: Mapping[str, str]
    pid: int
    process: subprocess.Popen[bytes]

    def address(self, app: str) -> str:
        return self.addresses[app]

    @property
    def hubspot(self) -> str:
        return self.address("hubspot")

    @property
    def gmail(self) -> str:
        return self.address("gmail")

    @property
    def whatsapp(self) -> str:
        return self.address("whatsapp")

    @property
    def slack(self) -> str:
        """Return the address that stands before a method's name, as Slack's own clients have it."""
        return self.address("slack") + "/api"

    @property
    def openai(self) -> str:
        return self.address("openai")

    def books(self, app: str, *, summary: bool = False) -> Json:
        """Return what the app received and holds."""
        return _call(f"{self.address(app)}/_books" + ("?summary=1" if summary else ""))

    def contact(self, id: str) -> Json | None:
        """Return a contact as HubSpot's books tell it, None where there is none."""
        told: Json | None = _call(f"{self.hubspot}/_books/contacts/{id}")
        return told

    def control(self, app: str, **verbs: Any) -> Json:
        """
        Do what the verbs say, in order; see `signoff_sandbox.control` for all of them. Raises when refused.
        """
        return _call(f"{self.address(app)}/_control", verbs)

    def seed_leads(self, count: int, **more: Any) -> list[str]:
        """Let `count` new leads appear in HubSpot; return their ids."""
        ids: list[str] = self.control("hubspot", seed_leads={"count": count, **more})["seed_leads"]
        return ids

    def grant(self, *scopes: str) -> Grant:
        """
        Sign in at the practice Google without a browser; scopes are short names such as `gmail.compose`.
        """
        wanted = " ".join(s if "/" in s else SCOPE_ROOT + s for s in scopes or ("gmail.compose",))
        back = "http://127.0.0.1:1/done"
        asked = {
            "client_id": CLIENT_ID,
            "redirect_uri": back,
            "response_type": "code",
            "scope": wanted,
            "access_type": "offline",
            "prompt": "consent",
            "auto": "1",
        }
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            opener.open(f"{self.gmail}/o/oauth2/v2/auth?{urllib.parse.urlencode(asked)}")
        except urllib.error.HTTPError as answer:
            code = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["Location"]).query)["code"][0]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        data = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(f"{self.gmail}/token", data) as answered:  # noqa: S310 (our own address)
            told = json.load(answered)
        return Grant(told["access_token"], told["refresh_token"], told["scope"])


@contextlib.contextmanager
def running(**options: Any) -> Iterator[Practice]:
    """
    Start the practice apps on free ports; they end with the block, or with this process.

    Options are those of the command line: `rpm`, `tpm`, `latency`, `faults`, `seed`, `leads`,
    `hubspot_per_10s`, `enforcement`, `port_base`. Unless `faults` is given nothing goes wrong: the
    AI makes no mistakes either.
    """
    chosen = {
        "port_base": 0,
        "faults": "mistakes=0",
        "hubspot_per_10s": 100_000,
        "rpm": 100_000,
        "tpm": 50_000_000,
    }
    chosen.update(options)
    arguments = [
        part for name, value in chosen.items() for part in (f"--{name.replace('_', '-')}", str(value))
    ]
    source = str(Path(__file__).parents[1])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH")))),
    }
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "signoff_sandbox", "--until-stdin-closes", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=environment,
        )
        try:
            told = _first_line(process, said)
            yield Practice({app: told[app] for app in told["keys"]}, told["pid"], process)
        finally:
            process.terminate()
            process.communicate(timeout=START_SECONDS)


def _first_line(process: subprocess.Popen[bytes], said: Any) -> Json:
    """Return the addresses that the process prints. Raises with what it said when it ends first."""
    assert process.stdout is not None  # noqa: S101 (asked for above)
    late = threading.Timer(START_SECONDS, process.kill)
    late.start()
    line = process.stdout.readline()
    late.cancel()
    if not line:
        process.wait()
        said.seek(0)
        raise RuntimeError(f"the practice apps did not start: {said.read().decode(errors='replace')}")
    told: Json = json.loads(line)
    return told


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _call(url: str, body: Json | None = None) -> Json:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 (our own)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            told: Json = json.load(answer)
            return told
    except urllib.error.HTTPError as error:
        raise ValueError(f"{url}: {error.read().decode(errors='replace')}") from None
