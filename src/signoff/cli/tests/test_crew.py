"""The processes of `signoff up`: told apart, replaced, ended in order, and forked from one that has a single thread."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from signoff.cli.tests.place import free_port, heed_signals, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")


def program(folder, work: str, look: str = "pass") -> subprocess.Popen[str]:
    """Start a crew with one member that does `work`; `look` is what happens between."""
    text = f"""
        import os, pathlib, signal, sys, time
        from signoff.cli.crew import Crew, Member
        crew = Crew()
        def work(): {work}
        def look(): {look}
        crew.run([Member("The baker", ("signoff", "bake"), work)], look)
        print("ended in order")
    """
    file = folder / "program.py"
    file.write_text(textwrap.dedent(text))
    with (folder / "said").open("w") as said:
        return subprocess.Popen(
            [sys.executable, str(file), "and", "some", "more", "words"],
            env={**os.environ, "SIGNOFF_HOME": str(folder)},
            stdout=said,
            stderr=said,
            text=True,
            preexec_fn=heed_signals,
        )


def member(process: subprocess.Popen[str]) -> psutil.Process:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for child in psutil.Process(process.pid).children():
            if "bake" in child.cmdline():
                return child
        time.sleep(0.05)
    raise AssertionError("it was not started")


def test_a_process_shows_what_it_is_and_keeps_its_environment(tmp_path):
    process = program(tmp_path, "time.sleep(60)")
    child = member(process)

    assert child.cmdline()[:2] == ["signoff", "bake"]
    assert child.environ()["SIGNOFF_HOME"] == str(tmp_path)
    process.terminate()
    process.wait(20)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_process_that_is_told_to_stop_ends_its_work_first(tmp_path, how):
    work = (
        "signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path('{}').touch(), sys.exit())); time.sleep(60)"
    )
    process = program(tmp_path, work.format(tmp_path / "done"))
    child = member(process)
    while child.status() != psutil.STATUS_SLEEPING:
        time.sleep(0.05)
    time.sleep(0.5)

    process.send_signal(how)

    assert process.wait(20) == 0
    assert (tmp_path / "done").exists()
    assert (tmp_path / "said").read_text() == "ended in order\n"


def test_a_process_that_dies_is_replaced_and_said_so(tmp_path):
    process = program(tmp_path, "time.sleep(60)")
    first = member(process)

    first.kill()
    first.wait(10)

    assert member(process).pid != first.pid
    process.terminate()
    assert process.wait(20) == 0
    assert "The baker ended, and is started again. Its work is not lost." in (tmp_path / "said").read_text()


def test_one_that_cannot_begin_is_tried_again_less_and_less_often(tmp_path):
    process = program(tmp_path, f"open('{tmp_path / 'tries'}', 'a').write('I'); raise ValueError('no flour')")

    time.sleep(8)

    process.terminate()
    assert process.wait(20) == 0
    assert 3 <= len((tmp_path / "tries").read_text()) <= 5, "after 0, 1, 2 and 4 seconds"
    assert "no flour" in (tmp_path / "said").read_text()


def test_one_that_is_killed_again_and_again_is_back_each_time(tmp_path):
    process = program(tmp_path, "time.sleep(60)")

    seen = set()
    for _ in range(7):
        child = member(process)
        seen.add(child.pid)
        child.kill()
        child.wait(10)

    process.terminate()
    assert process.wait(20) == 0
    assert len(seen) == 7


def test_when_the_one_that_started_it_is_killed_a_process_ends_too(tmp_path):
    process = program(tmp_path, "time.sleep(60)")
    child = member(process)

    process.kill()

    child.wait(10)
    process.wait(10)


def test_a_word_that_is_longer_than_there_is_room_for_is_not_shown(tmp_path):
    shown = textwrap.dedent("""
        import sys
        from signoff.cli.crew import _show_as
        _show_as(("signoff", "x" * 4000))
        print(open("/proc/self/cmdline").read().split("\\0")[1])
    """)
    done = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True)

    assert done.stdout == "-c\n", done.stderr


def test_the_process_that_forks_has_one_thread_and_the_pages_and_the_worker_are_its_children(place):
    process = place.start("up", "--port", str(port := free_port()))
    wait_for(f"http://127.0.0.1:{port}/readyz")

    assert len(list(os.scandir(f"/proc/{process.pid}/task"))) == 1
    crew = [p.cmdline()[:2] for p in psutil.Process(process.pid).children() if p.name() != "postgres"]
    assert sorted(crew) == [["signoff", "web"], ["signoff", "work"]]
