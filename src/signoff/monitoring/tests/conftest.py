"""A small business with its owner, a real mail server, and a clock that can be moved."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from aiosmtpd.controller import Controller

from signoff.accounts.models import Person
from signoff.connections.models import Connection
from signoff.core import clock
from signoff.monitoring.tests.shop import START, Post


@pytest.fixture(scope="session")
def _mail_server() -> Iterator[Post]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Post()
    box.port = port
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture
def post(_mail_server: Post, monkeypatch: pytest.MonkeyPatch) -> Post:
    """The mail server of this Signoff."""
    _mail_server.letters.clear()
    _mail_server.refuses = False
    _mail_server.then = lambda: None
    monkeypatch.setenv("SIGNOFF_SMTP", f"smtp://127.0.0.1:{_mail_server.port}")
    monkeypatch.setenv("SIGNOFF_MAIL_FROM", "signoff@whitfield.example")
    monkeypatch.setenv("SIGNOFF_URL", "https://signoff.whitfield.example")
    return _mail_server


@pytest.fixture
def owner(db: None) -> Person:
    return Person.objects.add("priya@example.test", "a long enough password", "owner", "Priya")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., datetime]:
    """Set the clock; it begins at `START` and stands still."""
    now = [START]
    monkeypatch.setattr(clock, "now", lambda: now[0])

    def move(to: datetime | str | None = None, **by: float) -> datetime:
        if isinstance(to, str):
            to = datetime.fromisoformat(to)
        now[0] = (to or now[0]) + timedelta(**by)
        return now[0]

    return move


@pytest.fixture
def hubspot(owner: Person) -> Connection:
    return Connection.objects.create(
        name="hubspot-main", app="hubspot", sealed=b"", account_name="Whitfield", checked_at=START
    )
