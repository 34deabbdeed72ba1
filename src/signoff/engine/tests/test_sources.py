"""An app from which new records cannot be read: told within five minutes, once, and over when it can be read again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signoff.connections.models import Connection
from signoff.connectors.registry import connector_class
from signoff.core import clock
from signoff.engine import verbs
from signoff.monitoring import looking
from signoff.monitoring.models import Notice
from signoff.pacing import pace
from signoff.pacing.models import Pace
from signoff.runs.models import Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def pass_by(monkeypatch):
    """Let time pass, read what is due, and look; returns the open notice of a source, if there is one."""

    def go_on(**by: float) -> Notice | None:
        at = clock.now() + timedelta(**by)
        monkeypatch.setattr(clock, "now", lambda: at)
        Source.objects.update(next_at=at)
        verbs.poll()
        looking.look()
        return Notice.objects.filter(key__startswith="source:", closed_at=None).first()

    return go_on


@pytest.fixture
def away(house, practice, monkeypatch):
    """HubSpot answers nothing but 503, and the pause after it is a long one already."""
    monkeypatch.setattr(
        connector_class("hubspot"), "settled", timedelta(0)
    )  # ask for what is new, however new
    verbs.poll()
    Source.objects.update(next_at=clock.now())
    try:
        practice.control("hubspot", fail_next={"fault": "http503", "times": 99})
        verbs.poll()
        assert Source.objects.get().problem
        pace.hold(Connection.objects.get(app="hubspot"), 600, "could not be read")
        yield
    finally:
        practice.control("hubspot", fail_no_more=True)


def test_it_is_one_notice_within_five_minutes_through_every_pause(house, away, pass_by, practice):
    failed_at = Source.objects.get().problem_since

    assert pass_by(seconds=170) is None, "a hiccup is no news"
    told = pass_by(seconds=20)
    assert told.first_seen_at - failed_at < timedelta(minutes=5)
    assert told.title == "Follow up new leads: new records cannot be read"
    assert "Nothing is lost" in told.text
    for _ in range(3):
        assert pass_by(minutes=10) == told, "to wait for the app does not mean that it can be read"

    practice.control("hubspot", fail_no_more=True)
    Pace.objects.update(held_until=None)
    assert pass_by(seconds=10) is None
    told.refresh_from_db()
    assert told.closing == "New records are read from hubspot-main again."
    assert Source.objects.get().problem_since is None


def test_one_failed_reading_is_not_told(house, away, pass_by, practice):
    practice.control("hubspot", fail_no_more=True)
    Pace.objects.update(held_until=None)

    assert pass_by(seconds=15) is None
    assert pass_by(minutes=10) is None
    assert not Notice.objects.filter(key__startswith="source:").exists()


def test_switched_off_and_on_it_begins_anew(house, away, pass_by):
    assert pass_by(minutes=4) is not None
    verbs.switch(house.integration, False)
    assert pass_by(days=3) is None

    verbs.switch(house.integration, True)

    assert Source.objects.get().problem_since is None
    assert pass_by(seconds=5) is None
