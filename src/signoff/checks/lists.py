"""Lists: "we offer A, B and D" where the record lists A, B and C."""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator

from signoff.checks.fields import Field
from signoff.checks.reading import FUNCTION_WORDS, Doubt, Reading
from signoff.checks.words import STOPWORDS, fold, stem

_SEPARATOR = re.compile(
    r",\s?(?:and|und|y|e|et|or|oder|o|ou)\s|\s(?:and|und|y|et|or|oder|ou|sowie|plus|as well as|asi como|ainsi que|&)\s|[,;/]\s?|\n\s*(?:[-*•]|\d{1,2}[.)])\s+"
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_STOP = FUNCTION_WORDS | frozenset(
    "all our any other including such like we offer offers provide bieten ofrecemos proposons services service options the this that these those all alle auch also sowie our unsere"
    " and und for fur para pour with mit con avec everything more much many weiteres mehr mas plus needs free full your you any other well help".split()
)
# An entry of a list has none of these in it; where one stands, the comma only parts two clauses.
_GLUE = frozenset().union(*STOPWORDS.values()) | frozenset(
    "since because while although though when where who whose before after until unless so also then than still yet"
    " weil da denn dass damit obwohl wenn als ob nachdem bevor bis also dann noch aber sondern"
    " porque pues mientras cuando donde aunque quien cual hasta desde entonces tambien pero sino ya"
    " car parce puisque lorsque quand donc alors mais aussi depuis jusque dont qui puis afin".split()
)


def additions(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for an entry of an enumeration that the record's list of such things does not have."""
    said: list[_Said] | None = None
    spoken: frozenset[str] | None = None
    for field in reading.record.fields:
        if field.words & {"tag", "tags", "labels", "keywords", "schlagworte", "etiquetas", "etiquettes"}:
            continue
        if not field.is_list or not isinstance(field.value, list) or not 2 <= len(field.value) <= 40:
            continue
        entries = [_stems(str(item)) for item in field.value]
        entries = [entry for entry in entries if entry and len(entry) <= 5]
        if len(entries) < 2:
            continue
        spoken = _stems(" ".join(reading.text.vocabulary)) if spoken is None else spoken
        if any(entry <= spoken for entry in entries):  # else no enumeration has any of them
            said = _enumerations(reading) if said is None else said
            yield from _beside(reading, said, field, entries)


_Said = tuple[
    list[tuple[int, int]], list[frozenset[str]]
]  # the parts of an enumeration, and the stems of each


def _enumerations(reading: Reading) -> list[_Said]:
    folded = reading.text.folded
    several = (_parts(folded, start, end) for start, end in _blocks(reading))
    return [(parts, [_stems(folded[a:b]) for a, b in parts]) for parts in several if len(parts) >= 2]


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in _WORD.findall(fold(text)))


def _beside(
    reading: Reading, said: list[_Said], field: Field, entries: list[frozenset[str]]
) -> Iterator[Doubt]:
    folded = reading.text.folded
    for parts, stems in said:
        hits = [any(entry <= words for entry in entries) for words in stems]
        if sum(hits) < 1 or (sum(hits) < 2 and (len(parts) < 3 or len(entries) < 3)):
            continue  # a sentence that names one thing of two is no enumeration of them
        first, last = hits.index(True), len(hits) - 1 - hits[::-1].index(True)
        for index, (start, end) in enumerate(parts):
            if hits[index] or not first - 1 <= index <= last + 1:
                continue
            piece = _piece(folded, start, end, leading=index < first, trailing=index > last)
            if piece and _unknown(reading, *piece):
                yield Doubt(*piece, "not in the record", field, f"The record lists: {field.shown}.", 2)


def _blocks(reading: Reading) -> Iterator[tuple[int, int]]:
    """Yield sentences, and runs of bullet points as one."""
    folded = reading.text.folded
    for sentence in reading.text.sentences:
        yield sentence.start, sentence.end
    for match in re.finditer(r"(?:(?:^|\n)[ \t]*[-*•] [^\n]{1,60}){2,20}", folded):
        yield match.start(), match.end()


def _parts(folded: str, start: int, end: int) -> list[tuple[int, int]]:
    parts = []
    at = start
    for match in _SEPARATOR.finditer(folded, start, end):
        if match.start() > at:
            parts.append((at, match.start()))
        at = match.end()
    if at < end:
        parts.append((at, end))
    return parts


def _piece(folded: str, start: int, end: int, *, leading: bool, trailing: bool) -> tuple[int, int] | None:
    """Return the entry itself: of a first part its last words, of a last part its first ones."""
    text = folded[start:end]
    cut = re.search(r"[.!?:()\n]|\s-\s", text)
    if cut and trailing:
        text = text[: cut.start()]
    elif cut and not leading:
        return None
    words = [(m.start(), m.end(), m.group()) for m in re.finditer(r"[^\W_]+(?:-[^\W_]+)*", text)]
    if not words:
        return None
    if leading:
        colon = text.rfind(":")
        if colon < 0:
            return None
        words = [w for w in words if w[0] > colon]
    elif trailing:
        kept: list[tuple[int, int, str]] = []
        for word in words:
            if word[2] in FUNCTION_WORDS and kept:
                break
            kept.append(word)
        words = kept
    while words and words[0][2] in _STOP:
        words = words[1:]
    if not words or len(words) > 4 or any(w[2] in _GLUE for w in words):
        return None
    return start + words[0][0], start + words[-1][1]


def _unknown(reading: Reading, start: int, end: int) -> bool:
    record = reading.record
    words = [w for w in _WORD.findall(reading.text.folded[start:end]) if w not in _STOP]
    if not words or reading.claim_over(start, end) or reading.denied(start, end):
        return False
    if reading.asks(start):
        return False
    return not any(w in record.words or stem(w) in record.words or stem(w) in record.names for w in words)
