"""`kill -9` at every step boundary loses nothing and repeats no delivery, counted at the practice apps' books."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings

from conftest import furnish
from signoff.engine import verbs
from signoff.engine.jobs import advance
from signoff.engine.tests.crash import DELIVERY_MOMENTS, MOMENTS
from signoff.review.models import Review
from signoff.runs.models import Delivery, Run

pytestmark = pytest.mark.django_db(transaction=True)
CRASH = Path(__file__).with_name("crash.py")


def kill_at(moment, run_id):
    database = settings.DATABASES["default"]
    url = f"postgres://{database['USER']}@{quote(database['HOST'], safe='')}/{database['NAME']}"
    source = str(Path(__file__).parents[3])
    result = subprocess.run(
        [sys.executable, str(CRASH), moment, str(run_id)],
        env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": source},
        capture_output=True,
        timeout=60,
    )
    assert result.returncode == -signal.SIGKILL, result.stderr.decode()[-2000:]


def let_the_lease_end(run_id):
    """Let so much time go by that a delivery begun before the crash may be taken over."""
    for row in Delivery.objects.filter(run_id=run_id, state="transmitting"):
        row.started_at -= timedelta(seconds=30)
        row.save()


def take_over(run_id):
    """Do what the next worker does when the dead one's job comes to it, until nothing is left to do."""
    for _ in range(5):
        let_the_lease_end(run_id)
        advance(run_id=run_id)
    return Run.objects.get(pk=run_id)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_crash_while_drafting_leaves_one_draft_for_one_person(practice, moment):
    house = furnish(practice)
    (run_id,) = house.receive(house.lead())

    kill_at(moment, run_id)
    run = take_over(run_id)

    assert run.state == Run.State.WAITING
    assert Review.objects.filter(run_id=run_id, state="waiting").count() == 1


@pytest.mark.parametrize("moment", DELIVERY_MOMENTS)
def test_a_crash_while_delivering_loses_nothing_and_repeats_nothing(practice, moment):
    house = furnish(practice)
    contact = house.lead()
    (run_id,) = house.receive(contact)
    advance(run_id=run_id)
    review = Review.objects.get(run_id=run_id)
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    Run.objects.filter(pk=run_id).update(deliver_at=None)

    kill_at(moment, run_id)
    run = take_over(run_id)

    assert run.state == Run.State.DONE, run.timeline
    assert len(house.drafts_to(run.record["email"])) == 1
    assert len(house.notes_on(contact)) == 1
