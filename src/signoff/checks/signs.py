"""
Signs: what speaks for and against each part of an answer, counted, so that it can be weighed.

A sign is a name and a number. What its name begins with says what it is about:

    w: b: x:   a word with how it is borne out, two words in a row, the beginning of a word that nothing bears out
    u:         the field or sentence of the record that says most of the same, and whether it denies what is affirmed
    c: n:      a value: whether the record has it, beside the same words or others, and whether it can be reckoned
    i: is: f:  an idea of the lexicon, and how the fields that are about it stand
    k:         an act: something done, promised, given
    r:         a reader of this room that doubts something here
    p:         whether the part begins the answer or ends it
    d:         everything that is counted rather than there or not

How long an answer is is no sign: it tells who wrote the labelled ones. The trees see those of `COLUMNS`, the linear sum
sees all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from signoff.checks.acts import Acts
from signoff.checks.agreeing import NUMERIC
from signoff.checks.answer_words import Signs, Word, Words
from signoff.checks.bearing import LINKING_WORDS, Bearing
from signoff.checks.doubting import Doubted
from signoff.checks.fields import Field
from signoff.checks.parts import Part
from signoff.checks.reading import ASKING, NOT_YET, Reading
from signoff.checks.reckoned import (
    IN_THE_RECORD,
    NOWHERE,
    OF_THREE,
    Reckoned,
    shown_number,
)
from signoff.checks.values import Values
from signoff.checks.words import FEATURES, NEGATION, stem

COLUMNS = ("d:", "c:", "f:", "p:", "r:", "n:", "u:", "k:", "is:")
NAMED_FROM, RARE = 4, 0.5  # letters of a word that is worth naming, and its rareness
A_GOOD_DEAL = 0.25  # of what a part says, counted by how rare its words are


class Evidence:
    """
    What speaks for and against an answer beside its record, and what its readers doubt.

    `common`: in how many of `of` labelled records' answers a word stood. `pairs`: the signs of the two words in a row
    that weigh anything, which are few of all that stand in an answer; None for all of them, as learning asks for.
    """

    def __init__(
        self,
        reading: Reading,
        doubts: Sequence[Doubted],
        common: Mapping[str, int],
        of: int,
        pairs: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        bearing = Bearing(reading.record, common, of)
        self.reading, self.bearing, self.doubts = reading, bearing, doubts
        self._acts, self._pairs = Acts(reading.text), pairs
        self._words = Words(bearing)
        self.reckoned = Reckoned(reading, bearing)
        self._nearest: dict[int, Field] = {}  # by where a part begins
        # "Tuesday", "3 June": where such words begin. They are values, and known as such or not.
        self._in_days = {
            start
            for claim in reading.claims
            if claim.kind in ("date", "weekday")
            for start, _, _ in reading.text.words_between(claim.start, claim.end)
        }
        self._values = Values(reading, bearing.units, self.reckoned, self._words)
        self.stand = _standing_of_ideas(reading.record.fields)
        self._about: list[tuple[Field, str, frozenset[str] | None]] = []
        self._about_idea: dict[str, list[int]] = {}  # places of those, by each idea that a part may name
        for entry in reading.record.fields:
            named = [idea for idea in entry.ideas if idea[0] != "~"]
            for idea in named:
                self._about_idea.setdefault(idea, []).append(len(self._about))
            if named:
                self._about.append((entry, *_stands(entry)))

    def signs(self, parts: Sequence[Part]) -> list[Signs]:
        """Return the signs of each part of the answer."""
        found = [self._of_part(part) for part in parts]
        for place, signs in enumerate(found):
            signs["p:" + ("first" if place < 2 else "last" if place > len(parts) - 3 else "mid")] = 1
            signs["d:pos"] = place / len(parts)
        _beside(found, parts)
        return found

    def nearest(self, part: Part) -> Field | None:
        """Return the field that says most of the same as a part with signs, None where none says a good deal of it."""
        return self._nearest.get(part.start)

    def not_found(self, part: Part) -> list[str]:
        """Return the words of a part, as they are written, that nothing bears out: the rarest three in their order."""
        text, found = self.reading.text, []
        for start, end, word in text.words_between(part.start, part.end):
            known = self._words[word]
            if start in self._in_days:
                continue
            if known.tells and not known.borne.units and known.rareness > RARE and len(word) >= NAMED_FROM:
                found.append((known.rareness, start, text.raw[start:end]))
        rarest = sorted(found, reverse=True)[:3]
        return [word for _, _, word in sorted(rarest, key=lambda one: one[1])]

    def _of_part(self, part: Part) -> Signs:
        """Return the signs of one part but for those of its neighbours."""
        signs: Signs = {}
        words = self.reading.text.words_between(part.start, part.end)
        self._of_words(signs, part, words)
        self._of_values(signs, part)
        self._of_acts(signs, part)
        self._of_fields(signs, part, words)
        self._of_readers(signs, part)
        return signs

    def _of_words(self, signs: Signs, part: Part, words: Sequence[tuple[int, int, str]]) -> None:
        """
        Words borne out by the record, each counted by how rare it is in letters.

        By all of the record together, and by the one field or sentence that speaks most of the same.
        """
        row, telling = ["^"], []
        rare = borne = unborne = rarest = 0.0
        in_any = in_messages = in_facts = in_record = nowhere = rare_nowhere = 0
        speaks: dict[int, float] = {}
        for start, _, word in words:
            seen = self._words[word]
            if seen.has_digit or start in self._in_days:
                row.append("#")
                continue
            row.append(seen.shown)
            signs |= seen.own
            if not seen.tells:
                continue
            rareness, units = seen.rareness, seen.borne.units
            telling.append(seen)
            rare += rareness
            borne += seen.shares
            if units:
                in_any += 1
                in_messages += seen.in_messages
                in_facts += seen.in_facts
                in_record += seen.in_record
                share = seen.shares / (1 + 0.15 * len(units))
                for unit in units:
                    speaks[unit] = speaks.get(unit, 0.0) + share
            else:
                nowhere += 1
                rare_nowhere += rareness > 0.75
                unborne += rareness
                if rareness > rarest:
                    rarest = rareness
        row.append("$")
        if self._pairs is None:
            signs |= dict.fromkeys((f"b:{one}_{next_one}" for one, next_one in pairwise(row)), 1)
        else:
            signs |= dict.fromkeys(filter(None, map(self._pairs.get, pairwise(row))), 1)
        signs |= {
            "d:U": nowhere,
            "d:S": in_any,
            "d:M": in_messages,
            "d:F": in_facts,
            "d:R": in_record,
            "d:rare": rare_nowhere,
            "d:len": len(words),
            "d:uidf": unborne,
            "d:umax": rarest,
            "d:tot": rare,
            "d:urate": unborne / max(1, len(words)),
            "d:cov": borne / rare if rare else 1.0,
        }
        most = sorted(speaks, key=speaks.__getitem__, reverse=True)[:2]
        self._of_the_nearest(signs, part, telling, [(unit, speaks[unit]) for unit in most], rare)

    def _of_the_nearest(
        self,
        signs: Signs,
        part: Part,
        telling: Sequence[Word],
        most: Sequence[tuple[int, float]],
        rare: float,
    ) -> None:
        """The field or sentence that says most of the same: is it empty, or does it deny what the part affirms?"""
        signs["d:bestabs"] = most[0][1] if most else 0.0
        signs["d:best"] = signs["d:bestabs"] / rare if rare else 0.0
        signs["d:best2"] = most[1][1] / rare if len(most) > 1 and rare else 0.0
        if not most:
            return
        unit, share = self.bearing.units[most[0][0]], signs["d:best"]
        if share >= A_GOOD_DEAL:
            self._nearest[part.start] = unit.field
        much = "hi" if share > 0.5 else "mid" if share > 0.25 else "lo"
        denies_here = NEGATION.search(self.reading.text, part.start, part.end) is not None
        denies_there = unit.denies or unit.field.state == "no"
        signs["u:" + unit.source + much] = 1
        signs["u:" + unit.field.state + much + ("-" if denies_here else "+")] = 1
        if unit.field.state != "empty":
            signs["u:pol" + ("=" if denies_there == denies_here else "!") + much] = 1
        signs["d:pol"] = share if denies_there != denies_here else -share
        if unit.field.state == "value" and not unit.field.prose and unit.words:
            told = sum(not unit.keys.isdisjoint(word.keys) for word in telling)
            signs["d:vin"] = told / unit.words
            signs["u:" + ("vin" if told else "vout") + much] = 1

    def _of_values(self, signs: Signs, part: Part) -> None:
        """Each value: does the record have it, in a field that speaks of the same, or does such a one say another?"""
        lacking = there = unexplained = 0
        least, most_other, gap, farthest = 9.0, 0.0, 9.0, 5.0
        for claim in self.reading.claims_between(part.start, part.end):
            same, other, sources = self._values.beside(claim, part)
            is_known_day = claim.kind == "weekday" and not self.reckoned.weekdays.isdisjoint(claim.days)
            signs["c:" + claim.kind + ("S" if same >= 0 or is_known_day else "U")] = 1
            if same < 0 and is_known_day:  # the weekday of a date in the record
                there += 1
                tag = "eqD"
            elif same >= 0:
                there += 1
                tag = "eq+" if same >= other else "eq-"
                least, gap = min(least, same), min(gap, same - other)
                for source in sources:
                    signs[f"n:{claim.kind}@{source}"] = 1
            else:
                lacking += 1
                tag = "ne" if other > 0.1 else "no"
                most_other, gap = max(most_other, other), min(gap, -1 - other)
                if claim.kind in NUMERIC and claim.values:
                    made = self.reckoned.number(claim)
                    farthest = min(farthest, made)
                    unexplained += made == NOWHERE
                    signs[f"n:dv{made:.0f}"] = 1
                    shown = shown_number(self.reading.text, claim)
                    shown = claim.values[0] if shown is None else shown
                    tag += "D" if made >= IN_THE_RECORD else "A" if made >= OF_THREE else ""
                    tag += ("r" if shown % 10 == 0 or shown < 13 else "") + ("s" if claim.spelled else "")
                elif claim.kind == "time":
                    made = self.reckoned.time(claim)
                    farthest = min(farthest, made)
                    unexplained += made == NOWHERE
                    tag += "D" if made >= IN_THE_RECORD else "A" if made else ""
            signs["n:" + tag] = signs[f"n:{claim.kind}{tag}"] = 1
            signs["d:n:" + tag] = signs.get("d:n:" + tag, 0) + 1
            if claim.kind == "date" and claim.weekday is not None:
                fits = self.reckoned.falls_on_its_weekday(claim)
                signs["n:wd" + ("ok" if fits else "bad")] = 1
                signs["d:wdbad"] = not fits
        signs |= {"d:numU": lacking, "d:numS": there, "d:eqmin": least, "d:nemax": most_other, "d:gap": gap}
        signs |= {"d:dv": farthest, "d:unexpl": unexplained}

    def _of_acts(self, signs: Signs, part: Part) -> None:
        unborne = signs["d:uidf"]
        much = "u0" if unborne < 0.3 else "u1" if unborne < 1 else "u2"
        for act in self._acts.between(part.start, part.end):
            signs["k:" + act] = signs[f"k:{act}|{much}"] = 1

    def _of_fields(self, signs: Signs, part: Part, words: Sequence[tuple[int, int, str]]) -> None:
        text, start, end = self.reading.text, part.start, part.end
        ideas: set[str] = set()
        for token in text.tokens[text.first_token_from(start) : text.first_token_from(end)]:
            for idea in token.ideas:
                if idea[0] == "~":
                    continue
                ideas.add(idea)
                for stands in self.stand.get(idea, _NOWHERE):
                    signs["is:" + stands] = signs[f"i:{idea}:{stands}"] = 1
                    if idea in FEATURES:
                        signs["d:isF:" + stands] = 1
        if text.language != "de":
            names = sum(
                1
                for at, _, word in words
                if text.raw[at].isupper() and at > part.sentence.start and not self.reading.record.knows(word)
            )
            if names:
                signs["d:caps"], signs["caps"] = names, 1
        denies = NEGATION.search(text, start, end) is not None
        signs |= {
            "d:neg": denies,
            "d:asks": self.reading.asks(start),
            "d:q": part.sentence.asks,
            "d:notyet": NOT_YET.search(text, start, end) is not None,
            "d:askhere": ASKING.search(text, start, end) is not None,
        }
        if ideas:
            self._of_alike(signs, ideas, words, denies)

    def _of_alike(
        self, signs: Signs, ideas: set[str], words: Sequence[tuple[int, int, str]], denies: bool
    ) -> None:
        """The fields about the same things: how they stand, and whether the part says their value."""
        counts: dict[str, int] = {}
        stems: set[str] = set()
        for place in sorted({place for idea in ideas for place in self._about_idea.get(idea, ())}):
            entry, stands, value = self._about[place]
            stated = stands
            if value is not None:
                stems = stems or {stem(word) for _, _, word in words}
                stated += "out" if value.isdisjoint(stems) else "in"
            is_whole = not any(label.isdisjoint(ideas) for label in entry.labels)
            name = ("full" if is_whole else "part") + stated
            counts[name] = counts.get(name, 0) + 1
        for name, count in counts.items():
            signs["f:" + name] = signs["f:" + name + ("-" if denies else "+")] = 1
            signs["d:f:" + name] = count

    def _of_readers(self, signs: Signs, part: Part) -> None:
        here = [
            (reader, doubt)
            for reader, doubt in self.doubts
            if doubt.start < part.end and part.start < doubt.end
        ]
        for reader, doubt in here:
            signs["r:" + reader] = signs[f"r:{reader}:{doubt.kind[:4]}"] = signs[
                f"r:{reader}:w{doubt.weight}"
            ] = signs["d:r:" + reader] = 1
            if doubt.field is not None:
                signs[f"r:{reader}:field"] = 1
        signs["d:doubts"], signs["d:weight"] = len(here), max((doubt.weight for _, doubt in here), default=0)


_NOWHERE = frozenset(["none"])


# Of each side what is told of the part there, and under which name.
_SIDES = [
    (
        step,
        f"d:{side}same",
        (f"d:{side}cov", "d:cov"),
        (f"d:{side}uidf", "d:uidf"),
        (f"d:{side}nd", "d:doubts"),
        (f"d:{side}numU", "d:numU"),
    )
    for side, step in (("prev", -1), ("next", 1))
]


def _beside(found: Sequence[Signs], parts: Sequence[Part]) -> None:
    """Add to each part's signs what stands beside it, and how much else is doubted."""
    doubted = sum(signs["d:doubts"] > 0 for signs in found)
    for at, signs in enumerate(found):
        for step, in_one, *theirs in _SIDES:
            beside = at + step
            if 0 <= beside < len(found):
                signs[in_one] = parts[beside].sentence == parts[at].sentence
                for own, name in theirs:
                    signs[own] = found[beside][name]
        signs["d:others"] = (doubted - (signs["d:doubts"] > 0)) / len(found)


def _standing_of_ideas(fields: Sequence[Field]) -> dict[str, set[str]]:
    """Return for each idea how the fields about it stand, and that a long text speaks of it."""
    found: dict[str, set[str]] = {}
    for entry in fields:
        for idea in entry.ideas:
            found.setdefault(idea, set()).add(("F" if entry.from_facts else "") + entry.state)
        if entry.text is not None and (entry.prose or entry.is_list):
            for token in entry.text.tokens:
                for idea in token.ideas:
                    if idea[0] != "~":
                        found.setdefault(idea, set()).add("msg" if entry.is_customers else "text")
    return found


def _stands(entry: Field) -> tuple[str, frozenset[str] | None]:
    """Return how a field stands, and the words of its value where that is short enough to be told again."""
    stands = ("F" if entry.from_facts else "") + entry.state
    if entry.state != "value" or entry.text is None or entry.prose:
        return stands, None
    return stands, frozenset(
        stem(token.word) for token in entry.text.tokens if token.word not in LINKING_WORDS
    )
