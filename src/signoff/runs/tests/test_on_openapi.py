"""From a record to what stands at the app, for five apps that are known by their own real documents alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signoff.connections import described
from signoff.connections.connect import connect
from signoff.connectors.openapi.tests.documents import REAL
from signoff.core import clock
from signoff.core.secret import Secret
from signoff.engine import verbs
from signoff.integrations.apply import apply
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.review.models import Review
from signoff.runs.models import Delivery, Run, Source
from signoff.runs.tests.whole_way import approve
from signoff_sandbox.openapi.serving import practising

pytestmark = pytest.mark.django_db(transaction=True)
FILE = """
name: answer-it
record:
  from: app-main
  when: {when}
{record}prompt:
  ai: openai-main
  model: gpt-4o
  task: Answer it.
answer:
  body: {{type: text, max: 300}}
review:
  by: [sales]
then:
  - {step}
"""


def look() -> int:
    """Ask the app until it has told everything, as the worker does."""
    came = 0
    for _ in range(20):
        Source.objects.update(next_at="2026-01-01T00:00Z", claimed_until=None)
        came += verbs.poll()
        if not Source.objects.filter(next_at__lte="2026-12-31T00:00Z", cursor__contains='"page":{').exists():
            return came
    raise AssertionError("the list does not end")


def switch_on(real, practice):
    """Connect an app by its document, at its practice server, and switch an integration on that answers its records."""
    row = described.choose(
        described.add(real.raw(), real.file, "app-main"), real.reads, real.writes, real.sign_in
    )
    connection = connect(
        row.key,
        "app-main",
        Secret(real.secret),
        base_url=practice.address,
        settings=real.settings,
        limits={"requests_per_minute": 1_000_000},
    )
    trigger = row.plan["begins"][0]["name"]
    result = apply([read_text(FILE.format(when=trigger, step=real.step, record=real.record))])
    assert not result.faults, result.faults
    verbs.switch(Integration.objects.get(name="answer-it"), True)
    return connection


@pytest.mark.parametrize("app", REAL)
def test_records_of_an_app_that_nobody_knows_are_answered_once_each(app, house, work_off):
    real = REAL[app]
    with practising(real.path) as practice:
        practice.add(real.lists, **real.seed)  # was there before: it starts nothing
        connection = switch_on(real, practice)
        look()
        ids = [practice.add(real.lists, **real.seed) for _ in range(7)]  # three pages

        assert look() == 7
        work_off()
        runs = list(Run.objects.all())
        assert sorted(run.object_id for run in runs) == sorted(ids)
        assert {run.state for run in runs} == {Run.State.WAITING}, runs[0].timeline
        for review in Review.objects.select_related("run"):
            approve(review, house.owner)
        work_off(also_later=True)

        written = practice.books()["written"]
        bodies = sorted(str(one["body"][real.written]) for one in written)
        assert bodies == sorted(review.content["body"] for review in Review.objects.all()), "lost or twice"
        assert {run.state for run in Run.objects.all()} == {Run.State.DONE}, Run.objects.first().timeline
        assert look() == 0, "what Signoff wrote starts nothing"
        assert real.secret not in str([run.timeline for run in Run.objects.all()])
        assert connection.account_id


@pytest.mark.parametrize(("app", "ends"), [("gotify", Run.State.DONE), ("box", Run.State.UNCERTAIN)])
def test_a_lost_answer_is_looked_for_and_nothing_goes_out_twice(app, ends, house, work_off):
    real = REAL[app]
    with practising(real.path) as practice:
        switch_on(real, practice)
        look()
        practice.add(real.lists, **real.seed)
        assert look() == 1
        work_off()
        practice.control(fail_next={"fault": "lost_answer", "method": "POST"})
        approve(Review.objects.get(), house.owner)
        # The time that an app gets to finish what it began is over.
        Delivery.objects.filter(state="transmitting").update(started_at=clock.now() - timedelta(minutes=1))
        work_off(also_later=True)

        run = Run.objects.get()
        assert run.state == ends, run.timeline
        assert len(practice.books()["written"]) == 1
        assert look() == 0, "what Signoff wrote starts nothing, also when its answer was lost"
