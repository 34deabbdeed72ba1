"""
Dates: what a letter says of them beside what the record says.

A date is the record's when nothing that both say differs, or when it is one of the record's and a span of the record's
later.
"""

# ruff: noqa: E501 - a table is easier to read in one piece

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from signoff.checks import dates
from signoff.checks.binding import Binder
from signoff.checks.candidates import strongest, worded
from signoff.checks.claims import Claim
from signoff.checks.emptiness import empty_fits, empty_why, says
from signoff.checks.fields import Field
from signoff.checks.following import days_between
from signoff.checks.reading import Doubt, Reading
from signoff.checks.record import Record


class Days:
    """Judges the dates of one answer against one record."""

    def __init__(self, reading: Reading, binder: Binder) -> None:
        self.reading = reading
        self.record: Record = reading.record
        self.binder = binder
        self._later: set[dates.When] | None = None

    def doubts(self) -> Iterator[Doubt]:
        """Yield a doubt for every date that is not the record's."""
        known = [(f, c) for f in self.record.fields for c in f.claims if c.kind == "date"]
        dated = _unique([f for f, _ in known])
        for claim in self.reading.claims:
            if claim.kind != "date":
                continue
            wrong_day = self._wrong_weekday(claim, known)
            if wrong_day:
                yield wrong_day
                continue
            if self._reckoned(claim):
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
                if self.reading.asks(claim.start) and not exact:
                    continue
                if field.state == "empty":
                    if not exact:
                        yield Doubt(claim.start, claim.end, "empty in the record", field, empty_why(field), 3)
                    continue
                if exact and bound[0].score < 3.2:
                    continue
                yield Doubt(claim.start, claim.end, "contradicts", field, says(field), 4)
                continue
            if exact or self.reading.asks(claim.start) or self._is_today(claim):
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

    def _reckoned(self, claim: Claim) -> bool:
        """Return whether a date is one of the record's plus a span of the record's: 14 days after the invoice."""
        if self._later is None:
            self._later = set()
            plain = [f for f in self.record.fields if not f.prose or f.from_facts]
            spans = {
                round(c.values[0] / 86400)
                for f in plain for c in f.claims if c.kind == "measure" and c.unit == "duration" and 86400 <= c.values[0] <= 62 * 86400
            }  # fmt: skip
            spans |= {
                round(c.values[0])
                for f in plain
                for c in f.claims
                if c.kind == "number" and f.ideas & {"night", "duration"}
            }
            days = [w for f in plain for c in f.claims if c.kind == "date" for w in c.dates if None not in w]
            for when in days[:12]:
                for span in sorted(spans)[:8]:
                    for offset in (span, span - 1):
                        later = _moved(when, offset)
                        if later:
                            self._later.add(later)
        return any(dates.same_date(mine, later) for mine in claim.dates for later in self._later)

    def _is_year_of(self, claim: Claim) -> bool:
        when = claim.dates[0]
        return bool(when.month is None and when.day is None)

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
