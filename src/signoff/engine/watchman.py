"""
Who watches the watchman: web and worker watch each other, and an address outside hears that we are well.

The web process looks while no worker does (`noticing.stand_in`), and leaves a sign of life each minute; the worker
tells when that stops. `SIGNOFF_HEARTBEAT_URL` is asked each minute, as Healthchecks and its like want it: the address
itself while all is well, with `/fail` behind it while something stands still. Whoever keeps that address raises the
alarm when it hears nothing at all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta

import structlog

from signoff.core import clock
from signoff.core.errors import SignoffError
from signoff.core.home import allowed_hosts
from signoff.core.secret import Secret
from signoff.engine.models import Beat
from signoff.monitoring.found import Found
from signoff.monitoring.models import Notice, Urgency
from signoff.outbound.door import Door

log = structlog.get_logger()

_began = time.monotonic()


def _begin() -> None:
    global _began
    _began = time.monotonic()


os.register_at_fork(
    after_in_child=_begin
)  # a process that is forked begins then, and not when this was loaded

WEB, HEARTBEAT = "web", "heartbeat"
SILENT_AFTER = timedelta(minutes=3)  # it beats each minute; a restart is no news
FORGOTTEN_AFTER = timedelta(days=7)  # then nobody wants the pages any more
HEARTBEAT_SECONDS = 10.0
NOT_TAKEN = "The address of SIGNOFF_HEARTBEAT_URL answers, and does not take it"


def web_lives() -> None:
    """Leave the web process's sign of life."""
    Beat.objects.update_or_create(name=WEB, defaults={"at": clock.now()})


def web_silent() -> Iterator[Found]:
    """Find that the pages have given no sign of life for a while."""
    beat = Beat.objects.filter(name=WEB).first()
    if time.monotonic() - _began < SILENT_AFTER.total_seconds():
        return  # we have just begun ourselves, and the pages begin with us
    if beat is None or not SILENT_AFTER < clock.now() - beat.at < FORGOTTEN_AFTER:
        return
    yield Found(
        "web:",
        Urgency.NOW,
        "pages",
        "The pages do not answer: no record comes in by webhook, and nobody can review",
        "What is here is not lost, and goes on. Look whether it runs: sudo systemctl status signoff. Who sends records "
        "by webhook sends them again, or has to be asked to.",
        "Open Home",
        "/",
    )


def web_back(notice: Notice) -> str:
    """Say how it ended that the pages were silent."""
    return "The pages answer again, or are not wanted any more."


def beat() -> Beat | None:
    """Let the address outside hear from us; None where none is set. What it answers is kept for `signoff doctor`."""
    address = Secret(os.environ.get("SIGNOFF_HEARTBEAT_URL", "").strip())
    if not address:
        return None
    stands_still = Notice.objects.filter(
        closed_at=None, urgency=Urgency.NOW, acknowledged_at=None, snoozed_at=None
    ).exists()
    problem = _ask(Secret(address.reveal().rstrip("/") + "/fail") if stands_still else address)
    if problem:
        log.warning("the heartbeat was not heard", why=problem)
        row, _ = Beat.objects.get_or_create(name=HEARTBEAT, defaults={"at": clock.now()})
        Beat.objects.filter(pk=row.pk).update(problem=problem[:300])
    else:
        row, _ = Beat.objects.update_or_create(name=HEARTBEAT, defaults={"at": clock.now(), "problem": ""})
    row.problem = problem
    return row


def _ask(address: Secret) -> str:
    """Ask an address; returns what was wrong, which never holds the address: it is as good as a key."""
    door = Door(
        address.reveal(),
        app="The heartbeat's address",
        timeout_seconds=HEARTBEAT_SECONDS,
        allow_hosts=allowed_hosts(),
        max_bytes=100_000,
    )
    try:
        status = door.get("").status
    except SignoffError as error:
        return error.owner_message
    return "" if status < 300 else f"{NOT_TAKEN} (status {status})."
