"""
A year of a small business: 42 incidents of 14 kinds, each told once and in time, and quiet months that stay quiet.

What stops is written into the rows that the other rooms would write, on a clock that is moved; records come as they do
in an office, with weekends, public holidays and uneven days. Everything from there on is real: what looks, learns and
tells, the database, and the mail server that takes the letters.

With `-s` it says what it has measured; `docs/silence.md` and `docs/running.md` quote that.
"""

from __future__ import annotations

import random
import statistics
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from signoff.connections.models import Connection
from signoff.core import clock
from signoff.integrations.models import Drift
from signoff.monitoring import holidays, rhythm, silence
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
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
PROMISE = timedelta(minutes=5)
BY_CALENDAR = "quarterly:"  # told on its day, and no incident
SHAPE = {8: 1.0, 9: 1.6, 10: 2.0, 11: 2.0, 12: 1.2, 13: 1.6, 14: 2.0, 15: 1.8, 16: 1.4, 17: 0.8}


class Shop:
    """The business: its integrations, the records that come, what can stop, and its clock."""

    def __init__(
        self, hubspot: Connection, at: Callable[..., datetime], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.hubspot = hubspot
        self.at = at
        self.closed = holidays.of_country("DE", (2026, 2027))
        # A model without a known end: that it ends would be an incident of its own.
        prompt = {"ai": "openai-main", "model": "gpt-6-luna", "task": "Answer."}
        Connection.objects.create(name="openai-main", app="openai", sealed=b"", checked_at=clock.now())
        self.flow = integration(prompt=prompt, limits={"per_day": 500})
        self.others = integration("answer-questions", prompt=prompt)
        self.chance = random.Random(11)
        self.comes = True
        self.free = 50_000_000_000
        self.count = 0
        monkeypatch.setattr(
            "signoff.monitoring.causes_of_here.shutil.disk_usage", lambda _: SimpleNamespace(free=self.free)
        )

    def pass_hours(self, hours: int, step: int = 6) -> None:
        """Let time pass: listen every few hours, and look whenever that finds something, at the least once a day."""
        end = clock.now() + hours * HOUR
        while clock.now() < end:
            until = min(clock.now() + step * HOUR, end)
            self._let_come(until)
            self.at(until.isoformat())
            self._look()

    def _look(self) -> None:
        Connection.objects.update(checked_at=clock.now())  # as is done every 15 minutes
        silence.watch()
        is_open = Notice.objects.filter(closed_at=None).exclude(key__startswith=BY_CALENDAR).exists()
        too_quiet = Rhythm.objects.filter(silent_from__lte=clock.now()).exclude(watched_from=None).exists()
        # What else there is to find between two incidents, a day brings.
        if is_open or too_quiet or clock.now().astimezone(BERLIN).hour < 6:
            look_and_tell()

    def _let_come(self, until: datetime) -> None:
        """Let the records come that come until a moment. What came too late for its rhythm finds a look before it."""
        moments: list[datetime] = []
        hour = clock.now()
        while self.comes and hour < until:
            moments += self._moments(hour)
            hour += HOUR
        row = Rhythm.objects.filter(integration=self.flow).exclude(watched_from=None).first()
        before, stored = row and (row.last_at or row.watched_from), 0
        for n, moment in enumerate(moments):
            if row is not None and before is not None and self._too_late(row, before, moment):
                self._receive(moments[stored:n])
                stored = n
                self.at(moment.isoformat())
                self._look()
            before = moment
        self._receive(moments[stored:])

    def _too_late(self, row: Rhythm, last: datetime, at: datetime) -> bool:
        usual = rhythm.Rhythm(tuple(row.rates), row.enough)
        return bool(row.rates) and rhythm.silent_at(usual, last, at, BERLIN, self.closed) is not None

    def until_office_hours(self) -> None:
        while not 9 <= clock.now().astimezone(BERLIN).hour <= 15:
            self.pass_hours(1, step=1)

    def _moments(self, since: datetime) -> list[datetime]:
        """Return when records come in the hour from a moment on."""
        local = since.astimezone(BERLIN)
        factor = 0.15 if local.weekday() == 5 else 1.0
        if local.date() in self.closed or local.weekday() == 6:
            factor = 0.02
        even = random.Random(f"{local.date()}").lognormvariate(0, 0.25)
        mean = SHAPE.get(local.hour, 0.02) * factor * even
        return sorted(since + self.chance.random() * HOUR for _ in range(_poisson(mean, self.chance)))

    def _receive(self, moments: list[datetime]) -> None:
        Run.objects.bulk_create(
            Run(
                integration=self.flow, version=self.flow.current, dedupe_key=f"year-{self.count + n}", record={},
                state="done", received_at=moment, changed_at=moment,
            )
            for n, moment in enumerate(moments)
        )  # fmt: skip
        self.count += len(moments)


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
        integration=shop.others, next_at=clock.now(), read_at=clock.now(), problem_since=clock.now(),
        problem="HubSpot does not answer.",
    )  # fmt: skip


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
    Kind("source:", _unreadable, _delete),
    Kind("drift:", _drifts, _delete),
    Kind("limit:", _limit, _all_deleted),
    Kind("autopilot:", _demoted, _delete),
    Kind("disk:", *_set("free", 1_000_000_000, 50_000_000_000)),
    Kind("asking:", _not_asked, _delete),
    Kind("silence:", *_set("comes", False, True)),
]


@dataclass
class Record:
    """What came of the year."""

    late: list[object] = field(default_factory=list)
    not_once: list[object] = field(default_factory=list)
    took: dict[str, list[float]] = field(default_factory=dict)  # seconds; of silence, expected intervals
    expected: set[int] = field(default_factory=set)  # the notices of incidents


def new(known: set[int], scope: str = "") -> set[int]:
    rows = Notice.objects.filter(key__startswith=scope).exclude(key__startswith=BY_CALENDAR)
    return set(rows.exclude(pk__in=known).values_list("pk", flat=True))


def told_within(shop: Shop, scope: str, known: set[int], within: timedelta) -> float | None:
    """Look on until a new notice stands and its letter has left; returns how many seconds after the incident."""
    begin = clock.now()
    shop.at(seconds=shop.chance.uniform(0, LOOK.total_seconds()))  # it happens between two looks
    while clock.now() - begin <= within:
        look_and_tell()
        told = Telling.objects.filter(notice__in=new(known, scope), round__gt=0, state="told")
        if told.exists():
            return (clock.now() - begin).total_seconds()
        shop.at(seconds=LOOK.total_seconds())
    return None


def told_of_silence(shop: Shop, known: set[int]) -> float | None:
    """
    Let hours without records pass until it is told; returns after how many expected intervals, counted in records.

    It is told by the next look after it has become too quiet, which is 20 s later and not the simulation's hour.
    """
    begin = clock.now()
    row = Rhythm.objects.get(integration=shop.flow)
    usual = rhythm.Rhythm(tuple(row.rates), row.enough)  # by what was known when the quiet began
    while clock.now() < begin + timedelta(days=30):
        shop.pass_hours(1, step=1)
        if new(known, "silence:"):
            row.refresh_from_db()
            told_from = row.silent_from or clock.now()
            return rhythm.expected(usual, begin, told_from, BERLIN, shop.closed) / usual.enough
    return None


def suffer(shop: Shop, kind: Kind, letters: Callable[[], list[str]], record: Record) -> None:
    """Let one incident happen, be told and be mended."""
    known = set(Notice.objects.values_list("pk", flat=True))
    before = len(letters())
    row = kind.begins(shop)
    if kind.scope == "silence:":
        took = told_of_silence(shop, known)
    else:
        look_and_tell()
        shop.at(seconds=kind.told_after.total_seconds())
        took = told_within(shop, kind.scope, known, kind.within)
    if took is None or (kind.scope == "silence:" and took > 2):
        record.late.append((kind.scope, clock.now(), took))
    else:
        record.took.setdefault(kind.scope, []).append(took)
    shop.pass_hours(5)
    fresh, told = new(known), letters()[before:]
    if len(fresh) != 1 or len(told) != 1:
        record.not_once.append((kind.scope, told))
    kind.mended(shop, row)
    shop.at(minutes=11)
    look_and_tell()
    if kind.scope == "silence:":
        shop.pass_hours(48)  # it is over when a record comes
    if Notice.objects.filter(pk__in=fresh, closed_at=None).exists() or len(letters()) != before + 2:
        record.not_once.append((kind.scope, "its end was not told once", letters()[before:]))
    shop.pass_hours(48)
    again = new(known, kind.scope) - fresh
    if again:
        record.not_once.append((kind.scope, "came again"))
    record.expected |= fresh


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
    # Looked at four times a day and not three times a minute, or the year would take as long as one.
    monkeypatch.setattr(silence, "NOBODY_LOOKED", timedelta(hours=7))
    at(BEGIN.isoformat())
    shop = Shop(hubspot, at, monkeypatch)
    plan = [kind for kind in KINDS for _ in range(3)]
    random.Random(4).shuffle(plan)
    gap = (DAYS - LEARNING) * 24 // (len(plan) + 1)
    record = Record()

    shop.pass_hours(LEARNING * 24)
    for kind in plan:
        shop.pass_hours(gap - 72)
        shop.until_office_hours()
        suffer(shop, kind, lambda: [one for one in post.subjects if "quarterly review" not in one], record)
    shop.pass_hours((BEGIN + timedelta(days=DAYS) - clock.now()) // HOUR)

    false = Notice.objects.exclude(pk__in=record.expected).exclude(key__startswith=BY_CALENDAR)
    by_month = Counter(f"{row.first_seen_at:%Y-%m}" for row in false)
    sys.stdout.write(_in_words(record, by_month, shop))
    assert len(plan) == 42
    assert len(set(KINDS)) == 14
    assert record.late == []
    assert record.not_once == []
    assert max(by_month.values(), default=0) <= 1, [(row.title, row.first_seen_at) for row in false]
    assert Notice.objects.filter(key__startswith=BY_CALENDAR).count() == 4


def _in_words(record: Record, by_month: Counter[str], shop: Shop) -> str:
    lines = [
        f"| {scope} | {len(took)} | {statistics.median(took):.2f} | {max(took):.2f} |"
        for scope, took in sorted(record.took.items())
    ]
    last = f"false: {dict(by_month)}; {shop.count} records in {clock.now() - BEGIN}"
    return "\n".join(["", *lines, f"late: {record.late}", f"not once: {record.not_once}", last, ""])
