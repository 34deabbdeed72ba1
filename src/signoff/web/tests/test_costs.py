"""The page of what the AI costs: figures, a chart that can be read without seeing it, and an estimate."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from signoff.integrations.models import Integration
from signoff.runs.days import today
from signoff.runs.models import Spent
from signoff.web.charts import Bar, bars
from signoff.web.tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    client = Client()
    client.force_login(world.business())
    return client


def spent(days_ago=0, **values):
    return Spent.objects.create(
        integration=Integration.objects.get(), on_day=today() - timedelta(days=days_ago), was_for="drafts",
        model="gpt-4o-2024-08-06", part=0, **({"answers": 12, "drafts": 10, "input_tokens": 20_000,
        "cached_tokens": 8_000, "output_tokens": 3_000, "cost_micros": 70_000, "saved_micros": 10_000} | values),
    )  # fmt: skip


def text(client, path):
    page = client.get(path)
    assert page.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode().split("<main")[1]))


def test_the_page_says_what_was_spent_and_saved(client):
    spent()
    spent(days_ago=3, cost_micros=140_000)

    page = text(client, "/health/cost/")

    assert "Spent $0.21" in page
    assert "A draft $0.01" in page
    assert "Saved by caches $0.02 40 % of what the AI read" in page
    assert "about $0.01 a record" in page
    assert "The highest is" in page
    assert "with $0.14" in page


def test_before_the_first_draft_it_says_how_it_begins(client):
    page = text(client, "/health/cost/")

    assert "Nothing was spent in this time" in page
    assert "a record" in page  # and what one will cost, before anything is switched on


def test_one_integration_and_another_time_can_be_chosen(client):
    spent(days_ago=40)

    assert "Nothing was spent" in text(client, "/health/cost/")
    assert "Spent $0.07" in text(client, "/health/cost/?days=90&integration=follow-up-after-demo")
    assert client.get("/health/cost/?integration=no-such").status_code == 404
    assert client.get("/health/cost/?days=many").status_code == 200


def test_the_integrations_page_says_what_a_record_costs(client):
    spent()

    assert "about $0.007 a record" in text(client, "/integrations/follow-up-after-demo/")


def test_a_chart_draws_only_what_there_is_and_escapes_what_it_is_told():
    chart = str(
        bars("x", "<b>", "d", [Bar("1 May", 0, "$0"), Bar("2 May", 5, "$5"), Bar("3 May", 10, "$10")])
    )

    assert chart.count("<rect") == 2 * 2  # two bars, for a desk and for a phone
    heights = [float(found) for found in re.findall(r'<rect[^>]* height="([\d.]+)"', chart)]
    assert heights[1] == pytest.approx(2 * heights[0])
    assert "&lt;b&gt;" in chart
    assert "<b>" not in chart
    assert len(set(re.findall(r'id="([^"]+)"', chart))) == 4


def test_a_chart_of_nothing_is_a_line():
    assert "<rect" not in str(bars("x", "t", "d", [Bar("1 May", 0, "$0")]))
