"""
How often silence is called wrongly, and how soon rightly: simulated flows, watched by the product's own code.

    python bench/silence_study.py [--years 2] [--flows 20] [--seed 1] [--json]

Each flow of each kind lives `--years` years from its first record (the first two weeks nothing is said). Every hour it
is learned anew, every five minutes it is looked at, as the product does. German public holidays and the days between
Christmas and New Year are quiet where the kind says so; the product knows the former and not the latter. Once in a
month on average records stop for good reason unknown to it (a "break", until two intervals after it should be seen):
those have to be noticed, everything else that is noticed is false.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from signoff.monitoring.holidays import of_country
from signoff.monitoring.rhythm import CALM_FOR, HOUR, Heard, Rhythm, calmer, learn, silent_at

ZONE = ZoneInfo("Europe/Berlin")
START = datetime(2026, 1, 5, tzinfo=UTC)
LOOK = timedelta(minutes=5)
OFFICE = [0.0] * 7 + [0.2, 0.7, 1, 1.1, 1, 0.6, 0.9, 1, 1, 0.8, 0.5, 0.2, 0.1, 0.05, 0.02, 0, 0]
SHOP = [
    0.25,
    0.12,
    0.06,
    0.04,
    0.05,
    0.1,
    0.3,
    0.6,
    0.9,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1.1,
    1.3,
    1.5,
    1.6,
    1.4,
    0.9,
    0.5,
]


@dataclass(frozen=True)
class Kind:
    """A sort of business: records a day, the shape of a day, what Saturdays, Sundays and holidays are worth."""

    name: str
    a_day: float
    shape: list[float] = field(default_factory=lambda: SHOP)
    saturday: float = 1.0
    sunday: float = 1.0
    holiday: float = 1.0
    christmas_week: float = 1.0
    day_varies: float = 0.0  # standard deviation of a day's factor
    batch: float = 1.0  # mean records that come together
    campaigns: float = 0.0  # a year; each brings five days' records within three hours
    season: float = 0.0  # how far the year swings


KINDS = [
    Kind("web shop, 200 a day", 200, day_varies=0.2, season=0.3),
    Kind("busy portal, 3,000 a day", 3000, day_varies=0.15, season=0.2),
    Kind("office, 25 a day", 25, OFFICE, 0.1, 0.05, 0.05, 0.3, day_varies=0.3),
    Kind("craftsman, 6 a day", 6, OFFICE, 0.3, 0.1, 0.2, 0.4, day_varies=0.4, season=0.4),
    Kind("consultant, 4 a week", 0.8, OFFICE, 0.1, 0.05, 0.1, 0.2, day_varies=0.5),
    Kind("shop closed on Mondays, 15 a day", 15, OFFICE, 1.2, 0.3, 0.1, 0.3, day_varies=0.3),
    Kind("newsletter campaigns, 40 a day", 40, SHOP, 0.6, 0.5, 0.7, 0.8, day_varies=0.3, campaigns=18),
    Kind("comes in heaps of 8, 60 a day", 60, OFFICE, 0.1, 0.05, 0.05, 0.3, day_varies=0.3, batch=8),
    Kind("night shift of machines, 500 a day", 500, [1.0] * 24, day_varies=0.05),
]


def arrivals(kind: Kind, days: int, holidays: frozenset[date], chance: random.Random) -> list[datetime]:
    """Return the moments at which records come."""
    found: list[datetime] = []
    scale = kind.a_day / sum(kind.shape)
    for number in range(days):
        on = (START + timedelta(days=number)).astimezone(ZONE).date()
        factor = {5: kind.saturday, 6: kind.sunday}.get(on.weekday(), 1.0)
        if "Mondays" in kind.name and on.weekday() == 0:
            factor = 0.03
        if on in holidays:
            factor = min(factor, kind.holiday)
        elif (on.month == 12 and on.day >= 23) or (on.month == 1 and on.day <= 5):
            factor *= kind.christmas_week
        factor *= 1 + kind.season * math.sin(2 * math.pi * on.timetuple().tm_yday / 365)
        if kind.day_varies:
            spread = math.sqrt(math.log(1 + kind.day_varies**2))
            factor *= math.exp(chance.gauss(-spread * spread / 2, spread))
        begin = datetime(on.year, on.month, on.day, tzinfo=ZONE).astimezone(UTC)
        following = on + timedelta(days=1)
        over = datetime(following.year, following.month, following.day, tzinfo=ZONE).astimezone(UTC)
        while begin < over:  # 23 or 25 hours twice a year
            shape = kind.shape[begin.astimezone(ZONE).hour]
            for _ in range(_poisson(scale * shape * factor / kind.batch, chance)):
                at = begin + chance.random() * HOUR
                heap = 1 if kind.batch == 1 else 1 + _poisson(kind.batch - 1, chance)
                found.extend(at + timedelta(seconds=one) for one in range(heap))
            begin += HOUR
        if chance.random() < kind.campaigns / 365:
            begin = datetime(on.year, on.month, on.day, 10, tzinfo=ZONE).astimezone(UTC)
            found.extend(begin + chance.random() * 3 * HOUR for _ in range(int(5 * kind.a_day)))
    return sorted(found)


def _poisson(mean: float, chance: random.Random) -> int:
    if mean > 50:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


@dataclass
class Life:
    """What became of one flow."""

    months: float = 0.0
    false: int = 0
    breaks: int = 0
    noticed: int = 0
    late: list[float] = field(default_factory=list)  # from a break to its notice, in expected intervals
    hours: list[float] = field(default_factory=list)
    false_on: list[str] = field(default_factory=list)


def live(kind: Kind, years: float, holidays: frozenset[date], chance: random.Random) -> Life:
    """Let a flow live: learn hour by hour, look, break now and then."""
    days = int(365 * years)
    came = arrivals(kind, days, holidays, chance)
    life = Life(months=days / 30.4)
    end = START + timedelta(days=days - 1)
    hours: dict[datetime, Heard] = {}
    left_out: list[tuple[datetime, datetime]] = []
    rhythm: Rhythm | None = None
    last, told, broken_at = came[0], False, None
    begin_watch = came[0]
    next_break = START + timedelta(days=45 + chance.expovariate(1 / 45))
    at, index = START, 0
    learned_on: date | None = None
    while at < end:
        until = at + LOOK
        while index < len(came) and came[index] < until:
            record = came[index]
            index += 1
            if broken_at is not None:
                continue
            slot = record.replace(minute=0, second=0, microsecond=0)
            heard = hours.get(slot, Heard(0))
            longer = heard.quiet_from is None or record - last > heard.quiet_until - heard.quiet_from  # type: ignore[operator]
            hours[slot] = Heard(
                heard.count + 1, last if longer else heard.quiet_from, record if longer else heard.quiet_until
            )
            if told:
                left_out.append((last, record))
                told = False
            last = record
        if rhythm is None or learned_on != at.date():  # once a day is enough for a study
            since = max(begin_watch.replace(minute=0, second=0, microsecond=0), START)
            kept = {slot: one for slot, one in hours.items() if slot > at - timedelta(weeks=8)}
            rhythm = learn(
                kept, since, at.replace(minute=0, second=0, microsecond=0), ZONE, holidays, left_out[-20:]
            )
            hours, learned_on = kept, at.date()
        if rhythm is not None:
            if broken_at is None and at >= next_break and not told:
                broken_at = at
                life.breaks += 1
            lately = sum(over > at - CALM_FOR for _, over in left_out)
            now_known = calmer(rhythm, lately)
            if not told and silent_at(now_known, last, until, ZONE, holidays) is not None:
                told = True
                if broken_at is None:
                    life.false += 1
                    life.false_on.append(
                        f"{last.astimezone(ZONE):%a %d %b %H:%M} to {until.astimezone(ZONE):%a %d %b %H:%M}"
                    )
                else:
                    life.noticed += 1
                    life.hours.append((until - broken_at) / HOUR)
                    life.late.append((until - broken_at) / _interval(now_known, broken_at, holidays))
            if broken_at is not None and told:  # and mended at once
                index = bisect_left(came, until)
                next_break = at + timedelta(days=2 + chance.expovariate(1 / 45))
                broken_at = None
        at = until
    return life


def _interval(rhythm: Rhythm, at: datetime, holidays: frozenset[date]) -> timedelta:
    """Return the expected interval: how long it takes from a moment until `enough` records usually have come."""
    end = silent_at(rhythm, at, at + timedelta(days=90), ZONE, holidays)
    return (end or at + timedelta(days=90)) - at


def study(
    years: float, flows: int, seed: int, known: Callable[[date], bool] = lambda _: True
) -> Iterator[dict]:  # type: ignore[type-arg]
    holidays = frozenset(day for day in of_country("DE", range(2026, 2030)) if known(day))
    for kind in KINDS:
        lives = [live(kind, years, holidays, random.Random(f"{seed}-{kind.name}-{n}")) for n in range(flows)]
        months = sum(life.months for life in lives)
        late = sorted(x for life in lives for x in life.late)
        hours = sorted(x for life in lives for x in life.hours)
        yield {
            "kind": kind.name,
            "months": round(months),
            "false_a_month": round(sum(life.false for life in lives) / months, 4),
            "breaks": sum(life.breaks for life in lives),
            "noticed": sum(life.noticed for life in lives),
            "hours_median": round(statistics.median(hours), 1) if hours else None,
            "hours_95": round(hours[int(0.95 * (len(hours) - 1))], 1) if hours else None,
            "intervals_median": round(statistics.median(late), 2) if late else None,
            "intervals_most": round(late[-1], 2) if late else None,
            "false_on": [x for life in lives for x in life.false_on][:12],
        }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--years", type=float, default=2)
    parser.add_argument("--flows", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = []
    for row in study(given.years, given.flows, given.seed):
        rows.append(row)
        if not given.json:
            print(
                f"{row['kind']:36} {row['months']:6} months  false {row['false_a_month']:.3f} a month  "
                f"noticed {row['noticed']}/{row['breaks']}  after {row['hours_median']} h (95 %: {row['hours_95']} h), "
                f"{row['intervals_median']} intervals (most {row['intervals_most']})",
                flush=True,
            )
            if given.flows <= 3:
                print("     ", row["false_on"])
    if given.json:
        print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
