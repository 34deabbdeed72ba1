"""What an answer costs: every token that was used is counted, also for answers of no use."""

from __future__ import annotations

import pytest

from signoff.runs.cost import cost_micros
from signoff.runs.models import Run


def test_a_known_model_costs_its_list_price():
    assert cost_micros("gpt-4o", 1_000_000, 0) == 2_500_000
    assert cost_micros("gpt-4o", 0, 1_000_000) == 10_000_000


def test_what_the_provider_had_in_its_cache_costs_less():
    half = cost_micros("gpt-4o", 1_000_000, 0, 1_000_000)

    assert 0 < half < cost_micros("gpt-4o", 1_000_000, 0)
    assert cost_micros("gpt-4o", 100, 0, 1_000) == cost_micros("gpt-4o", 100, 0, 100)


def test_a_model_that_nobody_has_a_price_for_costs_nothing():
    assert cost_micros("my-own-model", 1000, 1000) == 0


@pytest.mark.django_db
def test_answers_that_could_not_be_used_are_paid_for_too(house, work_off, practice):
    practice.control("openai", mistakes={"share": 1, "structural": 1, "kinds": ["refusal"]})
    try:
        (run_id,) = house.receive(house.lead())
        work_off()
    finally:
        practice.control("openai", mistakes=0)

    run = Run.objects.get(pk=run_id)
    if run.state == Run.State.WAITING:  # the second answer was of use
        assert any("asked once more" in line["what"] for line in run.timeline)
    assert run.input_tokens > 500
    assert run.cost_micros > 0
