"""
The week in one letter: what was done, what it saved and cost, what was wrong, and what is coming.

Figures are counted, none is guessed; the one estimate, the time that typing would have taken, says how it is made.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q, Sum
from django.utils import timezone

from signoff.accounts import mail
from signoff.accounts.models import Person
from signoff.connections.ending import ends_on
from signoff.connections.models import Connection
from signoff.connectors.registry import app_name
from signoff.core import clock
from signoff.core.counting import counted, of_them
from signoff.core.home import public_url
from signoff.core.money import dollars
from signoff.monitoring.channels import own_channel, people_to_tell
from signoff.monitoring.models import Hour, Notice, WeeklyLetter
from signoff.monitoring.wording import day, in_days, name, records
from signoff.review.models import Review, Unattended
from signoff.runs.models import Run, Spent

log = structlog.get_logger()

WORDS_A_MINUTE = 40  # at which an average person types
WORD = re.compile(r"\w+(?:['’]\w+)*")
MONDAY_AT = time(7)
COMING = timedelta(days=30)
CLAIM_FOR = timedelta(minutes=5)
MOST_TRIES = 12
MOST_SHOWN = 8


@dataclass(frozen=True)
class Wrong:
    """Of `decided` drafts of an integration, so many were wrong; `why` counts rejections by reason."""

    integration: str
    decided: int
    wrong: int
    why: dict[str, int]


@dataclass(frozen=True)
class Digest:
    """
    A week, from Monday to Sunday on the owner's calendar; money in millionths of a dollar.

    `as_written` drafts were approved as the AI wrote them, with `words` words in all; `unattended` went out on
    autopilot. `notices` are sentences on what was the matter, `coming` on what ends in the next 30 days.
    """

    since: date
    until: date
    came: int
    as_written: int
    edited: int
    rejected: int
    unattended: int
    waiting: int
    words: int
    cost_micros: int
    wrong: tuple[Wrong, ...]
    notices: tuple[str, ...]
    coming: tuple[str, ...]

    @property
    def hours_saved(self) -> float:
        """Return how long it would have taken to type what went out unchanged, at `WORDS_A_MINUTE`."""
        return self.words / WORDS_A_MINUTE / 60

    def as_document(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "came": self.came,
            "approved_as_written": self.as_written,
            "approved_edited": self.edited,
            "rejected": self.rejected,
            "unattended": self.unattended,
            "waiting_now": self.waiting,
            "words_not_typed": self.words,
            "hours_saved": round(self.hours_saved, 2),
            "cost_micros": self.cost_micros,
            "wrong": [
                {
                    "integration": one.integration,
                    "decided": one.decided,
                    "wrong": one.wrong,
                    "reasons": one.why,
                }
                for one in self.wrong
            ],
            "notices": list(self.notices),
            "coming": list(self.coming),
        }


def last_monday(at: datetime | None = None) -> date:
    """Return the Monday on which the last full week began, by the owner's calendar."""
    today = timezone.localtime(at or clock.now()).date()
    return today - timedelta(days=today.weekday() + 7)


def digest(monday: date) -> Digest:
    """Return what happened in the week that began on a Monday."""
    begin = timezone.make_aware(datetime.combine(monday, time()))
    end = timezone.make_aware(datetime.combine(monday + timedelta(days=7), time()))
    decided = list(
        Review.objects.filter(
            state=Review.State.DECIDED, decided_at__gte=begin, decided_at__lt=end, run__planted=False
        )
        .order_by("pk")
        .values_list("run__integration__name", "verdict", "reason", "is_error", "decided_content")
    )
    verdicts = Counter(verdict for _, verdict, *_ in decided)
    unattended = Unattended.objects.filter(at__gte=begin, at__lt=end)
    words = sum(
        _words(content) for _, verdict, _, _, content in decided if verdict == Review.Verdict.APPROVED
    ) + sum(map(_words, unattended.values_list("run__answer", flat=True)))
    week = Spent.objects.filter(on_day__gte=monday, on_day__lt=monday + timedelta(days=7))
    cost = week.aggregate(sum=Sum("cost_micros"))
    came = Hour.objects.filter(at__gte=begin, at__lt=end).aggregate(count=Sum("count"))["count"] or 0
    return Digest(
        since=monday,
        until=monday + timedelta(days=6),
        came=came,
        as_written=verdicts[Review.Verdict.APPROVED],
        edited=verdicts[Review.Verdict.EDITED],
        rejected=verdicts[Review.Verdict.REJECTED],
        unattended=unattended.count(),
        waiting=Run.objects.filter(state=Run.State.WAITING).count(),
        words=words,
        cost_micros=cost["sum"] or 0,
        wrong=_wrong(decided),
        notices=_notices(begin, end),
        coming=_coming(),
    )


def in_words(found: Digest) -> tuple[str, tuple[str, ...]]:
    """Return a week as the subject and the paragraphs of a letter."""
    approved = found.as_written + found.edited + found.unattended
    done = [
        f"{records(found.came)} came in. {counted(approved, 'answer')} went out: {found.as_written:,} as the AI wrote "
        f"them, {found.edited:,} edited, {found.unattended:,} on autopilot. "
        f"{counted(found.rejected, 'was', 'were')} rejected."
    ]
    if found.waiting:
        done.append(f"{records(found.waiting, 'waits', 'wait')} for a person now.")
    saved = []
    if found.words:
        hours = found.hours_saved
        time_of = f"{hours:.1f} hours" if hours >= 1 else counted(round(hours * 60), "minute")
        saved.append(
            f"You did not have to type {counted(found.words, 'word')}: about {time_of} at {WORDS_A_MINUTE} words a "
            "minute."
        )
    saved.append(f"The AI cost {dollars(found.cost_micros)}.")
    wrong = [
        f"{name(one.integration)}: {of_them(one.wrong, one.decided, 'draft')} wrong"
        + (
            f" ({', '.join(f'{Review.Reason(why).label.lower()}: {n}' for why, n in one.why.items())})."
            if one.why
            else "."
        )
        for one in found.wrong
        if one.wrong
    ] or ["No draft that was decided was wrong."]
    parts = [
        ("Done", done),
        ("Saved", saved),
        ("Wrong", [*wrong, *found.notices]),
        ("Coming", list(found.coming) or ["Nothing ends in the next 30 days."]),
    ]
    subject = f"Your week with Signoff: {counted(approved, 'answer')} went out"
    return subject, tuple(f"{head}\n" + "\n".join(f"- {line}" for line in lines) for head, lines in parts)


def send_due() -> int:
    """
    Send last week's letter to whoever wants it and has not had it, from Monday 7:00 on their clock; returns how many.

    A letter is claimed before it leaves and noted after: if a worker dies in between, it is sent again with the same
    Message-ID. Nothing is sent for a week in which nothing happened and nothing is coming.
    """
    if not mail.can_send():
        return 0
    monday, now = last_monday(), clock.now()
    found: Digest | None = None
    count = 0
    for person in people_to_tell():
        channel = own_channel(person)
        begin = datetime.combine(monday + timedelta(days=7), MONDAY_AT, ZoneInfo(channel.zone))
        if not (channel.is_on and channel.weekly and begin <= now < begin + timedelta(days=3)):
            continue
        if not _claim(person, monday, now):
            continue
        found = found or digest(monday)
        if not (found.came or found.as_written or found.edited or found.unattended or found.coming):
            _settle(person, monday, sent_at=now)
            continue
        count += _send(person, monday, found)
    return count


def _send(person: Person, monday: date, found: Digest) -> bool:
    subject, paragraphs = in_words(found)
    body = "\n\n".join(paragraphs)
    text = (
        f"{body}\n\nThe whole week:\n{public_url()}/health/week/?monday={monday.isoformat()}\n\n-- \n"
        f"Signoff sends this once a week. Switch it off under Settings, Notices:\n{public_url()}/settings/notices/\n"
    )
    try:
        mail.send(person.email, subject, text, message_id=f"week-{monday.isoformat()}-{person.pk}")
    except (mail.NotSent, mail.MailTrouble):
        log.warning("a weekly letter did not leave; it is tried again", person=person.pk)
        return False
    _settle(person, monday, sent_at=clock.now())
    return True


def _claim(person: Person, monday: date, now: datetime) -> bool:
    """Take a letter for sending; each try waits longer, and after the last one nobody tries any more."""
    try:
        with transaction.atomic():
            WeeklyLetter.objects.create(person=person, week_on=monday, claimed_until=now + CLAIM_FOR)
            return True
    except IntegrityError:
        pass
    free = WeeklyLetter.objects.filter(
        Q(claimed_until__lt=now), person=person, week_on=monday, sent_at=None, tries__lt=MOST_TRIES
    )
    with transaction.atomic():
        row = free.select_for_update(skip_locked=True).first()
        if row is None:
            return False
        row.tries += 1
        row.claimed_until = now + CLAIM_FOR * 2 ** min(row.tries, 6)
        row.save(update_fields=["tries", "claimed_until"])
    return True


def _settle(person: Person, monday: date, sent_at: datetime) -> None:
    WeeklyLetter.objects.filter(person=person, week_on=monday).update(sent_at=sent_at)


def _wrong(decided: list[tuple[str, str, str, bool | None, Any]]) -> tuple[Wrong, ...]:
    by: dict[str, list[tuple[str, str, bool | None]]] = {}
    for integration, verdict, reason, is_error, _ in decided:
        by.setdefault(integration, []).append((verdict, reason, is_error))
    return tuple(
        Wrong(
            integration,
            len(rows),
            sum(bool(is_error) for *_, is_error in rows),
            dict(Counter(reason for verdict, reason, _ in rows if verdict == Review.Verdict.REJECTED)),
        )
        for integration, rows in sorted(by.items())
    )


def _notices(begin: datetime, end: datetime) -> tuple[str, ...]:
    rows = Notice.objects.filter(ends_at=None, first_seen_at__gte=begin, first_seen_at__lt=end).order_by("pk")
    said = [
        f"{row.title.rstrip('.')}, from {_moment(row.first_seen_at)} "
        + (f"to {_moment(row.closed_at)}." if row.closed_at else "until now.")
        for row in rows[:MOST_SHOWN]
    ]
    more = rows.count() - len(said)
    return (*said, f"And {more} more; Health lists them.") if more > 0 else tuple(said)


def _coming() -> tuple[str, ...]:
    """Return what ends in the next 30 days: keys by their forecast, all else by the notices that tell of it."""
    now = clock.now()
    found: list[tuple[datetime, str]] = []
    for row in Connection.objects.filter(state=Connection.State.WORKING):
        end = ends_on(row)
        if end is not None and now < end.at < now + COMING:
            app = app_name(row.app)
            may = "ends" if end.is_certain else "may end"
            found.append((end.at, f"The key for {app} {may} {day(end.at)}, {in_days(end.at)}."))
    rows = Notice.objects.filter(closed_at=None, ends_at__gt=now, ends_at__lt=now + COMING)
    found += [
        (row.ends_at, f"{row.title.rstrip('.')}.")
        for row in rows.exclude(key__startswith="connection:ends:")
        if row.ends_at is not None
    ]
    return tuple(text for _, text in sorted(found))


def _words(content: Any) -> int:
    if isinstance(content, str):
        return len(WORD.findall(content))
    if isinstance(content, dict):
        return sum(map(_words, content.values()))
    return sum(map(_words, content)) if isinstance(content, list) else 0


def _moment(at: datetime) -> str:
    return f"{day(at)}, {timezone.localtime(at):%H:%M}"
