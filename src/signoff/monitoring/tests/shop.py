"""What the tests of this room share: a mail server that keeps letters, and a connection that breaks and is mended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from signoff.connections.models import Connection
from signoff.core import clock
from signoff.integrations.models import Integration, Version
from signoff.monitoring import looking, telling
from signoff.runs.models import Run

START = datetime.fromisoformat("2026-11-26T10:00:00+00:00")


class Post:
    """A mail server that takes letters; with `refuses` it takes none, and `then` is called before it answers."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], EmailMessage]] = []
        self.refuses = False
        self.then: Callable[[], None] = lambda: None
        self.port = 0

    async def handle_DATA(self, server, session, envelope):  # aiosmtpd names it
        if self.refuses:
            return "554 5.7.1 Not here"
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append((envelope.rcpt_tos, letter))
        self.then()
        return "250 OK"

    @property
    def subjects(self) -> list[str]:
        return [letter["Subject"] for _, letter in self.letters]


def refuse(row: Connection, **more: object) -> None:
    """Let a connection need its owner because its key is not accepted."""
    values = {
        "state": "needs you",
        "trouble": "key",
        "problem": "HubSpot no longer accepts our key. Nothing is lost; the work waits.",
        "next_step": "Open Connections, choose HubSpot and paste a new key.",
    }
    Connection.objects.filter(pk=row.pk).update(**(values | more))


def mend(row: Connection) -> None:
    """Let a connection work again."""
    Connection.objects.filter(pk=row.pk).update(state="working", trouble="", problem="", next_step="")


def look_and_tell() -> None:
    looking.look()
    telling.tell()


def integration(name: str = "follow-up-new-leads", uses: str = "hubspot-main", **more: object) -> Integration:
    """Return an integration that is on and reads from a connection."""
    made = Integration.objects.create(name=name, is_on=True)
    definition = {
        "name": name,
        "record": {"from": uses, "when": "contact_created"},
        "prompt": {"ai": "openai-main", "model": "gpt-4o", "task": "Answer."},
        "answer": {"reply": {"type": "text", "max": 800}},
        "review": {"by": ["sales"]},
        "then": [{"hubspot-main.add_note": {"contact": "record.id", "body": "answer.reply"}}],
        **more,
    }
    made.current = Version.objects.create(
        integration=made, number=1, hash="h", definition=definition, source="name: x"
    )
    made.save()
    return made


def run(of: Integration, state: str, **more: object) -> Run:
    """Return a run in a state, whose record holds what must stand in no notice."""
    now = clock.now()
    return Run.objects.create(
        integration=of, version=of.current, dedupe_key=f"{Run.objects.count()}", label="Dana Whitfield",
        record={"email": "dana@example.test"}, state=state, received_at=now, changed_at=now,
        problem="dana@example.test is not accepted", **more,
    )  # fmt: skip
