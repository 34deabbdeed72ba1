"""
Telling: what is due is handed over, by each person's first channel that takes it, and by the next when that fails.

A telling is written down before it leaves and noted after. What is promised is "at least once": when a worker dies
between the two, it is told again two minutes later, because a notice too many is a nuisance and one too few is a
disaster. An e-mail then carries the same Message-ID, so that many mail programs show it once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from signoff.accounts import mail
from signoff.connections.client import client_for
from signoff.connections.models import Connection
from signoff.connections.standing import needs_sign_in
from signoff.connectors.base import Notice as Words
from signoff.core import clock
from signoff.core.errors import Refused, SignoffError
from signoff.core.home import allowed_hosts, public_url
from signoff.monitoring.channels import address_of, taking
from signoff.monitoring.models import Channel, Telling, Urgency
from signoff.monitoring.quiet import quiet_until
from signoff.outbound import services
from signoff.pacing import pace
from signoff.vault.keys import KeyTrouble
from signoff.vault.seal import Damaged

log = structlog.get_logger()

CLAIM_FOR = timedelta(minutes=2)  # longer than handing over can take
LAPS = (60, 300, 900, 3600)  # seconds before the channels are tried again from the first; the last holds on
MOST_LAPS = 24  # the better part of a day; what is open stands on the pages all the while
LOOK_AGAIN = timedelta(minutes=15)  # quiet hours may be changed while something waits for their end
MOST_AT_ONCE = 200
SENT_BY = "Signoff tells you this because a channel of yours takes it. Change that under Settings, Notices:"


class NotTold(Exception):
    """A channel failed; the text is for its person."""


@dataclass(frozen=True)
class Message:
    """What one person is told by one channel, of one notice or of several at once."""

    title: str
    lines: tuple[str, ...]
    button: str
    url: str
    marker: str


def tell() -> int:
    """Hand over all that is due; returns how many tellings were told. Any number of workers may do so at once."""
    count = 0
    for _ in range(MOST_AT_ONCE):
        claimed = _claim()
        if claimed is None:
            return count
        channel, tellings = claimed
        if channel is not None:
            count += _hand_over(channel, tellings)
    return count


def test(channel: Channel) -> str:
    """Send a test by a channel, now and whatever its hours say; returns "" when it was taken, else what went wrong."""
    words = "This is a test. If you can read it, notices reach you here. Nothing needs you."
    url = f"{public_url()}/settings/notices/"
    marker = f"test-{channel.pk}-{clock.now():%Y%m%d%H%M%S%f}"
    try:
        _send(channel, Message("A test from Signoff", (words,), "Open Notices", url, marker))
    except NotTold as failed:
        _failed(channel, str(failed))
        return str(failed)
    _worked(channel)
    return ""


def _claim() -> tuple[Channel | None, list[Telling]] | None:
    """
    Claim what one person is to be told now by one channel; None when nothing is due.

    What is not to be told (any more) is settled on the way, and what has to wait is given its time; the channel is
    None when that was all.
    """
    now = clock.now()
    with transaction.atomic():
        free = Telling.objects.filter(
            Q(claimed_until=None) | Q(claimed_until__lt=now), state__in=Telling.OPEN, due_at__lte=now
        )
        locked = free.select_for_update(skip_locked=True, of=("self",)).order_by("due_at", "pk")
        first = locked.first()
        if first is None:
            return None
        rows = list(locked.filter(person=first.person_id).select_related("notice", "person"))
        chosen: Channel | None = None
        mine = []
        for row in rows:
            channel = _next_channel(row, now)
            if channel is None or (chosen is not None and channel != chosen):
                continue
            chosen = channel
            mine.append(row)
        Telling.objects.filter(pk__in=[row.pk for row in mine]).update(
            state=Telling.State.SENDING, claimed_until=now + CLAIM_FOR, channel=chosen
        )
        for row in mine:
            row.claimed_until = now + CLAIM_FOR
    return chosen, mine


def _next_channel(row: Telling, now: datetime) -> Channel | None:
    """Return by which channel to tell; None where that is not to be done now, which is noted."""
    if not _still_wanted(row):
        _settle(row, Telling.State.DROPPED)
        return None
    channel = next(iter(_left(row)), None)
    if channel is None:
        _settle(row, Telling.State.DROPPED)  # all their channels were taken away or switched off meanwhile
        return None
    urgent = channel.lets_urgent and row.notice.urgency == Urgency.NOW and row.round > 0
    until = None if urgent else quiet_until(now, channel.quiet_from, channel.quiet_until, channel.zone)
    if until is not None:
        wait = min(until, now + LOOK_AGAIN)
        Telling.objects.filter(pk=row.pk).update(due_at=wait, state=Telling.State.WAITING, claimed_until=None)
        return None
    return channel


def _still_wanted(row: Telling) -> bool:
    if not row.person.may("see"):
        return False
    if row.round == 0:
        return True
    notice = row.notice
    return notice.is_open and not notice.is_quiet and row.round == notice.round


def _left(row: Telling) -> list[Channel]:
    """Return the channels that take it and have not failed in this lap."""
    failed = {one["channel"] for one in row.tried if one["lap"] == row.lap}
    return [channel for channel in taking(row.person.channels.all(), row.notice) if channel.pk not in failed]


def _hand_over(channel: Channel, rows: Sequence[Telling]) -> int:
    try:
        _send(channel, message(rows))
    except NotTold as failed:
        _failed(channel, str(failed))
        for row in rows:
            _try_another(row, channel, str(failed))
        return 0
    _worked(channel)
    for row in rows:
        _settle(row, Telling.State.TOLD, by=str(channel)[:120], told_at=clock.now())
    return len(rows)


def _try_another(row: Telling, channel: Channel, problem: str) -> None:
    """Let the next channel try at once; after the last one, all of them again a while later."""
    now = clock.now()
    failed = {
        "channel": channel.pk,
        "name": str(channel),
        "at": now.isoformat(),
        "problem": problem,
        "lap": row.lap,
    }
    row.tried = [*row.tried, failed][-50:]
    due = now
    if not _left(row):
        due = now + timedelta(seconds=LAPS[min(row.lap, len(LAPS) - 1)])
        row.lap += 1
    if row.lap > MOST_LAPS:
        _settle(row, Telling.State.GIVEN_UP, tried=row.tried)
        return
    _settle(row, Telling.State.WAITING, tried=row.tried, lap=row.lap, due_at=due)


def _settle(row: Telling, state: str, **more: object) -> None:
    """Note what came of a telling, if it is still ours: a claim that ran out may be another worker's by now."""
    mine = Telling.objects.filter(pk=row.pk, state__in=Telling.OPEN, claimed_until=row.claimed_until)
    mine.update(state=state, claimed_until=None, **more)


# Words


def message(rows: Sequence[Telling]) -> Message:
    """Return the words for one telling, or for several as a list."""
    numbers = ",".join(sorted(f"{row.pk}" for row in rows))
    marker = f"notice-{hashlib.sha256(numbers.encode()).hexdigest()[:20]}"
    if len(rows) == 1:
        notice, over = rows[0].notice, rows[0].round == 0
        if over:
            return Message(notice.closing, ("You need to do nothing.",), "Open Signoff", public_url(), marker)
        lines: tuple[str, ...] = (notice.text,) if notice.text else ()
        return Message(
            notice.title, lines, notice.button or "Look", f"{public_url()}{notice.address}", marker
        )
    rows = sorted(rows, key=lambda row: (row.round == 0, -Urgency(row.notice.urgency).rank, row.pk))
    needing = sum(row.round > 0 for row in rows)
    title = (
        f"{needing} things to know"
        if needing > 1
        else "1 thing to know"
        if needing
        else "All of this is well again"
    )
    urgent = [row for row in rows if row.round > 0 and row.notice.urgency == Urgency.NOW]
    if needing > 1 and len(urgent) == 1:
        # What stands still is not hidden behind what only ends some day.
        more = "1 thing more" if needing == 2 else f"{needing - 1} things more"
        title = f"{urgent[0].notice.title.rstrip('.')}, and {more}"
    lines = tuple(
        row.notice.closing if row.round == 0 else f"{row.notice.title}. {row.notice.text}" for row in rows
    )
    return Message(title, lines, "Open Home", f"{public_url()}/", marker)


def as_letter(words: Message) -> str:
    """Return a message as the text of an e-mail."""
    body = "\n\n".join(words.lines)
    return f"{body}\n\n{words.button}:\n{words.url}\n\n-- \n{SENT_BY}\n{public_url()}/settings/notices/\n"


# Ways


def _send(channel: Channel, words: Message) -> None:
    """Hand a message over by a channel. Raises `NotTold`."""
    try:
        address = address_of(channel)
        if channel.kind == Channel.Kind.APP:
            _by_app(address.reveal(), words)
        elif channel.kind == Channel.Kind.SERVICE:
            text = "\n\n".join((*words.lines, f"{words.button}: {words.url}"))
            services.send(address, words.title, text, allowed_hosts())
        else:
            mail.send(address.reveal(), words.title, as_letter(words), message_id=words.marker)
    except mail.NotSent:
        raise NotTold("The mail server did not take the e-mail, or none is set (SIGNOFF_SMTP).") from None
    except (mail.MailTrouble, services.NotTaken) as error:
        raise NotTold(str(error)) from None
    except (Damaged, KeyTrouble):
        raise NotTold("The saved address cannot be opened. Remove this channel and add it again.") from None


def _by_app(where: str, words: Message) -> None:
    name, _, place = where.partition(".")
    row = Connection.objects.filter(name=name).first()
    if row is None:
        raise NotTold(f"The connection {name} is gone.")
    if row.state == Connection.State.NEEDS_YOU:
        raise NotTold(f"The connection {name} does not work at the moment.")
    try:
        pace.take_place(row)
        said = Words(words.title, words.lines, words.button, words.url, as_button=False)
        client_for(row).tell(place, said, words.marker)
    except pace.TooFar:
        raise NotTold(f"{name} asked us to slow down.") from None
    except SignoffError as error:
        if isinstance(error, Refused):
            needs_sign_in(row, error)
        raise NotTold(error.owner_message) from None


def _failed(channel: Channel, problem: str) -> None:
    log.warning("a notice was not taken", channel=channel.pk, kind=channel.kind)
    Channel.objects.filter(pk=channel.pk, problem="").update(problem_since=clock.now())
    Channel.objects.filter(pk=channel.pk).update(problem=problem[:300])


def _worked(channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(problem="", problem_since=None, worked_at=clock.now())
