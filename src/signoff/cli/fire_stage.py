"""The stage of the fire drill: practice apps that misbehave, and a Signoff of its own that has to bear it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from signoff.cli.stage import AI_KEY, HUBSPOT_KEY, OWNER, PASSWORD, Stage

Found = TypeVar("Found")

FREE = {"requests_per_minute": 100_000, "tokens_per_minute": 100_000_000}
LONGEST_SECONDS = 150.0  # for one thing that must come about
LOOK_EVERY_SECONDS = 0.25
NOTE = """\
name: notes
record: {{when: webhook, fields: [lead_id, name, email, message]}}
prompt: {{ai: ai, model: {model}, task: Write a short summary of this enquiry for our sales team.}}
answer: {{body: {{type: text, max: 1200}}}}
review: none
then:
  - crm.add_note: {{body: "Lead {{record.lead_id}}: {{answer.body}}"}}
"""
MAIL = """\
name: letters
record: {when: webhook, fields: [lead_id, name, email, message]}
prompt: {ai: ai, model: gpt-4o, task: Write a short follow-up e-mail to a new lead.}
answer: {subject: {type: text, max: 78}, body: {type: text, max: 1200}}
review: {by: [sales]}
then:
  - gmail-sales.create_draft: {to: record.email, subject: answer.subject, body: answer.body}
"""
SIGNED = """\
name: signed
record: {when: webhook, signed: standard, fields: [lead_id, name, email, message]}
prompt: {ai: ai, model: gpt-4o, task: Write a short summary of this enquiry for our sales team.}
answer: {body: {type: text, max: 1200}}
review: none
then:
  - crm.add_note: {body: "Lead {record.lead_id}: {answer.body}"}
"""


class TookTooLong(Exception):
    """Something that was promised did not come about in time; the text says what."""


class FireStage(Stage):
    """A stage without leads of its own; what is sent in is counted in the practice apps' books."""

    folder_name = "fire-drill"

    def __init__(self, port: int) -> None:
        super().__init__(seed=7, ai="practice", model="gpt-4o", port=port, headless=True)
        self.addresses: dict[str, str] = {}
        self.sent = 0
        self._token_text = ""

    def close(self) -> None:
        """Stop everything, and forget the data folder: nothing of a drill is worth keeping."""
        from signoff.core.home import home
        from signoff.engine.embedded import DatabaseTrouble, forget_database, let_go

        super().close()
        folder = home()
        if folder.name != self.folder_name:
            return  # it was ended before it had a folder of its own
        from django.db import connections

        connections.close_all()
        let_go()
        try:
            forget_database(folder)
        except DatabaseTrouble:
            return  # the next drill removes it
        shutil.rmtree(folder, ignore_errors=True)

    # Sending and counting

    def send(self, count: int, to: str = "notes", **headers: str) -> list[str]:
        """Hand in so many records by webhook; returns their numbers."""
        numbers = [f"L{n:07d}" for n in range(self.sent, self.sent + count)]
        self.sent += count
        for number in numbers:
            status = self.post(to, number, **headers)
            if status != 202:
                raise TookTooLong(f"a record was answered {status} instead of 202")
        return numbers

    def post(self, to: str, number: str, **headers: str) -> int:
        record = {
            "lead_id": number,
            "name": f"Ada Example {number[-3:]}",
            "email": f"{number.lower()}@example.test",
            "message": "We are a dental practice with 8 dentists and would like to know what the Team plan costs.",
        }
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return int(self._http.post(self.addresses[to], json=record, headers=sent).status_code)

    def next_number(self) -> str:
        self.sent += 1
        return f"L{self.sent - 1:07d}"

    def counted(self, numbers: Sequence[str]) -> tuple[int, int, int]:
        """Return, of these records, how many are lost, how often one stands twice, and how many wait for somebody."""
        from signoff.runs.models import Run

        found: Counter[str] = Counter()
        for note in self._books("hubspot")["notes"]:
            found.update(re.findall(r"^Lead (L\d{7})", str(note["body"])))
        mailbox = self._books("gmail")
        for letter in [*mailbox["drafts"], *mailbox["sent"]]:
            found.update(
                number.upper() for number in re.findall(r"l\d{7}(?=@example)", str(letter["to"]).lower())
            )
        held = set(
            Run.objects.filter(
                record__lead_id__in=list(numbers), state__in=["needs you", "uncertain", "failed"]
            ).values_list("record__lead_id", flat=True)
        )
        lost = [number for number in numbers if number not in found and number not in held]
        twice = sum(found[number] - 1 for number in numbers if found[number] > 1)
        return len(lost), twice, len([number for number in held if number not in found])

    def control(self, app: str, **what: Any) -> None:
        """Let a practice app behave as these verbs say."""
        self._control(app, what)

    def calm(self) -> None:
        """Let every practice app behave again, for the next fault, whatever the last one has left."""
        self.control("hubspot", fail_no_more=True, latency=0, restore_key=True, restore_version="2026-09")
        self.control("openai", fail_no_more=True, billing=None, add_model={"id": "gpt-4o"}, rpm=100_000)
        for name in ("crm", "ai", "gmail-sales"):
            self.mended(name)

    def quiet(self, seconds: float = 45) -> None:
        """Wait until what the fault before has left is told to be over, so that the next one is told as news."""
        from signoff.monitoring.models import Notice

        deadline = time.monotonic() + seconds
        while Notice.objects.filter(closed_at=None).exists() and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_SECONDS)

    def status_counts(self, app: str) -> dict[str, int]:
        counts: dict[str, int] = self._books(app)["status_counts"]
        return counts

    # Waiting

    def until(self, look: Callable[[], Found | None], what: str, seconds: float = LONGEST_SECONDS) -> Found:
        """Look again and again; returns what is found. Raises `TookTooLong`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(LOOK_EVERY_SECONDS)
        raise TookTooLong(f"{what} within {seconds:.0f} s")

    def notice(self, scope: str, since: datetime) -> tuple[str, float]:
        """Wait for a notice of such a cause; returns its title and how long after `since` it was there."""
        from signoff.monitoring.models import Notice

        rows = Notice.objects.filter(key__startswith=scope, first_seen_at__gte=since)
        row = self.until(rows.first, f"no notice {scope} came")
        return row.title, (row.first_seen_at - since).total_seconds()

    def closing(self, scope: str) -> str:
        """Wait until the notice of such a cause is over; returns how it ended."""
        from signoff.monitoring.models import Notice

        def over() -> Notice | None:
            row = Notice.objects.filter(key__startswith=scope).order_by("-pk").first()
            return row if row is not None and row.closed_at is not None else None

        return self.until(over, f"the notice {scope} did not close").closing

    def line(self, numbers: Sequence[str], kinds: Sequence[str], since: datetime) -> tuple[str, float]:
        """Wait for a line of one of these kinds in the history of a record; returns it and when it was there."""

        def told() -> tuple[str, float] | None:
            for run in self.runs(numbers):
                for line in run.timeline:
                    at = datetime.fromisoformat(line["at"])
                    if line["kind"] in kinds and at >= since:
                        return line["what"], (at - since).total_seconds()
            return None

        return self.until(told, f"no record told of it ({', '.join(kinds)})")

    def runs(self, numbers: Sequence[str]) -> list[Any]:
        from signoff.runs.models import Run

        return list(Run.objects.filter(record__lead_id__in=list(numbers)).order_by("pk"))

    def settled(self, numbers: Sequence[str]) -> Counter[str]:
        """Wait until nothing moves any more in these records; returns how many are in which state."""
        from signoff.runs.models import Run

        def look() -> Counter[str] | None:
            states = Counter(run.state for run in self.runs(numbers))
            open_ones = sum(states[state] for state in (*Run.OPEN, "in a batch"))
            return states if states.total() >= len(set(numbers)) and not open_ones else None

        return self.until(look, "the records did not come to an end")

    # What an owner does

    def mended(self, name: str) -> None:
        """Press Check now on a connection."""
        from signoff.connections.models import Connection
        from signoff.engine.watching import check

        check(Connection.objects.get(name=name), by_person=True)

    def try_again(self, numbers: Sequence[str]) -> int:
        """Press Try again on every record that waits for somebody."""
        from signoff.engine import verbs

        return sum(verbs.resume(run.pk) for run in self.runs(numbers) if run.state in ("needs you", "failed"))

    def approve(self, numbers: Sequence[str]) -> None:
        """Approve the drafts of these records, as a person does, once all of them are there."""
        from signoff.review.models import Review

        def waiting() -> list[Review] | None:
            rows = list(Review.objects.filter(run__record__lead_id__in=list(numbers), verdict=""))
            return rows if len(rows) >= len(numbers) else None

        token = self._token_text = self._token_text or self._token()
        for review in self.until(waiting, "the drafts did not come"):
            reply = self._http.post(
                f"{self.address}/api/v1/reviews/{review.pk}/decision",
                json={"verdict": "approved", "content_hash": review.content_hash},
                headers={"Authorization": f"Bearer {token}"},
            )
            reply.raise_for_status()

    def change_model(self, model: str) -> None:
        """Put the file into force with another model."""
        from signoff.engine import verbs
        from signoff.integrations.file import read_text

        done = verbs.put_into_force([read_text(NOTE.format(model=model), "notes.yaml")])
        if done.faults:
            raise TookTooLong(f"another model was refused: {done.faults}")

    def sign_in_again(self) -> None:
        """Sign in to the practice Gmail once more; what waited for it goes on, as after the page in the browser."""
        from signoff.accounts.models import Person
        from signoff.connections.models import Connection
        from signoff.engine import verbs

        self._sign_in_to_gmail(Person.objects.get(email=OWNER[0]))
        verbs.mended(Connection.objects.get(name="gmail-sales"))

    def kill_worker(self) -> None:
        """End the worker as a power cut does; `signoff up` starts another."""
        for pid in _workers_of(self.up_pid):
            os.kill(pid, signal.SIGKILL)

    @property
    def up_pid(self) -> int:
        return next(p.pid for p in self._processes if "up" in p.args)  # type: ignore[operator]  # a list of words

    def _connect(self, local: subprocess.Popen[str] | None) -> None:
        from signoff.accounts.models import Person
        from signoff.connections.connect import connect
        from signoff.core.secret import Secret
        from signoff.engine import verbs
        from signoff.integrations.file import read_text
        from signoff.integrations.models import Integration

        person = Person.objects.add(OWNER[0], PASSWORD, Person.Role.OWNER, OWNER[1])
        self.control("openai", mistakes=0, rpm=100_000, tpm=100_000_000)
        self.control("hubspot", limits={"per_10s": 100_000})
        hubspot, ai = self.apps["hubspot"], self.apps["openai"] + "/v1"
        connect("hubspot", "crm", Secret(HUBSPOT_KEY), base_url=hubspot, limits=FREE, person=person)
        connect("openai", "ai", Secret(AI_KEY), base_url=ai, limits=FREE, person=person)
        self._sign_in_to_gmail(person)
        texts = [NOTE.format(model=self.model), MAIL, SIGNED]
        done = verbs.put_into_force([read_text(text, "drill.yaml") for text in texts], person)
        if done.faults:
            raise RuntimeError(f"the drill's own files have faults: {done.faults}")
        for row in Integration.objects.all():
            verbs.switch(row, True, person)
            self.addresses[row.name] = f"{self.address}/in/{row.key}"

    def _wait_for_pages(self, up: subprocess.Popen[str]) -> None:
        import httpx2

        def ready() -> bool:
            if up.poll() is not None:
                raise RuntimeError(f"Signoff ended while it started (exit {up.returncode}).")
            try:
                return bool(self._http.get(f"{self.address}/readyz").status_code == 200)
            except httpx2.TransportError:
                return False

        self.until(ready, "The pages did not answer", 90)


def _workers_of(parent: int) -> Iterator[int]:
    """Yield the processes of `signoff work` that a process has started."""
    if Path("/proc/self/stat").exists():
        for folder in Path("/proc").iterdir():
            try:
                if not folder.name.isdigit():
                    continue
                after_name = (folder / "stat").read_text().rpartition(")")[2].split()
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue  # it has ended meanwhile
            if int(after_name[1]) == parent and b"work" in words:
                yield int(folder.name)
        return
    told = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True).stdout
    for line in told.splitlines():
        pid, ppid, args = line.split(None, 2)
        if int(ppid) == parent and " work" in args:
            yield int(pid)
