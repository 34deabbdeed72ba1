"""What the tests of several rooms share: the practice apps, and a house with everything connected to them."""

from __future__ import annotations

import gc
import itertools
import json
import os
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest

from signoff.outbound.tests.local import Asked, answer, local
from signoff_sandbox.mail.dovecot import Certificate, why_not
from signoff_sandbox.mail.room import Mailroom, running_mail
from signoff_sandbox.testing import (
    CLIENT_ID,
    CLIENT_SECRET,
    HUBSPOT_KEY,
    OPENAI_KEY,
    WHATSAPP_KEY,
    WHATSAPP_SETTINGS,
    Practice,
    running,
)

# On the build machine the same examples each time: what it says of a change must be due to the change. Everywhere
# else new ones, which is how the next fault is found.
hypothesis.settings.register_profile(
    "build", derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
# How long an example takes to draw says how busy the machine is, and nothing about the code.
hypothesis.settings.register_profile("calm", suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("calm")
if os.environ.get("CI") == "true":
    hypothesis.settings.load_profile("build")

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
NO_CHROMIUM = "Chromium is not installed (Debian: apt-get install chromium)"
EXAMPLE = Path(__file__).parent / "signoff" / "cli" / "practice_files"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """
    Lay the tables of the tests' database at once, as every new Signoff gets them; newer migrations come on top.

    That they are what the migrations make is for test_first_tables to say. A server of yours that is too old for the
    file gets them by the migrations alone.
    """
    import psycopg
    from django.db import connection

    from signoff.engine import first_tables

    create = connection.creation._create_test_db

    def create_and_lay(*args: object, **more: object) -> str:
        name = str(create(*args, **more))
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
        with suppress(psycopg.Error), psycopg.connect(url) as database:
            database.execute("SET check_function_bodies = off")
            database.execute(first_tables.FILE.read_text(encoding="utf-8"))
        return name

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection.creation, "_create_test_db", create_and_lay)
        yield


@pytest.fixture(scope="session", autouse=True)
def _emptied_of_what_was_written() -> Iterator[None]:
    """
    Empty, after a test that commits, the tables that hold something, jobs too, instead of all of Django's.

    Django's own way truncates some seventy tables and makes permissions anew that nobody asks for. Once more after a
    test of which a thread, still reading, made a deadlock of the first time.
    """
    from django.db import OperationalError, connection
    from django.test import TransactionTestCase

    # What migrations leave behind, and no test writes.
    kept = {"auth_permission", "django_content_type", "django_migrations"}

    def empty(case: TransactionTestCase) -> None:
        for patience in (3, 2, 1, 0):
            try:
                with connection.cursor() as cursor:
                    tables = {*connection.introspection.table_names(cursor)} - kept
                    cursor.execute(
                        " UNION ALL ".join(f"(SELECT '{one}' FROM {one} LIMIT 1)" for one in tables)
                    )
                    written = ", ".join(name for (name,) in cursor.fetchall())
                    if written:
                        cursor.execute(f"TRUNCATE {written} CASCADE")
                return
            except OperationalError:
                if not patience:
                    raise
                time.sleep(1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture(scope="session", autouse=True)
def _passwords_hashed_quickly() -> Iterator[None]:
    """Hash by Argon2 at its cheapest: thousands of tests make a person, and how slow the hash is, is for one to say."""
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=["signoff.accounts.tests.hashing.Quick"]):
        yield


@pytest.fixture(scope="session")
def practice() -> Iterator[Practice]:
    """The practice apps, one process for the session: no limits, no faults, an AI without mistakes."""
    with running() as apps:
        yield apps


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the system's own Chromium; without one the test skips, and under CI it fails."""
    found = next((path for path in CHROMIUM if Path(path).exists()), None)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{NO_CHROMIUM}, and CI runs every test")
        pytest.skip(NO_CHROMIUM)
    return {
        "executable_path": found,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    }


@pytest.fixture(scope="session")
def mailroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailroom]:
    """A real Dovecot and a mail server that takes mails, with certificates by an authority that is trusted here."""
    missing = why_not()
    if missing:
        pytest.skip(missing)
    import trustme

    from signoff.outbound import pools

    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    chain, key, trusted = (folder / name for name in ("chain.pem", "key.pem", "authority.pem"))
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(trusted))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issued.configure_cert(context)
    tokens: dict[str, str] = {}  # access tokens that are good, and whose they are

    def told(asked: Asked) -> bytes:
        email = tokens.get(asked.query.get("access_token", ""))
        return answer(200, {"email": email}) if email else answer(401, {"error": "invalid_token"})

    with pytest.MonkeyPatch.context() as patch, local(told) as known:
        patch.setenv("SSL_CERT_FILE", str(trusted))
        pools.tls.cache_clear()
        certificate = Certificate(chain, key)
        with running_mail(certificate=certificate, tls=context, token_info=f"{known.url}/tokeninfo") as room:
            room.outgoing.tokens = tokens
            yield room
    pools.tls.cache_clear()


@pytest.fixture
def address(mailroom: Mailroom) -> Iterator[str]:
    """The address of a mailbox that nobody has used before."""
    from signoff.outbound import mail_door

    mailroom.planned.clear()
    mailroom.outgoing.taken.clear()
    mailroom.outgoing.files_itself = None
    yield f"support{next(_mailboxes)}@example.test"
    mail_door.forget()


@pytest.fixture
def mailbox(db: None, mailroom: Mailroom, address: str) -> str:
    """The address of a practice mailbox that is connected as mail-support."""
    from signoff.connections.connect import connect
    from signoff.core.secret import Secret

    settings = {
        "address": address,
        "imap_host": "localhost",
        "imap_port": str(mailroom.incoming.tls_port),
        "smtp_host": "localhost",
        "smtp_port": str(mailroom.outgoing.tls_port),
        "imap_security": "tls",
        "smtp_security": "tls",
    }
    free = {"requests_per_minute": 1_000_000}
    connect("mail", "mail-support", Secret(mailroom.password), settings=settings, limits=free)
    return address


_mailboxes = itertools.count(1)


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    """Each test has a database of its own: what was kept of another one's rows must not be believed."""
    yield
    import sys

    for name in (
        "signoff.connections.client",
        "signoff.connections.watch",
        "signoff.connections.foretold",
        "signoff.api.intake",
        "signoff.api.limits",
        "signoff.prompts.keep",
        "signoff.examples.shelf",
    ):
        if name in sys.modules:
            sys.modules[name].forget_all()


@dataclass
class House:
    """A Signoff with an owner, three connections to the practice apps, and the follow-up integration switched on."""

    practice: Practice
    owner: object
    integration: object

    def receive(self, *leads: str, **record: object) -> list[int]:
        """Let records come in by event; returns the ids of the new runs."""
        from signoff.connectors.base import Event
        from signoff.engine import verbs

        events = []
        for contact in leads:
            found = self.contact(contact)
            events.append(
                Event(f"contact:{contact}", contact, {"id": contact, **found, **record}, found["firstname"])
            )
        return [run.pk for run in verbs.receive(self.integration, events, "A test told us about a contact")]

    def contact(self, contact_id: str) -> dict[str, str]:
        told = self.practice.contact(contact_id)
        if told is None:
            raise LookupError(contact_id)
        return {k: v for k, v in told["properties"].items() if v is not None}

    def lead(self, **more: object) -> str:
        """Return the id of a new contact in the practice HubSpot."""
        return self.practice.seed_leads(1, **more)[0]

    def drafts_to(self, address: str) -> list[dict[str, object]]:
        return [d for d in self.practice.books("gmail")["drafts"] if address.lower() in str(d["to"]).lower()]

    def notes_on(self, contact_id: str) -> list[dict[str, object]]:
        notes = self.practice.books("hubspot")["notes"]
        return [n for n in notes if contact_id in [str(c) for c in n["contact_ids"]]]


def furnish(practice: Practice) -> House:
    """Connect everything in the database that is current, as an owner would."""
    from signoff.accounts.models import Person
    from signoff.connections.connect import connect
    from signoff.core.secret import Secret
    from signoff.engine import verbs
    from signoff.integrations.apply import apply
    from signoff.integrations.file import read_file
    from signoff.integrations.models import Integration

    owner = Person.objects.add("priya@example.test", "a long enough password", "owner", "Priya")
    grant = practice.grant("gmail.compose")
    gmail = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": grant.refresh_token}
    free = {"requests_per_minute": 1_000_000, "tokens_per_minute": 1_000_000_000}
    connect("hubspot", "hubspot-main", Secret(HUBSPOT_KEY), base_url=practice.hubspot, limits=free)
    connect("gmail", "gmail-sales", Secret(json.dumps(gmail)), base_url=practice.gmail, limits=free)
    connect("openai", "openai-main", Secret(OPENAI_KEY), base_url=practice.openai + "/v1", limits=free)
    result = apply(
        [read_file(EXAMPLE / "company-facts.yaml"), read_file(EXAMPLE / "follow-up-new-leads.yaml")]
    )
    assert not result.faults, result.faults
    integration = Integration.objects.get(name="follow-up-new-leads")
    verbs.switch(integration, True)
    integration.refresh_from_db()
    return House(practice, owner, integration)


@pytest.fixture
def house(db: None, practice: Practice) -> House:
    """A furnished house in the test's own transaction."""
    return furnish(practice)


@pytest.fixture
def whole_house(house: House) -> House:
    """A furnished house in which every app is connected that an example names."""
    from signoff.connections.connect import connect
    from signoff.core.secret import Secret

    house.practice.control("whatsapp", statuses="at once", restore_key=True, faults="mistakes=0")
    connect(
        "whatsapp", "whatsapp-main", Secret(WHATSAPP_KEY), base_url=house.practice.whatsapp,
        settings=WHATSAPP_SETTINGS, limits={"requests_per_minute": 1_000_000},
    )  # fmt: skip
    support = house.practice.grant("gmail.modify")
    signed_in = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "refresh_token": support.refresh_token,
    }
    connect("gmail", "gmail-support", Secret(json.dumps(signed_in)), base_url=house.practice.gmail)
    return house


@pytest.fixture
def time_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody have had the time to read what they decide on, without anybody waiting for it."""
    monkeypatch.setattr("signoff.review.decide.can_have_read", lambda review, person: True)


@pytest.fixture
def work_off(db: None) -> Callable[[], int]:
    """Do every job that is due, here and now, as a worker would; returns how many were done."""
    from django.db import connection

    from signoff.engine.jobs import advance

    def work(most: int = 200, also_later: bool = False) -> int:
        done = 0
        while done < most:
            with connection.cursor() as cursor:
                cursor.execute(
                    "DELETE FROM procrastinate_jobs WHERE id = (SELECT id FROM procrastinate_jobs WHERE status = 'todo'"
                    " AND task_name = 'advance' AND (%s OR scheduled_at IS NULL OR scheduled_at <= now())"
                    " ORDER BY priority DESC, id LIMIT 1) RETURNING args",
                    [also_later],
                )
                row = cursor.fetchone()
            if row is None:
                return done
            advance(run_id=(json.loads(row[0]) if isinstance(row[0], str) else row[0])["run_id"])
            done += 1
        raise AssertionError("the work does not end")

    return work


def pytest_collection_finish() -> None:
    """Let Python look no more, each time it looks for what can go, at thousands of tests that stay to the end."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end which tests were left out because a program is missing, and how to get it."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = sorted(
        {
            str(r.longrepr[2])
            for r in skipped
            if isinstance(r.longrepr, tuple) and "apt-get" in str(r.longrepr[2])
        }
    )
    for reason in reasons:
        terminalreporter.write_line(f"Left out: {reason}")
    if reasons and os.environ.get("CI") == "true":
        terminalreporter.write_line("Under CI that is a failure.")
