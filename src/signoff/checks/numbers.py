"""
Numbers as people write them: "4.180,00", "1,200", "1.2k", "zwölf", "treinta y dos", "soixante-dix".

A number such as "4.180" means two things in two countries; both readings are kept and either may be the right one.
"""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from typing import NamedTuple

from signoff.checks.words import Language, Text, fold

# Digits with optional groups of thousands and a decimal part. Bounded everywhere: no run can be long.
NUMBER = r"(?:\d{1,3}(?:[.,'’\u00a0\u202f]\d{3}){1,4}(?:[.,]\d{1,2})?|\d{1,3}(?: \d{3}){1,3}(?:,\d{1,2})?(?!\d)|\d{1,15}(?:[.,]\d{1,6})?)"
SCALE = r"(?:\s?(?:k|mio|mln|mrd|million(?:en|es|s)?|millon(?:es)?|billion(?:s)?|milliarden?|thousand|tausend|mil|mille|hundred|m(?=\b(?!²|2)))\b\.?)"
_SCALES = {
    "k": 1e3, "thousand": 1e3, "tausend": 1e3, "mil": 1e3, "mille": 1e3, "hundred": 1e2, "m": 1e6, "mio": 1e6,
    "mln": 1e6, "million": 1e6, "millionen": 1e6, "millions": 1e6, "milliones": 1e6, "millon": 1e6, "millones": 1e6,
    "billion": 1e9, "billions": 1e9, "mrd": 1e9, "milliarde": 1e9, "milliarden": 1e9,
}  # fmt: skip


_BETWEEN_GROUPS = re.compile(r"['’\s\u00a0\u202f]")


def readings(digits: str) -> tuple[float, ...]:
    """Return every number that some digits with points and commas may mean, the likeliest first."""
    plain = digits if digits.isdecimal() else _BETWEEN_GROUPS.sub("", digits)
    point, comma = plain.rfind("."), plain.rfind(",")
    if point < 0 and comma < 0:
        return (float(plain),)
    if point >= 0 and comma >= 0:
        # The last mark is the decimal one, also in two amounts that were run together: "4.180,004.180,00".
        whole, cents = plain[: max(point, comma)], plain[max(point, comma) + 1 :]
        return (float(f"{whole.replace('.', '').replace(',', '')}.{cents}"),)
    mark = "." if point >= 0 else ","
    groups = plain.split(mark)
    grouped = float("".join(groups))
    if len(groups) > 2:
        return (grouped,) if all(len(g) == 3 for g in groups[1:]) else (float(groups[0] + "." + groups[1]),)
    decimal_value = float(groups[0] + "." + groups[1])
    if len(groups[1]) == 3 and 1 <= len(groups[0]) <= 3 and groups[0] != "0":
        return (grouped, decimal_value)
    return (decimal_value,)


def scaled(values: tuple[float, ...], scale: str) -> tuple[float, ...]:
    """Return the readings of "1.2" as those of "1.2k"."""
    word = fold(scale).strip(" .\u00a0")
    factor = _SCALES.get(word)
    if not factor:
        return values
    if len(values) > 1:
        values = (values[-1],)
    return tuple(round(value * factor, 6) for value in values)


def _english() -> dict[str, int]:
    ones = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
    tens = "twenty thirty forty fifty sixty seventy eighty ninety"
    table = {word: value for value, word in enumerate(ones.split(), 1)}
    return (
        table
        | {word: 20 + 10 * i for i, word in enumerate(tens.split())}
        | {"dozen": 12, "hundred": 100, "thousand": 1000}
    )


def _german() -> dict[str, int]:
    ones = "zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn achtzehn neunzehn"
    table = {word: value for value, word in enumerate(ones.split(), 2)}
    tens = "zwanzig dreisig vierzig funfzig sechzig siebzig achtzig neunzig".split()
    units = ["", "ein", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun"]
    for i, ten in enumerate(tens):
        for value, unit in enumerate(units):
            table[f"{unit}und{ten}" if unit else ten] = 20 + 10 * i + value
    return table | {
        "dreissig": 30,
        "dutzend": 12,
        "hundert": 100,
        "einhundert": 100,
        "zweihundert": 200,
        "funfhundert": 500,
        "tausend": 1000,
        "zweitausend": 2000,
        "fuenf": 5,
        "zwoelf": 12,
    }


def _spanish() -> dict[str, int]:
    ones = "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve"
    table = {word: value for value, word in enumerate(ones.split(), 2)}
    tens = "treinta cuarenta cincuenta sesenta setenta ochenta noventa"
    return (
        table
        | {word: 30 + 10 * i for i, word in enumerate(tens.split())}
        | {"docena": 12, "cien": 100, "ciento": 100, "doscientos": 200, "quinientos": 500, "mil": 1000}
    )


def _french() -> dict[str, int]:
    ones = "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
    table = {word: value for value, word in enumerate(ones.split(), 2)}
    return table | {
        "vingt": 20,
        "vingts": 20,
        "trente": 30,
        "quarante": 40,
        "cinquante": 50,
        "soixante": 60,
        "douzaine": 12,
        "cent": 100,
        "cents": 100,
        "mille": 1000,
    }


SPELLED: dict[Language, dict[str, int]] = {
    "en": _english(),
    "de": _german(),
    "es": _spanish(),
    "fr": _french(),
}
_JOINERS: dict[Language, frozenset[str]] = {
    "en": frozenset(["and"]),
    "de": frozenset(),
    "es": frozenset("y"),
    "fr": frozenset(["et"]),
}

ORDINALS: dict[str, int] = {}
for _words in (
    "first second third fourth fifth sixth seventh eighth ninth tenth",
    "erste zweite dritte vierte funfte sechste siebte achte neunte zehnte",
    "ersten zweiten dritten vierten funften sechsten siebten achten neunten zehnten",
    "primera segunda tercera cuarta quinta sexta septima octava novena decima",
    "primer segundo tercer cuarto quinto sexto septimo octavo noveno decimo",
    "premier deuxieme troisieme quatrieme cinquieme sixieme septieme huitieme neuvieme dixieme",
):
    ORDINALS |= {_word: _value for _value, _word in enumerate(_words.split(), 1)}
ORDINALS |= {"premiere": 1, "primero": 1, "tercero": 3, "erster": 1, "zweiter": 2, "dritter": 3}


_ANY_SPELLED = frozenset(word for table in SPELLED.values() for word in table)
WORDS = _ANY_SPELLED | ORDINALS.keys()  # a text with neither digits nor any of these names no number


class Spelled(NamedTuple):
    """A number written in words, with its place."""

    start: int
    end: int
    value: int


def spelled(text: Text) -> list[Spelled]:
    """Return the numbers written in words, in the text's own language: "once" is eleven only in Spanish."""
    if _ANY_SPELLED.isdisjoint(text.letters):
        return []
    table = SPELLED[text.language]
    joiners = _JOINERS[text.language]
    words = text.tokens
    found: list[Spelled] = []
    at = 0
    while at < len(words):
        value = table.get(words[at].word)
        if value is None:
            at += 1
            continue
        start, last, total, current = at, at, 0, value
        following = at + 1
        while following < len(words) and words[following].start - words[last].end <= 2:
            word = words[following].word
            more = table.get(word)
            if word in joiners and following + 1 < len(words) and current >= 20:
                after = (
                    1
                    if words[following + 1].word in ("un", "une", "uno", "una")
                    else table.get(words[following + 1].word)
                )
                joined = (
                    after is not None
                    and after < 20
                    and current % 10 == 0
                    and text.language != "en"
                    and words[following + 1].start - words[following].end == 1
                )
                if joined or (after is not None and current >= 100 and after < 100):
                    following += 1
                    more = after
                else:
                    break
            if more is None:
                break
            if more in (100, 1000) and current < more:
                current *= more
            elif word in ("vingt", "vingts") and current == 4:
                current = 80
            elif (current >= 20 and current % 10 == 0 and more < 20) or (
                current >= 100 and more < 100 and current % 100 == 0
            ):
                current += more
            else:
                break
            last = following
            following += 1
        total = current
        found.append(Spelled(words[start].start, words[last].end, total))
        at = last + 1
    return found
