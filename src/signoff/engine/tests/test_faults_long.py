"""The same promises as in `test_faults`, for as long and as often as a bad day: `make test-long`."""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from signoff.engine.tests import whole
from signoff.engine.tests.test_faults import (
    TAKEN_OVER_WITHIN_SECONDS,
    assert_each_once,
    duplicates,
    kill,
    kill_worker_at_random_moments,
    meanwhile,
    send,
)
from signoff.engine.tests.whole import MAIL, NOTE, house

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]


def test_a_worker_killed_two_hundred_times():
    with house(workers=2, integrations=[NOTE, MAIL], practice={"latency": 0.5}) as made:
        stop = threading.Event()
        sent = Counter()

        def trickle():
            while not stop.is_set():
                send(made, 5, sent["bench"])
                sent["bench"] += 5
                if sent["mail"] < 100:
                    send(made, 1, 100_000 + sent["mail"], to="mail")
                    sent["mail"] += 1
                time.sleep(0.5)

        def approve():
            while not stop.is_set():
                made.approve_all(10_000, 5)

        with meanwhile(trickle), meanwhile(approve):
            try:
                kill_worker_at_random_moments(made, 200, seed=2, most_wait=3)
            finally:
                stop.set()
        while waiting := made.wait_until_settled(sent.total(), 240)["waiting for review"]:
            made.approve_all(waiting, 30)

        assert_each_once(made, sent.total(), drafts=sent["mail"])


def test_three_workers_and_one_killed_for_good():
    with house(workers=2, practice={"latency": 1}) as made:
        third = made.run("work")
        while made.sql("SELECT count(*) FROM procrastinate_workers")[0][0] < 3:
            time.sleep(0.1)
        ((dead,),) = made.sql("SELECT max(id) FROM procrastinate_workers")
        with meanwhile(send, made, 400):
            time.sleep(2)
            third.kill()
            killed_at = time.monotonic()
            held = made.sql("SELECT count(*) FROM procrastinate_jobs WHERE worker_id = %s", dead)[0][0]
            while made.sql("SELECT 1 FROM procrastinate_jobs WHERE worker_id = %s", dead):
                time.sleep(0.1)
            taken_over = time.monotonic() - killed_at
        made.wait_until_settled(400, 120)

        assert_each_once(made, 400)
        assert held > 0, "it was killed while it did nothing"
        assert taken_over < TAKEN_OVER_WITHIN_SECONDS


def test_an_external_database_restarted_twice():
    sys.path.insert(0, str(Path(whole._path).parent))
    from postgres import external

    with external() as server, house(database=server.url, workers=2, practice={"latency": 0.3}) as made:
        with meanwhile(send, made, 150):
            for mode in ("fast", "immediate"):
                time.sleep(1)
                server.stop(mode)
                time.sleep(3)
                server.start()
        made.wait_until_settled(150, 150)

        assert_each_once(made, 150)


def test_a_worker_frozen_for_a_minute():
    with house(workers=1, integrations=[NOTE, MAIL], practice={"latency": 0.5}) as made:
        second = made.run("work")
        while made.sql("SELECT count(*) FROM procrastinate_workers")[0][0] < 2:
            time.sleep(0.1)
        send(made, 10, 1000, to="mail")
        made.approve_all(10, 40)
        time.sleep(8)  # the time to undo is nearly over, so that it freezes over deliveries too
        with meanwhile(send, made, 60):
            time.sleep(random.Random(4).uniform(1, 2))
            second.send_signal(signal.SIGSTOP)
        time.sleep(60)
        assert made.states() == {"done": 70}  # the others did not wait for it
        second.send_signal(signal.SIGCONT)
        time.sleep(5)
        send(made, 10, 500)
        made.wait_until_settled(80, 60)

        assert_each_once(made, 80, drafts=10)
        assert second.poll() is None


def test_two_thousand_leads_at_a_fast_pace_with_a_crash_in_the_middle():
    rpm = 12_000
    with house(practice={"rpm": rpm, "latency": 0.2}, limits={"requests_per_minute": rpm}) as made:
        send(made, 2000)
        while made.delivered() < 1000:
            time.sleep(0.05)
        kill(made.worker_pids())
        made.wait_until_settled(2000, 240)

        assert_each_once(made, 2000)
        assert made.books("openai")["errors"] <= 10


def test_apps_that_fail_in_every_way_and_hang():
    faults = "mistakes=0,http500=0.05,cut=0.02,malformed=0.02,lost_answer=0.02,late503=0.02,hang=0.005"
    with house(integrations=[NOTE, MAIL], practice={"latency": 0.1}) as made:
        made.practice.control("openai", faults=faults)
        with meanwhile(made.approve_all, 40, 120):
            send(made, 40, 100_000, to="mail")
            send(made, 300)
            time.sleep(100)
        made.approve_all(made.states()["waiting for review"], 60)
        # An app that does not say whether it has something is asked ever more seldom: the eighth pause takes minutes.
        states = made.wait_until_settled(340, 900)

        assert duplicates(made.noted()) == duplicates(made.drafted()) == 0
        stopped = states["failed"] + states["needs you"] + states["uncertain"] + states["waiting for review"]
        assert len(made.noted()) + stopped >= 340
        told = made.sql("SELECT count(*) FROM runs_run WHERE state IN ('failed', 'needs you', 'uncertain')"
                        " AND problem = ''")  # fmt: skip
        assert told == [(0,)]
