"""One exact pace for any number of askers; holds, lanes, and limits that are learned."""

from __future__ import annotations

import threading
import time
from itertools import pairwise

import pytest
from django.db import connection as db

from signoff.connections.models import Connection
from signoff.connectors.base import Limit
from signoff.pacing import pace
from signoff.pacing.models import Pace

pytestmark = pytest.mark.django_db


def an_app(**limits):
    row = Connection.objects.create(name="ai", app="openai", sealed=b"", limits=limits)
    pace.state_limits(row)
    return row


def test_places_lie_as_far_apart_as_the_pace_says():
    connection = an_app(requests_per_minute=600, tokens_per_minute=1e9)

    waits = [pace.reserve(connection).wait_seconds for _ in range(20)]

    gaps = [later - earlier for earlier, later in pairwise(waits[5:])]
    assert waits[0] == 0
    assert all(0.05 < gap <= 0.1001 for gap in gaps), gaps


def test_the_scarcer_of_requests_and_tokens_decides():
    connection = an_app(requests_per_minute=6000, tokens_per_minute=6000)

    pace.reserve(connection, tokens=100)

    assert 0.9 < pace.reserve(connection, tokens=100).wait_seconds <= 1.0


def test_tokens_that_were_not_used_are_given_back():
    connection = an_app(requests_per_minute=1e9, tokens_per_minute=6000)
    first = pace.reserve(connection, tokens=300)

    pace.settle(first, used_tokens=100)

    assert 0.8 < pace.reserve(connection).wait_seconds <= 1.0


def test_giving_back_costs_no_statement_of_its_own(django_assert_num_queries):
    connection = an_app(requests_per_minute=1e9, tokens_per_minute=6000)
    pace.settle(pace.reserve(connection, tokens=10), 10, [Limit("tokens", 6000, 60)])

    with django_assert_num_queries(2):
        pace.settle(pace.reserve(connection, tokens=300), 100, [Limit("tokens", 6000, 60)])
        waits = pace.reserve(connection).wait_seconds

    assert 0.8 < waits <= 1.2


def test_what_was_used_beyond_is_counted_before_the_next():
    connection = an_app(requests_per_minute=1e9, tokens_per_minute=6000)

    pace.settle(pace.reserve(connection, tokens=100), used_tokens=300)

    assert 2.8 < pace.reserve(connection).wait_seconds <= 3.0


def test_what_was_not_used_is_given_back_although_the_next_place_is_too_far():
    connection = an_app(requests_per_minute=1e9, tokens_per_minute=600)
    first = pace.reserve(connection, tokens=300)
    pace.settle(first, used_tokens=200)

    with pytest.raises(pace.TooFar) as far:
        pace.reserve(connection)
    with pytest.raises(pace.TooFar) as again:
        pace.reserve(connection)

    assert 19 < far.value.seconds <= 20
    assert again.value.seconds <= far.value.seconds, "given back once"
    assert again.value.seconds > 18


def test_what_was_not_used_long_ago_is_forgotten(monkeypatch):
    connection = an_app(requests_per_minute=1e9, tokens_per_minute=6000)
    first = pace.reserve(connection, tokens=300)
    pace.settle(first, used_tokens=100)
    monkeypatch.setattr(pace, "COUNTED_SECONDS", 0.0)

    assert pace.reserve(connection).wait_seconds > 2


def test_a_place_too_far_away_is_not_taken():
    connection = an_app(requests_per_minute=60)
    for _ in range(6):
        pace.reserve(connection)

    with pytest.raises(pace.TooFar) as far:
        pace.reserve(connection)
    with pytest.raises(pace.TooFar) as again:
        pace.reserve(connection)

    assert again.value.seconds <= far.value.seconds, "asking moves nothing"


def test_nothing_starts_while_the_app_asked_us_to_wait():
    connection = an_app(requests_per_minute=6000)

    pace.hold(connection, 3, "asked us to slow down")

    assert 2.5 < pace.reserve(connection).wait_seconds <= 3.0


def test_an_outage_waits_longer_each_time_and_forgets_when_the_app_works():
    connection = an_app()

    waits = [pace.hold(connection, None, "cannot be reached") for _ in range(4)]
    pace.worked(connection)

    assert waits[0] < 1.3
    assert waits[3] > 6
    assert Pace.objects.get(connection=connection).failures == 0


def test_limits_are_learned_from_the_app_but_never_against_the_owner():
    stated = an_app(requests_per_minute=60)
    place = pace.reserve(stated)

    pace.settle(place, None, [Limit("requests", 500, 60), Limit("tokens", 30_000, 60)])

    row = Pace.objects.get(connection=stated)
    assert row.request_seconds == 1.0
    assert row.token_seconds == pytest.approx(60 / 30_000)


def test_positions_in_a_lane_lie_as_far_apart_as_places_do():
    connection = an_app(requests_per_minute=60, tokens_per_minute=1e9)
    for _ in range(5):
        pace.reserve(connection)

    waits = [pace.stand_in_line(connection, "a") for _ in range(10)]

    gaps = [later - earlier for earlier, later in pairwise(waits)]
    assert all(0.8 < gap < 1.0 for gap in gaps[1:]), gaps


def test_a_burst_in_one_lane_does_not_stand_before_another_lane():
    connection = an_app(requests_per_minute=60, tokens_per_minute=1e9)
    for _ in range(5):
        pace.reserve(connection)
    for _ in range(1000):
        pace.stand_in_line(connection, "the burst")

    assert pace.stand_in_line(connection, "a single lead") < 10


def test_what_prompts_really_use_corrects_the_estimate():
    pace.learn_tokens("v1", 1000, 400)

    assert pace.expected_tokens("v1", 1000) == 400
    assert pace.expected_tokens("another", 1000) == 1000


@pytest.mark.django_db(transaction=True)
def test_many_threads_share_one_pace():
    connection = an_app(requests_per_minute=6000, tokens_per_minute=1e9)
    waits = []

    def ask():
        try:
            for _ in range(10):
                waits.append(time.monotonic() + pace.reserve(connection).wait_seconds)
        finally:
            db.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    starts = sorted(waits)
    assert len(starts) == 80
    assert starts[-1] - starts[0] >= 79 * 0.01 * 0.9
