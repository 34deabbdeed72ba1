"""The owner hears of what stops within a minute, from a worker, or from the pages when no worker is there."""

from __future__ import annotations

import time

import pytest
from aiosmtpd.controller import Controller

from signoff.engine import noticing
from signoff.engine.tests.test_faults import send
from signoff.engine.tests.test_watching import connect
from signoff.engine.tests.whole import NOTE, house
from signoff.integrations.models import Integration
from signoff.monitoring.models import Notice
from signoff.monitoring.tests.shop import Post
from signoff_sandbox.testing import HUBSPOT_KEY

MINUTE = 60


@pytest.mark.django_db
def test_that_no_worker_runs_is_noticed_and_that_one_is_back(monkeypatch):
    Integration.objects.create(name="follow-up", is_on=True)
    monkeypatch.setattr(noticing, "workers_alive", lambda: 0)
    noticing.look()
    notice = Notice.objects.get(key="worker:")
    assert notice.title == "Nothing is being worked on: the worker is not running"

    monkeypatch.setattr(noticing, "workers_alive", lambda: 1)
    noticing.look()
    notice.refresh_from_db()
    assert notice.closing == "The worker runs again."


@pytest.mark.django_db
def test_where_nothing_is_to_be_done_a_missing_worker_is_no_news(monkeypatch):
    monkeypatch.setattr(noticing, "workers_alive", lambda: 0)

    noticing.look()

    assert not Notice.objects.filter(key="worker:").exists()


@pytest.fixture
def post():
    from signoff.cli.tests.place import free_port

    box = Post()
    box.port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


def wait_for_letter(post, words, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for to, letter in post.letters:
            if words in letter["Subject"]:
                return to, letter
        time.sleep(0.2)
    raise AssertionError(f"no letter says {words!r}: {post.subjects}")


@pytest.mark.long
@pytest.mark.timeout(400)
def test_a_refused_key_reaches_the_owner_within_a_minute_and_so_does_its_end(post):
    server = f"smtp://127.0.0.1:{post.port}"
    with house(integrations=[NOTE], SIGNOFF_SMTP=server, SIGNOFF_MAIL_FROM="signoff@example.test") as made:
        made.practice.control("hubspot", revoke_key=HUBSPOT_KEY)
        send(made, 3)
        end = time.monotonic() + 60
        while not made.sql("SELECT 1 FROM connections_connection WHERE name = 'crm' AND state = 'needs you'"):
            assert time.monotonic() < end, "the refusal was not seen"
            time.sleep(0.1)

        _, letter = wait_for_letter(post, "HubSpot", MINUTE)
        assert "Nothing is lost" in letter.get_content()
        assert "Ada Example" not in letter.as_string()

        made.practice.control("hubspot", rotate_key={"new": "pat-na1-new", "grace_seconds": 0})
        connect(made, "pat-na1-new")
        _, over = wait_for_letter(post, "accepts our key again", MINUTE + 15)
        assert "3 records went on" in over["Subject"]
        made.wait_until_settled(3, 60)

        assert post.subjects.count(letter["Subject"]) == 1


@pytest.mark.long
@pytest.mark.timeout(400)
def test_when_the_worker_is_gone_the_pages_tell_the_owner(post):
    """A worker that cannot start stays away; the web process looks in its place."""
    server = f"smtp://127.0.0.1:{post.port}"
    with house(integrations=[NOTE], SIGNOFF_SMTP=server, SIGNOFF_MAIL_FROM="signoff@example.test") as made:
        made.stop()
        made.others.clear()
        made.run("web", "--port", str(made.port))

        wait_for_letter(post, "the worker is not running", 4 * MINUTE)
