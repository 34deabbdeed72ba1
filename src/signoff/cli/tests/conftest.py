"""A Signoff that runs, for the tests of its commands."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from signoff.cli.tests.place import FILES, Place, clear_away, free_port, new_place, wait_for
from signoff_sandbox.testing import CLIENT_ID, CLIENT_SECRET, HUBSPOT_KEY, OPENAI_KEY

PASSWORD = "quiet harbour seven"


@pytest.fixture
def place() -> Iterator[Place]:
    """An empty data folder."""
    here = new_place()
    yield here
    clear_away(here)


@pytest.fixture(scope="session")
def shop(practice) -> Iterator[Place]:
    """A Signoff that runs, with an owner, three apps, and the follow-up integration switched on."""
    here = new_place()
    port = free_port()
    here.env = {"SIGNOFF_URL": f"http://127.0.0.1:{port}", "PASSWORD": PASSWORD}
    try:
        up = here.start("up", "--port", str(port))
        wait_for(f"http://127.0.0.1:{port}/readyz")
        grant = practice.grant("gmail.compose")
        gmail = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": grant.refresh_token}
        first = here.run(
            "setup", "--owner", "priya@example.test", "--password-env", "PASSWORD", "--name", "Priya"
        )
        assert first.code == 0, first.err
        for app, name, address, key in (
            ("hubspot", "hubspot-main", practice.hubspot, HUBSPOT_KEY),
            ("gmail", "gmail-sales", practice.gmail, json.dumps(gmail)),
            ("openai", "openai-main", practice.openai + "/v1", OPENAI_KEY),
        ):
            done = here.run("connect", app, "--name", name, "--base-url", address, stdin=key)
            assert done.code == 0, done.err
        files = [str(FILES / "company-facts.yaml"), str(FILES / "follow-up-new-leads.yaml")]
        assert here.run("apply", *files).code == 0
        assert here.run("on", "follow-up-new-leads").code == 0
        token = here.run("token", "create", "--name", "test", "--can", "read,review", "--json").json["token"]
        here.env["SIGNOFF_TOKEN"] = token
        yield here
        up.terminate()
        up.wait(30)
    finally:
        clear_away(here)


@pytest.fixture
def run(db, monkeypatch):
    """Return a function that runs a command here, in the test's own transaction."""
    from click.testing import CliRunner

    from signoff.cli.main import cli

    monkeypatch.setattr(
        "signoff.cli.start.logs", lambda: None
    )  # what is logged stays with the tests' own log
    monkeypatch.delenv("SIGNOFF_SMTP", raising=False)
    return lambda *words, **more: CliRunner().invoke(cli, list(words), **more)


@pytest.fixture
def owner(db):
    from signoff.accounts.models import Person

    return Person.objects.add("priya@example.test", None, "owner", "Priya")
