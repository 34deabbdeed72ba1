"""What a bare value says in its field: a number may be an amount, a measure or a share, and a text a moment."""

# ruff: noqa: SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from datetime import UTC, datetime

from signoff.checks.claims import Claim
from signoff.checks.dates import When
from signoff.checks.fields import Field
from signoff.checks.units import CURRENCIES, UNITS
from signoff.checks.words import fold, name_words

MONEY_IDEAS = frozenset(
    "price total budget deposit rent fee utilities revenue salary discount tax refund payment amount loan".split()
)
_ONE_TIME = frozenset(
    "jahr monat tag woche stunde year month day week hour mes ano dia semana hora an annee jour semaine heure".split()
)
_MONTHS = frozenset("months monate meses mois".split())
_NO_UNITS = frozenset(["d", "t", "a", "m", "s", "l", "g", "an", "ha"])
_IN_CENTS = frozenset(["cents", "cent", "minor"])
_SQUARE = re.compile(
    r"sq_?(?:ft|feet)|square_?feet|sq_?m\b|square_?met|sqm|(?:_|^)m2(?:_|$)|(?:_|^)qm(?:_|$)|metros_cuadrados|m²"
)
_MONTH = re.compile(r"((?:19|20)\d\d)-(0[1-9]|1[0-2])")
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)")


def number_claim(value: float, entry: Field, unit: str) -> Claim:
    """Return the claim a bare number makes in its field: money, a measure or a percentage if the name says so."""
    words = entry.words
    if words & {
        "percent",
        "pct",
        "percentage",
        "prozent",
        "porcentaje",
        "pourcentage",
        "vat",
        "rate",
    } and words & {"percent", "pct", "percentage", "prozent"}:
        return Claim(0, len(entry.shown), "percent", values=(value,))
    ideas = entry.ideas
    months = words & _MONTHS and not words & {"per", "pro", "por", "par"}
    if months and 0 < value <= 36 and not any(word in CURRENCIES for word in words):
        # `deposit_months: 2` is no amount.
        return Claim(
            0,
            len(entry.shown),
            "measure",
            values=(value * UNITS["months"][1],),
            unit="duration",
            scale="months",
        )
    currency = unit if unit in CURRENCIES.values() else ""
    for word in words:
        currency = currency or CURRENCIES.get(word, "")
    if currency and (
        not unit
        or ideas & MONEY_IDEAS
        or words & {"eur", "usd", "gbp", "chf", "euro"}
        or "amount" in words
        or "value" in words
    ):
        amount = value / 100 if words & _IN_CENTS else value
        return Claim(0, len(entry.shown), "money", values=(amount,), unit=currency, per=entry.per)
    if words & _IN_CENTS:
        return Claim(0, len(entry.shown), "money", values=(value / 100,), per=entry.per)
    named_unit = unit if unit in UNITS else ""
    if not named_unit and not ideas & MONEY_IDEAS:
        leaf = entry.path.rsplit(".", 1)[-1]
        for token in name_words(leaf):
            if token.word in ("per", "pro", "por", "par"):
                break
            if token.word in UNITS and token.word not in _NO_UNITS and token.word not in _ONE_TIME:
                named_unit = token.word
        last = fold(leaf).rsplit("_", 1)[-1]
        square = _SQUARE.search(fold(leaf))
        if square:
            named_unit = "sqft" if "f" in square.group() else "m2"
        if not named_unit and last in ("m", "h", "d", "g", "l", "kg") and "_" in leaf:
            named_unit = last
    if named_unit:
        dimension, factor = UNITS[named_unit]
        return Claim(
            0,
            len(entry.shown),
            "measure",
            values=(round(value * factor, 6),),
            unit=dimension,
            scale=named_unit,
        )
    if ideas & MONEY_IDEAS and not (
        "rate" in words and (ideas & {"tax", "interest", "discount"} or abs(value) < 1)
    ):
        return Claim(0, len(entry.shown), "money", values=(value,), per=entry.per)
    return Claim(0, len(entry.shown), "number", values=(value,))


def day_of_epoch(value: float, words: frozenset[str]) -> Claim | None:
    """Return the date of a Unix time, when the field's name is about dates."""
    if not words & {"date", "at", "time", "created", "updated", "createdate", "timestamp", "on", "due"}:
        return None
    seconds = value / 1000 if value > 1e11 else value
    if not 9e8 < seconds < 4e9:
        return None
    moment = datetime.fromtimestamp(seconds, UTC)
    return Claim(0, 0, "date", dates=(When(moment.year, moment.month, moment.day),))


_BARE_HOURS = re.compile(
    r"(?<![\d.,:])(?<!sous )(?<!dans )(?<!within )(?<!pendant )(?<!delai de )([01]?\d|2[0-3])\s?h(?![a-z0-9]|\s?/)"
)


def bare_hours(folded: str, claims: list[Claim]) -> list[Claim]:
    """Return the times of day in a record's text that read like spans: "départ avant 10 h"."""
    taken = [(c.start, c.end) for c in claims if c.kind in ("time", "date")]
    return [
        Claim(match.start(), match.end(), "time", times=(int(match[1]) * 60,))
        for match in _BARE_HOURS.finditer(folded)
        if not any(start < match.end() and match.start() < end for start, end in taken)
    ]


def iso_moments(shown: str, claims: list[Claim]) -> list[Claim]:
    """Add the date and time of "2025-06-03T14:00:00Z", which the letter reader does not expect."""
    month = _MONTH.fullmatch(shown)
    if month:
        return [Claim(0, 7, "date", dates=(When(int(month[1]), int(month[2]), None),))]
    match = _MOMENT.match(shown)
    if not match or len(shown) > 40:
        return claims
    year, number, day, hour, minute = map(int, match.groups())
    if not (1 <= number <= 12 and hour < 25):
        return claims
    return [
        Claim(0, 10, "date", dates=(When(year, number, day),)),
        Claim(11, 16, "time", times=(hour * 60 + minute,)),
    ]
