"""What can be the matter with records and with the integrations that they go through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from signoff.connections.models import Connection
from signoff.connectors.registry import app_name
from signoff.core import clock
from signoff.core.counting import of_them
from signoff.core.money import dollars
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Drift, Integration
from signoff.monitoring.found import MOST_COUNTED, Found, Source
from signoff.monitoring.models import Notice, Rhythm, Urgency
from signoff.monitoring.silence import NOBODY_LOOKED, UNREADABLE_AFTER, heard_since, silent
from signoff.monitoring.wording import NAMED, clock_time, day, name, names, records
from signoff.review.certificates import certificate, ended_by_itself, percent
from signoff.review.models import Certificate, Review
from signoff.runs.backlog import backlog
from signoff.runs.days import today
from signoff.runs.models import Day, Delivery, Run, Upload
from signoff.runs.models import Source as RecordSource

BACKLOG_PROMISE = timedelta(
    hours=1
)  # what waits for an AI is asked within this time, or the owner hears of it
AUTOPILOT_TOLD_FOR = timedelta(days=14)
ERRORS_MEASURED = 10  # so many decisions before anything is said of a rate
ERRORS_WITHIN = timedelta(days=30)  # an error that old says nothing about today
FEWER = "fewer than"  # in the title of a silence that is one by the owner's own number


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
        app = app_name(row["connection__app"])
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
    """Find the apps from which new records could not be read, where not the connection itself is the matter."""
    long_ago = clock.now() - UNREADABLE_AFTER
    stuck = RecordSource.objects.exclude(problem="").filter(
        integration__is_on=True, problem_since__lte=long_ago
    )
    by_app: dict[str, list[RecordSource]] = {}
    for row in stuck.select_related("integration__current").order_by("problem_since", "pk"):
        current = row.integration.current
        where = read_definition(current)[0].record.from_ if current else None
        by_app.setdefault(where or "its source", []).append(row)
    stopped = set(Connection.objects.filter(state=Connection.State.NEEDS_YOU).values_list("name", flat=True))
    for where, rows in by_app.items():
        if where in stopped:
            continue
        slugs = [row.integration.name for row in rows]
        why = rows[0].problem.split(". ")[0].rstrip(".")
        whose = f"It concerns {names(slugs)}. " if len(slugs) > 1 else ""
        yield Found(
            f"source:{where}",
            Urgency.SOON,
            f"connection {where}",
            f"{name(slugs[0])}: new records cannot be read"
            if len(slugs) == 1
            else f"New records cannot be read from {where}, for {len(slugs)} integrations",
            f"{why}. {whose}Nothing is lost: we try again every few seconds, and go on from where we were.",
            "Look",
            f"/integrations/{slugs[0]}/" if len(slugs) == 1 else "/connections/",
        )


def _readable(notice: Notice) -> str:
    return f"New records are read from {notice.subject.removeprefix('connection ')} again."


def _silence() -> Iterator[Found]:
    """Find integrations to which nothing comes although it usually does, or should."""
    for one in silent():
        slug = one.integration.name
        if one.expected is not None:
            title = f"{name(slug)}: {FEWER} {one.expected} came since {clock_time(one.since)}"
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
    return f"{name(slug)}: {_why_no_silence(slug, notice)}"


def _why_no_silence(slug: str, notice: Notice) -> str:
    """Return why a silence is none any more, though nothing came."""
    integration = Integration.objects.filter(name=slug, is_on=True).select_related("current").first()
    if integration is None or integration.current is None:
        return "it is off, so its quiet says nothing."
    wanted = read_definition(integration.current)[0].record.expects
    if wanted == "off":
        return "you said that its quiet means nothing."
    row = Rhythm.objects.filter(integration=integration).first()
    if row is None or row.watched_from is None:
        return "its app is out of reach, so its quiet says nothing."
    if row.watched_from > notice.first_seen_at or clock.now() - row.looked_at > NOBODY_LOOKED:
        return "for a while nobody could have heard it, so its quiet is counted anew."
    if wanted is not None:
        return f"you expect at least {wanted} now, and the time for that is not over."
    if FEWER in notice.title:
        return "you expect no fixed number any more; from now on, what is usual for it counts."
    return "it is not too quiet any more."


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


def _errors() -> Iterator[Found]:
    """
    Find integrations whose measured error rate is above the limit that their owner has stated.

    Above means that chance is no excuse: the lower end of the 95 % interval lies above the limit. What is on autopilot
    is watched by a test of its own, which ends the autopilot.
    """
    lately = clock.now() - ERRORS_WITHIN
    wrong = Review.objects.filter(
        is_error=True, flagged=False, decided_at__gt=lately, run__integration__is_on=True
    )
    for pk in wrong.order_by("run__integration_id").values_list("run__integration_id", flat=True).distinct():
        standing = certificate(Integration.objects.select_related("current").get(pk=pk))
        measured, interval = standing.evidence, standing.evidence.interval
        if not standing.wanted or standing.on_autopilot or measured.n < ERRORS_MEASURED or interval is None:
            continue
        if interval[0] <= standing.limit:
            continue
        slug = standing.integration.name
        yield Found(
            f"errors:{pk}",
            Urgency.SOON,
            f"integration {slug}",
            f"{name(slug)} is wrong more often than you allow",
            f"{of_them(measured.k, measured.n, 'draft')} wrong, and your limit is {percent(standing.limit)}. Every "
            "draft waits for a person, so nothing wrong has gone out by itself. What people changed says what to mend.",
            "See how often it is wrong",
            f"/integrations/{slug}/accuracy/",
        )


def _fewer_errors(notice: Notice) -> str:
    return f"{name(notice.subject.removeprefix('integration '))} is not wrong more often than you allow any more."


def _uploads() -> Iterator[Found]:
    """Find tables that stopped on their way in; whoever stops one by hand knows of it."""
    stopped = Upload.objects.filter(state=Upload.State.STOPPED, erased_at=None).exclude(problem="")
    for row in stopped.select_related("integration"):
        yield Found(
            f"upload:{row.pk}",
            Urgency.SOON,
            f"upload {row.pk}",
            f"A table stopped on its way in, for {name(row.integration.name)}",
            f"{row.problem} What is in stays in, and it goes on behind the last row once you say so.",
            "Open the table",
            f"/uploads/{row.pk}/",
        )


def _upload_went_on(notice: Notice) -> str:
    return "The table went on, or is not wanted any more."


SOURCES: tuple[Source, ...] = (
    Source("runs:held:", _held, _nothing_left),
    Source("runs:failed:", _failed, _nothing_left),
    Source("runs:uncertain:", _uncertain, _nothing_left),
    Source("backlog:", _backlog, _caught_up),
    Source("source:", _unreadable, _readable),
    Source("silence:", _silence, _heard_again),
    Source("drift:", _drift, _fits_again),
    Source("autopilot:", _autopilot, _autopilot_settled),
    Source("limit:", _limits, _within_limits),
    Source("errors:", _errors, _fewer_errors),
    Source("upload:", _uploads, _upload_went_on),
)
