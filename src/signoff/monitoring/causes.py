"""
What can be the matter, as the other rooms' rows say it. Nothing here is stored or sent.

A source finds what is the matter now under one scope, and says in a sentence how a matter of its scope ended. To tell
of something new, write a source and add it to `SOURCES`; what only an upper room knows is handed to `look`. Not here
yet, because nothing knows the fact: the age of the last backup.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from signoff.accounts import mail
from signoff.connections.ending import ends_on
from signoff.connections.models import Connection
from signoff.connectors.registry import manifests
from signoff.core import clock
from signoff.core.home import home
from signoff.core.money import dollars
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Drift
from signoff.integrations.usage import models_asked_by, switched_on_with
from signoff.monitoring.models import Channel, Notice, Urgency
from signoff.monitoring.silence import heard_since, silent
from signoff.monitoring.wording import NAMED, clock_time, day, in_days, name, names, records
from signoff.review.certificates import ended_by_itself
from signoff.review.models import Asking, Certificate
from signoff.runs.backlog import backlog
from signoff.runs.days import today
from signoff.runs.models import Day, Delivery, Run
from signoff.runs.models import Source as RecordSource
from signoff.versions.known import model_end

MOST_COUNTED = 10_000
DAYS = (30, 14, 7, 3, 1)  # before an end, each told once
STEPS = {left: step for step, left in enumerate(DAYS, 1)}  # 30 days: 1, … 1 day: 5
OVER = len(DAYS) + 1
PERHAPS_DAYS = 3  # an end that may not come at all is told so late
BACKLOG_PROMISE = timedelta(
    hours=1
)  # what waits for an AI is asked within this time, or the owner hears of it
AUTOPILOT_TOLD_FOR = timedelta(days=14)
UNREADABLE_AFTER = timedelta(minutes=15)
NEW_KEY = "Paste a new key"
DISK_SOON, DISK_NOW = 2_000_000_000, 300_000_000  # bytes left


@dataclass(frozen=True)
class Found:
    """One matter that is so at this moment; the fields are those of a `Notice`."""

    key: str
    urgency: Urgency
    subject: str
    title: str
    text: str
    button: str = ""
    address: str = ""
    waiting: int = 0
    step: int = 0
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Source:
    """Who finds matters whose keys begin with `scope`, and says of one that is over how it ended."""

    scope: str
    find: Callable[[], Iterable[Found]]
    over: Callable[[Notice], str]


def step_of(at: datetime) -> int:
    """Return how near an end is: 0 more than 30 days, 1 within 30, … 5 within a day, 6 over. By the calendar."""
    if at <= clock.now():
        return OVER
    left = (timezone.localtime(at).date() - timezone.localtime(clock.now()).date()).days
    return max((step for days, step in STEPS.items() if left <= days), default=0)


# Connections


def _stopped() -> Iterator[Found]:
    for row in Connection.objects.filter(state=Connection.State.NEEDS_YOU):
        waiting = Run.objects.filter(waits_for=row, state=Run.State.NEEDS_YOU)[:MOST_COUNTED].count()
        held = f"{records(waiting, 'waits', 'wait')}. " if waiting else ""
        yield Found(
            f"connection:stopped:{row.pk}",
            Urgency.NOW,
            f"connection {row.name}",
            row.problem.split(". ")[0].rstrip(".") + "." if row.problem else f"{row.name} needs you.",
            f"{held}Nothing is lost; work goes on by itself once this is mended. {row.next_step}".strip(),
            NEW_KEY if row.trouble == Connection.Trouble.KEY else "Look",
            f"/connections/{row.pk}/",
            waiting=waiting,
        )


def _works_again(notice: Notice) -> str:
    row = Connection.objects.filter(pk=_pk(notice)).first()
    if row is None:
        return f"{notice.subject.removeprefix('connection ')} was disconnected."
    went_on = f"; {records(notice.waiting)} went on" if notice.waiting else ""
    how = "accepts our key again" if notice.button == NEW_KEY else "works again"
    return f"{_app(row)} {how}{went_on}."


def _ending() -> Iterator[Found]:
    for row in Connection.objects.filter(state=Connection.State.WORKING):
        end = ends_on(row)
        if end is None:
            continue
        step = step_of(end.at)
        if step < (1 if end.is_certain else STEPS[PERHAPS_DAYS]):
            continue
        using = switched_on_with(row.name)
        stop = "may stop" if not end.is_certain else "stop"
        if step == OVER:
            title = f"The key for {_app(row)} ended on {day(end.at)}"
        else:
            ends = "ends" if end.is_certain else "may end"
            title = f"The key for {_app(row)} {ends} {day(end.at)}, {in_days(end.at)}"
        yield Found(
            f"connection:ends:{row.pk}",
            Urgency.SOON if step >= STEPS[3] else Urgency.CALM,
            f"connection {row.name}",
            title,
            " ".join(
                filter(
                    None,
                    (
                        end.why,
                        _stopping(using, stop, end.at),
                        end.what_next or "Renew it in time; work is not interrupted.",
                    ),
                )
            ),
            "Renew",
            f"/connections/{row.pk}/",
            step=step,
            ends_at=end.at,
        )


def _ends_later(notice: Notice) -> str:
    row = Connection.objects.filter(pk=_pk(notice)).first()
    if row is None:
        return f"{notice.subject.removeprefix('connection ')} was disconnected."
    if row.state == Connection.State.NEEDS_YOU:
        return f"{_app(row)} does not accept the key any more. Another notice says what to do."
    return f"The key for {_app(row)} is renewed. Nothing stops."


def _models() -> Iterator[Found]:
    for row in Connection.objects.order_by("pk"):
        for model, asking in models_asked_by(row.name).items():
            end = model_end(row, model)
            if end is None:
                continue
            at = timezone.make_aware(datetime.combine(end.on, time()))  # from the first minute of that day
            step = step_of(at)
            if not step:
                continue
            using = sorted(set(asking) & set(switched_on_with(row.name)))
            if not using:
                continue
            instead = f" {_app(row)} names {end.replacement} as its replacement." if end.replacement else ""
            stops = f"stopped on {day(at)}" if step == OVER else f"stops on {day(at)}, {in_days(at)}"
            yield Found(
                f"model:{row.pk}:{model}"[:200],
                Urgency.SOON if step >= STEPS[3] else Urgency.CALM,
                f"model {model}"[:120],
                f"The AI model {model} {stops}",
                f"{_stopping(using, 'stop', at)}{instead} Choose another model and try it on your test cases.",
                "Open the integration",
                f"/integrations/{using[0]}/",
                step=step,
                ends_at=at,
            )


def _model_left(notice: Notice) -> str:
    return f"No integration uses {notice.subject.removeprefix('model ')} any more."


def _stopping(using: list[str], stop: str, at: datetime) -> str:
    """Return the forecast: "These 4 integrations stop on Sat 12 December: …"."""
    if not using:
        return ""
    if len(using) == 1:
        verb = "stops" if stop == "stop" else stop
        return f"This integration {verb} on {day(at)}: {names(using)}."
    return f"These {len(using)} integrations {stop} on {day(at)}: {names(using)}."


# Records


def _held() -> Iterator[Found]:
    rows = Run.objects.filter(state=Run.State.NEEDS_YOU, waits_for=None)
    for integration, count in _by_integration(rows):
        yield Found(
            f"runs:held:{integration}",
            Urgency.SOON,
            f"integration {integration}",
            f"{name(integration)}: {records(count, 'needs', 'need')} you",
            "Each says what is missing. Nothing is lost.",
            "Look",
            f"/history/?state=needs+you&integration={integration}",
            waiting=count,
        )


def _failed() -> Iterator[Found]:
    for integration, count in _by_integration(Run.objects.filter(state=Run.State.FAILED)):
        yield Found(
            f"runs:failed:{integration}",
            Urgency.SOON,
            f"integration {integration}",
            f"{name(integration)}: {records(count)} stopped on our side",
            "They are kept as they were. Run them again, or send us the details.",
            "Look",
            f"/history/?state=failed&integration={integration}",
            waiting=count,
        )


def _uncertain() -> Iterator[Found]:
    rows = (
        Delivery.objects.filter(state=Delivery.State.UNCERTAIN, run__state=Run.State.UNCERTAIN)
        .values("connection_id", "connection__name", "connection__app")
        .annotate(count=Count("run_id", distinct=True))
    )
    for row in rows:
        app = manifests()[row["connection__app"]].name if row["connection__app"] in manifests() else "The app"
        yield Found(
            f"runs:uncertain:{row['connection_id']}",
            Urgency.SOON,
            f"connection {row['connection__name']}",
            f"{app} did not answer: we are not sure about {records(row['count'])}",
            "It may or may not have happened, and we have not repeated it. Look in the app, then say which it was.",
            "Look",
            "/history/?state=uncertain",
            waiting=row["count"],
        )


def _by_integration(runs: QuerySet[Run]) -> list[tuple[str, int]]:
    counted = runs.values("integration__name").annotate(count=Count("pk")).order_by("integration__name")
    return [(row["integration__name"], row["count"]) for row in counted]


def _nothing_left(notice: Notice) -> str:
    what = notice.subject.partition(" ")[2]
    if notice.key.startswith("runs:uncertain:"):
        return f"{what}: every open question about what was sent is answered."
    if notice.key.startswith("runs:failed:"):
        return f"{name(what)}: no record is stopped on our side any more."
    return f"{name(what)}: no record needs you any more."


def _backlog() -> Iterator[Found]:
    pks = dict(Connection.objects.values_list("name", "pk"))
    for row in backlog():
        if not row.waiting or row.oldest is None or clock.now() - row.oldest < BACKLOG_PROMISE:
            continue
        hours = int((clock.now() - row.oldest).total_seconds() // 3600)
        since = "more than an hour" if hours < 2 else f"{hours} hours"
        until = (
            f" At the pace that is allowed they are done by about {timezone.localtime(row.done_at):%H:%M}"
            f" on {day(row.done_at)}."
            if row.done_at
            else ""
        )
        yield Found(
            f"backlog:{pks.get(row.connection, row.connection)}",
            Urgency.SOON,
            f"connection {row.connection}",
            f"Records have waited for {row.connection} for {since}",
            f"{records(row.waiting, 'waits', 'wait')}. Nothing is lost.{until}",
            "Open Health",
            "/health/",
            waiting=row.waiting,
        )


def _caught_up(notice: Notice) -> str:
    return f"Nothing has waited for {notice.subject.removeprefix('connection ')} for long any more."


def _unreadable() -> Iterator[Found]:
    """Find what brings records and could not be read, where not the connection itself is the matter."""
    long_ago = clock.now() - UNREADABLE_AFTER
    stuck = RecordSource.objects.exclude(problem="").filter(integration__is_on=True, read_at__lt=long_ago)
    stopped = set(Connection.objects.filter(state=Connection.State.NEEDS_YOU).values_list("name", flat=True))
    for row in stuck.select_related("integration__current"):
        current = row.integration.current
        where = read_definition(current)[0].record.from_ if current else None
        if where in stopped:
            continue
        yield Found(
            f"source:{row.integration_id}",
            Urgency.SOON,
            f"integration {row.integration.name}",
            f"{name(row.integration.name)}: new records could not be read for a while",
            f"{where or 'Its source'} does not let us read. Nothing is lost; we go on from where we were.",
            "Look",
            f"/integrations/{row.integration.name}/",
        )


def _readable(notice: Notice) -> str:
    return f"{name(notice.subject.removeprefix('integration '))}: new records are read again."


def _silence() -> Iterator[Found]:
    """Find integrations to which nothing comes although it usually does, or should."""
    for one in silent():
        slug = one.integration.name
        if one.expected is not None:
            title = f"{name(slug)}: fewer than {one.expected} came since {clock_time(one.since)}"
            why = f"You expect at least {one.expected}."
        else:
            title = (
                f"{name(slug)}: no records since {clock_time(one.since)}; about {one.usually:,} were expected"
            )
            why = "So many usually come in this time of the week."
        yield Found(
            f"silence:{one.integration.pk}",
            Urgency.SOON,
            f"integration {slug}",
            title,
            f"{why} What reaches us is worked on as always, so look where they come from: is the form, the app or the "
            "automation that sends them still on? If the quiet is right, press Snooze; if it is often so, say in the "
            "integration's file how many to expect.",
            "Open the integration",
            f"/integrations/{slug}/",
        )


def _heard_again(notice: Notice) -> str:
    slug = notice.subject.removeprefix("integration ")
    if heard_since(slug, notice.first_seen_at):
        return f"{name(slug)}: records come again."
    return f"{name(slug)} is off, its app is out of reach, or you expect less of it now; so its quiet says nothing."


def _drift() -> Iterator[Found]:
    """Find what an answer would run into because somebody changed a field in an app; new choices break nothing."""
    breaking: dict[int, list[Drift]] = {}
    for row in Drift.objects.filter(integration__is_on=True).select_related("integration"):
        if row.breaks:
            breaking.setdefault(row.integration_id, []).append(row)
    for pk, rows in breaking.items():
        slug = rows[0].integration.name
        yield Found(
            f"drift:{pk}",
            Urgency.SOON,
            f"integration {slug}",
            f"{name(slug)}: a field in an app has changed",
            f"{' '.join(row.what for row in rows[:NAMED])} Take the change over before an answer runs into it.",
            "Open the integration",
            f"/integrations/{slug}/",
        )


def _fits_again(notice: Notice) -> str:
    return f"{name(notice.subject.removeprefix('integration '))} knows the fields of its apps again."


def _autopilot() -> Iterator[Found]:
    """Find integrations that were on autopilot until it ended by itself."""
    latest = {one.integration_id: one for one in ended_by_itself(clock.now() - AUTOPILOT_TOLD_FOR)}
    again = Certificate.objects.filter(integration__in=latest, state=Certificate.State.ACTIVE)
    for pk in again.values_list("integration_id", flat=True):
        del latest[pk]
    for one in latest.values():
        slug = one.integration.name
        yield Found(
            f"autopilot:{one.pk}",
            Urgency.SOON,
            f"integration {slug}",
            f"{name(slug)} is not on autopilot any more",
            f"{one.why} Every draft waits for a person now. Nothing is lost.",
            "See how often it is wrong",
            f"/integrations/{slug}/accuracy/",
        )


def _autopilot_settled(notice: Notice) -> str:
    slug = notice.subject.removeprefix("integration ")
    active = Certificate.objects.filter(integration__name=slug, state=Certificate.State.ACTIVE)
    return f"{name(slug)} is on autopilot again." if active.exists() else f"{name(slug)} goes on with review."


# Money


def _limits() -> Iterator[Found]:
    days = Day.objects.filter(on_day=today()).select_related("integration__current")
    for row in days:
        if row.integration.current is None:
            continue
        limits = read_definition(row.integration.current)[0].limits
        spend = limits.spend_per_day_micros
        waiting = Run.objects.filter(integration=row.integration, state=Run.State.PARKED)[
            :MOST_COUNTED
        ].count()
        if not waiting:
            continue
        if spend is not None and row.spent_micros >= spend:
            title = f"{name(row.integration.name)} has spent its {dollars(spend)} for today"
        elif limits.per_day is not None and row.begun >= limits.per_day:
            title = f"{name(row.integration.name)} has had its {records(limits.per_day)} for today"
        else:
            continue
        yield Found(
            f"limit:{row.integration_id}",
            Urgency.SOON,
            f"integration {row.integration.name}",
            title,
            f"{records(waiting, 'waits', 'wait')} until tomorrow and then {'goes' if waiting == 1 else 'go'} on by "
            "themselves. Raise the limit if that is too late."
            if waiting != 1
            else "1 record waits until tomorrow and then goes on by itself. Raise the limit if that is too late.",
            "Open the integration",
            f"/integrations/{row.integration.name}/",
            waiting=waiting,
        )


def _within_limits(notice: Notice) -> str:
    return (
        f"{name(notice.subject.removeprefix('integration '))} goes on; nothing waits for its limit any more."
    )


# This installation


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


def _app(row: Connection) -> str:
    return manifests()[row.app].name if row.app in manifests() else row.app


def _pk(notice: Notice) -> int:
    return int(notice.key.rpartition(":")[2])


SOURCES: tuple[Source, ...] = (
    Source("connection:stopped:", _stopped, _works_again),
    Source("connection:ends:", _ending, _ends_later),
    Source("model:", _models, _model_left),
    Source("runs:held:", _held, _nothing_left),
    Source("runs:failed:", _failed, _nothing_left),
    Source("runs:uncertain:", _uncertain, _nothing_left),
    Source("backlog:", _backlog, _caught_up),
    Source("source:", _unreadable, _readable),
    Source("silence:", _silence, _heard_again),
    Source("drift:", _drift, _fits_again),
    Source("autopilot:", _autopilot, _autopilot_settled),
    Source("limit:", _limits, _within_limits),
    Source("asking:", _asking, _asked),
    Source("mail:", _mail, _mail_again),
    Source(f"disk:{_computer()}:", _disk, _room_again),
    Source("channel:", _channels, _channel_works),
)
