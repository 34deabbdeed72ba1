"""The trail and the keys for programs from the terminal."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest

from signoff.accounts.audit import note
from signoff.accounts.models import ApiToken, AuditEntry
from signoff.accounts.tests.test_audit import behind_our_back
from signoff.accounts.tokens import make_token, token_for
from signoff.core import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def trail(owner):
    note(owner, "approved", "run 7", {"content": "x"})
    note("command line", "removed", "=cmd|' /C calc'!A0")
    return list(AuditEntry.objects.order_by("id"))


def test_trail_is_read_as_lines_and_as_one_document(run, trail):
    lines = run("audit").stdout.splitlines()
    assert "command line: removed" in lines[0]
    assert lines[1].endswith("Priya: approved run 7")

    documents = json.loads(run("audit", "--who", "priya", "--json").stdout)
    assert [d["what"] for d in documents] == ["run 7"]
    assert documents[0]["hash"] == trail[0].hash
    assert documents[0]["details"] == {"content": "x"}


def test_table_holds_the_chain_and_no_formula(run, trail):
    done = run("audit", "--csv")

    rows = list(csv.DictReader(io.StringIO(done.stdout_bytes.decode("utf-8-sig"))))
    assert [row["hash"] for row in rows] == [trail[1].hash, trail[0].hash]
    assert rows[0]["what"].startswith("'=cmd")


def test_days_are_whole(run, trail):
    today = f"{clock.now():%Y-%m-%d}"
    tomorrow = f"{clock.now() + timedelta(days=1):%Y-%m-%d}"

    assert len(run("audit", "--since", today, "--until", today).stdout.splitlines()) == 2
    assert run("audit", "--since", tomorrow).stdout == ""
    assert run("audit", "--since", "yesterday").exit_code == 2
    assert run("audit", "--limit", "1").stdout.count("\n") == 1


def test_mark_that_was_kept_finds_a_trail_that_was_put_back(run, trail):
    kept = run("audit", "--mark").stdout.strip()
    assert run("audit", "--against", kept).exit_code == 0

    with behind_our_back():
        AuditEntry.objects.filter(pk=trail[1].pk).delete()

    done = run("audit", "--against", kept, "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (1, {"holds": False})
    assert run("audit", "--against", "nonsense").exit_code == 2


def test_doctor_names_the_entry_that_breaks_and_tells_of_a_cut(run, trail):
    def says():
        found = json.loads(run("doctor", "--json").stdout)["found"]
        return next(look["says"] for look in found if look["name"] == "audit trail")

    assert "2 entries" in says()
    with behind_our_back():
        AuditEntry.objects.filter(pk=trail[1].pk).delete()
    assert "The newest entry was removed" in says()
    with behind_our_back():
        AuditEntry.objects.filter(pk=trail[0].pk).update(what="run 8")
    assert f"Entry {trail[0].pk} " in says()


def test_lost_seal_is_made_anew(run, trail):
    from signoff.accounts.models import AuditSeal

    AuditSeal.objects.all().delete()

    assert json.loads(run("audit", "--seal-anew", "--json").stdout) == {"count": 3}
    assert AuditEntry.objects.last().who == "command line"


def test_token_is_made_listed_and_revoked(run, owner):
    day = clock.now() + timedelta(days=10)
    made = json.loads(
        run(
            "token",
            "create",
            "--name",
            "n8n",
            "--can",
            "read,people",
            "--ends-on",
            f"{day:%Y-%m-%d}",
            "--json",
        ).stdout
    )
    assert token_for(made["token"]).can == ["people", "read"]

    listed = json.loads(run("token", "list", "--json").stdout)
    assert [(row["name"], row["person"], row["good"]) for row in listed] == [("n8n", owner.email, True)]
    assert made["token"] not in str(listed)
    assert "n8n" in run("token", "list").stdout
    number = str(listed[0]["id"])
    assert run("token", "revoke", number).exit_code == 0
    assert run("token", "revoke", number).exit_code == 1
    assert token_for(made["token"]) is None
    assert json.loads(run("token", "list", "--json").stdout) == []
    assert "is ended" in run("token", "list", "--all").stdout
    assert [e.did for e in AuditEntry.objects.all()] == ["made a key for", "ended the key for"]


@pytest.mark.parametrize("day", ["2020-01-01", "9999-12-31", "tomorrow"])
def test_token_with_an_end_that_cannot_be_is_wrong_usage(run, owner, day):
    assert run("token", "create", "--name", "n8n", "--can", "read", "--ends-on", day).exit_code == 2
    assert not ApiToken.objects.exists()


def test_doctor_tells_of_a_key_that_ends_within_a_week(run, owner):
    make_token("n8n", owner, ["read"], clock.now() + timedelta(days=5))

    found = {look["name"]: look for look in json.loads(run("doctor", "--json").stdout)["found"]}

    assert not found["programs"]["ok"]
    assert "n8n (for Priya) on " in found["programs"]["says"]
