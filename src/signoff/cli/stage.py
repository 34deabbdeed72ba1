"""The stage of the demo: practice apps and a whole Signoff of its own, in a data folder that is new each time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from signoff.cli.start import django, say
from signoff.connectors.base import Event

FILES = Path(__file__).with_name("practice_files")
HUBSPOT_KEY = "pat-na1-practice-0000-0000-0000-000000000000"
AI_KEY = "sk-practice-0000000000000000000000000000"
GMAIL_CLIENT = ("000000000000-practice.apps.googleusercontent.com", "GOCSPX-practice-0000000000000000")
OWNER = ("priya.nair@harbourdesk.example", "Priya Nair")
PASSWORD = "practice makes perfect"  # noqa: S105  # of a stand-in, in a data folder that is forgotten
WAIT_SECONDS = 600
STORY_OPTIONS = (
    "--rpm", "1000000", "--tpm", "1000000000", "--hubspot-per-10s", "1000000", "--faults", "mistakes=0.03",
)  # fmt: skip


class Stage:
    """The practice apps, a Signoff, and the scripted reviewer."""

    folder_name = "demo"

    def __init__(
        self, *, seed: int, ai: str, model: str, port: int, headless: bool, story: bool = False
    ) -> None:
        self.seed, self.ai, self.model, self.port, self.headless = seed, ai, model, port, headless
        self.story = story
        self.address = f"http://127.0.0.1:{port}"
        self.apps: dict[str, Any] = {}
        self._processes: list[subprocess.Popen[str]] = []
        self._http = httpx2.Client(timeout=30, trust_env=False)

    def open(self) -> None:
        """Start everything and connect it. Returns when the pages answer."""
        self._choose_folder()
        more = STORY_OPTIONS if self.story else ()
        practice = self._start(
            "-m",
            "signoff_sandbox",
            "--port-base",
            "0",
            "--seed",
            str(self.seed),
            "--until-stdin-closes",
            *more,
        )
        if self.story:  # its own process does the work, in its own time; the pages come afterwards
            self._meet(practice)
            django()
            self._connect(None)
            self._set_free()
            return
        local = self._start_local_model() if self.ai == "local" else None
        up = self._start("-m", "signoff", "up", "--lifeline", "--port", str(self.port), answers=False)
        self._meet(practice)
        django()
        self._connect(local)
        self._wait_for_pages(up)

    def show_pages(self) -> None:
        """Start the pages after a story."""
        up = self._start("-m", "signoff", "up", "--lifeline", "--port", str(self.port), answers=False)
        self._wait_for_pages(up)

    def live(self, say: Callable[[str], None], started: float) -> dict[str, Any]:
        """Live the life of an integration, and count at the practice apps' own books what came of it."""
        from signoff.accounts.models import Person
        from signoff.cli.story import Life, story_time
        from signoff.runs.models import Run

        person = Person.objects.get(email=OWNER[0])
        with story_time() as story_clock:
            life = Life(
                "follow-up-new-leads",
                person,
                self._bring,
                self._move_alias,
                story_clock,
                seed=self.seed,
                say=say,
            )
            life.tell()
        expected = {
            str(email).lower()
            for email in Run.objects.filter(state="done").values_list("record__email", flat=True)
        }
        drafts = Counter(str(draft["to"]).lower() for draft in self._books("gmail")["drafts"])
        return {
            **life.document(),
            "delivered": len(drafts),
            "lost": len(expected - set(drafts)),
            "duplicates": sum(count - 1 for count in drafts.values()),
            "planted_or_rejected_sent": len(set(drafts) - expected),
            "seconds": round(time.monotonic() - started, 1),
        }

    def close(self) -> None:
        """Stop everything that was started."""
        self._http.close()
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()

    def is_open(self) -> bool:
        return all(process.poll() is None for process in self._processes)

    def sign_in_link(self) -> str:
        """Return an address that signs the owner in, once."""
        from signoff.accounts.links import make_link
        from signoff.accounts.models import Person

        return f"{self.address}/sign-in/link/{make_link(Person.objects.get(email=OWNER[0]))}/"

    def send_leads(self, count: int) -> None:
        """Let people fill in the practice contact form."""
        self._control("hubspot", {"seed_leads": count})

    def play(self, leads: int, started: float) -> dict[str, Any]:
        """Send leads in, decide every draft through the REST API, and count at the practice apps' own books."""
        self.send_leads(leads)
        verdicts = _Reviewer(self._http, self.address, self._token()).decide_all(leads)
        self._wait_for_deliveries(verdicts["approved"] + verdicts["edited"])
        return {**self._count(verdicts), "seconds": round(time.monotonic() - started, 1)}

    def _choose_folder(self) -> None:
        """Begin with an empty data folder: the practice apps forget, so Signoff must too."""
        from signoff.core.home import home

        folder = home() / self.folder_name
        os.environ["SIGNOFF_HOME"] = str(folder)
        for name in ("DATABASE_URL", "SIGNOFF_KEY"):
            os.environ.pop(name, None)
        os.environ["SIGNOFF_URL"] = self.address
        hosts = {"127.0.0.1", *filter(None, os.environ.get("SIGNOFF_ALLOW_HOSTS", "").split(","))}
        base = urlsplit(os.environ.get("OPENAI_BASE_URL", "")).hostname
        os.environ["SIGNOFF_ALLOW_HOSTS"] = ",".join(sorted(hosts | ({base} if base else set())))
        if folder.exists():
            from signoff.engine.embedded import forget_database

            forget_database(folder)
            shutil.rmtree(folder)
        home()

    def _start(self, *words: str, answers: bool = True) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.PIPE,  # it closes with us, however we end
            stdout=subprocess.PIPE if answers else subprocess.DEVNULL,
            stderr=None if os.environ.get("SIGNOFF_DEMO_LOGS") else subprocess.DEVNULL,
            text=True,
        )
        self._processes.append(process)
        return process

    def _start_local_model(self) -> subprocess.Popen[str]:
        from signoff.core.home import home

        say("The small local model starts; the first time it is installed (about 130 MB).")
        folder = home().parent / "models"
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "signoff_sandbox.local_model",
                "--folder",
                str(folder),
                "--until-stdin-closes",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        return process

    def _first_line(self, process: subprocess.Popen[str], what: str) -> dict[str, Any]:
        line = process.stdout.readline() if process.stdout else ""
        try:
            found: dict[str, Any] = json.loads(line)
        except ValueError:
            raise RuntimeError(f"{what} did not start (exit {process.poll()}).") from None
        return found

    def _meet(self, practice: subprocess.Popen[str]) -> None:
        """Learn where the practice apps are, and let the pages offer them to whoever connects one more app."""
        from signoff.core.home import practice_apps

        self.apps = self._first_line(practice, "The practice apps")
        keys: dict[str, str] = self.apps["keys"]
        # Who brought an AI of their own connects that one again, not the practice AI.
        offered = {name: key for name, key in keys.items() if self.ai == "practice" or name != "openai"}
        settings: dict[str, Any] = self.apps["settings"]
        told = {
            name: {"address": self.apps[name], "key": key, "settings": settings.get(name, {})}
            for name, key in offered.items()
        }
        practice_apps().write_text(json.dumps(told))

    def _connect(self, local: subprocess.Popen[str] | None) -> None:
        """Do what an owner does in the browser: account, three connections, the integration, switched on."""
        from signoff.accounts.models import Person
        from signoff.connections.connect import connect
        from signoff.core.secret import Secret
        from signoff.engine import verbs
        from signoff.integrations.apply import apply
        from signoff.integrations.file import read_file, read_text
        from signoff.integrations.models import Integration

        person = Person.objects.add(OWNER[0], PASSWORD, Person.Role.OWNER, OWNER[1])
        connect("hubspot", "hubspot-main", Secret(HUBSPOT_KEY), base_url=self.apps["hubspot"], person=person)
        self._sign_in_to_gmail(person)
        if local is not None:
            model = self._first_line(local, "The local model")
            self.model = model["model"]
            connect("openai", "openai-main", Secret(model["key"]), base_url=model["url"], person=person)
        elif self.ai == "openai":
            base = os.environ.get("OPENAI_BASE_URL", "")
            connect(
                "openai", "openai-main", Secret(os.environ["OPENAI_API_KEY"]), base_url=base, person=person
            )
        else:
            base = self.apps["openai"] + "/v1"
            stated = {"requests_per_minute": 500, "tokens_per_minute": 200_000}  # as an owner knows them
            connect("openai", "openai-main", Secret(AI_KEY), base_url=base, limits=stated, person=person)
        text = (FILES / "follow-up-new-leads.yaml").read_text()
        document = read_text(
            text.replace("model: gpt-4o", f"model: {self.model}"), "follow-up-new-leads.yaml"
        )
        applied = apply([read_file(FILES / "company-facts.yaml"), document], person=person)
        if applied.faults:
            raise RuntimeError(f"the demo's own files have faults: {applied.faults}")
        integration = Integration.objects.get(name="follow-up-new-leads")
        verbs.switch(integration, True, person)

    def _bring(self, count: int) -> list[Event]:
        """Let leads fill in the practice form, and return the events of it."""
        ids = self._control("hubspot", {"seed_leads": {"count": count}})["seed_leads"]
        found = {str(one["id"]): one["properties"] for one in self._books("hubspot")["contacts"]}
        events = []
        for number in map(str, ids):
            record = {name: value for name, value in found[number].items() if value is not None}
            name = " ".join(filter(None, (record.get("firstname"), record.get("lastname"))))
            events.append(Event(f"contact:{number}", number, {"id": number, **record}, name))
        return events

    def _move_alias(self, snapshot: str) -> None:
        self._control("openai", {"move_alias": {self.model: snapshot}})

    def _set_free(self) -> None:
        """Let no pace hold up a story: nobody waits for a customer in it."""
        from signoff.connections.models import Connection
        from signoff.pacing import pace

        for connection in Connection.objects.all():
            connection.limits = {"requests_per_minute": 1_000_000, "tokens_per_minute": 1_000_000_000}
            connection.save(update_fields=["limits"])
            pace.state_limits(connection)

    def _sign_in_to_gmail(self, person: Any) -> None:
        from signoff.connections.signing_in import begin_sign_in, finish_sign_in
        from signoff.core.secret import Secret

        client_id, client_secret = GMAIL_CLIENT
        back = f"{self.address}/connections/callback/"
        begun = begin_sign_in(
            "gmail", "gmail-sales", client_id, Secret(client_secret), back, self.apps["gmail"]
        )
        reply = self._http.get(begun.address + "&auto=1")
        params = dict(parse_qsl(urlsplit(reply.headers["location"]).query))
        finish_sign_in(params["state"], params, person)

    def _wait_for_pages(self, up: subprocess.Popen[str]) -> None:
        from signoff.runs.models import Source

        for _ in _until(60, "The pages do not answer."):
            if up.poll() is not None:
                raise RuntimeError(f"Signoff ended while it started (exit {up.returncode}).")
            try:
                ready = self._http.get(f"{self.address}/readyz").status_code == 200
            except httpx2.TransportError:
                ready = False
            # Leads count from the moment at which HubSpot was first read; before that they are old ones.
            if ready and self.story:
                return
            if ready and Source.objects.filter(read_at__isnull=False).exists():
                return

    def _token(self) -> str:
        from signoff.accounts.models import Person
        from signoff.accounts.tokens import make_token

        person = Person.objects.get(email=OWNER[0])
        return make_token("scripted reviewer", person, ["read", "review"]).reveal()

    def _wait_for_deliveries(self, expected: int) -> None:
        from signoff.runs.models import Run

        for _ in _until(WAIT_SECONDS, f"{expected} approved drafts were not all delivered."):
            if not Run.objects.filter(state__in=Run.OPEN).exists():
                return

    def _count(self, verdicts: Counter[str]) -> dict[str, Any]:
        """Count at the practice apps' books, not at our own rows."""
        hubspot, gmail = self._books("hubspot"), self._books("gmail")
        leads = [contact for contact in hubspot["contacts"] if contact.get("seeded", True)]
        addresses = Counter(str(draft["to"]).lower() for draft in [*gmail["drafts"], *gmail["sent"]])
        notes = Counter(contact for note in hubspot["notes"] for contact in note["contact_ids"])
        approved = verdicts["approved"] + verdicts["edited"]
        twice = sum(n - 1 for n in addresses.values()) + sum(n - 1 for n in notes.values())
        never_drafted = len(leads) - verdicts["drafted"]
        return {
            "leads": len(leads),
            "drafted": verdicts["drafted"],
            "flagged": verdicts["flagged"],
            "approved": verdicts["approved"],
            "edited": verdicts["edited"],
            "rejected": verdicts["rejected"],
            "delivered": len(addresses),
            "lost": max(0, approved - len(addresses))
            + max(0, approved - len(notes))
            + max(0, never_drafted - _held_count()),
            "duplicates": twice,
            "needs_you": _held_count(),
        }

    def _books(self, app: str) -> dict[str, Any]:
        books: dict[str, Any] = self._http.get(f"{self.apps[app]}/_books").json()
        return books

    def _control(self, app: str, what: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = (
            self._http.post(f"{self.apps[app]}/_control", json=what).raise_for_status().json()
        )
        return told


class _Reviewer:
    """Decides as a careful person would: approves what is supported, mends what can be mended, rejects the rest."""

    def __init__(self, http: httpx2.Client, address: str, token: str) -> None:
        self._http, self._address = http, address
        self._headers = {"Authorization": f"Bearer {token}"}

    def decide_all(self, leads: int) -> Counter[str]:
        """Decide drafts as they come, until every lead has had its decision or waits for its owner."""
        from rich.console import Console
        from rich.progress import Progress

        verdicts: Counter[str] = Counter()
        seen: set[int] = set()
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("Reviewing drafts", total=leads)
            for _ in _until(WAIT_SECONDS, f"{leads - len(seen)} of {leads} drafts did not come."):
                for review in self._waiting():
                    if review["id"] not in seen:
                        seen.add(review["id"])
                        verdicts["drafted"] += 1
                        verdicts["flagged"] += bool(review["findings"])
                        verdicts[self._decide(review)] += 1
                progress.update(bar, completed=len(seen))
                if len(seen) >= leads or len(seen) + _held_count() >= leads:
                    return verdicts
        return verdicts

    def _waiting(self) -> list[dict[str, Any]]:
        reply = self._http.get(f"{self._address}/api/v1/reviews?limit=500", headers=self._headers)
        items: list[dict[str, Any]] = reply.raise_for_status().json()["items"]
        return items

    def _decide(self, review: dict[str, Any]) -> str:
        decision: dict[str, Any] = {"verdict": "approved", "content_hash": review["content_hash"]}
        if review["findings"]:
            mended = _without_findings(review)
            if mended is None:
                decision |= {"verdict": "rejected", "reason": "fact"}
            else:
                decision |= {"verdict": "edited", "content": mended}
        path = f"{self._address}/api/v1/reviews/{review['id']}/decision"
        reply = self._http.post(path, json=decision, headers=self._headers)
        return str(reply.raise_for_status().json()["verdict"])


def _without_findings(review: dict[str, Any]) -> dict[str, str] | None:
    """Return the body without the sentences that say what the record does not; None when that leaves too little."""
    body = review["content"].get("body")
    if not isinstance(body, str) or any(finding.get("in") != "body" for finding in review["findings"]):
        return None
    keep = bytearray(b"\x01" * len(body))
    for finding in review["findings"]:
        start = max(body.rfind(mark, 0, finding["start"]) for mark in (". ", "! ", "? ", "\n")) + 1
        ends = [body.find(mark, max(finding["end"] - 1, 0)) for mark in (". ", "! ", "? ", "\n")]
        end = min([e + 1 for e in ends if e >= 0] or [len(body)])
        keep[start:end] = b"\x00" * (end - start)
    mended = "".join(letter for letter, kept in zip(body, keep, strict=True) if kept).strip()
    return {"body": mended} if len(mended) >= 60 else None


def _held_count() -> int:
    """Return how many leads wait for their owner, with everything kept: counted apart, and not lost."""
    from signoff.runs.models import Run

    return Run.objects.filter(state__in=["needs you", "uncertain", "failed"], review=None).count()


def _until(seconds: float, otherwise: str) -> Iterator[None]:
    """Come round ten times a second until the caller is content; raises after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(0.1)
    raise RuntimeError(otherwise)
