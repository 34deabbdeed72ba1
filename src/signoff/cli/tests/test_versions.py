"""`signoff versions`, `signoff drill`, `signoff quarterly`."""

from __future__ import annotations

import json

import pytest

from signoff.accounts.tokens import make_token
from signoff.engine.tests.test_drills import reviewed  # noqa: F401  # a fixture
from signoff.integrations.definition import read_definition
from signoff.versions.models import QuarterlyReview

NAME = "follow-up-new-leads"


@pytest.fixture
def able(house, monkeypatch):
    """Give the terminal a token that can do these things."""

    def give(*rights):
        monkeypatch.setenv("SIGNOFF_TOKEN", make_token("test", house.owner, rights).reveal())

    return give


@pytest.mark.django_db
def test_versions_say_that_gpt_4o_ends_on_14_january_2027(run, house):
    told = json.loads(run("versions", "--json").stdout)
    text = run("versions").stdout

    (model,) = [one for one in told["uses"] if one["kind"] == "model"]
    assert (model["what"], model["ends_on"], model["stops"]) == ("gpt-4o", "2027-01-14", [NAME])
    assert "2027-01-14, in " in text
    assert f"openai-main: model gpt-4o, used by {NAME}" in text


@pytest.mark.django_db
def test_versions_ask_now_and_make_an_address(run, able, house):
    looked = run("versions", "--look")
    able("read")
    address = json.loads(run("versions", "--subscribe", "--json").stdout)["address"]
    ended = run("versions", "--unsubscribe")
    both = run("versions", "--subscribe", "--unsubscribe")

    assert "1 AI asked for models" in looked.stderr
    assert "/health/versions.ics?key=" in address
    assert ended.stdout == "Ended.\n"
    assert both.exit_code == 2


@pytest.mark.django_db(transaction=True)
def test_a_drill_compares_then_changes_over_and_back(run, reviewed):  # noqa: F811
    told = run("drill", NAME, "--model", "gpt-4o-mini", "--json")
    document = json.loads(told.stdout)
    over = run("drill", NAME, "--switch")
    back = json.loads(run("drill", NAME, "--roll-back", "--json").stdout)
    bad = run("drill", NAME, "--model", "gpt-nonsense")

    assert (told.exit_code, document["holds"], document["sent"]) == (0, True, 0)
    assert {"now", "replacement", "records", "passed"} <= document.keys()
    assert f"{NAME} now asks gpt-4o-mini." in over.stdout
    assert back["rolled_back_at"]
    reviewed.integration.refresh_from_db()
    assert read_definition(reviewed.integration.current)[0].prompt.model == "gpt-4o"
    assert bad.exit_code == 1
    assert "could not be asked" in bad.stdout


@pytest.mark.django_db
def test_what_cannot_be_tried_exits_with_1_or_2_and_says_why(run, house):
    assert "nothing to hold" in run("drill", NAME, "--model", "x").stderr
    assert run("drill", NAME, "--switch").exit_code == 1
    assert run("drill", "none", "--model", "x").exit_code == 1
    assert run("drill", NAME).exit_code == 2
    assert run("drill", NAME, "--model", "x", "--switch").exit_code == 2


@pytest.mark.django_db
def test_the_quarterly_review_is_shown_and_signed_by_an_owner(run, able, house):
    able("read")
    without = run("quarterly", "--sign", "x")
    able("sign")
    told = json.loads(run("quarterly", "--json").stdout)
    stale = run("quarterly", "--sign", "x")
    signed = run("quarterly", "--sign", told["seen"], "--remarks", "All well.")

    assert told["to_look_at"] > 0
    assert (without.exit_code, stale.exit_code, signed.exit_code) == (1, 1, 0)
    assert "has changed" in stale.stderr
    assert "Signed by Priya" in signed.stdout
    assert QuarterlyReview.objects.get().remarks == "All well."
