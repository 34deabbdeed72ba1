"""`signoff accuracy` and `signoff review grade`."""

from __future__ import annotations

import json

import pytest

from signoff.accounts.tokens import make_token
from signoff.engine import verbs
from signoff.engine.tests.test_autopilot import one_draft, reviewed
from signoff.review.models import Certificate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("time_to_read")]

NAME = "follow-up-new-leads"


@pytest.fixture
def able(house, monkeypatch):
    """Give the terminal a token that can do these things."""

    def give(*rights):
        token = make_token("test", house.owner, rights).reveal()
        monkeypatch.setenv("SIGNOFF_TOKEN", token)

    return give


def test_it_tells_how_far_it_is_then_offers_and_an_owner_signs_and_takes_back(run, able, house, work_off):
    first = one_draft(house, work_off).review
    able("review", "sign")
    before = run("accuracy", NAME)
    verbs.decide(first.pk, "approved", house.owner, first.content_hash)
    reviewed(house, first, 80)

    offered = run("accuracy", NAME)
    told = json.loads(run("accuracy", NAME, "--json").stdout)
    signed = run("accuracy", NAME, "--sign", told["fingerprint"])
    back = run("accuracy", NAME, "--withdraw", "--json")

    assert "74 more clean reviews" in before.stdout
    assert "0 of 81 drafts were wrong" in offered.stdout
    assert f"signoff accuracy {NAME} --sign {told['fingerprint']}" in offered.stdout
    assert "On autopilot since" in signed.stdout
    assert json.loads(back.stdout)["last_ended"]["ended_by"] == "Priya"
    assert Certificate.objects.get().state == "withdrawn"


def test_what_cannot_be_signed_is_said_and_exits_with_1(run, able, house, work_off):
    first = one_draft(house, work_off).review
    able("review")
    without = run("accuracy", NAME, "--sign", first.fingerprint)
    able("sign")
    early = run("accuracy", NAME, "--sign", first.fingerprint)

    assert (without.exit_code, early.exit_code) == (1, 1)
    assert "may not sign" in without.stderr
    assert "74 more clean reviews are needed" in early.stderr
    assert run("accuracy", "none").exit_code == 1
    assert run("accuracy", NAME, "--sign", "x", "--withdraw").exit_code == 2
    assert not Certificate.objects.exists()


def test_a_grade_is_overruled(run, able, house, work_off):
    first = one_draft(house, work_off).review
    able("review")
    verbs.decide(first.pk, "rejected", house.owner, first.content_hash, reason="other")

    graded = run("review", "grade", str(first.pk), "right", "--json")
    again = run("review", "grade", str(first.pk), "right")

    assert json.loads(graded.stdout)["is_error"] is False
    assert again.exit_code == 1
    assert "already" in again.stderr
