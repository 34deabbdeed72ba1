"""The parts of an answer: stretches of a sentence that each say one thing and are weighed by themselves."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from signoff.checks.reading import Reading
from signoff.checks.words import Sentence

SHORTEST, SHORTEST_REST = 14, 12  # characters: less says nothing by itself
FEWEST_WORDS = 3
# Its first character comes before all else, for `re` skips to those quicker than it tries one thing after another.
_BETWEEN = re.compile(
    r"[;():,\s](?:(?<=[;()])\s*|(?<=[:,])\s+|(?<=\s)(?:-\s|(?=(?:and|but|so|which|while|because|und|aber|oder|sondern|wobei|weil|da|y|pero|aunque|porque|et|mais|donc|car|or|o|ou)\s)))"
)
# "Friday, 12" is one date.
_IN_A_DATE = re.compile(
    r"(?:\d{1,2}|\b(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)\w*|\bmay|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch"
    r"|lunes|martes|miercoles|jueves|viernes|sabado|domingo|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\.?,\s+$"
)
_WORD = re.compile(r"\w")


class Part(NamedTuple):
    """A stretch of an answer, in characters, and the sentence it stands in."""

    start: int
    end: int
    sentence: Sentence


def parts_of(reading: Reading) -> list[Part]:
    """Return the parts of an answer in order; together they hold every word of it."""
    folded = reading.text.folded
    parts = []
    for sentence in reading.text.sentences:
        for start, after in pairwise([sentence.start, *_cuts(reading, sentence), sentence.end]):
            said = reading.text.raw[start:after].rstrip()
            if _WORD.search(folded, start, after):
                parts.append(Part(start, start + len(said), sentence))
    return parts


def _cuts(reading: Reading, sentence: Sentence) -> list[int]:
    folded = reading.text.folded
    cuts: list[int] = []
    last = sentence.start
    for match in _BETWEEN.finditer(folded, sentence.start, sentence.end):
        end = match.end()
        if end - last < SHORTEST or sentence.end - end < SHORTEST_REST:
            continue
        if len(folded[last:end].split()) < FEWEST_WORDS or _is_within_a_value(reading, sentence, match):
            continue
        cuts.append(end)
        last = end
    return cuts


def _is_within_a_value(reading: Reading, sentence: Sentence, match: re.Match[str]) -> bool:
    folded, start, end = reading.text.folded, match.start(), match.end()
    before = max(sentence.start, start - 12)
    if folded[start] == "," and folded[end : end + 1].isdigit() and _IN_A_DATE.search(folded, before, end):
        return True
    claim = reading.claim_over(start, end)
    return claim is not None and claim.start < start and claim.end > end
