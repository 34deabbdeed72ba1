"""`signoff queue`: what waits, in the words of Health."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from signoff.connections.models import Connection
from signoff.core import clock
from signoff.pacing.models import Pace
from signoff.runs.models import Run

pytestmark = pytest.mark.django_db


def test_where_nothing_waits_it_says_so(run, house):
    assert run("queue").stdout.strip() == "Nothing waits for an AI."
    assert json.loads(run("queue", "--json").stdout) == []


def test_what_waits_is_told_with_the_ai_it_waits_for(run, house):
    house.receive(house.lead())

    one = run("queue").stdout
    house.receive(house.lead())
    (told,) = json.loads(run("queue", "--json").stdout)

    assert one.startswith("1 record waits for openai-main")
    assert "2 records wait for openai-main" in run("queue").stdout
    assert (told["connection"], told["waiting"], told["in_batches"]) == ("openai-main", 2, 0)


def test_an_ai_that_asked_us_to_slow_down_is_told_with_when_we_go_on(run, house):
    house.receive(house.lead())
    ai = Connection.objects.get(name="openai-main")
    held = {"held_until": clock.now() + timedelta(minutes=3), "held_why": "asked us to slow down"}
    Pace.objects.update_or_create(connection=ai, defaults=held)

    said = run("queue").stdout

    assert "openai-main asked us to slow down. Nothing is lost; we go on at " in said


def test_what_goes_by_batch_is_told_by_when(run, house):
    (run_id,) = house.receive(house.lead())
    Run.objects.filter(pk=run_id).update(state="in a batch", answer_by=clock.now() + timedelta(hours=5))

    assert "1 record goes to openai-main by batch, at half the price: done by " in run("queue").stdout
