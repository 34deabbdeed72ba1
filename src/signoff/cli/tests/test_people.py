"""People and sessions from the terminal."""

from __future__ import annotations

import json

import pytest

from signoff.accounts import invitations
from signoff.accounts.codes import begin_setup, new_recovery_codes
from signoff.accounts.models import AuditEntry, Person
from signoff.accounts.rules import rules
from signoff.accounts.second_step import has_second_step
from signoff.accounts.sessions import sessions_of
from signoff.accounts.tests.test_sessions import signed_in
from signoff.core import clock


@pytest.fixture
def rui(db):
    return Person.objects.add("rui@example.test", None, "reviewer", "Rui")


def test_somebody_is_invited_and_comes_in(run, owner):
    done = run("people", "invite", "Rui@example.test", "--role", "reviewer", "--groups", "sales", "--json")

    link = json.loads(done.stdout)["link"]
    assert "not shown again" in done.stderr
    listed = json.loads(run("people", "list", "--json").stdout)
    assert [i["email"] for i in listed["invited"]] == ["rui@example.test"]
    assert link.split("/")[-2] not in str(listed)
    invitations.accept(link.split("/")[-2], "Rui", "seven blue umbrellas")
    listed = json.loads(run("people", "list", "--json").stdout)
    assert {"email": "rui@example.test", "name": "Rui", "role": "reviewer", "groups": ["sales"],
            "may_come_in": True}.items() <= listed["people"][1].items()  # fmt: skip
    assert listed["invited"] == []


def test_an_invitation_is_withdrawn(run, owner):
    run("people", "invite", "rui@example.test", "--role", "viewer")

    assert run("people", "withdraw", "rui@example.test").exit_code == 0
    again = run("people", "withdraw", "rui@example.test")
    assert again.exit_code == 1
    assert "signoff people list" in again.stderr


def test_a_role_is_changed_and_the_rest_stays(run, owner, rui):
    Person.objects.filter(pk=rui.pk).update(groups_csv="sales")

    done = run("people", "change", "rui@example.test", "--role", "builder")

    assert done.stdout == "rui@example.test is builder, for sales.\n"
    assert AuditEntry.objects.get().who == "command line"


def test_the_last_owner_stays(run, owner):
    for words in (("remove", owner.email), ("change", owner.email, "--role", "viewer")):
        done = run("people", *words)
        assert done.exit_code == 1
        assert "Make another person an owner first" in done.stderr
    owner.refresh_from_db()
    assert owner.may("people")


def test_a_person_is_removed_and_is_out(run, owner, rui):
    signed_in(rui)

    done = run("people", "remove", "rui@example.test", "--json")

    assert json.loads(done.stdout)["sessions_ended"] == 1
    assert not sessions_of(rui).exists()
    assert "signoff people invite" in run("people", "change", "rui@example.test", "--role", "viewer").stderr


def test_a_link_lets_somebody_in_who_forgot_the_password(run, owner, client):
    done = run("people", "link", "priya@example.test")

    path = "/sign-in/link/" + done.stdout.strip().split("/sign-in/link/")[1]
    assert client.post(path).status_code == 303
    assert client.get("/settings/people/").status_code == 200


def test_sessions_are_listed_and_ended(run, owner, rui):
    signed_in(rui), signed_in(rui), signed_in(owner)

    listed = json.loads(run("sessions", "list", "--person", rui.email, "--json").stdout)
    assert [row["browser"] for row in listed] == ["Firefox on Windows"] * 2
    assert run("sessions", "end", rui.email, "--id", str(listed[0]["id"])).exit_code == 0
    assert run("sessions", "end", rui.email, "--id", str(listed[0]["id"])).exit_code == 1
    assert json.loads(run("sessions", "end", rui.email, "--json").stdout)["ended"] == 1
    assert sessions_of(owner).count() == 1


def test_a_lost_second_step_is_reset(run, owner, rui):
    new_recovery_codes(rui)
    begin_setup(rui)
    rui.one_time_codes.update(confirmed_at=clock.now())
    assert json.loads(run("people", "list", "--json").stdout)["people"][1]["second_step"]

    assert "password alone" in run("people", "reset-second-step", rui.email).stdout
    assert json.loads(run("people", "reset-second-step", rui.email, "--json").stdout)["reset"] is False
    assert not has_second_step(rui)
    assert AuditEntry.objects.get(did="reset the second step of").who == "command line"


def test_rules_are_shown_and_changed(run, owner):
    assert "who-wants" in run("people", "rules").stdout

    assert run("people", "rules", "--second-step", "everybody", "--idle-hours", "12").exit_code == 0
    assert (rules().second_step, rules().idle_hours, rules().longest_days) == (True, 12, 30)
    wrong = run("people", "rules", "--idle-hours", "13")
    assert wrong.exit_code == 2
    assert "one of" in wrong.stderr


@pytest.mark.parametrize("words", [("change", "--role", "viewer"), ("remove",), ("link",)])
def test_somebody_who_is_not_here_is_told_so(run, owner, words):
    done = run("people", words[0], "nobody@example.test", *words[1:])

    assert done.exit_code == 1
    assert "signoff people list" in done.stderr
