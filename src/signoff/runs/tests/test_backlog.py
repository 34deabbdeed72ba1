"""How much waits, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signoff.connections.models import Connection
from signoff.core import clock
from signoff.pacing import pace
from signoff.runs.backlog import backlog
from signoff.runs.models import Run

pytestmark = pytest.mark.django_db


def test_the_end_of_a_queue_is_told_from_the_pace(house):
    ai = Connection.objects.get(name="openai-main")
    ai.limits = {"requests_per_minute": 60, "tokens_per_minute": 1e9}
    ai.save()
    pace.state_limits(ai)
    (run_id,) = house.receive(house.lead())
    run = Run.objects.get(pk=run_id)
    for n in range(119):
        run.pk, run.dedupe_key = None, f"more:{n}"
        run.save(force_insert=True)

    (found,) = backlog()

    assert found.waiting == 120
    assert found.per_minute == 60
    assert timedelta(seconds=115) < found.done_at - clock.now() < timedelta(seconds=121)


def test_a_hold_says_until_when_and_why(house):
    pace.hold(Connection.objects.get(name="openai-main"), 30, "asked us to slow down")

    (found,) = backlog()

    assert found.held_until > clock.now() + timedelta(seconds=20)
    assert found.held_why == "asked us to slow down"


def test_nothing_waiting_is_nothing_to_tell(house):
    assert backlog() == []
