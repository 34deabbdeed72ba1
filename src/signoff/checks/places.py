"""Places that neither the record nor the facts know."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from signoff.checks.claims import Taken
from signoff.checks.emptiness import says
from signoff.checks.known_names import LEAD, parts_of
from signoff.checks.layout import Layout
from signoff.checks.reading import Doubt, Reading
from signoff.checks.words import COUNTRY_NAMES, PLACES, fold


class Places:
    """Judges the places in one answer; `done` are the stretches that are known to be something else."""

    def __init__(self, reading: Reading, done: Taken, layout: Layout) -> None:
        self.raw = reading.text.raw
        self.folded = reading.text.folded
        self.record = reading.record
        self.done = done
        self.layout = layout

    def doubts(self) -> Iterator[Doubt]:
        cities = None
        for match in re.finditer(r"(?<!\w)[A-ZÀ-Þ][\wÀ-ÿ]{1,40}(?:[ ][A-ZÀ-Þ][\wÀ-ÿ]{1,40})?", self.raw):
            start, end = match.span()
            place = _place(fold(match.group()))
            if not place and " " in match.group():
                end = start + match.group().index(" ")
                place = _place(fold(self.raw[start:end]))
                if not place:
                    second = start + match.group().index(" ") + 1
                    start, end = second, match.end()
                    place = _place(fold(self.raw[start:end]))
            if (
                not place
                or not self.done.free(start, end)
                or self.layout.is_signed(start)
                or self.layout.is_of_sender(start)
            ):
                continue
            if cities is None:
                cities = {
                    p: f
                    for f in self.record.fields
                    if f.text is not None
                    for w in parts_of(f.text.folded)
                    for p in _place(w)
                }
                for field in self.record.fields:
                    if field.text is not None and " " in field.text.folded:
                        words = parts_of(field.text.folded)
                        for one, two in itertools.pairwise(words):
                            for p in _place(f"{one} {two}"):
                                cities[p] = field
            if set(place) & cities.keys() or self.record.knows(fold(self.raw[start:end])):
                continue
            if set(place) & COUNTRY_NAMES:
                continue
            if not LEAD.search(self.folded, max(0, start - 14), start) and self.layout.begins_sentence(start):
                continue
            holder = next(
                (
                    f
                    for p, f in cities.items()
                    if p not in COUNTRY_NAMES
                    and f.ideas & {"city", "address", "location", "region"}
                    and not f.prose
                ),
                None,
            )
            if holder is not None:
                yield Doubt(start, end, "contradicts", holder, says(holder), 3)
            else:
                yield Doubt(
                    start,
                    end,
                    "not in the record",
                    None,
                    "This place is nowhere in the record or the facts.",
                    2,
                )


def _place(word: str) -> tuple[str, ...]:
    if " " in word:
        parts = tuple(word.split())
        for phrase, meaning in PLACES.phrases.get(parts[0], ()):
            if phrase == parts:
                return meaning
        return ()
    return PLACES.words.get(word, ())
