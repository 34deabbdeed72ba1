"""
Claims: the numbers, money, dates, times, addresses and references that a text states, each with its place.

The same reader is used for answers and for the texts inside a record, so a value written in the same way on both
sides is always read in the same way.
"""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from signoff.checks import dates, numbers, times
from signoff.checks.dates import When
from signoff.checks.units import CENTS, CURRENCIES, PER, PERIOD_OF, UNITS
from signoff.checks.wordings import found_at
from signoff.checks.words import Text

Kind = Literal[
    "number", "percent", "money", "measure", "date", "weekday", "time", "phone", "email", "link", "id"
]


@dataclass(frozen=True, slots=True)
class Claim:
    """One stated value. Numbers keep every reading; measures are in the base unit of their dimension."""

    start: int
    end: int
    kind: Kind
    values: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    unit: str = ""  # currency code, or dimension of a measure
    per: str = ""  # "month", "night" ...
    dates: tuple[When, ...] = ()
    weekday: int | None = None
    days: tuple[int, ...] = ()
    times: tuple[int, ...] = ()
    code: str = ""  # digits of a phone, an e-mail address, a link, letters and digits of a reference
    hedge: str = ""  # "about", "over", "under"
    spelled: bool = False
    ordinal: bool = False
    scale: str = ""  # the unit word as written: "days", "km"


_PER_SOMETHING = re.compile(r"\s?(?:/|per |pro )")
_PER_ANYTHING = re.compile(r"\s?(?:/|per |pro |je |par |por |each\b|apiece|jeweils)")
_CURRENCY = "|".join(
    sorted((re.escape(c) for c in CURRENCIES if c.isalpha() or len(c) > 1), key=len, reverse=True)
)
_CURRENCY_TOO = re.compile(rf"\s?(?:{_CURRENCY})\b")
_BEFORE_MONEY = re.compile(rf"(?:(?:us)?\$|[€£¥₹]|\b(?:{_CURRENCY}))\s?$")
_AFTER_MONEY = re.compile(
    rf"(?:,-{{1,2}}|\.-{{1,2}})?\s?-?(?P<c>[€$£¥₹]|(?:{_CURRENCY}|{'|'.join(CENTS)})\b)"
)
_AFTER_PERCENT = re.compile(
    r"\s?-?(?:%|percent\b|prozent\b|per cent\b|por ciento\b|pour cent\b|pct\b|prozentig\w*)"
)
_AFTER_UNIT = re.compile(
    r"(?:\s|-)?(?:(?:full|whole|business|working|volle|ganze|calendar|more|additional|bis)\s)?(?P<u>"
    + "|".join(sorted((re.escape(u) for u in UNITS), key=len, reverse=True))
    + r")(?![a-z0-9²³]|'[a-z])(?:\.(?=\s[a-z]))?"
)
_UNIT_TAIL = re.compile(r"\s(?:laborables|habiles|ouvres|ouvrables|naturales)\b")
_DIGITS = re.compile(
    rf"(?<![\w.,])(?:x(?=\d))?(?P<sign>[-+](?=\d))?(?P<n>{numbers.NUMBER})(?P<scale>{numbers.SCALE})?"
)
_ORDINAL = re.compile(
    r"(?<![\w.,])(\d{1,3})(?:st|nd|rd|th|er|ere|eme|e|º|ª|\.(?= ?(?:stock|etage|og\b|obergeschos)))(?![a-z])"
)
_RANGE = re.compile(r"\s?(?:-|to|bis|a|hasta|and|und|y|et|or|oder|o|ou)\s?(?:zu |las )?$")
_TIGHT_RANGE = re.compile(r"\s?(?:-|to|bis|a|hasta)\s?$")
_OF = re.compile(r"\s?(?:/|of|out of|von|de|sur)\s?$")

EMAIL = re.compile(r"[a-z0-9._%+-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250})\.[a-z]{2,24}\b")
LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'`)\]]{1,400}|(?<![@\w.-])(?:[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?\.){1,4}"
    r"(?:com|org|net|io|de|es|fr|eu|co|uk|at|ch|info|biz|app|dev|ai|shop|store|dental|health|travel|me|us|ca|mx|nl|be|it|example|test)"
    r"(?![\w.-]*@)\b(?:/[^\s<>\"'`)\]]{0,300})?"
)
_SOMETHING_LIKE_A_LINK = re.compile(r"\.[a-z]|://|www\.")  # quick to look for
_PHONE = re.compile(
    r"(?<![\w.,/-])(?:\+|00|\(\+?)?\(?\d(?:[\d\s()./-]{5,22})\d(?:\s?(?:ext|x|dw)\.?\s?\d{1,5})?(?![\w])"
)
_PHONE_WORD = re.compile(
    r"(?:phone|tel|telefon\w*|telefono|mobile|movil|handy\w*|portable|call\w*|whatsapp|ruf\w*|dial|llam\w*|appel\w*|number is|at)\W{0,6}(?:\w{1,10}\W{1,3}){0,3}$"
)
_VERSION = re.compile(r"(?<![\w.,-])v?\d{1,3}(?:\.\d{1,4}){2,4}(?!\w|[.,-]\d)")
_HASH = re.compile(r"#\s?([a-z0-9][\w-]{1,30})")
_CODE = re.compile(
    r"(?<![\w@#./-])(?=[A-Za-z0-9/_-]{0,30}\d)(?=[A-Za-z0-9/_-]{0,30}[A-Z])[A-Za-z0-9]{1,20}(?:[-_/][A-Za-z0-9]{1,20}){0,4}(?![\w@-])"
)
_LONG_NUMBER = re.compile(r"(?<![\w.,])\d{3,15}(?![\w]|[.,]\d)")
_REFERENCE = re.compile(
    r"\b(?:order|booking|invoice|ticket|case|reference|ref|tracking|confirmation|customer|account|bestell\w{0,12}|auftrag\w{0,10}|rechnung\w{0,10}"
    r"|buchung\w{0,10}|vorgang\w{0,10}|kundennummer|sendung\w{0,10}|pedido|factura|reserva|referencia|seguimiento|commande|facture|reservation|dossier)"
    r"(?:\s?(?:number|numero|nummer|no|nr|n|id|code|reference))?\s?[.:°º#]{0,2}\s?(?:is |ist |es |est |lautet )?#?$"
)
_HEDGE = re.compile(
    r"\b(?:(?P<about>about|around|approximately|approx\.?|roughly|circa|ca\.?|nearly|almost|some|etwa|ungefahr|rund|knapp|fast|alrededor de|aproximadamente"
    r"|unos|unas|casi|environ|autour de|pres de|presque|quelque|~)"
    r"|(?P<over>over|more than|at least|above|upwards of|uber|mehr als|mindestens|mas de|al menos|plus de|au moins|minimum|from|starting at|ab)"
    r"|(?P<under>under|less than|up to|at most|below|maximum|max\.?|within|unter|weniger als|bis zu|hochstens|maximal|menos de|hasta|como maximo"
    r"|moins de|jusqu'a|au plus|no more than|innerhalb von|binnen|en menos de|sous))\s?(?:the |a |las |los |von )?$"
)


_ONLY_A_DAY = re.compile(r"((?:19|20)\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


class Taken:
    """Which stretches of a text are taken already, a byte for each character, so that long texts stay quick."""

    def __init__(self, length: int) -> None:
        self._marks = bytearray(length + 1)

    def free(self, start: int, end: int) -> bool:
        """Return whether nothing in a stretch is taken."""
        return self._marks.find(1, start, end) < 0

    def take(self, start: int, end: int) -> None:
        self._marks[start:end] = b"\x01" * (end - start)


def claims_in(text: Text, *, loose: bool = False) -> list[Claim]:
    """Return the claims of a text in order. `loose` reads "9-17" and "Mo-Fr" as records write them."""
    folded = text.folded
    if day := _ONLY_A_DAY.fullmatch(folded):  # the commonest value of a record that has digits
        return [Claim(0, len(folded), "date", dates=(When(int(day[1]), int(day[2]), int(day[3])),))]
    found: list[Claim] = []
    taken = Taken(len(folded))
    if "@" in folded:
        for match in EMAIL.finditer(folded):
            if taken.free(*match.span()):
                found.append(Claim(*match.span(), "email", code=match.group()))
                taken.take(*match.span())
    if _SOMETHING_LIKE_A_LINK.search(folded):
        for match in LINK.finditer(folded):
            end = match.start() + len(match.group().rstrip(".,;:!?*_"))
            if taken.free(match.start(), end):
                found.append(Claim(match.start(), end, "link", code=folded[match.start() : end]))
                taken.take(match.start(), end)
    has_digit = any(map(str.isdigit, folded))
    if has_digit or not _WORDS_OF_VALUES.isdisjoint(text.letters):
        _add_dates(text, found, taken)
        if has_digit:
            _add_references(text, found, taken)
            _add_phones(text, found, taken)
        _add_days_and_times(text, found, taken, loose)
        _add_numbers(text, found, taken, has_digit)
    found.sort(key=lambda claim: (claim.start, claim.end))
    return found


def _add_dates(text: Text, found: list[Claim], taken: Taken) -> None:
    folded = text.folded
    spans: set[tuple[int, int]] = set()
    for item in dates.find_dates(folded, text.letters, text.figures):
        end = item.start + len(folded[item.start : item.end].rstrip(". "))
        span = (item.start, end)
        if span in spans or taken.free(*span):
            found.append(Claim(*span, "date", dates=item.readings, weekday=item.weekday))
            if span not in spans:
                taken.take(*span)
            spans.add(span)


def _add_references(text: Text, found: list[Claim], taken: Taken) -> None:
    for match in found_at(_VERSION, text.folded, _led(text, "v")) if text.folded.count(".") > 1 else ():
        if taken.free(*match.span()):
            found.append(Claim(*match.span(), "id", code=match.group().lstrip("v")))
            taken.take(*match.span())
    for match in _HASH.finditer(text.folded) if "#" in text.folded else ():
        if any(c.isdigit() for c in match[1]) and taken.free(*match.span()):
            found.append(Claim(*match.span(), "id", code=_code(match[1])))
            taken.take(*match.span())
    chunks = _beginnings_of_codes(text) if text.raw != text.folded else ()  # a code has a capital
    for match in found_at(_CODE, text.raw, chunks):
        word = match.group()
        digits = sum(c.isdigit() for c in word)
        if digits < 2 or re.fullmatch(
            r"(?:19|20)\d\d[A-Z]?|\d+[A-Za-z]{1,3}|[QH][1-4]\W?\d+|[A-Za-z]+", word
        ):
            continue
        if (
            re.match(r"\d+-[a-z]", word)
            or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d.*", word)
            or not taken.free(*match.span())
        ):
            continue
        found.append(Claim(*match.span(), "id", code=_code(word)))
        taken.take(*match.span())
    for match in found_at(_LONG_NUMBER, text.folded, text.figures):
        if taken.free(*match.span()):
            before = text.folded[max(0, match.start() - 45) : match.start()]
            if (
                _REFERENCE.search(before)
                and not _AFTER_UNIT.match(text.folded, match.end())
                and not _AFTER_MONEY.match(text.folded, match.end())
            ):
                if text.folded[match.end() : match.end() + 1] == "-":
                    continue
                found.append(Claim(*match.span(), "id", code=match.group()))
                taken.take(*match.span())


def _led(text: Text, leads: str) -> Iterator[int]:
    """Yield where runs of digits begin, and before that of each where up to three leading characters do: "(+49"."""
    folded = text.folded
    for at in text.figures:
        first = at
        while first and first > at - 3 and folded[first - 1] in leads:
            first -= 1
        yield from range(first, at + 1)


_WITHIN_A_CODE = frozenset(string.ascii_letters + string.digits + "/_-")


def _beginnings_of_codes(text: Text) -> Iterator[int]:
    """Yield where what letters, digits and strokes make begins, if there is a digit in it."""
    raw, before = text.raw, 0
    for at in text.figures:
        first = at
        while first > before and raw[first - 1] in _WITHIN_A_CODE:
            first -= 1
        yield first
        before = at


def _code(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())


def _add_phones(text: Text, found: list[Claim], taken: Taken) -> None:
    folded = text.folded
    for match in found_at(_PHONE, folded, _led(text, "+(")):
        shown = match.group()
        digits = re.sub(r"\D", "", shown)
        if not 7 <= len(digits) <= 16 or not taken.free(*match.span()) or "\n" in shown:
            continue
        plausible = shown.startswith(("+", "00", "(")) or (shown.startswith("0") and len(digits) >= 8)
        plausible = plausible or re.fullmatch(r"(?:\d{3}[ .-])?\d{3}[.-]\d{4}", shown) is not None
        if not plausible:
            before = folded[max(0, match.start() - 40) : match.start()]
            grouped = re.fullmatch(r"\d{1,3}(?:[., ]\d{3})+", shown) is not None
            plausible = (
                _PHONE_WORD.search(before) is not None
                and not (grouped and " " not in shown)
                and len(digits) >= 7
            )
        if plausible:
            found.append(Claim(*match.span(), "phone", code=digits))
            taken.take(*match.span())


def _add_days_and_times(text: Text, found: list[Claim], taken: Taken, loose: bool) -> None:
    folded = text.folded
    for time in times.find_times(folded, text.letters, text.figures, loose=loose):
        if taken.free(time.start, time.end):
            end = time.start + len(folded[time.start : time.end].rstrip())
            found.append(Claim(time.start, end, "time", times=time.times))
            taken.take(time.start, end)
    for day in dates.find_days(folded, text.letters, short=loose):
        if taken.free(day.start, day.end):
            end = day.start + len(folded[day.start : day.end].rstrip("."))
            found.append(Claim(day.start, end, "weekday", days=day.days))
            taken.take(day.start, end)


_HALF_HOURS = re.compile(
    r"\b(?:(?P<half>half an hour|half-hour|(?:eine )?halbe stunde|media hora|(?:une )?demi-heure)|(?:an|one) hour and a half|anderthalb stunden"
    r"|eineinhalb stunden|(?:una )?hora y media|une heure et demie)\b"
)
# "takes a week" is a number; "once a week" and "a week ago" are not.
_ONE_UNIT = re.compile(
    r"\b(?:takes|lasts|within|dauert|innerhalb|binnen|mindestlaufzeit betragt|laufzeit betragt|dura|tarda|dure|prend|sous)\s(?:about |only |just |etwa |nur |solo |de |einer? )?(?P<one>an?|one|eine[nrs]?|una?|une)(?=\s(?:hour|day|week|month|year|stunde|tag|woche|monat|jahr|hora|dia|semana|mes|ano|heure|jour|semaine|mois|an)\b)"
)
# One of these is in every such phrase, and one of all of them in every value that has neither digits nor dots nor "@".
_OF_HALF_HOURS = frozenset(
    ["half", "halbe", "media", "demi", "hour", "anderthalb", "eineinhalb", "hora", "heure"]
)
_BEFORE_ONE_UNIT = frozenset(
    [
        "takes",
        "lasts",
        "within",
        "dauert",
        "innerhalb",
        "binnen",
        "betragt",
        "dura",
        "tarda",
        "dure",
        "prend",
        "sous",
    ]
)
_WORDS_OF_VALUES = dates.WORDS | times.WORDS | numbers.WORDS | _OF_HALF_HOURS | _BEFORE_ONE_UNIT


@dataclass(slots=True)
class _Raw:
    start: int
    end: int
    values: tuple[float, ...]
    spelled: bool = False
    ordinal: bool = False


def _add_numbers(text: Text, found: list[Claim], taken: Taken, has_digit: bool) -> None:
    folded = text.folded
    raws: list[_Raw] = []
    if has_digit:
        for match in found_at(_ORDINAL, folded, text.figures):
            if taken.free(*match.span()):
                raws.append(_Raw(match.start(), match.end(), (float(match[1]),), ordinal=True))
                taken.take(*match.span())
        for match in found_at(_DIGITS, folded, _led(text, "x+-")):
            start, end = match.start("n"), match.end()
            scale = match["scale"]
            if (
                scale
                and fold_scale(scale) in ("m", "mil", "k")
                and (
                    (fold_scale(scale) == "m" and not _BEFORE_MONEY.search(folded, max(0, start - 8), start))
                    or (fold_scale(scale) == "mil" and text.language not in ("es",))
                )
            ):
                scale, end = None, match.end("n")
            shown = folded[start : match.end("n")]
            if shown[-1] in ".,":
                continue
            if not taken.free(start, end):
                continue
            values = numbers.readings(match["n"])
            if len(values) > 1 and ("," if text.language == "en" else ".") in match["n"]:
                values = values[:1]
            if scale:
                values = numbers.scaled(values, scale)
            raws.append(_Raw(start, end, values))
    for match in _HALF_HOURS.finditer(folded) if not text.letters.isdisjoint(_OF_HALF_HOURS) else ():
        if taken.free(*match.span()):
            hours = 0.5 if match["half"] else 1.5
            found.append(
                Claim(
                    *match.span(),
                    "measure",
                    values=(hours * 3600,),
                    unit="duration",
                    spelled=True,
                    scale="hour",
                )
            )
            taken.take(*match.span())
    for match in _ONE_UNIT.finditer(folded) if not text.letters.isdisjoint(_BEFORE_ONE_UNIT) else ():
        if taken.free(match.start("one"), match.end("one")):
            raws.append(_Raw(match.start("one"), match.end("one"), (1.0,), spelled=True))
    for word in numbers.spelled(text):
        if taken.free(word.start, word.end):
            raws.append(_Raw(word.start, word.end, (float(word.value),), spelled=True))
    for token in text.tokens if not text.letters.isdisjoint(numbers.ORDINALS) else ():
        value = numbers.ORDINALS.get(token.word)
        if value is not None and taken.free(token.start, token.end):
            raws.append(_Raw(token.start, token.end, (float(value),), spelled=True, ordinal=True))
    raws.sort(key=lambda raw: raw.start)
    at = 0
    while at < len(raws):
        raw = raws[at]
        if (at and folded[raws[at - 1].end : raw.start] == ":") or (
            folded[raw.end : raw.end + 1] == "/" and folded[raw.start : raw.end + 2] == "24/7"
        ):
            at += 1
            continue
        high: tuple[float, ...] = ()
        end = raw.end
        start = raw.start
        nearer = raws[at + 1] if at + 1 < len(raws) and not raw.ordinal else None
        if (
            nearer is not None
            and nearer.start - raw.end < 24
            and nearer.values[0] > raw.values[0]
            and not nearer.ordinal
        ):
            between = folded[raw.end : nearer.start]
            between = re.sub(r"^\s?(?:€|\$|£|%|eur|euro)", "", re.sub(r"(?:€|\$|£|eur)\s?$", "", between))
            before = folded[max(0, raw.start - 10) : raw.start]
            ranged = (
                _TIGHT_RANGE.fullmatch(between)
                or (
                    _RANGE.fullmatch(between)
                    and re.search(r"\b(?:between|zwischen|entre)\s(?:€|\$|£)?$", before)
                )
                or re.fullmatch(r"\s?(?:or|oder|o|ou)\s?", between)
            )
            if ranged and len(between) < 7:
                high, end = nearer.values, nearer.end
                at += 1
        found.append(_classified(text, raw, start, end, high))
        at += 1


def fold_scale(scale: str) -> str:
    """Return a scale word without its spaces and full stop."""
    return scale.strip(" .\u00a0")


def _classified(text: Text, raw: _Raw, start: int, end: int, high: tuple[float, ...]) -> Claim:
    """Return the claim that a number makes, by what stands right before and after it."""
    folded = text.folded
    values, unit, per, scale = raw.values, "", "", ""
    kind: Kind = "number"
    lead = folded[max(0, start - 24) : start]
    before = _BEFORE_MONEY.search(folded, max(0, start - 8), start)
    if before and not raw.spelled:
        kind, unit, start = "money", CURRENCIES[before.group().strip()], before.start()
        doubled = _CURRENCY_TOO.match(folded[end : end + 12])
        if doubled:
            end += doubled.end()
        lead = folded[max(0, start - 24) : start]
        tail = _PER_SOMETHING.match(folded, end)
        if (
            tail is None
            and (after_unit := _AFTER_UNIT.match(folded, end))
            and UNITS[after_unit["u"]][0] == "data"
        ):
            kind = "money"
    elif not raw.ordinal and (match := _AFTER_PERCENT.match(folded, end)):
        kind, end = "percent", match.end()
    elif not raw.ordinal and (match := _AFTER_MONEY.match(folded, end)):
        word = match["c"]
        kind, end = "money", match.end()
        if word in CENTS:
            values = tuple(round(v * 0.01, 4) for v in values)
        else:
            unit = CURRENCIES[word]
    elif not raw.ordinal and (match := _AFTER_UNIT.match(folded, end)):
        dimension, factor = UNITS[match["u"]]
        if not (
            match["u"] in ("d", "t", "g", "l", "s", "mo", "an", "ch", "cv", "ft", "mi", "h", "m", "w", "ps")
            and not _tight(folded, end, match)
        ):
            kind, unit, end, scale = "measure", dimension, match.end(), match["u"]
            values = tuple(round(v * factor, 6) for v in values)
            high = tuple(round(v * factor, 6) for v in high)
            if tail := _UNIT_TAIL.match(folded, end):
                end = tail.end()
    if kind == "money":
        match = PER.match(folded, end)
        if match and match.end() > end and (match.group()[0] in " /(-"):
            per = PERIOD_OF[match[1]]
            end = match.end()
        elif _PER_ANYTHING.match(folded, end):
            per = "each"
    if kind == "money":
        values, high = values[:1], high[:1]
    hedge = _HEDGE.search(lead)
    word = next((name for name, value in hedge.groupdict().items() if value), "") if hedge else ""
    if not word and folded[end : end + 1] == "+":
        word = "over"
    return Claim(
        start, end, kind, values=values, high=high, unit=unit, per=per, hedge=word, spelled=raw.spelled,
        ordinal=raw.ordinal, scale=scale,
    )  # fmt: skip


def _tight(folded: str, end: int, match: re.Match[str]) -> bool:
    """Return whether a one-letter unit is really one: "84 m wide", "24h", not "3 d'habitude" or "5 g"."""
    unit = match["u"]
    if unit in ("h", "g", "l", "m", "t", "w", "ft", "ps", "mi"):
        return True
    return (match.start("u") == end and unit not in ("an",)) or (unit == "an" and match.start("u") > end)
