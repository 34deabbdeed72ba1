"""
Wordings: patterns of many phrases, looked for only where one of them can begin.

A pattern such as "asked|looking for|depends" is tried by `re` at every character of a text, phrase by phrase. A
`Wording` is the same pattern, and knows with which letters its phrases begin; a text knows where its words begin with
which letters. So most wordings are seen not to stand in a text without looking at it, at a tenth of the time, and what
they find is exactly what the pattern would have found.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from re import _constants, _parser  # type: ignore[attr-defined]  # no stubs; re's own reading of a pattern
from typing import Any, Protocol

MOST_LETTERS = 3
DIGIT = "0"  # stands for any digit; no wording begins with a nought of its own
_WORD_START = re.compile(r"\b\w")


class Beginnings:
    """Where the words of a folded text begin, by their first letters: "par" has "p", "pa" and "par"."""

    def __init__(self, folded: str, words: Iterable[int]) -> None:
        """`words`: where those begin that letters and digits make, as `Text` knows them already."""
        self.folded = folded
        self._spots: dict[Wording, list[int]] = {}
        found: defaultdict[str, list[int]] = defaultdict(list)
        # To `re`, a low line is part of a word as well.
        for at in words if "_" not in folded else [match.start() for match in _WORD_START.finditer(folded)]:
            found[folded[at : at + MOST_LETTERS]].append(at)
        for letters, places in list(found.items()):
            if len(letters) > 2:
                found[letters[:2]].extend(places)
            if len(letters) > 1:
                found[letters[0]].extend(places)
            if letters[0].isdecimal():
                found[DIGIT].extend(places)
        self.by_letters = dict(found)
        self._letters = frozenset(found)

    def spots(self, wording: Wording) -> list[int]:
        """Return where a wording can begin, in order; worked out once."""
        known = self._spots.get(wording)
        if known is None:
            found: set[int] = set()
            for letters in wording.at_words & self._letters:
                found.update(self.by_letters[letters])
            for letters in wording.anywhere:
                found.update(_places_of(letters, self.folded))
            known = self._spots[wording] = sorted(found)
        return known


class Begun(Protocol):
    """A text that knows where its words begin."""

    @property
    def folded(self) -> str: ...
    @property
    def beginnings(self) -> Beginnings: ...


class Wording:
    """
    A pattern whose every phrase begins with letters that can be told beforehand.

    `at_words` are the beginnings of phrases that begin where a word does, `anywhere` those of others, such as "n't".
    Raises ValueError for a pattern that may begin with anything.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        begun: set[tuple[str, bool]] = set()
        rest = _walk(list(_parser.parse(source)), {("", False)}, begun)
        begun |= rest
        self.at_words = frozenset(letters for letters, at_word in begun if at_word)
        self.anywhere = frozenset(letters for letters, at_word in begun if not at_word)
        if "" in self.at_words or any(len(letters) < 2 or DIGIT in letters for letters in self.anywhere):
            raise ValueError(f"This pattern may begin with anything: {source[:60]}")

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern itself, compiled when a text first has a place for it: a command reads one text and ends."""
        return re.compile(self._source)

    def finditer(self, text: Begun, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
        """Yield what `re` would find in the folded text between two places."""
        spots = text.beginnings.spots(self)
        if not spots:
            return
        folded, match = text.folded, self.pattern.match
        end = len(folded) if end is None else end
        for spot in spots[bisect_left(spots, start) : bisect_left(spots, end)]:
            if spot >= start:
                found = match(folded, spot, end)
                if found is not None:
                    start = found.end()
                    yield found

    def search(self, text: Begun | str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        """Return the first that `re` would find in the folded text between two places; so in a plain string."""
        if isinstance(text, str):
            return self.pattern.search(text, start, len(text) if end is None else end)
        spots = text.beginnings.spots(self)
        if not spots:
            return None
        folded = text.folded
        end = len(folded) if end is None else end
        for spot in spots[bisect_left(spots, start) : bisect_left(spots, end)]:
            found = self.pattern.match(folded, spot, end)
            if found is not None:
                return found
        return None


def found_at(pattern: re.Pattern[str], text: str, places: Iterable[int]) -> Iterator[re.Match[str]]:
    """Yield what `re` would find in a text, given the only places, in order, where a match can begin."""
    match, start = pattern.match, 0
    for place in places:
        if place >= start:
            found = match(text, place)
            if found is not None:
                start = found.end()
                yield found


def _places_of(letters: str, folded: str) -> Iterator[int]:
    at = folded.find(letters)
    while at >= 0:
        yield at
        at = folded.find(letters, at + 1)


def _walk(
    items: Iterable[Any], open_: set[tuple[str, bool]], closed: set[tuple[str, bool]]
) -> set[tuple[str, bool]]:
    """
    Return with what the items of a pattern can go on, each with whether it begins at a word.

    `closed` gets what can be told no further. What is told too little only costs time: `re` looks at each place again.
    """
    for kind, told in items:
        if kind is _constants.AT:
            if told is _constants.AT_BOUNDARY:
                open_ = {(letters, at_word or not letters) for letters, at_word in open_}
        elif kind is _constants.BRANCH:
            open_ = set().union(*(_walk(branch, set(open_), closed) for branch in told[1]))
        elif kind is _constants.SUBPATTERN:
            open_ = _walk(told[3], open_, closed)
        elif kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            least, most, repeated = told
            several = set(open_) if least == 0 else set()
            for times in range(1, min(most, MOST_LETTERS) + 1):
                open_ = _walk(repeated, open_, closed)
                several |= open_ if times >= least else set()
            open_ = several | (open_ if least > MOST_LETTERS else set())
        elif kind not in (_constants.ASSERT, _constants.ASSERT_NOT):
            letters = _letters(kind, told)
            if letters is None:
                closed |= open_
                return set()
            if letters == DIGIT:
                closed |= {(before or DIGIT, at_word) for before, at_word in open_}
                return set()
            open_ = {_longer(before, at_word, letter) for before, at_word in open_ for letter in letters}
        full = {one for one in open_ if len(one[0]) >= MOST_LETTERS}
        closed |= full
        open_ -= full
    return open_


def _longer(before: str, at_word: bool, letter: str) -> tuple[str, bool]:
    """Return a beginning with one more letter; "'s" at the end of a word begins no word."""
    is_of_a_word = bool(before) or letter.isalnum() or letter == "_"
    return before + letter, at_word and is_of_a_word


def _letters(kind: Any, told: Any) -> str | None:
    """Return which letters one item of a pattern stands for; None for too many."""
    if kind is _constants.LITERAL:
        return chr(told)
    if kind is not _constants.IN:
        return None
    if told == [(_constants.CATEGORY, _constants.CATEGORY_DIGIT)]:
        return DIGIT
    found = ""
    for inner, what in told:
        if inner is _constants.LITERAL:
            found += chr(what)
        elif inner is _constants.RANGE and what[1] - what[0] < 10:
            found += "".join(map(chr, range(what[0], what[1] + 1)))
        else:
            return None
    return found
