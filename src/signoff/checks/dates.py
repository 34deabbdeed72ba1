"""
Dates and weekdays in four languages, as written in records and in letters.

A written date may leave out its year or its weekday; a date such as 03/06/2025 has two readings. What is not said
is None, and two dates agree when nothing that both say differs.
"""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from signoff.checks.wordings import found_at
from signoff.checks.words import letters_of

_MONTH_WORDS = [
    "january januar enero janvier jan ene janv jänner jänner",
    "february februar febrero fevrier feb fevr fev",
    "march marz marzo mars mar mär maerz mrz",
    "april abril avril apr abr avr",
    "may mai mayo",
    "june juni junio juin jun",
    "july juli julio juillet jul juil",
    "august agosto aout aug ago",
    "september septiembre septembre sep sept setiembre",
    "october oktober octubre octobre oct okt",
    "november noviembre novembre nov",
    "december dezember diciembre decembre dec dez dic",
]
MONTHS = {word: number for number, words in enumerate(_MONTH_WORDS, 1) for word in words.split()}
# Only a short form has a full stop of its own: in "from 1 March. 24 people" the stop ends the sentence.
_A_MONTH = re.compile(rf"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})(?![a-z])")
_WHOLE = {word for word in MONTHS if len(word) > 4} | {
    "may", "mai", "mayo", "june", "juni", "july", "juli", "juin", "aout", "marz", "mars",
}  # fmt: skip


def _one_of(words: set[str]) -> str:
    return "|".join(sorted((re.escape(word) for word in words), key=len, reverse=True))


_MONTH = rf"(?:(?:{_one_of(_WHOLE)})(?![a-z])|(?:{_one_of(set(MONTHS) - _WHOLE)})(?![a-z])\.?)"

_WEEKDAY_WORDS = [
    "monday mondays montag montags lunes lundi lundis mon",
    "tuesday tuesdays dienstag dienstags martes mardi mardis tue tues",
    "wednesday wednesdays mittwoch mittwochs miercoles mercredi mercredis wed",
    "thursday thursdays donnerstag donnerstags jueves jeudi jeudis thu thur thurs",
    "friday fridays freitag freitags viernes vendredi vendredis fri",
    "saturday saturdays samstag samstags sabado sabados samedi samedis sat sonnabend",
    "sunday sundays sonntag sonntags domingo domingos dimanche dimanches sun",
]
WEEKDAYS = {word: number for number, words in enumerate(_WEEKDAY_WORDS) for word in words.split()}
# Too short to be sure of in a letter; fine in a record's opening hours ("Mo-Fr 9-17").
SHORT_WEEKDAYS = {
    "mo": 0, "di": 1, "mi": 2, "do": 3, "fr": 4, "sa": 5, "so": 6, "tu": 1, "we": 2, "th": 3, "su": 6,
    "lun": 0, "mar": 1, "mie": 2, "jue": 3, "vie": 4, "sab": 5, "dom": 6, "mer": 2, "jeu": 3, "ven": 4, "sam": 5, "dim": 6,
}  # fmt: skip
_WEEKDAYS, _LONG_AND_SHORT = frozenset(WEEKDAYS), frozenset([*SHORT_WEEKDAYS, *WEEKDAYS])
_LONG_DAY = "(?:" + "|".join(sorted(WEEKDAYS, key=len, reverse=True)) + r")(?![a-z])\.?"
_ANY_DAY = "(?:" + "|".join(sorted({**WEEKDAYS, **SHORT_WEEKDAYS}, key=len, reverse=True)) + r")(?![a-z])\.?"
DAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class When(NamedTuple):
    """A date as far as it is said."""

    year: int | None
    month: int | None
    day: int | None


class DateFound(NamedTuple):
    """A date with its place, its readings and the weekday said with it."""

    start: int
    end: int
    readings: tuple[When, ...]
    weekday: int | None


class DayFound(NamedTuple):
    """One weekday or a span of them ("Mon-Fri"), with its place."""

    start: int
    end: int
    days: tuple[int, ...]


_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:(?:19|20)\d\d)"
_LEAD = rf"(?:(?P<wd>{_LONG_DAY}),?\s{{1,2}}(?:(?:the|den|dem|der|el|le|dia|am)\s)?)?"
_ISO = re.compile(rf"{_LEAD}(?<!\d)(?P<y>{_YEAR})[-/.](?P<m>0?[1-9]|1[0-2])[-/.](?P<d>{_DAY})(?!\d)")
_NUMERIC = re.compile(
    rf"{_LEAD}(?<![\d./-])(?P<a>{_DAY})(?P<sep>[./-])\s?(?P<b>{_DAY})(?:(?P=sep)\s?(?P<y>{_YEAR}|\d\d)(?![\d]))?(?![\d/])"
)
_DAY_MONTH = re.compile(
    rf"{_LEAD}(?<![\d.,:])(?P<d>{_DAY})(?:st|nd|rd|th|er|\.|º|ª)?"
    rf"(?:\s?(?:,\s?)?(?:-|bis(?: zum)?|to|until|and|und|y|et|al?|au)\s?(?:(?:el|le|the|dem|den)\s)?(?:(?P<wd2>{_LONG_DAY}),?\s(?:(?:the|den|dem|der|el|le)\s)?)?(?P<d2>{_DAY})(?:st|nd|rd|th|er|\.)?)?"
    rf"\s?(?:of\s|de\s|-)?(?P<mon>{_MONTH})(?:,?\s(?:de\s|del\s)?(?P<y>{_YEAR})(?!\d))?"
)
_MONTH_DAY = re.compile(
    rf"{_LEAD}(?<![a-z])(?P<mon>{_MONTH})\s(?P<d>{_DAY})(?!\d|[.,:]\d|\s?(?:am|pm|uhr|h)\b)(?:st|nd|rd|th)?"
    rf"(?:\s?(?:-|to|until|and)\s?(?P<d2>{_DAY})(?!\d)(?:st|nd|rd|th)?)?(?:,?\s(?P<y>{_YEAR})(?!\d))?"
)
_DAY_ALONE = re.compile(
    rf"(?<![a-z])(?P<wd>{_LONG_DAY}),?\s(?:(?:the|den|dem|der|dia|el|le)\s)?(?P<d>{_DAY})(?:st|nd|rd|th|er)?"
    r"(?=$|[.,;!?)]?(?:\s|$))(?!\.?\s?(?:[-/]|to\b|bis\b|a\b|am\b|pm\b|uhr\b|h\b|hrs\b|o'clock|heures?\b|horas?\b|\d|€|eur|[%£$]))"
)
_MONTH_YEAR = re.compile(rf"(?<![a-z])(?P<mon>{_MONTH})\s(?:de\s|del\s)?(?P<y>{_YEAR})(?!\d)")
_MONTH_ONLY = re.compile(
    rf"(?<![a-z])(?:in|im|en|since|seit|desde|depuis|until|bis|hasta|jusqu'en|by|of|early|mid|late|anfang|mitte|ende|fin(?:ales)? de|principios de|end of|start of|beginning of)\s(?P<mon>{_MONTH})(?!\s?\d)"
)
_LONG_ENOUGH = {word for word in MONTHS if len(word) >= 4}


def _year(digits: str | None) -> int | None:
    if not digits:
        return None
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _weekday(match: re.Match[str]) -> int | None:
    word = match.groupdict().get("wd")
    return WEEKDAYS[word.rstrip(".")] if word else None


def find_dates(folded: str, letters: frozenset[str], figures: list[int]) -> list[DateFound]:
    """
    Return the dates of a folded text, in order; a span "3-7 June" gives two.

    `letters` are its runs of letters, `figures` the places where its runs of digits begin.
    """
    found: list[DateFound] = []
    places = _places_of_dates(folded, letters, figures)
    for match in found_at(_ISO, folded, places.figures):
        when = When(int(match["y"]), int(match["m"]), int(match["d"]))
        found.append(DateFound(match.start(), match.end(), (when,), _weekday(match)))
    for match in found_at(_NUMERIC, folded, places.figures):
        found.extend(_numeric(match, folded))
    if places.months:
        for match in found_at(_DAY_MONTH, folded, places.before_months):
            found.extend(_named(match))
        for match in found_at(_MONTH_DAY, folded, places.months_and_days):
            found.extend(_named(match))
        for match in found_at(_MONTH_YEAR, folded, places.months):
            when = When(int(match["y"]), MONTHS[match["mon"].rstrip(".")], None)
            found.append(DateFound(match.start(), match.end(), (when,), None))
        for match in _each(_MONTH_ONLY, folded, _around(places.months)):
            word = match["mon"].rstrip(".")
            if word in _LONG_ENOUGH or word in ("may", "mai"):
                when = When(None, MONTHS[word], None)
                found.append(DateFound(match.start("mon"), match.end("mon"), (when,), None))
    for match in found_at(_DAY_ALONE, folded, _places_of(letters & _WEEKDAYS, folded)):
        word = match["wd"].rstrip(".")
        if word not in _REPEATED:
            when = When(None, None, int(match["d"]))
            found.append(DateFound(match.start(), match.end(), (when,), WEEKDAYS[word]))
    return _apart(found)


class _Places(NamedTuple):
    """Where dates can begin in a text, in order: the patterns of dates are slow, and are only tried there."""

    figures: list[int]  # figures, and weekdays before them: where something such as "3.6" is near
    before_months: list[int]  # the same: where a month follows
    months: list[int]
    months_and_days: list[int]


def _places_of_dates(folded: str, letters: frozenset[str], figures: list[int]) -> _Places:
    in_figures = _IN_FIGURES.stretches(folded)
    has_months = not letters.isdisjoint(MONTHS)
    if not in_figures and not has_months:
        return _Places([], [], [], [])
    days = _places_of(_BEGINNINGS_OF_DAYS, folded)
    figures_and_days = sorted([*figures, *days])
    within = _within(figures_and_days, in_figures)
    if not has_months:
        return _Places(within, [], [], [])
    months = [at for at in _places_of(_BEGINNINGS_OF_MONTHS, folded) if _A_MONTH.match(folded, at)]
    before = _together((max(0, at - 80), at) for at in months)
    return _Places(within, _within(figures_and_days, before), months, sorted([*months, *days]))


def _around(months: list[int]) -> list[tuple[int, int]]:
    """Return the stretches that hold "principios de september" and what may not follow it."""
    return _together((max(0, at - 16), at + 16) for at in months)


class _Near(NamedTuple):
    """What stands in all that some patterns find, and how many characters they see before and after it."""

    telling: re.Pattern[str]
    before: int
    after: int

    def stretches(self, folded: str) -> list[tuple[int, int]]:
        """Return where the patterns can find anything; all that one match needs is in one stretch."""
        return _together(
            (max(0, match.start() - self.before), min(len(folded), match.end() + self.after))
            for match in self.telling.finditer(folded)
        )


def _places_of(beginnings: Iterable[str], folded: str) -> list[int]:
    """Return where any of some words stands in a text, in order."""
    places: list[int] = []
    for word in beginnings:
        at = folded.find(word)
        while at >= 0:
            places.append(at)
            at = folded.find(word, at + 1)
    places.sort()
    return places


def _shortest(words: Mapping[str, int]) -> list[str]:
    """Return those of some words with which all of them begin: "mon" of "mon", "monday" and "montag"."""
    return [word for word in words if not any(word != other and word.startswith(other) for other in words)]


_BEGINNINGS_OF_DAYS, _BEGINNINGS_OF_MONTHS = _shortest(WEEKDAYS), _shortest(MONTHS)


def _together(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return stretches in order, those that meet as one."""
    found: list[tuple[int, int]] = []
    for start, end in stretches:
        if found and start <= found[-1][1]:
            start = found.pop()[0]
        found.append((start, end))
    return found


# What stands in every date of figures and in every row of days.
_IN_FIGURES = _Near(re.compile(r"\d[-/.]\s?\d"), 24, 12)
_OF_ROWS = _Near(re.compile(r"[-,/&+]\s?[a-z]"), 18, 28)


def _each(pattern: re.Pattern[str], folded: str, stretches: list[tuple[int, int]]) -> Iterator[re.Match[str]]:
    for start, end in stretches:
        yield from pattern.finditer(folded, start, end)


def _within(places: list[int], stretches: list[tuple[int, int]]) -> list[int]:
    """Return those of some places, in order, that stand in one of some stretches."""
    return [
        place
        for start, end in stretches
        for place in places[bisect_left(places, start) : bisect_left(places, end)]
    ]


_REPEATED = frozenset(word for word in WEEKDAYS if word.endswith("s") and word[:-1] in WEEKDAYS) | {
    "sun",
    "sat",
    "wed",
    "mon",
}


def _apart(found: list[DateFound]) -> list[DateFound]:
    """Return the finds without those that overlap a longer one."""
    kept: list[DateFound] = []
    taken: list[tuple[int, int]] = []
    for item in sorted(found, key=lambda f: (f.start - f.end, f.start)):
        if all(
            item.end <= start or end <= item.start or (start, end) == (item.start, item.end)
            for start, end in taken
        ):
            taken.append((item.start, item.end))
            if item not in kept:
                kept.append(item)
    return sorted(kept, key=lambda f: f.start)


def _numeric(match: re.Match[str], folded: str) -> Iterator[DateFound]:
    first, second, year = int(match["a"]), int(match["b"]), _year(match["y"])
    if year is None:
        # "3.6." and "03/06" are dates; "3.5" and "1-2" are not.
        dotted = match["sep"] == "." and folded[match.end() : match.end() + 1] == "." and second <= 12
        two_digits = len(match["a"]) == 2 and len(match["b"]) == 2 and match["sep"] == "/"
        if not (dotted or two_digits) or folded[match.end() : match.end() + 2].strip(".").isdigit():
            return
    readings = []
    if second <= 12:
        readings.append(When(year, second, first))
    if first <= 12 and match["sep"] != ".":
        readings.append(When(year, first, second))
    if readings:
        yield DateFound(match.start(), match.end(), tuple(readings), _weekday(match))


def _named(match: re.Match[str]) -> Iterator[DateFound]:
    month, year = MONTHS[match["mon"].rstrip(".")], _year(match["y"])
    groups = match.groupdict()
    yield DateFound(match.start(), match.end(), (When(year, month, int(match["d"])),), _weekday(match))
    if groups.get("d2"):
        word = groups.get("wd2")
        weekday = WEEKDAYS[word.rstrip(".")] if word else None
        yield DateFound(match.start(), match.end(), (When(year, month, int(match["d2"])),), weekday)


def same_date(one: When, other: When) -> bool:
    """Return whether two dates agree on all that both say, and share something worth agreeing on."""
    shared = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    if any(a != b for a, b in shared):
        return False
    return len(shared) >= 1 and (one.day is None or other.day is not None or one.month is None)


def weekday_of(when: When) -> int | None:
    """Return the weekday of a full date, or None if the date is not full or does not exist."""
    if when.year is None or when.month is None or when.day is None:
        return None
    try:
        return date(when.year, when.month, when.day).weekday()
    except ValueError:
        return None


_DAYSPAN = r"\s?(?:-|to|through|thru|until|bis|a|au|hasta)\s?(?:(?:al|el|le)\s)?"
_WORKDAYS = re.compile(
    r"\b(?:weekdays|werktags|wochentags|unter der woche|entre semana|en semaine(?! ?\d))\b"
)
_WEEKEND = re.compile(r"\b(?:weekends|on weekends|am wochenende|los fines de semana|le week-end)\b")
# One of these is in every such phrase.
_OF_WEEKS = frozenset(
    ["weekdays", "werktags", "wochentags", "woche", "semana", "semaine", "weekends", "wochenende", "week"]
)


_DAY_PATTERNS = {
    long: re.compile(rf"(?<![a-z])(?P<one>{day})(?:{_DAYSPAN}(?P<two>{day}))?")
    for long, day in ((True, _LONG_DAY), (False, _ANY_DAY))
}


LONG_AND_SHORT = {**SHORT_WEEKDAYS, **WEEKDAYS}
_ROW_OF_DAYS = re.compile(
    rf"(?<![a-z])(?P<row>{_ANY_DAY}(?:\s?[-,/&+]\s?{_ANY_DAY}){{1,6}}):?\s(?:von |de |from )?(?=\d)"
)
_LETTERS = "lmxjvsd"  # Spanish days in one letter each
_LETTER_DAY = re.compile(r"(?<![a-z0-9]|-)([lmxjvsd])(?=:?\s\d)")
_LETTER_DAYS = re.compile(r"(?<![a-z0-9])([lmxjvs])(?:\s?-\s?|\sa\s)([mxjvsd])(?![a-z0-9])")


def find_days(folded: str, letters: frozenset[str], *, short: bool = False) -> list[DayFound]:
    """Return the weekdays of a text with these runs of letters; `short` also reads "Mo", "lun", as records write them."""
    pattern = _DAY_PATTERNS[not short]
    table = LONG_AND_SHORT if short else WEEKDAYS
    found: list[DayFound] = []
    for match in found_at(
        pattern, folded, _places_of(letters & (_LONG_AND_SHORT if short else _WEEKDAYS), folded)
    ):
        word = match["one"].rstrip(".")
        if word in ("sun", "sat", "wed", "mon", "mar") and not short and match["two"] is None:
            continue  # a star, a verb, a bride, a French "my", a month
        first = table[word]
        last = table[match["two"].rstrip(".")] if match["two"] else first
        count = (last - first) % 7 + 1
        found.append(DayFound(match.start(), match.end(), tuple((first + i) % 7 for i in range(count))))
    if not short:
        # Also in a sentence, short days in a row before a time are days: "(Mo, Mi, Fr 7-12 Uhr)".
        for row in _each(_ROW_OF_DAYS, folded, _OF_ROWS.stretches(folded)):
            for day in find_days(row["row"], letters_of(row["row"]), short=True):
                found.append(DayFound(row.start() + day.start, row.start() + day.end, day.days))
    if short and ("-" in folded or " a " in folded):
        for match in _LETTER_DAYS.finditer(folded):
            first, last = _LETTERS.index(match[1]), _LETTERS.index(match[2])
            if first < last:
                found.append(DayFound(match.start(), match.end(), tuple(range(first, last + 1))))
                # "L-V 10:00-13:30; S 10:00-13:00": where days are letters, one before a time is a day too.
                for one in _LETTER_DAY.finditer(folded, match.end()):
                    letter = _LETTERS.index(one[1])
                    found.append(DayFound(one.start(1), one.end(1), (letter,)))
    if not letters.isdisjoint(_OF_WEEKS):
        found.extend(DayFound(m.start(), m.end(), (0, 1, 2, 3, 4)) for m in _WORKDAYS.finditer(folded))
        found.extend(DayFound(m.start(), m.end(), (5, 6)) for m in _WEEKEND.finditer(folded))
    return sorted(set(found))


# A text with neither digits nor any of these names no date and no day.
WORDS = frozenset([*MONTHS, *LONG_AND_SHORT, *_OF_WEEKS, *_LETTERS])
