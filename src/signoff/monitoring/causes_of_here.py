"""What can be the matter with this installation: its disk, its mail, the ways in which it tells people."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Min, Q

from signoff.accounts import mail
from signoff.connections.models import Connection
from signoff.core import clock
from signoff.core.home import home
from signoff.hooks.models import Hook, Message
from signoff.monitoring.found import Found, Source
from signoff.monitoring.models import Channel, Notice, Urgency
from signoff.monitoring.wording import records
from signoff.review.models import Asking

UNTOLD_TRIES = 4  # in vain, which takes about half an hour
UNTOLD_TOLD_FOR = timedelta(days=7)
DISK_SOON, DISK_NOW = 2_000_000_000, 300_000_000  # bytes left


def _asking() -> Iterator[Found]:
    stuck = Asking.objects.filter(
        state=Asking.State.INTENT, connection__state=Connection.State.WORKING
    ).exclude(next_step="")
    for row in stuck.values("place").annotate(since=Min("made_at")):
        yield Found(
            f"asking:{row['place']}"[:200],
            Urgency.SOON,
            f"place {row['place']}"[:120],
            f"Nobody could be asked to review in {row['place'].partition('.')[2]}",
            "The drafts wait in To review all the same. Home says what to mend.",
            "Open To review",
            "/review/",
        )


def _asked(notice: Notice) -> str:
    return f"People are asked to review in {notice.subject.partition('.')[2]} again."


def _untold() -> Iterator[Found]:
    lately = Q(finished_at__gt=clock.now() - UNTOLD_TOLD_FOR)
    over = lately & Q(state__in=[Message.State.GIVEN_UP, Message.State.REFUSED])
    failing = Q(state=Message.State.WAITING, tries__gte=UNTOLD_TRIES)
    rows = Message.objects.filter(over | failing).exclude(hook__state=Hook.State.REMOVED)
    # It has unsubscribed itself, as Zapier does.
    rows = rows.exclude(hook__state=Hook.State.GONE, hook__run=None)
    for row in rows.values("hook__host").annotate(count=Count("pk"), first=Min("run")).order_by("first"):
        host = row["hook__host"]
        yield Found(
            f"untold:{host}"[:200],
            Urgency.SOON,
            f"address at {host}"[:120],
            f"{host} does not take what it is told of {records(row['count'])}"[:300],
            "The answers are here, and nothing is lost. Look whether the program there is switched on. We try for "
            "three days; then press Send again on the run's page.",
            "Open the run",
            f"/history/{row['first']}/",
            waiting=row["count"],
        )


def _told(notice: Notice) -> str:
    return f"{notice.subject.removeprefix('address at ')} takes what it is told again, or nothing is left to tell it."


def _mail() -> Iterator[Found]:
    try:
        mail.server()
    except mail.MailTrouble as trouble:
        yield Found(
            "mail:address",
            Urgency.SOON,
            "mail server",
            "Signoff does not understand its mail server's address, so no e-mail leaves",
            f"{trouble} Set it, and start Signoff again.",
            "Open Notices",
            "/settings/notices/",
        )


def _mail_again(notice: Notice) -> str:
    return "Signoff understands its mail server's address again."


def _disk() -> Iterator[Found]:
    left = shutil.disk_usage(home()).free
    if left >= DISK_SOON:
        return
    now = left < DISK_NOW
    yield Found(
        f"disk:{_computer()}:data",
        Urgency.NOW if now else Urgency.SOON,
        f"computer {_computer()}"[:120],
        f"The disk of {_computer()} is nearly full: {left / 1e9:.1f} GB are left",
        "When it is full, nothing can be stored and new records are refused. Make room, or give Signoff a larger disk.",
        "Open Health",
        "/health/",
        step=2 if now else 1,
    )


def _room_again(notice: Notice) -> str:
    return f"The disk of {notice.subject.removeprefix('computer ')} has room again."


def _channels() -> Iterator[Found]:
    rows = Channel.objects.filter(is_on=True).exclude(problem="").select_related("person")
    for row in rows if mail.can_send() else rows.exclude(kind__in=Channel.BY_MAIL):
        yield Found(
            f"channel:{row.pk}",
            Urgency.CALM,
            f"channel {row.pk}",
            f"A channel does not take notices: {row}, for {row.person}"[:300],
            f"{row.problem} Notices go to the next channel, where there is one.",
            "Open Notices",
            "/settings/notices/",
        )


def _channel_works(notice: Notice) -> str:
    return "The channel works again, or is not used any more."


def _computer() -> str:
    return socket.gethostname()[:60]


SOURCES: tuple[Source, ...] = (
    Source("asking:", _asking, _asked),
    Source("untold:", _untold, _told),
    Source("mail:", _mail, _mail_again),
    Source(f"disk:{_computer()}:", _disk, _room_again),
    Source("channel:", _channels, _channel_works),
)
