"""A key that is refused stops the work that needs it and no other, and all of it goes on by itself."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest

from signoff.connections import watch
from signoff.connections.client import forget_all
from signoff.connections.models import Connection, Watch
from signoff.core import clock
from signoff.engine import verbs, watching
from signoff.engine.tests.test_faults import assert_each_once, meanwhile, send
from signoff.engine.tests.whole import MAIL, NOTE, house
from signoff.review.models import Review
from signoff.runs.models import Run
from signoff_sandbox.testing import HUBSPOT_KEY

MINUTE = timedelta(minutes=1)


@pytest.fixture
def later(monkeypatch):
    """Move the clock on."""

    def move(by):
        at = clock.now() + by
        monkeypatch.setattr(clock, "now", lambda: at)
        return at

    return move


@pytest.fixture
def approve(house, work_off):
    """Approve what waits for review, and do what follows."""

    def decide(run_id):
        review = Review.objects.get(run_id=run_id)
        verbs.decide(review.pk, "approved", house.owner, review.content_hash)
        Run.objects.filter(pk=run_id).update(deliver_at=None)
        forget_all()
        work_off(also_later=True)

    return decide


@pytest.fixture
def back(practice):
    """Put the practice apps back as they were."""
    yield
    practice.control("hubspot", start_over=True)
    practice.control("openai", start_over=True)


def lines(run_id):
    return len(Run.objects.get(pk=run_id).timeline)


class TestARejectedKey:
    def test_only_what_needs_it_waits_and_it_goes_on_by_itself(
        self, house, practice, work_off, approve, back, later
    ):
        lead = house.lead()
        (run_id,) = house.receive(lead)
        work_off()
        practice.control("hubspot", revoke_key=True)
        mails = len(practice.books("gmail")["drafts"])

        approve(run_id)

        run = Run.objects.get(pk=run_id)
        assert run.state == "needs you"
        assert run.waits_for.name == "hubspot-main"
        assert len(practice.books("gmail")["drafts"]) == mails + 1, "Gmail's part did not wait"
        assert Connection.objects.get(name="gmail-sales").state == "working"
        (other,) = house.receive(house.lead())
        work_off()
        assert Run.objects.get(pk=other).state == "waiting for review", "and new drafts are written"
        later(2 * MINUTE)
        watching.watch()
        assert Run.objects.get(pk=run_id).state == "needs you"

        practice.control("hubspot", restore_key=True)
        later(6 * MINUTE)
        watching.watch()
        work_off(also_later=True)

        assert Run.objects.get(pk=run_id).state == "done"
        assert len(practice.books("gmail")["drafts"]) == mails + 1

    def test_what_began_to_wait_while_it_was_mended_goes_on_too(self, house, work_off, later):
        (run_id,) = house.receive(house.lead())
        row = Connection.objects.get(name="openai-main")
        Run.objects.filter(pk=run_id).update(
            state="needs you", waits_for=row, resume_as="queued", changed_at=clock.now()
        )
        Connection.objects.filter(pk=row.pk).update(mended_at=clock.now() - MINUTE)

        assert watching.resume_late() == 1

        Run.objects.filter(pk=run_id).update(
            state="needs you", waits_for=row, changed_at=clock.now() + 10 * MINUTE
        )
        assert watching.resume_late() == 0, "it was refused long after: once more would be refused again"


class TestAPermissionThatIsMissing:
    def test_only_what_needs_it_waits_until_it_is_given(
        self, house, practice, work_off, approve, back, later
    ):
        Connection.objects.update(mended_at=clock.now() - 60 * MINUTE)
        (run_id,) = house.receive(house.lead())
        work_off()
        practice.control(
            "hubspot", restrict_key={"scopes": ["crm.objects.contacts.read", "crm.schemas.contacts.read"]}
        )

        approve(run_id)
        watching.watch()

        row = Connection.objects.get(name="hubspot-main")
        assert (row.state, bool(row.lacks)) == ("working", True)
        assert Run.objects.get(pk=run_id).state == "needs you"
        before = lines(run_id)
        for _ in range(3):
            later(6 * MINUTE)
            watching.watch()
            watching.resume_late()
        work_off(also_later=True)
        assert lines(run_id) == before, "it is not tried over and over"

        practice.control("hubspot", start_over=True)
        later(16 * MINUTE)
        watching.watch()
        work_off(also_later=True)
        assert Run.objects.get(pk=run_id).waits_for is None


class TestCreditThatIsUsedUp:
    def test_it_is_looked_at_before_work_and_work_goes_on_when_it_is_there_again(
        self, house, practice, work_off, back, later
    ):
        practice.control("openai", billing="insufficient_quota")
        later(6 * MINUTE)
        watch.before_work(["openai-main"])
        watching.watch()
        row = Connection.objects.get(name="openai-main")
        assert (row.state, row.trouble) == ("needs you", "quota"), "before a record was tried"
        (run_id,) = house.receive(house.lead())
        work_off()
        assert Run.objects.get(pk=run_id).waits_for == row
        for _ in range(3):
            later(6 * MINUTE)
            watching.watch()
        assert Run.objects.get(pk=run_id).state == "needs you", (
            "that its list of models answers is not enough"
        )

        practice.control("openai", billing=None)
        later(6 * MINUTE)
        watching.watch()
        work_off()

        assert Run.objects.get(pk=run_id).state == "waiting for review"


def test_records_that_arrive_have_their_connections_asked(house, django_capture_on_commit_callbacks, later):
    later(6 * MINUTE)

    with django_capture_on_commit_callbacks(execute=True):
        house.receive(house.lead())

    assert {one.connection.name for one in Watch.objects.filter(before_work=True)} == {
        "hubspot-main", "gmail-sales", "openai-main",
    }  # fmt: skip


def connect(made, key):
    """Give the connection `crm` another key, by the command."""
    words = [
        sys.executable,
        "-m",
        "signoff",
        "connect",
        "hubspot",
        "--name",
        "crm",
        "--base-url",
        made.practice.hubspot,
    ]
    done = subprocess.run(words, env=made.env, input=key, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(240)
def test_a_key_that_is_replaced_under_load_holds_nobody_up():
    """The old key ends the moment the new one is saved; records keep coming in all the while."""
    with house(integrations=[NOTE, MAIL]) as made:
        over, waits = threading.Event(), []

        def look():
            while not over.is_set():
                waits.extend(made.sql("SELECT id FROM runs_run WHERE state IN ('needs you', 'failed')"))
                time.sleep(0.2)

        with meanwhile(look):
            with meanwhile(send, made, 40):
                for number in (1, 2):
                    key = f"pat-na1-replaced-{number}"
                    made.practice.control("hubspot", rotate_key={"new": key, "grace_seconds": 3600})
                    connect(made, key)
                    made.practice.control(
                        "hubspot", revoke_key=HUBSPOT_KEY if number == 1 else "pat-na1-replaced-1"
                    )
                    time.sleep(1)
            send(made, 10, 40)
            made.wait_until_settled(50, 80)
            over.set()

        assert waits == [], "no record waited for the owner"
        assert_each_once(made, 50)
        assert made.sql("SELECT problem FROM connections_connection WHERE name = 'crm'") == [("",)]
