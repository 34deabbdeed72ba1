"""The owner hears of an address that does not take what it is told."""

from __future__ import annotations

import pytest

from signoff.core import clock
from signoff.hooks.models import Hook, Message
from signoff.monitoring.looking import look
from signoff.monitoring.models import Notice
from signoff.runs.models import Run
from signoff.web.tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def message():
    """What an address was told in vain, twice so far."""
    owner = world.person()
    made = world.integration(owner)
    return world.told(world.run(made, {"id": "1", "firstname": "Dana"}, state="done"), owner)


def open_notice():
    look()
    return Notice.objects.filter(key="untold:n8n.example.com", closed_at=None).first()


def test_a_hiccup_is_no_matter(message):
    assert open_notice() is None


@pytest.mark.parametrize(
    "how",
    [{"tries": 4}, {"state": "given up", "finished_at": "now"}, {"state": "refused", "finished_at": "now"}],
)
def test_what_is_not_taken_is_told_with_where_to_press(message, how):
    Message.objects.update(**{k: clock.now() if v == "now" else v for k, v in how.items()})

    found = open_notice()

    assert found is not None
    assert "n8n.example.com" in found.title
    assert found.address == f"/history/{Run.objects.get().pk}/"


def test_it_is_over_once_it_is_taken(message):
    Message.objects.update(tries=5)
    assert open_notice() is not None

    Message.objects.update(state="told", finished_at=clock.now())

    assert open_notice() is None
    assert "n8n.example.com" in Notice.objects.get(key="untold:n8n.example.com").closing


def test_one_that_has_unsubscribed_itself_is_no_matter(message):
    Message.objects.update(state="refused", finished_at=clock.now())
    Hook.objects.update(state="gone", run=None)

    assert open_notice() is None


def test_an_address_that_was_taken_away_is_no_matter(message):
    Message.objects.update(tries=5)
    Hook.objects.update(state="removed")

    assert open_notice() is None
