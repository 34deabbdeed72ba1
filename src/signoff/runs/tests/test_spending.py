"""What answers cost is counted by day, model and purpose, and an estimate says what it comes from."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.db.models import Sum as Total

from signoff.core import clock
from signoff.engine import verbs
from signoff.integrations.definition import read_definition
from signoff.runs import spending as rooms
from signoff.runs.cost import cost_micros, saved_micros
from signoff.runs.days import today
from signoff.runs.models import Run, Spent
from signoff.runs.opinion import second_opinion
from signoff.runs.spending import PARTS, count, estimate, spending

pytestmark = pytest.mark.django_db


class Asked:
    """What a claimed run has used, as `Work` tells it."""

    def __init__(self, run, model="gpt-4o-2024-08-06", read=2000, cached=0, written=100, answers=1):
        self.run, self.model, self.answers = run, model, answers
        self.definition, self.second_micros = read_definition(run.version)[0], 0
        self.input_tokens, self.cached_tokens, self.output_tokens = read, cached, written
        self.cost_micros = cost_micros(model, read, written, cached)


@pytest.fixture
def run(house):
    (run_id,) = house.receive(house.lead())
    return Run.objects.get(pk=run_id)


def test_what_the_runs_cost_is_what_was_spent(house, work_off):
    for _ in range(3):
        house.receive(house.lead())
    work_off()

    found = spending(house.integration)

    runs = Run.objects.aggregate(cost=Total("cost_micros"), read=Total("input_tokens"))
    assert (found.total.drafts, found.total.answers) == (3, 3)
    assert found.total.cost_micros == runs["cost"] > 0
    assert found.total.input_tokens == runs["read"]
    assert found.by_day[today()] == found.total
    assert list(found.by_integration) == ["follow-up-new-leads"]
    assert list(found.by_purpose) == ["drafts"]


def test_a_trial_is_paid_for_and_is_no_draft(house):
    verbs.trial(
        house.integration, {"id": "1", "firstname": "Ann", "email": "ann@example.test", "message": "Hi"}
    )

    found = spending()

    assert found.by_purpose["trials"].cost_micros > 0
    assert found.total.drafts == 0
    assert estimate(house.integration).measured is False


def test_a_trial_of_what_is_only_being_built_is_paid_for_too(house):
    definition, contract = read_definition(house.integration.current)
    record = {"id": "1", "firstname": "Ann", "email": "ann@example.test", "message": "Hi"}

    for _ in range(PARTS + 1):  # more often than there are rows to spread it over
        verbs.trial_of(definition, contract, record)
    verbs.trial(house.integration, record)

    found = spending()
    assert list(found.by_integration) == [None, "follow-up-new-leads"]
    assert found.by_integration[None].answers == PARTS + 1
    assert found.by_purpose["trials"].answers == PARTS + 2
    assert Spent.objects.filter(integration=None).count() <= PARTS
    assert spending(house.integration).total.answers == 1
    json.dumps(found.as_document())


def test_a_second_opinion_on_a_prompt_is_paid_for(house):
    definition = read_definition(house.integration.current)[0]

    opinion = second_opinion(definition, house.integration)
    second_opinion(definition)

    found = spending()
    assert found.by_integration["follow-up-new-leads"].cost_micros == opinion.cost_micros > 0
    assert found.by_integration[None].answers == 1


def test_what_a_cache_saved_is_the_difference_of_the_prices(run):
    count(Asked(run, cached=1500), Spent.For.DRAFTS, 1)
    count(Asked(run), Spent.For.DRAFTS, 1)

    total = spending().total

    assert total.saved_micros == saved_micros("gpt-4o-2024-08-06", 1500) > 0
    assert total.cost_micros + total.saved_micros == 2 * cost_micros("gpt-4o-2024-08-06", 2000, 100)
    assert total.cached_share == 1500 / 4000


def test_sums_are_spread_over_rows_and_lose_nothing(run, monkeypatch):
    parts = iter([3, 3, 5, 0] * 10)
    monkeypatch.setattr(rooms.random, "randrange", lambda most: next(parts))

    for _ in range(40):
        count(Asked(run, read=10, written=1), Spent.For.DRAFTS, 1)

    assert Spent.objects.count() == 3
    total = spending().total
    assert (total.drafts, total.input_tokens, total.output_tokens) == (40, 400, 40)


def test_only_the_days_that_were_asked_for_are_counted(run):
    count(Asked(run), Spent.For.DRAFTS, 1)
    count(Asked(run), Spent.For.DRAFTS, 1)
    first = Spent.objects.first()
    Spent.objects.filter(pk=first.pk).update(on_day=today() - timedelta(days=7))
    seven, eight = spending(days=7), spending(days=8)

    assert len(seven.by_day) == 7
    assert eight.total.drafts == 2
    assert seven.total.drafts == 2 - first.drafts


def test_a_model_without_a_price_is_named_and_costs_nothing(run):
    count(Asked(run, model="our-own-model"), Spent.For.DRAFTS, 1)

    found = spending()

    assert found.unpriced == ("our-own-model",)
    assert found.total.cost_micros == 0


def test_before_the_first_draft_the_estimate_comes_from_the_prompt_and_is_near(house, work_off):
    guess = estimate(house.integration)
    assert (guess.measured, guess.a_month, guess.month_micros) == (False, None, None)

    for _ in range(4):
        house.receive(house.lead())
    work_off()
    measured = estimate(house.integration)

    assert (measured.measured, measured.drafts) == (True, 4)
    assert measured.each_micros == round(sum(Run.objects.values_list("cost_micros", flat=True)) / 4)
    assert measured.each_micros / 3 < guess.each_micros < measured.each_micros * 3


def test_the_rate_is_that_of_the_last_seven_days(house):
    for _ in range(7):
        house.receive(house.lead())
    Run.objects.update(received_at=clock.now() - timedelta(days=6, hours=23))
    assert estimate(house.integration).a_month == 30

    Run.objects.update(received_at=clock.now() - timedelta(days=8))
    assert estimate(house.integration).a_month is None


def test_another_model_is_estimated_anew(run, house):
    count(Asked(run, model="gpt-4o-mini-2024-07-18"), Spent.For.DRAFTS, 1)

    assert estimate(house.integration).measured is False  # the file asks gpt-4o


def test_what_earlier_versions_spent_is_counted_once_when_the_tables_are_brought_up_to_date(house, work_off):
    for _ in range(2):
        house.receive(house.lead())
    work_off()
    before = spending().total
    Spent.objects.all().delete()
    migration = import_module("signoff.runs.migrations.0007_examples_and_spending")

    with connection.schema_editor(atomic=False) as editor:
        migration.count_what_was(None, editor)

    after = spending().total
    assert (after.drafts, after.cost_micros, after.input_tokens) == (
        2,
        before.cost_micros,
        before.input_tokens,
    )
