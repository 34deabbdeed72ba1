"""`signoff review` beside deciding: finding, giving, asking again, comparing, and being away."""

from __future__ import annotations

import json

import pytest

from signoff.accounts.models import Away, Person
from signoff.accounts.tokens import make_token
from signoff.engine.tests.test_autopilot import one_draft
from signoff.review.models import Review

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(house, work_off, monkeypatch):
    monkeypatch.setenv("SIGNOFF_TOKEN", make_token("test", house.owner, ["review"]).reveal())
    Person.objects.add("rui@example.test", None, "reviewer", "Rui")
    return one_draft(house, work_off).review


def test_a_draft_is_found_given_compared_and_asked_for_again(run, draft, work_off):
    given = run("review", "assign", str(draft.pk), "rui@example.test")
    found = json.loads(run("review", "list", "--who", "rui@example.test", "--json").stdout)
    nothing = run("review", "list", "--find", "nobodyatall")
    same = run("review", "compare", str(draft.pk))
    not_changed = run("review", "redraft", str(draft.pk))
    again = json.loads(run("review", "again", str(draft.pk), "--note", "Shorter", "--json").stdout)
    work_off()

    assert "It is Rui's now." in given.stdout
    assert [one["id"] for one in found] == [draft.pk]
    assert "No draft like that waits." in nothing.stdout
    assert (same.exit_code, "as it was" in same.stdout) == (0, True)
    assert not_changed.exit_code == 1
    assert again["state"] == "again"
    row = Review.objects.get(pk=draft.pk)
    assert (row.state, row.is_error) == ("waiting", True)


def test_a_decision_is_undone_and_several_need_a_certificate(run, house, draft):
    run("review", "approve", str(draft.pk))
    back = run("review", "undo", str(draft.pk))
    together = run("review", "together", house.integration.name, "--yes")

    assert "Taken back." in back.stdout
    assert "only where an owner has signed" in together.stdout
    assert Review.objects.get().state == "waiting"


def test_away_is_said_and_ended(run, draft):
    wrong = run("review", "away", "--until", "2000-01-01", "--cover", "rui@example.test")
    away = run("review", "away", "--until", "2999-01-01", "--cover", "rui@example.test")
    assert wrong.exit_code == 1
    assert "Rui decides" in away.stdout
    assert Away.objects.get().cover.email == "rui@example.test"

    assert "You are here." in run("review", "away", "--back").stdout
