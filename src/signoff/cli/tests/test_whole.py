"""The whole product: the demo, counted at the practice apps' own books."""

from __future__ import annotations

import importlib.util

import pytest

COUNTS = {
    "leads", "drafted", "flagged", "approved", "edited", "rejected", "delivered", "lost", "duplicates", "seconds",
}  # fmt: skip


def test_the_demo_loses_nothing_and_does_nothing_twice(place):
    done = place.run("demo", "--headless", "--leads", "6", "--json")

    assert done.code == 0, done.err
    assert set(done.json) >= COUNTS
    assert done.json["leads"] == done.json["drafted"] == 6
    assert done.json["lost"] == done.json["duplicates"] == 0
    assert done.json["approved"] + done.json["edited"] + done.json["rejected"] == 6
    assert done.json["delivered"] == done.json["approved"] + done.json["edited"]
    assert place.none_left()


@pytest.mark.long
@pytest.mark.local_model
@pytest.mark.timeout(900)
@pytest.mark.skipif(
    importlib.util.find_spec("signoff_sandbox.local_model") is None, reason="there is no local model yet"
)
def test_the_demo_works_with_a_real_small_model(place):
    done = place.run("demo", "--headless", "--ai", "local", "--leads", "2", "--json", seconds=850)

    assert done.code == 0, done.err
    assert done.json["leads"] == 2
    assert done.json["lost"] == done.json["duplicates"] == 0
    assert done.json["delivered"] == done.json["approved"] + done.json["edited"]
