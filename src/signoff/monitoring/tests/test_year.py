"""
A year of a small business: 42 incidents of 14 kinds, each told once and in time, and quiet months that stay quiet.

What stops is written into the rows that the other rooms would write, on a clock that is moved; records come as they do
in an office, with weekends, public holidays and uneven days. Everything from there on is real: what looks, learns and
tells, the database, and the mail server that takes the letters.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from signoff.connections.models import Connection
from signoff.core import clock
from signoff.integrations.models import Drift
from signoff.monitoring import causes_of_records, holidays, rhythm, silence
from signoff.monitoring.models import Notice, Rhythm, Telling
from signoff.monitoring.tests.shop import integration, look_and_tell, mend, refuse, run
from signoff.review import certificates
from signoff.review.models import Asking, Certificate
from signoff.runs.models import Day, Delivery, Run, Source

BERLIN = ZoneInfo("Europe/Berlin")
BEGIN = datetime(2026, 11, 30, tzinfo=UTC)
DAYS = 365
LEARNING = 30  # days without an incident at first
LOOK = timedelta(seconds=20)
MINUTE = timedelta(minutes=1)
PROMISE = timedelta(minutes=5)
SHAPE = {8: 1.0, 9: 1.6, 10: 2.0, 11: 2.0, 12: 1.2, 13: 1.6, 14: 2.0, 15: 1.8, 16: 1.4, 17: 0.8}


class Shop:
    """The business: its integration, the records that come, and what can stop."""

    def __init__(self, hubspot: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hubspot = hubspot
        self.flow = integration(limits={"per_day": 500})
        self.others = integration("answer-questions")
        self.chance = random.Random(11)
        self.comes = True
        self.free = 50_000_000_000
        self.count = 0
        monkeypatch.setattr(
            "signoff.monitoring.causes_of_here.shutil.disk_usage", lambda _: SimpleNamespace(free=self.free)
        )

    def hour(self, since: datetime, closed: frozenset[date]) -> None:
        """Let the records of one hour come."""
        local = since.astimezone(BERLIN)
        factor = 0.15 if local.weekday() == 5 else 1.0
        if local.date() in closed or local.weekday() == 6:
            factor = 0.02
        even = random.Random(f"{local.date()}").lognormvariate(0, 0.25)
        mean = SHAPE.get(local.hour, 0.02) * factor * even
        times = [since + timedelta(hours=self.chance.random()) for _ in range(_poisson(mean, self.chance))]
        if not self.comes:
            return
        Run.objects.bulk_create(
            Run(
                integration=self.flow, version=self.flow.current, dedupe_key=f"year-{self.count + n}", record={},
                state="done", received_at=moment, changed_at=moment,
            )
            for n, moment in enumerate(sorted(times))
        )  # fmt: skip
        self.count += len(times)


def _poisson(mean: float, chance: random.Random) -> int:
    count, left = 0, chance.expovariate(1)
    while left < mean:
        count += 1
        left += chance.expovariate(1)
    return count


@dataclass(frozen=True)
class Kind:
    """One sort of incident: how it begins, how it is mended, its notice's scope, and within what it is told."""

    scope: str
    begins: Callable[[Shop], object]
    mended: Callable[[Shop, object], None]
    within: timedelta = PROMISE
    told_after: timedelta = timedelta()  # from when on it is one: a short trouble is none


def _delete(shop: Shop, row: object) -> None:
    row.delete()


def _uncertain(shop: Shop) -> Run:
    row = run(shop.others, "uncertain")
    Delivery.objects.create(
        run=row, position=0, connection=shop.hubspot, action="add_note", params={}, marker=f"m{row.pk}",
        state="uncertain",
    )  # fmt: skip
    return row


def _ends(days: float) -> Callable[[Shop], None]:
    def begin(shop: Shop) -> None:
        Connection.objects.filter(pk=shop.hubspot.pk).update(ends_at=clock.now() + timedelta(days=days))

    return begin


def _renewed(shop: Shop, _: object) -> None:
    Connection.objects.filter(pk=shop.hubspot.pk).update(ends_at=None)


def _unreadable(shop: Shop) -> Source:
    return Source.objects.create(
        integration=shop.others, next_at=clock.now(), read_at=clock.now(), problem="HubSpot does not answer."
    )


def _limit(shop: Shop) -> list[object]:
    day = Day.objects.create(integration=shop.flow, on_day=clock.now().astimezone(BERLIN).date(), begun=500)
    return [day, run(shop.flow, "parked", replay_of=Run.objects.first())]


def _all_deleted(shop: Shop, rows: object) -> None:
    for row in rows:
        row.delete()


def _demoted(shop: Shop) -> Certificate:
    values = {"fingerprint": "f" * 64, "limit": 0.05, "audit": 0.1, "n": 80, "k": 0, "bound": 0.04}
    signed = Certificate.objects.create(integration=shop.others, signed_at=clock.now(), **values)
    certificates.end(signed, Certificate.State.DEMOTED, "3 of 3 audited drafts were wrong.")
    return signed


def _not_asked(shop: Shop) -> Asking:
    return Asking.objects.create(
        connection=shop.hubspot, place="slack-main.#sales", marker=f"a{Asking.objects.count()}", state="intent",
        next_step="Invite Signoff to #sales.", made_at=clock.now(), next_at=clock.now(),
    )  # fmt: skip


def _set(
    name: str, broken: object, well: object
) -> tuple[Callable[[Shop], None], Callable[[Shop, object], None]]:
    return lambda shop: setattr(shop, name, broken), lambda shop, _: setattr(shop, name, well)


def _drifts(shop: Shop) -> Drift:
    return Drift.objects.create(
        integration=shop.others, reference="hubspot-main.contact.lead_intent", what="The field Intent is gone.",
        is_gone=True,
    )  # fmt: skip


KINDS = [
    Kind(
        "connection:stopped:", lambda shop: refuse(shop.hubspot), lambda shop, _: mend(shop.hubspot), MINUTE
    ),
    Kind("connection:ends:", _ends(13.9), _renewed),
    Kind("connection:ends:", _ends(2.5), _renewed),
    Kind("runs:held:", lambda shop: run(shop.others, "needs you"), _delete),
    Kind("runs:failed:", lambda shop: run(shop.others, "failed"), _delete),
    Kind("runs:uncertain:", _uncertain, _delete),
    Kind("backlog:", lambda shop: run(shop.others, "queued"), _delete, told_after=timedelta(hours=1)),
    Kind("source:", _unreadable, _delete, told_after=causes_of_records.UNREADABLE_AFTER),
    Kind("drift:", _drifts, _delete),
    Kind("limit:", _limit, _all_deleted),
    Kind("autopilot:", _demoted, _delete),
    Kind("disk:", *_set("free", 1_000_000_000, 50_000_000_000)),
    Kind("asking:", _not_asked, _delete),
    Kind("silence:", *_set("comes", False, True)),
]


def pass_hours(shop: Shop, at, hours: int, closed: frozenset[date]) -> None:
    """Let time pass, watched and looked at once an hour."""
    for _ in range(hours):
        shop.hour(clock.now(), closed)
        at(hours=1)
        Connection.objects.update(checked_at=clock.now())  # as is done every 15 minutes
        silence.watch()
        look_and_tell()


def told_within(at, scope: str, known: set[int], within: timedelta) -> timedelta | None:
    """Look on until a new notice stands and its letter has left; returns how long that took."""
    begin = clock.now()
    while clock.now() - begin <= within:
        look_and_tell()
        fresh = Notice.objects.filter(key__startswith=scope).exclude(pk__in=known)
        if Telling.objects.filter(notice__in=fresh, round__gt=0, state="told").exists():
            return clock.now() - begin
        at(seconds=LOOK.total_seconds())
    return None


def told_of_silence(shop: Shop, at, known: set[int], closed: frozenset[date]) -> float | None:
    """Let hours without records pass until it is told; returns after how many expected intervals."""
    row = Rhythm.objects.get(integration=shop.flow)
    usual = rhythm.Rhythm(tuple(row.rates), row.enough)
    begin = clock.now()
    ends = rhythm.silent_at(usual, begin, begin + timedelta(days=60), BERLIN, closed)
    while clock.now() < begin + 2 * (ends - begin):
        pass_hours(shop, at, 1, closed)
        if Notice.objects.filter(key__startswith="silence:").exclude(pk__in=known).exists():
            return (clock.now() - begin) / (ends - begin)
    return None


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.django_db
def test_forty_two_incidents_in_a_year_are_told_once_each_and_in_time(
    post,
    owner,
    hubspot,
    at,
    monkeypatch,
    settings,
):
    settings.TIME_ZONE = "Europe/Berlin"
    monkeypatch.setenv("SIGNOFF_COUNTRY", "DE")
    # Looked at once an hour and not every minute, or the year would take a day.
    monkeypatch.setattr(silence, "NOBODY_LOOKED", timedelta(hours=3))
    closed = holidays.of_country("DE", (2026, 2027))
    at(BEGIN.isoformat())
    shop = Shop(hubspot, monkeypatch)
    plan = [(kind, number) for number in range(3) for kind in KINDS]
    random.Random(4).shuffle(plan)
    gap = (DAYS - LEARNING) * 24 // (len(plan) + 1)
    late, letters_each, incidents = [], [], []
    false_by_month: Counter[str] = Counter()

    pass_hours(shop, at, LEARNING * 24, closed)
    for kind, _ in plan:
        before = Notice.objects.count()
        pass_hours(shop, at, gap - 72, closed)
        while not 9 <= clock.now().astimezone(BERLIN).hour <= 15:
            pass_hours(shop, at, 1, closed)
        for one in Notice.objects.order_by("pk")[before:]:
            false_by_month[f"{one.first_seen_at:%Y-%m}"] += 1
        known = set(Notice.objects.values_list("pk", flat=True))
        post.letters.clear()
        row = kind.begins(shop)
        if kind.scope == "silence:":
            intervals = told_of_silence(shop, at, known, closed)
            if intervals is None or intervals > 2:
                late.append((kind.scope, clock.now(), intervals))
        else:
            look_and_tell()
            at(seconds=kind.told_after.total_seconds())
            if told_within(at, kind.scope, known, kind.within) is None:
                late.append((kind.scope, clock.now(), None))
        pass_hours(shop, at, 5, closed)
        fresh = Notice.objects.exclude(pk__in=known)
        incidents.append(kind.scope)
        if fresh.count() != 1:
            letters_each.append((kind.scope, list(fresh.values_list("title", flat=True))))
        kind.mended(shop, row)
        at(minutes=11)
        pass_hours(shop, at, 48, closed)
        if Notice.objects.exclude(pk__in=known).filter(key__startswith=kind.scope, closed_at=None).exists():
            letters_each.append((kind.scope, "is not over"))

    assert len(incidents) == 42
    assert len(set(incidents)) == 13  # two kinds of end share one scope
    assert late == []
    assert letters_each == []
    assert max(false_by_month.values(), default=0) <= 1, false_by_month
