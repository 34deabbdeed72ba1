"""
Times of day, weekdays and opening hours: what a letter says of them beside what the record says.

A proposed time ("Would Thursday at 10:00 suit you?") is no statement of fact and is left alone.
"""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator

from signoff.checks import dates
from signoff.checks.binding import Binder
from signoff.checks.candidates import strongest, worded
from signoff.checks.claims import Claim
from signoff.checks.emptiness import empty_fits, empty_why, says
from signoff.checks.fields import Field
from signoff.checks.reading import Doubt, Reading
from signoff.checks.wordings import Wording
from signoff.checks.words import NEGATION

_CLOSED = Wording(
    r"\b(?:closed|geschlossen|ruhetag|cerrado|cerrados|cerrada|cerramos|ferme|fermes|fermee|fermons|zu\b|shut)\b"
)
_OPEN = Wording(
    r"\b(?:open|opens|opening|hours|available|geoffnet|offnungszeiten|offen|fur sie da|erreichbar|abierto|abiertos|abierta|abrimos|horario|atendemos"
    r"|ouvert|ouverts|ouverte|ouvrons|horaires|disponibles?|reachable|there for you)\b"
)
_EVERY_DAY = Wording(
    r"\b(?:every day(?: of the week)?|seven days a week|7 days a week|24/7|around the clock|rund um die uhr|jeden tag|taglich|todos los dias|tous les jours"
    r"|7 jours sur 7|7j/7|los siete dias|an sieben tagen|24 horas al dia|24h/24)\b"
)
_WISH = re.compile(
    r"\b(?:have a|happy|enjoy|schone?n?|gute?n?|feliz|buen|bon|bonne|passez|wish you|wunsche|great|lovely|wonderful|thanks for|thank you for|danke fur|last|letzten)\b"
)


_TO_ITS_TIME = re.compile(r",?:?\s(?:(?:from|at|von|um|ab|de|a|des)\s)?(?:las\s)?")
_WINDOWS = frozenset(["checkin", "checkout", "hours", "open", "close", "start", "end"])
# When something was entered is seldom what a letter's time is about.
_STAMPED = frozenset(["created", "updated", "order", "payment"])


class Schedule:
    """What the record says of each weekday: the times given for it, or that it is closed."""

    def __init__(self, fields: list[Field]) -> None:
        self.times: dict[int, list[tuple[int, ...]]] = {}
        self.closed: set[int] = set()
        self.field: Field | None = None
        self.of_day: dict[int, Field] = {}
        self.about_hours = False
        for field in fields:
            self._read(field)

    def _read(self, field: Field) -> None:
        times = [c.times for c in field.claims if c.kind == "time"]
        if field.days:
            shut = field.state in ("no", "empty") or (
                field.text is not None and _CLOSED.search(field.text.folded) is not None
            )
            if not shut and not times:
                return
            for day in field.days:
                self.of_day.setdefault(day, field)
                if shut and not times:
                    self.closed.add(day)
                else:
                    self.times.setdefault(day, []).extend(times)
            self._hold(field)
            return
        if field.text is None or not any(c.kind == "weekday" for c in field.claims):
            return
        days: tuple[int, ...] = ()
        fresh = True
        shut_days = {
            day for c in field.claims if c.kind == "weekday"
            and re.search(r"(?:closed|geschlossen|cerrado|ferme)s?\s(?:on |am |los |el |le )?$", field.text.folded[max(0, c.start - 20) : c.start])
            for day in c.days
        }  # fmt: skip
        if shut_days and times:
            for day in range(7):
                self.of_day.setdefault(day, field)
                if day in shut_days:
                    self.closed.add(day)
                else:
                    self.times.setdefault(day, []).extend(times)
            self._hold(field)
            return
        claims = [c for c in field.claims if c.kind in ("weekday", "time")]
        for index, claim in enumerate(claims):
            if claim.kind == "weekday":
                between = field.text.folded[claims[index - 1].end : claim.start] if index else ""
                days = claim.days if fresh or "." in between or ";" in between else (*days, *claim.days)
                end = claims[index + 1].start if index + 1 < len(claims) else len(field.text.folded)
                if _CLOSED.search(field.text.folded[claim.end : end][:20]):
                    self.closed.update(days)
                    for day in days:
                        self.of_day.setdefault(day, field)
                    self._hold(field)
                fresh = False
            else:
                fresh = True
                for day in days:
                    self.times.setdefault(day, []).append(claim.times)
                    self.of_day.setdefault(day, field)
                if days:
                    self._hold(field)

    def _hold(self, field: Field) -> None:
        self.field = self.field or field
        if "hours" in field.ideas | field.context or len(self.of_day) >= 3:
            self.about_hours = True

    def knows(self, day: int) -> bool:
        return day in self.times or day in self.closed

    def shut(self, day: int) -> bool:
        """Return whether a day is closed: said so, or left out of opening hours that name other days."""
        return day in self.closed or (self.about_hours and day not in self.times)


class Hours:
    """Judges the times and weekdays of one answer."""

    def __init__(self, reading: Reading, binder: Binder) -> None:
        self.reading = reading
        self.binder = binder
        self.schedule = Schedule(reading.record.fields)
        self.timed = [f for f in reading.record.fields if any(c.kind == "time" for c in f.claims)]
        self.known = {t for f in self.timed for c in f.claims if c.kind == "time" for t in c.times}
        self._known_days: dict[int, Field] | None = None
        self._later: set[int] | None = None
        self.spans = {c.times for f in self.timed for c in f.claims if len(c.times) == 2}

    def doubts(self) -> Iterator[Doubt]:
        for claim in self.reading.claims:
            doubt = None
            if claim.kind == "time":
                doubt = self._time(claim)
            elif claim.kind == "weekday":
                doubt = self._weekday(claim)
            if doubt:
                yield doubt
        yield from self._every_day()

    def _days_near(self, claim: Claim) -> Claim | None:
        """Return the weekday said with a time: the nearest in its sentence."""
        sentence = self.reading.sentence(claim.start)
        best = None
        for other in self.reading.claims_between(sentence.start, sentence.end):
            if other.kind == "weekday":
                gap = claim.start - other.end if other.end <= claim.start else (other.start - claim.end) * 1.6
                between = self.reading.text.folded[min(other.end, claim.end) : max(other.start, claim.start)]
                if ";" in between or gap > 60:
                    continue
                if best is not None and other.start >= claim.end and self._has_own_time(other):
                    continue
                if best is None or gap < best[0]:
                    best = (gap, other)
        return best[1] if best else None

    def _is_of_a_date(self, claim: Claim, near: Claim) -> bool:
        """Return whether a field gives these times for a date that falls on this weekday: an appointment, not hours."""
        return any(
            self._in(claim, field)
            and any(dates.weekday_of(when) in near.days for c in field.claims for when in c.dates)
            for field in self.timed
        )

    def _has_own_time(self, day: Claim) -> bool:
        """Return whether a day's time stands right behind it: "..., and Saturdays from 10:00"."""
        return any(
            c.kind == "time" and _TO_ITS_TIME.fullmatch(self.reading.text.folded, day.end, c.start)
            for c in self.reading.claims_between(day.end, day.end + 16)
        )

    def _time(self, claim: Claim) -> Doubt | None:
        reading = self.reading
        near = self._days_near(claim)
        sentence = reading.sentence(claim.start)
        said = reading.text.folded[sentence.start : sentence.end]
        if near is not None and self._is_of_a_date(claim, near):
            return None
        if near is not None and self.schedule.of_day and (_OPEN.search(said) or len(claim.times) == 2):
            return self._time_on(claim, near)
        if (
            near is not None
            and not reading.asks(claim.start)
            and all(self.schedule.knows(d) for d in near.days)
            and len(claim.times) == 2
        ):
            return self._time_on(claim, near)
        if len(claim.times) == 2 and self._spans_fields(claim):
            return None
        if self._reckoned(claim):
            return None
        top = strongest(worded(self.reading, claim, [*self.timed, *self.binder.empty]))
        top = [c for c in top if c.field.state != "empty" or empty_fits(claim, c.field)]
        fits = self._fits(claim)
        if top and top[0].strong and top[0].score >= 3:
            if any(self._in(claim, c.field) for c in top):
                return None
            field = top[0].field
            if field.state == "empty":
                return (
                    None
                    if fits or reading.asks(claim.start)
                    else Doubt(claim.start, claim.end, "empty in the record", field, empty_why(field), 3)
                )
            if (reading.asks(claim.start) and not fits) or self._is_wished(claim, field):
                return None
            if fits and (field.ideas & _STAMPED or self._is_inside(claim, field)):
                return None
            return Doubt(claim.start, claim.end, "contradicts", field, says(field), 4)
        if fits or reading.asks(claim.start):
            return None
        plain = [f for f in self.timed if not f.prose]
        if plain and (len(plain) == 1 or _OPEN.search(said)):
            field = self.schedule.field if self.schedule.field and _OPEN.search(said) else plain[0]
            return Doubt(claim.start, claim.end, "contradicts", field, says(field), 3)
        for field in plain:
            if any(abs(claim.times[0] - t) <= 180 for c in field.claims for t in c.times):
                return Doubt(claim.start, claim.end, "contradicts", field, says(field), 2)
        return Doubt(claim.start, claim.end, "not in the record", None, "The record gives no such time.", 2)

    def _is_inside(self, claim: Claim, field: Field) -> bool:
        return len(claim.times) == 1 and any(
            len(c.times) == 2 and c.times[0] <= claim.times[0] <= c.times[1] for c in field.claims
        )

    def _is_wished(self, claim: Claim, field: Field) -> bool:
        """Return whether the customer wrote that time, and the field only tells from when or until when one may come."""
        return (
            len(claim.times) == 1
            and bool(field.ideas & _WINDOWS)
            and any(f.is_customers and self._in_one(claim.times[0], f) for f in self.timed)
        )

    def _spans_fields(self, claim: Claim) -> bool:
        """Return whether "9:30 to 13:00" joins the start and the end that two fields of one object give."""
        ends = [{f.group for f in self.timed if self._in_one(t, f)} for t in claim.times]
        return bool(ends[0] & ends[1])

    def _in_one(self, minute: int, field: Field) -> bool:
        return any(minute in c.times for c in field.claims if c.kind == "time")

    def _reckoned(self, claim: Claim) -> bool:
        """Return whether a time is one of the record's plus or minus a span of the record's: the end of a class."""
        if self._later is not None:
            return any(t in self._later for t in claim.times) and set(claim.times) <= self._later | self.known
        spans = {
            round(c.values[0] / 60)
            for f in self.reading.record.fields
            for c in f.claims
            if c.kind == "measure" and c.unit == "duration" and c.values[0] < 86400
        }
        later = {t + s for t in self.known for s in spans} | {t - s for t in self.known for s in spans}
        self._later = later
        return any(t in later for t in claim.times) and set(claim.times) <= later | self.known

    def _time_on(self, claim: Claim, near: Claim) -> Doubt | None:
        schedule = self.schedule
        start, end = min(claim.start, near.start), max(claim.end, near.end)
        for day in near.days:
            field = schedule.of_day.get(day) or schedule.field
            if field is None:
                continue
            if schedule.shut(day) or not schedule.knows(day):
                if self.reading.denied(claim.start, claim.end) or not schedule.about_hours:
                    continue
                why = (
                    f"The record does not say open on {dates.DAY_NAMES[day]}."
                    if day not in schedule.closed
                    else f"The record says closed on {dates.DAY_NAMES[day]}."
                )
                return Doubt(start, end, "contradicts", field, why, 4)
            given = schedule.times[day]
            ends = {t for times in given for t in times}
            inside = len(claim.times) == 1 and any(
                len(t) == 2 and t[0] <= claim.times[0] <= t[1] for t in given
            )
            if inside and (self.reading.asks(claim.start) or self._fits(claim)):
                continue
            whole = len(claim.times) == 2 and claim.times == (min(ends), max(ends))
            if claim.times in given or whole or (set(claim.times) <= ends and len(claim.times) == 1):
                continue
            if set(claim.times) <= ends and len(given) == 1:
                continue
            if inside and not _OPEN.search(self.reading.text, *self.reading.clause(claim.start)):
                continue
            return Doubt(start, end, "contradicts", field, says(field), 4)
        return None

    def _in(self, claim: Claim, field: Field) -> bool:
        times = {t for c in field.claims if c.kind == "time" for t in c.times}
        return set(claim.times) <= times

    def _fits(self, claim: Claim) -> bool:
        return claim.times in self.spans or set(claim.times) <= self.known

    def _weekday(self, claim: Claim) -> Doubt | None:
        reading, schedule = self.reading, self.schedule
        folded = reading.text.folded
        low, high = reading.clause(claim.start)
        if _WISH.search(folded, max(low, claim.start - 22), claim.start):
            return None
        if schedule.about_hours and not reading.sentence(claim.start).asks:
            shut_said = self._says_shut(claim, low, high)
            open_said = not shut_said and _OPEN.search(reading.text, low, high) is not None
            if shut_said or open_said:
                for day in claim.days:
                    if schedule.shut(day) != shut_said:
                        field = schedule.of_day.get(day) or schedule.field
                        if field is not None:
                            word = "open" if shut_said else "closed"
                            why = f"The record says {word} on {dates.DAY_NAMES[day]}."
                            return Doubt(claim.start, claim.end, "contradicts", field, why, 3)
                return None
        if reading.asks(claim.start):
            return None
        said = self._weekdays_known()
        if set(claim.days) <= said.keys() or (claim.days == (5, 6) and said.keys() & {5, 6}):
            return None
        top = strongest(worded(self.reading, claim, [*said.values()]))
        if top and top[0].strong:
            return Doubt(claim.start, claim.end, "contradicts", top[0].field, says(top[0].field), 3)
        if len({id(f) for f in said.values()}) == 1 and not next(iter(said.values())).prose:
            field = next(iter(said.values()))
            return Doubt(claim.start, claim.end, "contradicts", field, says(field), 2)
        return Doubt(claim.start, claim.end, "not in the record", None, "The record names no such day.", 1)

    def _says_shut(self, claim: Claim, low: int, high: int) -> bool:
        """Return whether a weekday is said to be closed: the nearest of "open" and "closed" in the clause counts."""
        best: tuple[int, bool] | None = None
        for wording, shut in ((_CLOSED, True), (_OPEN, False)):
            for match in wording.finditer(self.reading.text, low, high):
                if match.group() == "zu":
                    continue
                gap = max(match.start() - claim.end, claim.start - match.end())
                denied = (
                    NEGATION.search(self.reading.text, max(low, match.start() - 18), match.start())
                    is not None
                )
                if best is None or gap < best[0]:
                    best = (gap, shut != denied)
        return best is not None and best[1]

    def _weekdays_known(self) -> dict[int, Field]:
        if self._known_days is not None:
            return self._known_days
        known: dict[int, Field] = {}
        self._known_days = known
        for field in self.reading.record.fields:
            for day in field.days:
                known.setdefault(day, field)
            for claim in field.claims:
                for day in claim.days:
                    known.setdefault(day, field)
                if claim.weekday is not None:
                    known.setdefault(claim.weekday, field)
                for when in claim.dates:
                    weekday = dates.weekday_of(when)
                    if weekday is not None:
                        known.setdefault(weekday, field)
        return known

    def _every_day(self) -> Iterator[Doubt]:
        if not self.schedule.about_hours:
            return
        missing = [day for day in range(7) if self.schedule.shut(day)]
        for match in _EVERY_DAY.finditer(self.reading.text):
            sentence = self.reading.sentence(match.start())
            if missing and _OPEN.search(self.reading.text, sentence.start, sentence.end):
                field = self.schedule.of_day.get(missing[0]) or self.schedule.field
                if field is not None:
                    why = f"The record says closed on {dates.DAY_NAMES[missing[0]]}."
                    yield Doubt(match.start(), match.end(), "contradicts", field, why, 3)
