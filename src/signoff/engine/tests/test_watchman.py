"""Web and worker watch each other, and an address outside hears that we are well, or that something stands still."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from signoff.core import clock
from signoff.engine import noticing, watchman
from signoff.engine.models import Beat
from signoff.monitoring.models import Notice
from signoff.outbound.tests.local import answer, local

pytestmark = pytest.mark.django_db


@pytest.fixture
def listener(monkeypatch):
    """An address outside, which notes what is asked of it; `status` is what it answers."""
    heard, status = [], [200]

    def told(asked):
        heard.append(asked)
        return answer(status[0], {"ok": True})

    with local(told) as place:
        monkeypatch.setenv("SIGNOFF_HEARTBEAT_URL", f"{place.url}/ping/5c1a-secret")
        yield heard, status


def notice(**more):
    now = clock.now()
    values = {"first_seen_at": now, "last_seen_at": now, "tell_from": now, "title": "T", "key": "k"}
    return Notice.objects.create(**{**values, "urgency": "now", **more})


def test_it_is_heard_while_all_is_well_and_told_when_something_stands_still(listener):
    heard, _ = listener
    notice(urgency="soon", key="a")
    watchman.beat()
    urgent = notice(key="b")
    watchman.beat()
    Notice.objects.filter(pk=urgent.pk).update(acknowledged_at=clock.now())
    watchman.beat()

    assert [asked.target for asked in heard] == [
        "/ping/5c1a-secret",
        "/ping/5c1a-secret/fail",
        "/ping/5c1a-secret",
    ]
    assert all(asked.body == b"" for asked in heard), "nothing of ours is told"


@pytest.mark.parametrize("bad", [404, 500, "gone"])
def test_an_address_that_does_not_hear_is_noted_without_naming_it(listener, monkeypatch, bad):
    _, status = listener
    if bad == "gone":
        monkeypatch.setenv("SIGNOFF_HEARTBEAT_URL", "http://127.0.0.1:9/ping/5c1a-secret")
    else:
        status[0] = bad

    row = watchman.beat()

    kept = Beat.objects.get(name="heartbeat")
    assert row.problem == kept.problem != ""
    assert "5c1a" not in kept.problem


def test_without_an_address_nobody_is_asked(monkeypatch):
    monkeypatch.delenv("SIGNOFF_HEARTBEAT_URL", raising=False)

    assert watchman.beat() is None
    assert not Beat.objects.exists()


def test_pages_that_fall_silent_are_told_once_and_over_when_they_are_back(monkeypatch):
    monkeypatch.setattr(watchman, "_began", -1e9)
    noticing.look()
    assert not Notice.objects.filter(key="web:").exists(), "where no pages ever ran, nobody misses them"
    watchman.web_lives()
    Beat.objects.update(at=clock.now() - timedelta(minutes=4))
    noticing.look()
    noticing.look()

    found = Notice.objects.get(key="web:")
    assert (found.urgency, found.closed_at) == ("now", None)
    watchman.web_lives()
    noticing.look()
    found.refresh_from_db()
    assert found.closing == "The pages answer again, or are not wanted any more."


def test_a_worker_that_has_just_begun_does_not_miss_the_pages_of_yesterday(monkeypatch):
    monkeypatch.setattr(watchman, "_began", time.monotonic() - 100)
    watchman.web_lives()
    Beat.objects.update(at=clock.now() - timedelta(hours=9))

    assert list(watchman.web_silent()) == []
