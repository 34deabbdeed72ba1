"""The programs that stay: they start, stop, and leave nothing behind however they end."""

from __future__ import annotations

import contextlib
import os
import signal
import time

import httpx2
import psutil
import pytest

from signoff.cli.tests.place import free_port, wait_for


def up(place):
    """Start a Signoff; returns its process and its address."""
    port = free_port()
    process = place.start("up", "--port", str(port))
    address = f"http://127.0.0.1:{port}"
    wait_for(f"{address}/readyz")
    return process, address


def named(word, process):
    """Return the children of a process that have a word in their name, without those that just ended."""
    found = []
    for child in psutil.Process(process.pid).children():
        with contextlib.suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
            if word in child.cmdline():
                found.append(child)
    return found


def test_killed_it_leaves_nothing_behind_and_starts_again_and_stops_when_told(place):
    process, address = up(place)
    assert len(place.processes()) >= 4, "up, the pages, a worker, the database"

    process.kill()
    assert place.none_left(), [p.cmdline() for p in place.processes()]

    log = place.folder / "again.log"
    again = place.start("up", "--port", address.rsplit(":", 1)[1], log=log)
    wait_for(f"{address}/readyz")
    again.send_signal(signal.SIGTERM)
    assert again.wait(20) == 0
    assert place.none_left()
    assert "Traceback" not in log.read_text()


@pytest.mark.long
def test_ctrl_c_stops_it_with_all_that_it_started(place):
    process, _ = up(place)

    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 0
    assert place.none_left()
    assert "Traceback" not in (place.folder / "up.log").read_text()


@pytest.mark.long
def test_what_dies_of_it_is_replaced(place):
    process, address = up(place)
    (worker,) = named("work", process)

    worker.kill()

    deadline = time.monotonic() + 20
    while not [p for p in named("work", process) if p.pid != worker.pid]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    (pages,) = named("web", process)

    pages.kill()

    time.sleep(0.5)
    wait_for(f"{address}/healthz")


def test_pages_and_worker_run_apart_and_share_the_work(place):
    port = free_port()
    web = place.start("web", "--port", str(port))
    wait_for(f"http://127.0.0.1:{port}/healthz")
    ready = httpx2.get(f"http://127.0.0.1:{port}/readyz")
    assert (ready.status_code, ready.json()["engine"]) == (503, False)

    work = place.start("work")
    wait_for(f"http://127.0.0.1:{port}/readyz")

    for process in (work, web):
        process.terminate()
        assert process.wait(20) == 0, (place.folder / "work.log").read_text()[-3000:]
    assert place.none_left()


def test_only_we_can_look_into_what_it_keeps(shop):
    place, key = shop, shop.folder / "key"

    assert key.stat().st_mode & 0o777 == 0o600
    for path in place.folder.rglob("*"):
        if path.is_dir() and path.name == "postgres":
            assert not path.stat().st_mode & 0o077
    assert not place.folder.stat().st_mode & 0o066 or os.geteuid() != 0


def test_another_master_key_is_told_and_changes_nothing(place):
    (place.folder / "key").write_text("not a key")
    (place.folder / "key").chmod(0o644)
    loose = place.run("connections")
    (place.folder / "key").write_text("not a key")
    (place.folder / "key").chmod(0o600)
    wrong = place.run("connections")

    assert (loose.code, wrong.code) == (1, 1)
    assert "chmod 600" in loose.err
    assert "does not hold a key of Signoff" in wrong.err
    assert "Traceback" not in loose.err + wrong.err
