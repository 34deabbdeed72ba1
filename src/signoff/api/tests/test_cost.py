"""The REST API about costs."""

from __future__ import annotations

import pytest

from signoff.accounts.tokens import make_token
from signoff.runs.models import Run


@pytest.fixture
def ask(client, house, work_off):
    house.receive(house.lead())
    work_off()
    token = make_token("reader", house.owner, ["read"]).reveal()
    return lambda path: client.get(path, headers={"Authorization": f"Bearer {token}"})


def test_what_was_spent_and_what_will_be(ask):
    run = Run.objects.get()

    told = ask("/api/v1/cost").json()

    assert told["total"]["cost_micros"] == run.cost_micros > 0
    assert told["total"]["drafts"] == 1
    assert len(told["days"]) == 30
    assert told["integrations"][0]["name"] == "follow-up-new-leads"
    expected = told["expected"]["follow-up-new-leads"]
    assert expected["measured"] is True
    assert expected["cost_a_month_micros"] == expected["cost_each_micros"] * expected["records_a_month"]


def test_of_one_integration_or_of_none(ask):
    assert ask("/api/v1/cost?integration=follow-up-new-leads&days=7").json()["total"]["drafts"] == 1
    missing = ask("/api/v1/cost?integration=nowhere")
    assert missing.status_code == 404
    assert missing["Content-Type"] == "application/problem+json"
    assert ask("/api/v1/cost?days=0").status_code == 422


def test_a_run_says_what_it_was_shown_and_what_was_cached(ask):
    run = ask(f"/api/v1/runs/{Run.objects.get().pk}").json()

    assert run["examples"] == []
    assert run["cached_tokens"] == 0
