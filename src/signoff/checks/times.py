"""Times of day in four languages, as written in records and in letters."""

# ruff: noqa: E501 - patterns are easier to read and mend in one piece

from __future__ import annotations

import re
from typing import NamedTuple

from signoff.checks.wordings import found_at


class TimeFound(NamedTuple):
    """One time of day, or from-to, in minutes after midnight, with its place."""

    start: int
    end: int
    times: tuple[int, ...]


_CLOCK = (
    r"(?:(?P<h{n}>[01]?\d|2[0-4])(?:(?::|\.(?=[0-5]\d\s?(?:uhr|am|pm|a\.m|p\.m))|\s?h\s?(?=[0-5]\d(?!\d)))(?P<m{n}>[0-5]\d)(?!\d)(?::[0-5]\d(?!\d))?)?"
    r"\s?(?P<s{n}>a\.m\.?|p\.m\.?|am\b|pm\b|uhr\b|h\b|o'clock\b|horas\b|heures?\b|hrs\b)?)"
)
_TO = r"\s?(?:-|to|until|till|bis|und|and|a|a las|hasta|hasta las|y|y las|et|jusqu'a)\s?(?:las\s)?"
_BEFORE_SPAN = r"(?:from|between|von|zwischen|de|entre|des)\s(?:las\s)?"
_BEFORE_SINGLE = r"(?:a\slas|a|at|um|gegen|ab|bis|vers|before|after|by|until|sobre\slas|desde\slas|from)\s"
_SPAN = re.compile(
    rf"(?<![\d.,:/€$£#-])(?P<lead>{_BEFORE_SPAN})?{_CLOCK.format(n=1)}{_TO}{_CLOCK.format(n=2)}(?![\d:.,]?\d|[%€$£])"
)
_SINGLE = re.compile(
    rf"(?<![\d.,:/€$£#-])(?P<lead>{_BEFORE_SINGLE})?{_CLOCK.format(n=1)}(?![:.,]?\d|[%€$£]|\s?(?:euro|eur)\b)"
)
# Each place where what stands right before the figures of a time begins ("desde las", and "de las" in it), and how far.
_LEAD_OF_TIME = re.compile(rf"(?<![\d.,:/€$£#-])(?=(?:{_BEFORE_SPAN}|{_BEFORE_SINGLE})\Z)")
_LONGEST_LEAD = 14
_NAMED_TIMES = re.compile(r"\b(?:noon|midday|midnight|mittags|mitternacht|mediodia|medianoche|midi|minuit)\b")
_NAMED_MINUTES = {
    "noon": 720, "midday": 720, "mittags": 720, "mediodia": 720, "midi": 720,
    "midnight": 0, "mitternacht": 0, "medianoche": 0, "minuit": 0,
}  # fmt: skip
_HAS_TIME = re.compile(r"\d\s?(?::|h|uhr|am\b|pm\b|a\.m|p\.m|-|to\b|bis|o'clock|hrs|horas|\.\d\d)|las \d")


def _minutes(hour: str, minute: str | None, suffix: str | None, other: str | None = None) -> int:
    value = int(hour)
    mark = (suffix or other or "").replace(".", "")
    if mark == "pm" and value < 12:
        value += 12
    if mark == "am" and value == 12:
        value = 0
    return value * 60 + int(minute or 0)


def _places_of_times(folded: str, figures: list[int]) -> list[int]:
    """Return where a time can begin: at figures, or at what leads to them."""
    places: list[int] = []
    for at in figures:
        if at and folded[at - 1].isspace():
            places += [
                lead.start() for lead in _LEAD_OF_TIME.finditer(folded, max(0, at - _LONGEST_LEAD), at)
            ]
        places.append(at)
    return places


def find_times(
    folded: str, letters: frozenset[str], figures: list[int], *, loose: bool = False
) -> list[TimeFound]:
    """
    Return the times of day of a folded text; "9-17 Uhr" and "9am to 5pm" are one find with two times.

    `letters` are its runs of letters, `figures` the places where its runs of digits begin. `loose` also reads "9-17" without any mark, as records of opening hours write it.
    """
    found: list[TimeFound] = []
    if _HAS_TIME.search(folded):
        places = _places_of_times(folded, figures)
        for match in found_at(_SPAN, folded, places):
            one, two = match["m1"] or match["s1"], match["m2"] or match["s2"]
            if not (one or two):
                if not (loose and int(match["h1"]) < int(match["h2"])) or re.match(
                    r"\s?[a-z€$£%²]", folded[match.end() :]
                ):
                    continue
            elif not one and match["s2"] == "h" and not match["lead"]:
                continue  # "2-3 h" is a duration
            elif not two and not loose:
                continue  # "10:00 and 2 ..." is one time and a number
            elif (
                match["s2"] in ("horas", "heures", "hrs")
                and not (match["m1"] or match["m2"])
                and not match["lead"]
            ):
                continue
            first = _minutes(
                match["h1"],
                match["m1"],
                match["s1"],
                match["s2"] if int(match["h1"]) < int(match["h2"]) else None,
            )
            last = _minutes(match["h2"], match["m2"], match["s2"], None)
            if last < first and not match["s2"] and last + 720 > first:
                last += 720
            start = match.start("h1")
            found.append(TimeFound(start, match.end(), (first, last)))
        for match in found_at(_SINGLE, folded, places):
            suffix = match["s1"]
            if (
                not match["m1"]
                and not suffix
                and (match["lead"] or "").strip() not in ("a las", "sobre las", "desde las")
            ):
                continue
            if (
                match["m1"]
                and suffix is None
                and folded[match.end("h1")] != ":"
                and "h" not in folded[match.end("h1") : match.start("m1")]
            ):
                continue
            if not match["m1"] and suffix in ("h", "horas", "heure", "heures", "hrs") and not match["lead"]:
                continue  # "24 h" is a duration
            if (
                not match["m1"]
                and suffix in ("h", "horas", "heures", "hrs")
                and (match["lead"] or "").strip() not in ("a", "a las", "vers")
            ):
                continue
            if any(t.start <= match.start("h1") < t.end for t in found):
                continue
            found.append(
                TimeFound(match.start("h1"), match.end(), (_minutes(match["h1"], match["m1"], suffix),))
            )
    for match in _NAMED_TIMES.finditer(folded) if not letters.isdisjoint(_NAMED_MINUTES) else ():
        found.append(TimeFound(match.start(), match.end(), (_NAMED_MINUTES[match.group()],)))
    return sorted(found)


# A text with neither digits nor any of these names no time of day.
WORDS = frozenset(_NAMED_MINUTES)
