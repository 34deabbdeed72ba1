"""Backups, the rules for signing in, and a look at what ends, by REST."""

from __future__ import annotations

import json

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from signoff.accounts.rules import rules
from signoff.api.tests.test_v1 import problem_of
from signoff.core import clock
from signoff.engine.models import Backup

pytestmark = pytest.mark.django_db


def test_a_backup_is_asked_for_once_and_how_they_stand_is_told(client, token, monkeypatch, tmp_path):
    monkeypatch.setenv("SIGNOFF_BACKUP_FOLDER", str(tmp_path))
    Backup.objects.create(made_at=clock.now(), path="/x/y", computer="here", size=7, checked_at=clock.now())
    headers = token("people")

    first, again = (client.post("/api/v1/backups", headers=headers) for _ in range(2))
    found = client.get("/api/v1/backups", headers=token("read")).json()

    assert (first.status_code, again.status_code) == (202, 202), first.content
    assert ProcrastinateJob.objects.filter(task_name="back_up_now").count() == 1
    assert (found["folder"], found["is_under_way"]) == (str(tmp_path), True)
    assert [one["size"] for one in found["backups"]] == [7]
    assert found["next_at"] > clock.now().isoformat()[:10]


def test_without_a_place_none_is_made_and_a_reader_makes_none(client, token, monkeypatch):
    monkeypatch.setenv("SIGNOFF_BACKUP_FOLDER", "no")

    assert (
        "nobody has said where"
        in problem_of(client.post("/api/v1/backups", headers=token("people")), 409)["detail"]
    )
    problem_of(client.post("/api/v1/backups", headers=token("read")), 403)
    problem_of(client.post("/api/v1/backups", headers=token("people", role="builder")), 403)
    assert client.get("/api/v1/backups", headers=token("read")).json()["folder"] is None


def test_the_rules_are_changed_for_everybody_and_only_to_what_there_is(client, token):
    def put(body, headers):
        return client.put("/api/v1/rules", json.dumps(body), content_type="application/json", headers=headers)

    wanted = {"second_step": True, "idle_hours": 12, "longest_days": 7}

    assert put(wanted, token("people")).json() == wanted
    assert client.get("/api/v1/rules", headers=token("people")).json() == wanted
    problem_of(put(wanted | {"idle_hours": 13}, token("people")), 422)
    problem_of(put(wanted | {"second_step": 0}, token("people")), 422)
    problem_of(put(wanted, token("read")), 403)
    assert (rules().idle_hours, rules().longest_days) == (12, 7)


def test_what_ends_is_looked_at_now(client, token, house, monkeypatch):
    monkeypatch.setattr("signoff.versions.changelogs.read_all", lambda now=False: 0)  # no way out of a test

    said = client.post("/api/v1/versions/look", headers=token("build"))

    assert said.status_code == 200, said.content
    assert said.json()["asked"] >= 1
    problem_of(client.post("/api/v1/versions/look", headers=token("read")), 403)
