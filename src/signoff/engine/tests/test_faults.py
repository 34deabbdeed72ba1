"""
Whatever happens to its processes, a Signoff loses nothing and does nothing twice, counted at the practice apps' books.

Real processes, started by `signoff up` and killed from outside. A delivery whose answer nobody heard may end as
`uncertain` where the app cannot say; it is counted apart, and it must be visible to the owner.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from signoff.engine.tests.whole import MAIL, NOTE, POLLED, house, leads, post, post_all

pytestmark = pytest.mark.timeout(240)
TAKEN_OVER_WITHIN_SECONDS = 30


def apart(story):
    """Run a coroutine in a thread of its own: a browser's tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()


def send(made, count, first=0, to="bench"):
    """Send leads as a vendor does: again, until they are accepted."""
    return apart(post_all(made.webhooks[to], leads(count, first), 50, insist=True))


@contextmanager
def meanwhile(what, *args):
    """Do something else in a thread while the block runs; its trouble is ours."""
    trouble = []

    def careful():
        try:
            what(*args)
        except Exception as error:
            trouble.append(error)

    thread = threading.Thread(target=careful)
    thread.start()
    yield
    thread.join()
    assert not trouble, trouble


def kill(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def kill_worker_at_random_moments(made, times, seed, most_wait=0.8):
    """Kill the worker so many times, each time a while after it has begun to do something."""
    moments = random.Random(seed)
    for _ in range(times):
        while not (pids := made.worker_pids()):
            time.sleep(0.02)
        time.sleep(moments.uniform(0, most_wait))
        kill(pids)
        time.sleep(0.1)


def assert_each_once(made, count, *, drafts=0):
    """Each lead once in the books, or visibly uncertain; nothing twice, nothing stuck, nothing lost."""
    states = made.states()
    uncertain = states["uncertain"]
    assert set(states) <= {"done", "uncertain"}, (states, made.log()[-3000:])
    assert states.total() == count, states
    visible = made.sql("SELECT count(*) FROM runs_run WHERE state = 'uncertain' AND problem <> ''")[0][0]
    assert visible == uncertain
    noted, drafted = made.noted(), made.drafted()
    assert duplicates(noted) == 0, duplicates(noted)
    assert duplicates(drafted) == 0, duplicates(drafted)
    assert len(noted) >= count - uncertain
    assert len(drafted) >= drafts - uncertain
    return uncertain


def duplicates(counted: Counter[str]) -> int:
    return sum(count - 1 for count in counted.values())


def test_a_worker_killed_again_and_again_loses_and_repeats_nothing():
    with house(integrations=[NOTE, MAIL], practice={"latency": 0.2}) as made:
        send(made, 12, 1000, to="mail")
        with meanwhile(made.approve_all, 12, 100), meanwhile(send, made, 40):
            kill_worker_at_random_moments(made, 10, seed=1)
        made.wait_until_settled(52, 80)

        assert_each_once(made, 52, drafts=12)


def test_web_and_worker_killed_together_leave_nothing_behind():
    with house(practice={"latency": 0.3}) as made:
        with meanwhile(send, made, 40):
            time.sleep(0.6)
            made.kill_all()
            made.start()
        made.wait_until_settled(40, 60)

        assert_each_once(made, 40)


def test_the_jobs_of_a_worker_that_died_for_good_are_taken_over_within_30_seconds():
    with house(workers=1, practice={"latency": 2}) as made:
        second = made.run("work")
        while made.sql("SELECT count(*) FROM procrastinate_workers")[0][0] < 2:
            time.sleep(0.1)
        send(made, 20)
        time.sleep(1)
        assert made.sql("SELECT count(DISTINCT worker_id) FROM procrastinate_jobs WHERE status = 'doing'")
        killed_at = time.monotonic()
        second.kill()
        made.wait_until_settled(20, 60)
        seconds = time.monotonic() - killed_at

        assert_each_once(made, 20)
        assert seconds < TAKEN_OVER_WITHIN_SECONDS


def test_the_embedded_database_killed_while_it_works_comes_back_with_everything():
    with house(practice={"latency": 0.3}) as made:
        with meanwhile(send, made, 40):
            time.sleep(0.6)
            kill([made.postmaster_pid()])
        made.wait_until_settled(40, 80)

        assert_each_once(made, 40)


def test_a_frozen_worker_that_wakes_up_does_not_send_what_others_have_sent():
    with house(workers=1, practice={"latency": 0.4}) as made:
        second = made.run("work")
        while made.sql("SELECT count(*) FROM procrastinate_workers")[0][0] < 2:
            time.sleep(0.1)
        with meanwhile(send, made, 40):
            time.sleep(0.5)
            second.send_signal(signal.SIGSTOP)
        time.sleep(22)
        second.send_signal(signal.SIGCONT)
        time.sleep(1)
        send(made, 10, 500)  # the one that woke up goes on working
        made.wait_until_settled(50, 40)

        assert_each_once(made, 50)
        assert second.poll() is None


def test_a_machine_that_froze_in_the_middle_of_a_transaction_does_not_hold_up_the_others():
    with house() as made, psycopg.connect(made.database) as frozen:
        frozen.execute("SELECT 1 FROM connections_connection FOR UPDATE")
        frozen.execute("SELECT 1 FROM runs_spent FOR UPDATE")
        frozen_at = time.monotonic()
        send(made, 10)
        made.wait_until_settled(10, 60)
        seconds = time.monotonic() - frozen_at

        assert_each_once(made, 10)
        assert seconds < TAKEN_OVER_WITHIN_SECONDS
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            frozen.execute("SELECT 1")


def test_the_same_webhook_five_times_at_once_is_one_run():
    with house() as made:
        same = [lead for lead in leads(10) for _ in range(5)]
        answers = apart(post_all(made.webhook, same, 50))
        made.wait_until_settled(10, 30)

        assert Counter(status for status, _ in answers) == {202: 10, 200: 40}
        assert_each_once(made, 10)


def test_two_workers_that_poll_the_same_app_make_one_run_of_each_contact():
    with house(workers=2, integrations=[POLLED]) as made:
        while not made.sql("SELECT count(*) FROM runs_source WHERE read_at IS NOT NULL")[0][0]:
            time.sleep(0.1)
        contacts = [contact for _ in range(6) for contact in made.practice.seed_leads(5)]
        made.wait_until_settled(30, 40)

        noted = Counter(str(note["body"]).split(":")[0] for note in made.books("hubspot")["notes"])
        assert noted == {f"Contact {contact}": 1 for contact in contacts}


def test_apps_that_fail_in_every_way_lose_and_repeat_nothing():
    faults = "mistakes=0,http500=0.05,cut=0.02,malformed=0.02,lost_answer=0.02,late503=0.01"
    with house(integrations=[NOTE]) as made:
        made.practice.control("openai", faults=faults)
        send(made, 80)
        states = made.wait_until_settled(80, 150)

        # What an app answered as nonsense stops visibly, with all that is needed to go on.
        stopped = states["failed"] + states["needs you"] + states["uncertain"]
        noted = made.noted()
        assert duplicates(noted) == 0
        assert len(noted) + stopped >= 80
        assert states["done"] + stopped == 80
        assert states["done"] >= 70, states


def test_a_full_disk_refuses_records_whole_and_takes_them_again_when_there_is_room():
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("only root may mount the small disk that this test fills")
    disk = Path(tempfile.mkdtemp(prefix="signoff-disk-", dir="/tmp"))
    disk.chmod(0o711)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m,mode=711", "tmpfs", str(disk)])
    if mounted.returncode:
        pytest.skip("this computer lets nobody mount a small disk")
    try:
        with house(folder=str(disk)) as made:
            ballast = disk / "ballast"
            send(made, 5)
            made.wait_until_settled(5, 30)
            fill(ballast)
            answers = []
            for lead in leads(400, 100):
                lead["message"] = os.urandom(20_000).hex()  # so that PostgreSQL has to find room
                answers.append(post(made.webhook, lead))
                if answers.count(503) >= 3:
                    break
            ballast.unlink()
            accepted = 5 + answers.count(202)
            send(made, 5, 900)
            made.wait_until_settled(accepted + 5, 60)

            assert set(answers) <= {202, 503}
            assert answers.count(503) >= 3
            assert made.states() == {"done": accepted + 5}
            assert_each_once(made, accepted + 5)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
        disk.rmdir()


def fill(path: Path) -> None:
    """Take all the room there is."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65536)
        except OSError:
            pass


def test_a_clock_set_back_stops_nothing(house_in_process, monkeypatch):
    """Leases and paces go by the database's clock; ours may jump an hour back between two steps."""
    made, work_off = house_in_process
    from datetime import timedelta

    from signoff.core import clock
    from signoff.engine import verbs
    from signoff.review.models import Review
    from signoff.runs.models import Run

    contact = made.lead()
    (run_id,) = made.receive(contact)
    now, seconds = clock.now, time.time
    monkeypatch.setattr(clock, "now", lambda: now() - timedelta(hours=1))
    monkeypatch.setattr(time, "time", lambda: seconds() - 3600)
    work_off()
    review = Review.objects.get(run_id=run_id)
    verbs.decide(review.pk, "approved", made.owner, review.content_hash)
    Run.objects.filter(pk=run_id).update(deliver_at=None)
    work_off(also_later=True)

    run = Run.objects.get(pk=run_id)
    assert run.state == Run.State.DONE, run.timeline
    assert len(made.drafts_to(run.record["email"])) == 1
    assert len(made.notes_on(contact)) == 1


def test_a_machine_whose_clock_is_ahead_does_not_take_over_what_another_is_sending(
    house_in_process, monkeypatch
):
    made, work_off = house_in_process
    from datetime import timedelta

    from signoff.core import clock
    from signoff.engine import verbs
    from signoff.review.models import Review
    from signoff.runs import ledger
    from signoff.runs.models import Delivery, Run

    contact = made.lead()
    (run_id,) = made.receive(contact)
    work_off()
    review = Review.objects.get(run_id=run_id)
    verbs.decide(review.pk, "approved", made.owner, review.content_hash)
    Run.objects.filter(pk=run_id).update(deliver_at=None)
    rows = list(Delivery.objects.filter(run_id=run_id))
    for row in rows:
        assert ledger.begin_sending(row)  # another worker is sending it at this moment
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + timedelta(hours=1))

    from signoff.engine.jobs import advance

    advance(run_id=run_id)

    assert made.notes_on(contact) == []
    assert set(Delivery.objects.filter(run_id=run_id).values_list("state", flat=True)) == {"transmitting"}


@pytest.fixture
def house_in_process(db, practice, work_off):
    from conftest import furnish

    return furnish(practice), work_off
