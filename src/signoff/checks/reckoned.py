"""
Reckoned: what numbers, days and times follow from those of a record and of what an answer says itself.

Unlike `worked`, which decides whether a doubted number is believed, this says only how far-fetched the reckoning is:
two numbers that stand beside one another in the answer make a third at once; three of a long record make nearly any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property

from signoff.checks.agreeing import NUMERIC
from signoff.checks.bearing import Bearing, Unit
from signoff.checks.claims import Claim
from signoff.checks.costs import MONTHS, Costs, is_sum, sums_of_lists, tax_rates
from signoff.checks.dates import When
from signoff.checks.reading import Reading
from signoff.checks.words import Text

SMALL_CHANGE, MOST_PIECES = 3, 100_000
MONEY = frozenset("price total amount fee deposit rent budget refund balance discount delivery".split())  # noqa: SIM905 - a list of words
MOST_NUMBERS, MOST_AMOUNTS, MOST_COUNTS, MOST_DATES, MOST_SAID = 80, 25, 20, 14, 40
NEAR = 300  # characters of an answer in which what a number is made of stands
MINUTE, HOUR, DAY = 60, 3600, 86_400  # seconds
LASTING = frozenset(["duration", "delivery", "response_time", "setup", "trial", "notice", "nights"])
CLOSE, CLOSE_TO_A_CENT = 0.02, 0.6
_ENTRY = re.compile(r"(.*?)\[(\d+)\]")
_FIGURES = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?![\d])(?:,\d+)?|\d+(?:[.,]\d+)*")

# How near at hand what makes a number is.
IN_THE_ANSWER, IN_THE_RECORD, A_COUNT, BY_YEAR, BY_PERCENT, OF_THREE, A_COST, NOWHERE = (
    4.0, 3.0, 2.5, 2.2, 2.0, 1.0, 0.5, 0.0,
)  # fmt: skip


class Reckoned:
    """Everything that can be reckoned with, gathered once for an answer and its record."""

    def __init__(self, reading: Reading, bearing: Bearing) -> None:
        self._reading, self._bearing, self.claims = reading, bearing, reading.claims
        self._text = reading.text
        known = self._known = [(claim, unit) for unit in bearing.units for claim in unit.claims]
        # What each number of the record says, by the number itself.
        self.said = {id(claim): _values(claim, unit) for claim, unit in known if claim.kind in NUMERIC}
        for unit in bearing.units:
            for claim, said in unit.named:
                known.append((claim, unit))
                self.said[id(claim)] = {*said}
        dates = [when for claim, _ in known if claim.kind == "date" for when in claim.dates]
        years = [when.year for when in dates if when.year]
        self.year = (
            max(set(years), key=lambda year: (years.count(year), -years.index(year)))
            if years
            else (reading.today or date.today()).year
        )
        self.weekdays = {day.weekday() for day in self._days(dates)}
        numbers = sorted(set[float]().union(*self.said.values()))[:MOST_NUMBERS]
        self._numbers = [number for number in numbers if number]
        self._rounded = {round(number, 2) for number in self._numbers}
        percents = [v for claim, _ in known if claim.kind == "percent" for v in (*claim.values, *claim.high)]
        percents += [claim.values[0] for claim in self.claims if claim.kind == "percent" and claim.values]
        # Of nothing that is left ("-100 %") no whole can be reckoned.
        self._shares = {share for share in percents if share > -100}
        amounts = sorted({v for claim, unit in known if _is_money(claim, unit) for v in self.said[id(claim)]})
        self._amounts = [amount for amount in amounts if amount > 12][:MOST_AMOUNTS]
        self._prices = [amount for amount in amounts if amount > 0][:MOST_AMOUNTS]
        self._counted = _entries(bearing) | self._spans(
            [w for claim, _ in known if claim.kind == "date" for w in claim.dates[:1]], numbers
        )
        self._times = sorted({t for claim, _ in known if claim.kind == "time" for t in claim.times})
        self._said_times = [t for claim in self.claims if claim.kind == "time" for t in claim.times]

    @cached_property
    def _of_amounts(self) -> set[float]:
        """Return what two amounts make together, and what is between them."""
        amounts = self._amounts
        together = {round(one + other, 2) for at, one in enumerate(amounts) for other in amounts[at:]}
        return together | {round(one - other, 2) for one in amounts for other in amounts if one > other}

    @cached_property
    def _products(self) -> set[float]:
        counts = [n for n in self._numbers if 1 < n < 100 and n == int(n)][:MOST_COUNTS]
        return {round(amount * count, 2) for amount in self._amounts for count in counts}

    @cached_property
    def _lasting(self) -> set[float]:
        """Return how many minutes something may last: by the record, by the answer, and two of them together."""
        found = {n / 60 for n in self._numbers if 300 <= n <= 43200} | {
            n for n in self._numbers if 5 <= n <= 240
        }
        found |= {
            c.values[0] / 60
            for c in self.claims
            if c.unit == "duration" and c.values and c.values[0] < 90_000
        }
        return found | {one + other for one in found for other in found}

    @cached_property
    def _lines(self) -> set[float]:
        """Return what the lines of a list come to, alone and with one amount more: postage, a fee, a discount."""
        sums = sums_of_lists(self._bearing)
        return sums | {
            round(one + sign * other, 2) for one in sums for other in self._prices for sign in (1, -1)
        }

    @cached_property
    def _costs(self) -> Costs:
        counts = {n for n in (*self._numbers, *self._counted) if 1 < n < MOST_PIECES and n == int(n)}
        shares = {*self._shares, *tax_rates(self._text.folded)}
        return Costs(self._prices, sorted(counts)[:MOST_COUNTS], shares)

    def number(self, claim: Claim) -> float:
        """Return how near at hand what makes a number of the answer is, from `IN_THE_ANSWER` down to `NOWHERE`."""
        if claim.unit == "duration":
            return self._duration(claim)
        said = self._beside(claim)
        tried = {claim.values[0]} | {v for v in (shown_number(self._text, claim),) if v is not None}
        made = max(self._made(round(value, 2), said) for value in tried)
        if made == NOWHERE and claim.kind == "money" and claim.values[0] > SMALL_CHANGE:
            value = round(claim.values[0], 2)
            if is_sum(value, self._amounts_before(claim)):
                made = BY_PERCENT
            elif self._costs.has(value, said):
                made = A_COST
        return made

    def _duration(self, claim: Claim) -> float:
        """
        Return the same for how long something lasts.

        Nearly any number of minutes, hours or days is made of two others. So only what lasts as well counts, times that
        stand so far apart, and days.
        """
        value, known = claim.values[0], self._durations
        near = self._reading.claims_between(claim.start - NEAR + 1, claim.start + NEAR)
        said = {
            other.values[0]
            for other in near
            if other.unit == "duration" and other is not claim and other.values
        }
        if any(
            abs(one + other - value) < 1 or abs(one - other) == value
            for one in said
            for other in said | known
        ):
            return IN_THE_ANSWER
        if (
            any(abs(one + other - value) < 1 for one in known for other in known)
            or value / MINUTE in self._between_times
        ):
            return IN_THE_RECORD
        if value % DAY == 0 and {value / DAY, value / DAY / 7} & self._counted:
            return A_COUNT
        if any(value / times in known or value / times in said for times in (2, 3, 4, 5, *self._small)):
            return BY_PERCENT
        return NOWHERE

    @cached_property
    def _durations(self) -> set[float]:
        """Return how long something lasts by the record, in seconds; a plain number may be in any unit."""
        found = {
            v for claim, _ in self._known if claim.unit == "duration" for v in (*claim.values, *claim.high)
        }
        for claim, unit in self._known:
            if claim.kind == "number" and LASTING & (unit.field.ideas | unit.field.words):
                found |= {value * seconds for value in claim.values for seconds in (MINUTE, HOUR, DAY)}
        return found

    @cached_property
    def _small(self) -> list[float]:
        return [n for n in self._numbers if 1 < n <= 60 and n == int(n)]

    @cached_property
    def _between_times(self) -> set[float]:
        """Return how many minutes lie between two times of day, of the record or said."""
        times = sorted({*self._times, *self._said_times})
        return {float(later - time) for time in times for later in times if later > time}

    def time(self, claim: Claim) -> float:
        """Return the same for a time of day: so long before or after one of the record, or one that is said."""
        if any(abs(time - other) in self._lasting for time in claim.times for other in self._times):
            return IN_THE_RECORD
        if any(
            abs(time - other) in self._lasting
            for time in claim.times
            for other in self._said_times
            if other != time
        ):
            return BY_PERCENT
        return NOWHERE

    def falls_on_its_weekday(self, claim: Claim) -> bool:
        """Say whether a date may fall on the weekday that is said with it."""
        return any(day.weekday() == claim.weekday for day in self._days(claim.dates))

    def _days(self, dates: Iterable[When]) -> list[date]:
        found = []
        for when in dates:
            year, month, day = when
            if month and day:
                try:
                    found.append(date(year or self.year, month, day))
                except ValueError:
                    continue
        return found

    def _spans(self, dates: Iterable[When], numbers: Sequence[float]) -> set[float]:
        """Return the days and weeks between dates, and the years since one."""
        days = sorted(set(self._days(dates)))[:MOST_DATES]
        found: set[float] = {float(self.year - day.year) for day in days} - {0.0}
        for at, first in enumerate(days):
            for last in days[at + 1 :]:
                between = (last - first).days
                if between < 400:
                    found |= {between, between + 1}
                if between % 7 == 0:
                    found.add(between // 7)
        return found | {self.year - number for number in numbers if 1950 < number <= self.year}

    def _amounts_before(self, claim: Claim) -> list[float]:
        """Return the amounts that an answer states before a claim, the nearest first."""
        before = self._reading.claims_between(claim.start - 2 * NEAR, claim.start)
        return [other.values[0] for other in reversed(before) if other.kind == "money" and other.values]

    def _beside(self, claim: Claim) -> list[float]:
        found = []
        for other in self._reading.claims_between(claim.start - NEAR + 1, claim.start + NEAR):
            if other is claim or other.kind not in NUMERIC or not other.values:
                continue
            found.append(other.values[0])
            if other.kind == "measure" and (shown := shown_number(self._text, other)) is not None:
                found.append(shown)
        return found[:MOST_SAID]

    def _made(self, value: float, said: Sequence[float]) -> float:
        if value > 2 and _of_two(value, said, {round(x, 2) for x in said}):
            return IN_THE_ANSWER
        if value in self._counted:
            return A_COUNT if value < 32 else IN_THE_RECORD
        both = [*self._numbers, *said]
        if _of_two(value, both, self._rounded | {round(x, 2) for x in said}, divided=value > 1):
            return IN_THE_RECORD
        if value in self._lines:
            return IN_THE_RECORD
        if value > 2 and (
            round(value * MONTHS, 2) in self._rounded or any(abs(value - x * MONTHS) < CLOSE for x in both)
        ):
            return BY_YEAR
        if any(_by_share(value, share, whole) for share in self._shares for whole in both if whole > 5):
            return BY_PERCENT
        if value > 12 and any(self._of_three(value, one) for one in (*self._amounts, *said)):
            return OF_THREE
        return NOWHERE

    def _of_three(self, value: float, one: float) -> bool:
        rest = round(value - one, 2)
        return rest in self._products or rest in self._of_amounts or round(one - value, 2) in self._products


def _of_two(value: float, parts: Sequence[float], known: set[float], *, divided: bool = False) -> bool:
    for part in parts:
        if part > value:
            if round(part - value, 2) in known:
                return True
            times = round(part / value, 2) if divided else 0.0
            if times in known and abs(times * value - part) < CLOSE:
                return True
        elif 0 < part < value:
            if value - part > 0.5 and round(value - part, 2) in known:
                return True
            times = round(value / part, 2) if part > 1 else 0.0
            if times > 1 and times in known and abs(times * part - value) < CLOSE:
                return True
    return False


def _by_share(value: float, share: float, whole: float) -> bool:
    part = share / 100
    if (
        min(abs(whole * part - value), abs(whole * (1 - part) - value), abs(whole * (1 + part) - value))
        < CLOSE
    ):
        return True
    return abs(whole / (1 + part) - value) < CLOSE_TO_A_CENT


def shown_number(text: Text, claim: Claim) -> float | None:
    """Return the number of a claim as it is written, whatever its unit; None where it is spelled."""
    match = _FIGURES.search(text.folded, claim.start, claim.end)
    if match is None:
        return None
    shown = re.sub(r"\s", "", match.group())
    if shown.count(",") == 1 and len(shown.split(",")[1]) == 3:
        shown = shown.replace(",", "")
    elif "," in shown:
        shown = shown.replace(".", "").replace(",", ".")
    try:
        return float(shown)
    except ValueError:
        return None


def _values(claim: Claim, unit: Unit) -> set[float]:
    values = {*claim.values, *claim.high}
    shown = shown_number(unit.field.text, claim) if unit.field.text is not None else None
    return values if shown is None else values | {shown}


def _is_money(claim: Claim, unit: Unit) -> bool:
    return claim.kind == "money" or (claim.kind in NUMERIC and bool(unit.field.ideas & MONEY))


def _entries(bearing: Bearing) -> set[float]:
    """Return how many entries the lists of a record have."""
    found: set[float] = set()
    several: dict[str, int] = {}
    for unit in bearing.units:
        if unit.field.is_list and isinstance(unit.field.value, list):
            found.add(float(len(unit.field.value)))
        if "[" in unit.field.path and (match := _ENTRY.match(unit.field.path)):
            several[match[1]] = max(several.get(match[1], 0), int(match[2]) + 1)
    return found | {float(count) for count in several.values()}
