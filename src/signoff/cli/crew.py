"""
The processes of `signoff up`: the pages and the workers, made from one that has everything loaded.

Loading takes more than a second and some 80 MB. Here it is done once, and the others are forked: what they have in
common is in memory once. The process that forks keeps to one thread, because a lock that another thread holds at that
moment would stay locked in the child for ever; so what it looks after, it looks after in turns, from `Crew.run`.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from signoff.cli.start import say

LOOK_EVERY_SECONDS = 0.25
RESTART_AFTER_SECONDS = 0.5
STOP_SECONDS = 15
MOST_RESTART_SECONDS = 10.0
LASTED_SECONDS = (
    60.0  # whoever worked for so long has begun well, and is not made to wait for what was before
)
# Elsewhere the system's own libraries do not take a fork well; there each process loads for itself.
FORKS = sys.platform == "linux"

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass
class Member:
    """
    One process: what it is called for people, the words that `ps` shows, what it does, and what is said when it ends.
    """

    name: str
    words: tuple[str, ...]
    work: Callable[..., None]
    given: tuple[Any, ...] = ()
    process: BaseProcess | None = None
    due: float = 0.0
    begun: float = 0.0
    wait_seconds: float = RESTART_AFTER_SECONDS


class Crew:
    """Starts its members, starts them again when they end, and stops them all when this process is told to."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("fork") if FORKS else multiprocessing.get_context("spawn")
        self._stopping = False
        for name in _SIGNALS:
            if signal.getsignal(name) is not signal.SIG_IGN:  # as `nohup` asks for
                signal.signal(name, self._stop)

    @property
    def is_stopping(self) -> bool:
        return self._stopping

    def once(self, member: Member) -> bool:
        """Run something in a process of its own to its end; says whether it ended well."""
        self._start(member)
        while not self._stopping and member.process is not None:
            self._wait([member])
            if member.process.exitcode is not None:
                return member.process.exitcode == 0
        self._end([member])
        return False

    def run(self, members: list[Member], look: Callable[[], None]) -> None:
        """
        Keep all members running until told to stop; `look` is called every quarter of a second.

        One that was killed is back after half a second, however often; one that ends with an error waits longer each
        time, up to 10 s, and is never given up: what it misses (a database, say) may come back.
        """
        try:
            while not self._stopping:
                for member in members:
                    if member.process is None and time.monotonic() >= member.due:
                        self._start(member)
                self._wait(members)
                for member in members:
                    self._look_at(member)
                look()
        finally:
            self._end(members)

    def _stop(self, *_: Any) -> None:
        self._stopping = True

    def _start(self, member: Member) -> None:
        # A signal between the fork and the child's first line would be taken for one to us, and be forgotten.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            process = self._context.Process(
                target=_work, name=member.name, args=(os.getpid(), member.words, member.work, member.given)
            )
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        member.process, member.begun = process, time.monotonic()

    def _wait(self, members: list[Member]) -> None:
        ends = [m.process.sentinel for m in members if m.process is not None]
        if ends:
            multiprocessing.connection.wait(ends, LOOK_EVERY_SECONDS)
        else:
            time.sleep(LOOK_EVERY_SECONDS)

    def _look_at(self, member: Member) -> None:
        if member.process is None or member.process.exitcode is None:
            return
        failed = member.process.exitcode > 0 and time.monotonic() - member.begun < LASTED_SECONDS
        member.process.close()
        member.process = None
        if self._stopping:
            return
        longer = min(2 * member.wait_seconds, MOST_RESTART_SECONDS)
        member.wait_seconds = longer if failed else RESTART_AFTER_SECONDS
        member.due = time.monotonic() + member.wait_seconds
        say(f"{member.name} ended, and is started again. Its work is not lost.")

    def _end(self, members: list[Member]) -> None:
        running = [member.process for member in members if member.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.exitcode is None:
                process.kill()


def _work(parent: int, words: tuple[str, ...], work: Callable[..., None], given: tuple[Any, ...]) -> None:
    """Do a member's work in its process: what belongs to the process it was forked from is put away first."""
    import atexit

    from signoff.cli.main import known_trouble
    from signoff.core.lifeline import end_with_parent
    from signoff.engine.embedded import stop_if_unused

    atexit._clear()
    for name in _SIGNALS:
        signal.signal(name, signal.default_int_handler if name == signal.SIGINT else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    os.setsid()  # Ctrl-C is for the one that stops us in order
    _show_as(words)
    end_with_parent(parent, then=stop_if_unused)
    try:
        work(*given)
    except Exception as error:
        sentence = known_trouble(error)
        if sentence is None:
            raise
        say(sentence)
        sys.exit(1)
    finally:
        atexit._run_exitfuncs()  # multiprocessing leaves them out, and traces are sent from one


def _show_as(words: tuple[str, ...]) -> None:
    """
    Let `ps` and whoever looks for a process by its words find these instead of those of `signoff up`.

    Linux shows what stands in the process's own memory, in a place that it names. It is written only if it is found
    there as it is shown; the words must not be longer than those before.
    """
    if sys.platform != "linux":
        return
    try:
        after_name = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        shown = Path("/proc/self/cmdline").read_bytes()
        begin, end = int(after_name[45]), int(after_name[46])
        said = b"".join(word.encode() + b"\0" for word in words)
        if 0 < len(said) <= end - begin == len(shown) and ctypes.string_at(begin, len(shown)) == shown:
            ctypes.memmove(begin, said.ljust(len(shown), b"\0"), len(shown))
    except (OSError, ValueError, IndexError):
        return
