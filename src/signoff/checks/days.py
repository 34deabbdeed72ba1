"""
Dates: what a letter says of them beside what the record says.

A date is the record's when nothing that both say differs, or when it is one of the record's and a span of the record's
later.
"""

# ruff: noqa: E501, SIM905 - a table is easier to read in one piece

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property

from signoff.checks import dates
from signoff.checks.binding import Binder
from signoff.checks.candidates import strongest, worded
from signoff.checks.claims import Claim
from signoff.checks.emptiness import empty_fits, empty_why, says
from signoff.checks.fields import Field
from signoff.checks.following import days_between
from signoff.checks.idle import EXAMPLE
from signoff.checks.reading import Doubt, Reading
from signoff.checks.record import Record
from signoff.checks.wordings import Wording
from signoff.checks.worked import weeks_of


class Days:
    """Judges the dates of one answer against one record."""

    def __init__(self, reading: Reading, binder: Binder) -> None:
        self.reading = reading
        self.record: Record = reading.record
        self.binder = binder
        self._later: set[dates.When] | None = None
        self._earlier: set[dates.When] = set()
        self._far: set[dates.When] = set()  # so far off that a date without its year says nothing

    def doubts(self) -> Iterator[Doubt]:
        """Yield a doubt for every date that is not the record's."""
        known = [(f, c) for f in self.record.fields for c in f.claims if c.kind == "date"]
        dated = _unique([f for f, _ in known])
        for claim in self.reading.claims:
            if claim.kind != "date":
                continue
            if claim.dates[0].month is None and claim.dates[0].year is None:
                doubt = self._day_alone(claim, known)
                if doubt:
                    yield doubt
                continue
            wrong_day = self._wrong_weekday(claim, known)
            if wrong_day:
                yield wrong_day
                continue
            if self.reckoned(claim) or self._is_supposed(claim):
                continue
            exact = {
                id(f) for f, c in known if any(dates.same_date(a, b) for a in claim.dates for b in c.dates)
            }
            if self._is_year_of(claim):
                continue
            top = strongest(worded(self.reading, claim, [*dated, *self.binder.empty]))
            bound = [c for c in top if c.field.state != "empty" or empty_fits(claim, c.field)]
            if bound and bound[0].strong:
                if any(id(c.field) in exact for c in bound) or (exact and self._said_near(claim, exact)):
                    continue
                field = bound[0].field
                if self.reading.asks_here(claim.start) and not exact:
                    continue
                if field.state == "empty":
                    if not exact:
                        yield Doubt(claim.start, claim.end, "empty in the record", field, empty_why(field), 3)
                    continue
                if exact and bound[0].score < 3.2:
                    continue
                if not exact and field.ideas & _BEGUN and self._within(claim):
                    continue
                yield Doubt(claim.start, claim.end, "contradicts", field, says(field), 4)
                continue
            if exact or self.reading.asks(claim.start) or self._is_today(claim) or self._within(claim):
                continue
            if claim.weekday is not None and self._is_ruled_out(claim):
                continue
            if bound and bound[0].field.state == "empty":
                yield Doubt(
                    claim.start,
                    claim.end,
                    "empty in the record",
                    bound[0].field,
                    empty_why(bound[0].field),
                    3,
                )
                continue
            plain = [f for f in dated if not f.prose and not f.from_facts]
            if bound or (len(plain) == 1 and len(dated) == 1):
                field = bound[0].field if bound else plain[0]
                yield Doubt(claim.start, claim.end, "contradicts", field, says(field), 3)
            else:
                close = _nearest_date(claim, known)
                if close is not None:
                    yield Doubt(claim.start, claim.end, "contradicts", close, says(close), 2)
                else:
                    why = "The record gives no such date."
                    yield Doubt(claim.start, claim.end, "not in the record", None, why, 2)

    def reckoned(self, claim: Claim) -> bool:
        """Return whether a date is one of the record's and a span of the record's away: 14 days before arrival."""
        if self._later is None:
            self._later = set()
            plain = [f for f in self.record.fields if not f.prose or f.from_facts]
            spans = {
                round(v / 86400)
                for f in plain if not f.ideas & {"deposit", "age"} for c in f.claims if c.kind == "measure" and c.unit == "duration" for v in (*c.values, *c.high) if 86400 <= v <= 4400 * 86400
            }  # fmt: skip
            spans |= {
                round(c.values[0])
                for f in plain
                for c in f.claims
                if c.kind == "number" and f.ideas & {"night", "duration"} and c.values[0] >= 1
            }
            spans |= {
                round(c.values[0]) * 365
                for f in plain for c in f.claims if c.kind == "number" and f.words & _YEARS and 1 <= c.values[0] <= 12
            }  # fmt: skip
            working = {
                round(v / 86400)
                for f in plain if f.text is not None and any(c.unit == "duration" for c in f.claims) and _WORKING.search(f.text.folded)
                for c in f.claims if c.unit == "duration" for v in (*c.values, *c.high) if 86400 <= v <= 30 * 86400
            }  # fmt: skip
            spans |= {
                int(m[1]) // 24
                for f in plain if f.text is not None and any(n in f.text.folded for n in ("24", "48", "72", "96"))
                for m in _HOURS_AWAY.finditer(f.text.folded)
            }  # fmt: skip
            days = [w for f in plain for c in f.claims if c.kind == "date" for w in c.dates if None not in w]
            self._later.update(_ends_of_weeks(self.reading, days))
            for when in days[:12]:
                for span in sorted(working)[:8]:
                    self._later.update(w for n in (span, span - 1) if (w := _working(when, n)) is not None)
                    before = _working_before(when, span)
                    if before is not None:
                        self._earlier.add(before)
                for span in sorted(spans)[:16]:
                    for offset in (span, span - 1) if span <= 62 else (span,):
                        later = _moved(when, offset)
                        if later:
                            (self._later if span <= 300 else self._far).add(later)
                    earlier = _moved(when, -span)
                    if earlier:
                        self._earlier.add(earlier)
                    if span % 30 == 0 and span >= 60:
                        (self._later if span <= 300 else self._far).update(_months_on(when, span // 30))
                        self._earlier.update(_months_on(when, -span // 30))
                    if span % 365 == 0:
                        self._far.update(_months_on(when, span // 365 * 12))
        known = self._later
        if claim.dates[0].year is not None:
            known = known | self._far
        sentence = self.reading.sentence(claim.start)
        if self._facts_tell_of_eves or _EVE.search(self.reading.text, sentence.start, sentence.end):
            full = [w for f in self.record.fields for c in f.claims for w in c.dates if None not in w][:12]
            known = known | {later for when in full for off in (-1, 1) if (later := _moved(when, off))}
        if _AHEAD.search(self.reading.text.folded, sentence.start, claim.start):
            known = known | self._earlier
        return any(dates.same_date(mine, later) for mine in claim.dates for later in known)

    @cached_property
    def _facts_tell_of_eves(self) -> bool:
        return any(
            _EVE.search(f.text.folded) is not None
            for f in self.record.fields
            if f.from_facts and f.text is not None
        )

    def _is_supposed(self, claim: Claim) -> bool:
        """Return whether a date is only an example: "if it began on 20 February, for example"."""
        sentence = self.reading.sentence(claim.start)
        return EXAMPLE.search(self.reading.text, sentence.start, sentence.end) is not None

    def _day_alone(self, claim: Claim, known: list[tuple[Field, Claim]]) -> Doubt | None:
        """Return a doubt if no month near the record's dates has that day on that weekday: "Monday the 23rd"."""
        day = claim.dates[0].day
        full = [w for _, c in known for w in c.dates if None not in w][:12]
        if day is None or not full or self.reading.asks(claim.start):
            return None
        for year, month, _ in full:
            for away in (-1, 0, 1, 2):
                at = (year or 0) * 12 + (month or 1) - 1 + away
                if dates.weekday_of(dates.When(at // 12, at % 12 + 1, day)) == claim.weekday:
                    return None
        why = "No month near the record's dates has that day on that weekday."
        return Doubt(claim.start, claim.end, "contradicts", None, why, 2)

    def _is_year_of(self, claim: Claim) -> bool:
        when = claim.dates[0]
        return bool(when.month is None and when.day is None)

    def _within(self, claim: Claim) -> bool:
        """Return whether a date lies in a time that a fact allows after one of the record's dates: "within 5 working days"."""
        sentence = self.reading.sentence(claim.start)
        if any(
            f.ideas & _SETTLED and not f.from_facts and any(c.kind == "date" for c in f.claims)
            for f in self.record.fields
        ):
            return False
        if not _EXPECTED.search(self.reading.text.folded, sentence.start, sentence.end):
            return False
        for fact in self.record.fields:
            if not fact.from_facts or fact.text is None:
                continue
            for span in fact.claims:
                if span.unit != "duration" or not 86400 <= span.values[0] <= 40 * 86400:
                    continue
                days = max((*span.values, *span.high)) / 86400
                if _WORKING.search(fact.text.folded):
                    days = days * 7 / 5 + 2
                for field in self.record.fields:
                    if field.from_facts or field.prose:
                        continue
                    for other in field.claims:
                        for mine in claim.dates:
                            for theirs in other.dates:
                                mine_full = dates.When(mine.year or theirs.year, mine.month, mine.day)
                                if 0 < _days_after(theirs, mine_full) <= days:
                                    return True
        return False

    def _is_ruled_out(self, claim: Claim) -> bool:
        """Return whether nothing is said to happen that day: "we cannot be reached on Saturday 18 April"."""
        return self.reading.denied(claim.start, claim.end)

    def _is_today(self, claim: Claim) -> bool:
        today = self.reading.today
        if today is None:
            return False
        return any(
            dates.same_date(when, dates.When(today.year, today.month, today.day)) for when in claim.dates
        )

    def _said_near(self, claim: Claim, exact: set[int]) -> bool:
        return any(f.prose for f in self.record.fields if id(f) in exact)

    def _wrong_weekday(self, claim: Claim, known: list[tuple[Field, Claim]]) -> Doubt | None:
        """Return a doubt if "Tuesday 3 June 2025" is not a Tuesday, or the record says another weekday."""
        if claim.weekday is None:
            return None
        days = {dates.weekday_of(when) for when in claim.dates}
        for _, other in known:
            for when in other.dates:
                if any(dates.same_date(mine, when) for mine in claim.dates):
                    days.add(dates.weekday_of(when))
        days.discard(None)
        if not days or claim.weekday in days:
            return None
        day = dates.DAY_NAMES[next(d for d in days if d is not None)]
        return Doubt(claim.start, claim.end, "contradicts", None, f"That date is a {day}.", 3)


_EVE = Wording(
    r"\b(?:(?:the )?(?:day|night|evening) (?:before|after)|the eve|(?:am )?vortag|(?:am |einen )?tag (?:davor|zuvor|danach|vorher)|abend (?:davor|zuvor)|(?:el|del|al) dia (?:anterior|antes|siguiente|despues)|la vispera|la veille|le lendemain|le jour (?:d'avant|suivant))\b"
)
_BEGUN = frozenset(["created", "order", "updated", "payment", "invoice"])
_SETTLED = frozenset(["delivery", "dispatch", "appointment", "viewing", "checkin"])
_AHEAD = re.compile(
    r"\b(?:by|until|up to|before|latest|no later than|cancel\w*|bis|spatestens|vor|storn\w+|hasta|antes|a mas tardar|cancel\w+|jusqu\w*|avant|au plus tard|annul\w+)\b"
)
_EXPECTED = re.compile(
    r"\b(?:should|expect\w*|will|would|likely|probably|between|by|at the latest|soll\w*|voraussichtlich|wird|werden|kommt|kommen|zwischen|spatestens|deberia\w*|llegara\w*|saldra\w*|previs\w+|entre|a mas tardar|devrait|devraient|partira\w*|arrivera\w*|sera|seront|au plus tard)\b"
)
_WORKING = re.compile(
    r"\b(?:working|business|werktag\w*|arbeitstag\w*|laborables|habiles|ouvres|ouvrables)\b"
)


def _days_after(earlier: dates.When, later: dates.When) -> int:
    """Return how many days the later of two full dates comes after the earlier; 0 if it does not."""
    return days_between(earlier, later) if None not in later and tuple(later) > tuple(earlier) else 0


_HOURS_AWAY = re.compile(r"(?<![\d.,:])(24|48|72|96)\s(?:h|hours?|hrs|stunden|std|horas|heures?)\b")
_YEARS = frozenset("years jahre anos ans annees".split())


def _working(when: dates.When, days: int) -> dates.When | None:
    """Return the day so many working days after a full date."""
    later: dates.When | None = when
    while days > 0 and later is not None:
        later = _moved(later, 1)
        if later is not None and (dates.weekday_of(later) or 0) < 5:
            days -= 1
    return later


def _working_before(when: dates.When, days: int) -> dates.When | None:
    """Return the day so many working days before a full date."""
    earlier: dates.When | None = when
    while days > 0 and earlier is not None:
        earlier = _moved(earlier, -1)
        if earlier is not None and (dates.weekday_of(earlier) or 0) < 5:
            days -= 1
    return earlier


def _ends_of_weeks(reading: Reading, days: list[dates.When]) -> Iterator[dates.When]:
    """Yield Monday, Friday and Sunday of the calendar weeks the record names, in the years of its dates: "S24"."""
    years = {w.year for w in days if w.year is not None}
    for week in weeks_of(reading):
        for year in sorted(years)[:3]:
            for weekday in (1, 5, 7):
                try:
                    day = date.fromisocalendar(year, week, weekday)
                except ValueError:
                    continue
                yield dates.When(day.year, day.month, day.day)


def _months_on(when: dates.When, months: int) -> set[dates.When]:
    """Return the same day some months later and the day before it, as terms and warranties are told."""
    year, month, day = when
    if year is None or month is None or day is None:
        return set()
    at = year * 12 + month - 1 + months
    found = {dates.When(at // 12, at % 12 + 1, day)}
    before = _moved(dates.When(at // 12, at % 12 + 1, day), -1)
    return found | ({before} if before else set())


def _unique(fields: list[Field]) -> list[Field]:
    return list({id(f): f for f in fields}.values())


def _nearest_date(claim: Claim, known: list[tuple[Field, Claim]]) -> Field | None:
    """Return the field with the date nearest to a wrong one, if it is within two months."""
    best: tuple[int, Field] | None = None
    for field, other in known:
        for theirs in other.dates:
            for mine in claim.dates:
                gap = days_between(dates.When(mine.year or theirs.year, mine.month, mine.day), theirs)
                if 0 < gap <= 62 and (best is None or gap < best[0]):
                    best = (gap, field)
    return best[1] if best else None


def _moved(when: dates.When, days: int) -> dates.When | None:
    """Return a full date some days later, or None if there is no such day."""
    try:
        day = date(*when) + timedelta(days=days)  # type: ignore[arg-type]  # full dates only come here
    except (ValueError, OverflowError):
        return None
    return dates.When(day.year, day.month, day.day)
