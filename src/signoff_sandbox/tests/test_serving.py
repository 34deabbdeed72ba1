"""The process: one line of JSON, a clean end, and books without secrets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from signoff_sandbox import serve
from signoff_sandbox.testing import CLIENT_SECRET, HUBSPOT_KEY, OPENAI_KEY, WHATSAPP_KEY, running

SOURCE = str(Path(__file__).parents[2])
APPS = [app.name for app in serve.APPS]


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "signoff_sandbox", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": SOURCE},
    )


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_one_line_of_addresses_and_ends_cleanly(sign):
    process = start("--port-base", "0")
    line = json.loads(process.stdout.readline())

    process.send_signal(sign)
    rest, _ = process.communicate(timeout=10)

    assert set(line) == {*APPS, "pid", "keys", "settings"}
    assert set(line["keys"]) == set(APPS)
    assert line["pid"] == process.pid
    assert rest == b""
    assert process.returncode == 0


def test_people_are_told_that_each_app_is_practice_and_how_to_connect_it():
    process = start("--port-base", "0")
    process.stdout.readline()
    process.terminate()

    told = process.communicate(timeout=10)[1].decode().splitlines()

    assert [line for line in told if "key:" in line and not line.startswith("Practice ")] == []
    assert any("SIGNOFF_ALLOW_HOSTS=127.0.0.1 signoff up" in line for line in told)


def test_a_taken_port_is_told_in_a_sentence(practice):
    port = practice.hubspot.rpartition(":")[2]

    process = start("--port-base", port)
    _, said = process.communicate(timeout=10)

    assert process.returncode == 1
    assert f"A port from {port} on is not free" in said.decode()


def test_a_wrong_fault_spec_is_wrong_usage():
    process = start("--port-base", "0", "--faults", "gremlins=1")
    _, said = process.communicate(timeout=10)

    assert process.returncode == 2
    assert "there is no fault “gremlins”" in said.decode()


def test_it_ends_with_the_process_that_started_it():
    process = subprocess.Popen(
        [sys.executable, "-m", "signoff_sandbox", "--port-base", "0", "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": SOURCE},
    )
    process.stdout.readline()

    process.stdin.close()

    assert process.wait(timeout=10) == 0


@pytest.mark.parametrize("app", APPS)
def test_every_page_says_that_it_is_a_practice_app(practice, app):
    page = urllib.request.urlopen(practice.address(app) + "/").read().decode()

    assert "This is a practice app. Nothing in it is real" in page


def test_a_person_lets_a_new_lead_arrive(own_practice):
    urllib.request.urlopen(own_practice.hubspot + "/new-lead", b"")

    (lead,) = own_practice.books("hubspot")["contacts"]
    assert lead["properties"]["lifecyclestage"] == "lead"


@pytest.mark.parametrize("app", APPS)
def test_books_hold_counts_and_no_secret(own_practice, app):
    grant = own_practice.grant("gmail.compose")

    whole = json.dumps(own_practice.books(app))
    summary = own_practice.books(app, summary=True)

    assert {"app", "requests", "status_counts", "rate_limited", "faults"} <= set(summary)
    assert not [v for v in summary.values() if isinstance(v, list)]
    for secret in (
        HUBSPOT_KEY,
        OPENAI_KEY,
        WHATSAPP_KEY,
        CLIENT_SECRET,
        grant.access_token,
        grant.refresh_token,
    ):
        assert secret not in whole


def test_an_unknown_verb_is_answered_with_those_there_are(practice):
    with pytest.raises(ValueError, match="seed_leads"):
        practice.control("hubspot", fly=True)


def test_starting_over_forgets_everything_but_the_addresses(own_practice):
    own_practice.seed_leads(2)
    own_practice.control("openai", clock_offset_seconds=1e6, billing="insufficient_quota")

    own_practice.control("gmail", start_over={"rpm": 7})

    assert own_practice.books("hubspot")["contacts"] == []
    assert own_practice.books("openai")["limits"]["rpm"] == 7


def test_leads_can_stand_there_from_the_start():
    with running(leads=3) as practice:
        assert len(practice.books("hubspot")["contacts"]) == 3


def test_one_clock_moves_all_apps(own_practice):
    own_practice.control("gmail", clock_at="2027-03-01T12:00:00+00:00")

    assert {own_practice.books(app, summary=True)["now"][:13] for app in APPS} == {"2027-03-01T12"}


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"[]", b"{}", b'{"properties": 1}', b'{"messages": [1], "model": "gpt-4o"}']
)
@pytest.mark.parametrize(
    ("app", "path"),
    [
        ("hubspot", "/crm/objects/2026-09/contacts"),
        ("hubspot", "/crm/objects/2026-09/notes"),
        ("gmail", "/gmail/v1/users/me/drafts"),
        ("openai", "/v1/chat/completions"),
        ("openai", "/v1/responses"),
        ("whatsapp", "/v25.0/106540352242922/messages"),
    ],
)
def test_a_body_that_makes_no_sense_is_the_callers_fault(practice, app, path, body):
    keys = {"hubspot": HUBSPOT_KEY, "openai": OPENAI_KEY, "whatsapp": WHATSAPP_KEY}
    key = keys.get(app) or practice.grant("gmail.compose").access_token
    request = urllib.request.Request(practice.address(app) + path, body, {"Authorization": f"Bearer {key}"})

    try:
        status = urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        status = error.code

    assert status == 400
