"""
Values of another field: "3 dock doors" where the record counts two, and "Noa weighs 12.4 kg" where that is the other dog.

Only what stands right beside a number says what it is: "N noun", "noun is N", "noun: N". The noun is held against
the whole name of a field, and a value against the entry of a list that the sentence names.
"""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from signoff.checks.agreeing import NUMERIC, numbers_agree, written
from signoff.checks.claims import Claim
from signoff.checks.emptiness import says
from signoff.checks.fields import Field
from signoff.checks.idle import EXAMPLE, WOULD
from signoff.checks.reading import Doubt, Reading
from signoff.checks.units import PERIOD_OF, UNITS
from signoff.checks.words import NEGATION, Token, fold, stem

_FILLERS = frozenset(
    "de del du des d la le les l el los las of the von vom der die das den dem fur for pour para en y a au aux un une".split()
)
_LINKS = frozenset(
    "is are was were be of at ist sind war betragt liegt lautet bei von es son de esta est sont a du d des has hat tiene a to currently"
    " ahora aktuell actuellement unchanged exactly genau exactamente exactement measures misst mide mesure weighs wiegt pesa pese pays paga"
    " zahlt paie costs kostet cuesta coute un une einen eine in zu".split()
)
_ONLY_UNITS = frozenset(
    {*(f"~{stem(u)}" for u in UNITS), *(f"~{u}" for u in UNITS), *"~sf ~wh ~ft ~est ~yr ~acre".split()}
)
# What stands before a number that is no statement of the whole: "up to 3", "two of the", "a further".
_LOOSE = re.compile(
    r"\b(?:up to|at least|at most|other|another|more than|less than|of (?:the|your|our|these|those)|first|next|last|another|each|per|every|ab|bis(?: zu)?|mindestens|hochstens|maximal|noch|"
    r"weitere\w*|andere\w*|erste\w*|letzte\w*|je|pro|jeweils|davon|statt|instead of|en lugar de|au lieu de|hasta|al menos|como (?:maximo|minimo)|otr[oa]s?|primer\w*|ultim\w+|cada|desde|jusqu'a|au (?:moins|plus)|autres?|premiers?|dernier\w*|chaque|par|des|a partir de|dont|reste\w*|remain\w*|left|faltan?|need\w*|braucht|brauchen|benotig\w*|necesit\w+|besoin de)\s$"
)
_AT_MOST = re.compile(
    r"\s(?:[a-z]{2,16}\s){0,2}(?:max\w*|min\w*|at most|hochstens|per|par|pro|je|por|each|more|mehr|mas|de plus|less|weniger|menos|de moins|extra|too|zu)\b"
)
_LIMIT = re.compile(r"(?:^|[^a-z])(max|min|limit|mindest|hochst|from|ab_|desde)")
_NUMBERS = ("number", "measure", "money", "percent")


def strangers(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for every value that belongs to another field, another entry or another day."""
    yield from Slots(reading).doubts()
    yield from _other_entries(reading)
    yield from _other_moments(reading)
    yield from _other_periods(reading)
    yield from _turned_digits(reading)


# -- the noun beside a number ------------------------------------------------------------------------------------


class Slots:
    """The fields that a number beside a noun can speak about, by the first word of their names."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.fields: list[tuple[Field, list[frozenset[str]]]] = []
        self.by_idea: dict[str, list[int]] = defaultdict(list)
        for field in reading.record.fields:
            if field.prose or field.is_list or field.is_customers or field.state != "value":
                continue
            claims = [c for c in field.claims if c.kind in NUMERIC and not c.ordinal]
            inner = _inner(field, claims)
            if inner:
                self.by_idea[next(iter(inner))].append(len(self.fields))
                self.fields.append((field, [inner]))
                continue
            if len(claims) != 1 or (field.text is not None and len(field.text.tokens) > 4):
                continue
            labels = [label for label in field.labels if not label & _ONLY_UNITS]
            limit = _LIMIT.search(fold(field.path.rsplit(".", 1)[-1]))
            if not labels or (
                limit and not any(i.startswith(f"~{limit[1]}") for label in labels for i in label)
            ):
                continue  # `hose_max_m` says how long a hose may be, not how long it is
            for idea in frozenset().union(*labels):
                self.by_idea[idea].append(len(self.fields))
            self.fields.append((field, labels))

    def doubts(self) -> Iterator[Doubt]:
        if not self.fields:
            return
        for claim in self.reading.claims:
            if claim.kind not in _NUMBERS or claim.ordinal or claim.hedge in ("over", "under"):
                continue
            if claim.values and claim.values[0] in (0.0, 1.0) and claim.kind == "number":
                continue
            doubt = self._claim(claim)
            if doubt:
                yield doubt

    def _claim(self, claim: Claim) -> Doubt | None:
        reading = self.reading
        folded = reading.text.folded
        if _LOOSE.search(folded[max(0, claim.start - 16) : claim.start]):
            return None
        if _AT_MOST.match(folded[claim.end : claim.end + 40]):
            return None
        after = self._after(claim)
        before = self._before(claim)
        found = [
            (field, len(labels), end)
            for words, full in ((after, claim.kind != "money"), (before, True))
            if words and full
            for field, labels, end in self._named(words, claim)
        ]
        if not found:
            return None
        words = [*after, *before]
        most = max(size for _, size, _ in found)
        meant = [(field, end) for field, size, end in found if size == most]
        if any(numbers_agree(claim, _numeric(f)) for f, _ in meant) or self._for_another(claim, words, most):
            return None
        ideas = {idea for token in (*after[:2], *before[:2]) for idea in token.ideas}
        low, _ = reading.clause(claim.start)
        denied = NEGATION.search(reading.text, low, claim.start) is not None
        if self._told(claim, ideas) or reading.asks_here(claim.start) or denied:
            return None
        sentence = reading.sentence(claim.start)
        for wording in (WOULD, EXAMPLE):
            if wording.search(reading.text, sentence.start, sentence.end):
                return None
        field, end = meant[0]
        start = claim.start
        return Doubt(start, max(claim.end, end), "contradicts", field, says(field), 4)

    def _named(self, words: list[Token], claim: Claim) -> Iterator[tuple[Field, list[frozenset[str]], int]]:
        """Yield the fields whose whole name these words say, and where the name ends behind the number."""
        for index in {i for idea in words[0].ideas for i in self.by_idea.get(idea, ())}:
            field, labels = self.fields[index]
            if not _fits(claim, field):
                continue
            reach = words[: len(labels) + 1]
            ideas = [_exactly(word) for word in reach]
            if all(any(label & word for word in ideas) for label in labels):
                ends = [
                    w.end for w, i in zip(reach, ideas, strict=True) if any(label & i for label in labels)
                ]
                yield field, labels, max(ends) if ends[0] > claim.start else claim.end
            elif self._short_for(field, labels, words, claim):
                yield field, labels[:1], words[0].end if words[0].start > claim.start else claim.end

    def _short_for(
        self, field: Field, labels: list[frozenset[str]], words: list[Token], claim: Claim
    ) -> bool:
        """Return whether the first word of a name stands for all of it: "3 docks", with only one field of docks."""
        first = labels[0] & _exactly(words[0])
        if claim.kind != "number" or not first or len(words) > 1 or words[0].start < claim.start:
            return False
        return not any(first & other.ideas for other in self.reading.record.fields if other is not field)

    def _for_another(self, claim: Claim, words: list[Token], most: int) -> bool:
        """Return whether a field that holds the value is named by as many words, though it has more to its name."""
        ideas = [_exactly(word) for word in words]
        return any(
            sum(any(label & word for word in ideas) for label in labels) >= most
            for field, labels in self.fields
            if _fits(claim, field) and numbers_agree(claim, _numeric(field))
        )

    def _after(self, claim: Claim) -> list[Token]:
        reading = self.reading
        folded, words = reading.text.folded, reading.text.tokens
        at = reading.text.first_token_from(claim.end)
        found: list[Token] = []
        previous = claim.end
        if folded[previous - 1] == ".":
            return []
        while at < len(words) and len(found) < 4:
            token = words[at]
            if not _RIGHT_AFTER.fullmatch(folded, previous, token.start):
                break
            if reading.claim_over(token.start, token.end) is not None:
                break
            if token.word not in _FILLERS:
                if token.word in _STOPS:
                    break
                found.append(token)
            elif token.word in ("y", "a", "en", "fur", "for", "pour", "para"):
                break
            previous = token.end
            at += 1
        return found

    def _before(self, claim: Claim) -> list[Token]:
        """Return the words right before a number, nearest first, behind "is", "de" or a colon."""
        reading = self.reading
        folded, words = reading.text.folded, reading.text.tokens
        at = reading.text.first_token_from(claim.start) - 1
        found: list[Token] = []
        previous = claim.start
        linked = False
        while at >= 0 and len(found) < 4:
            token = words[at]
            gap = folded[token.end : previous]
            colon = not found and (
                gap in (": ", ":", " : ") or (gap == ", " and folded[previous : previous + 3] == "de ")
            )
            if not colon and not _RIGHT_BEFORE.fullmatch(gap):
                break
            linked = linked or bool(colon)
            if reading.claim_over(token.start, token.end) is not None:
                break
            if not found and token.word in _LINKS:
                linked = True
            elif token.word not in _FILLERS:
                if token.word in _STOPS:
                    break
                found.append(token)
            previous = token.start
            at -= 1
        return found if linked else []

    def _told(self, claim: Claim, ideas: set[str]) -> bool:
        """Return whether any text of the record says the same value of the same thing."""
        for field in self.reading.record.fields:
            if field.text is None or len(field.text.tokens) < 2:
                continue
            for other in field.claims:
                if other.kind in NUMERIC and numbers_agree(claim, other):
                    at = field.text.first_token_from(other.end)
                    near = field.text.tokens[max(0, at - 5) : at + 3]
                    if any(ideas & set(t.ideas) for t in near):
                        return True
        return False


_RIGHT_AFTER = re.compile(r"[\s'-]{0,2}")
_RIGHT_BEFORE = re.compile(r"(?:[\s'-]|\s?[$€£]){0,2}")
_STOPS = frozenset(
    "and und et oder or ou o que which that with mit con avec sowie plus but aber pero mais we wir you sie ihr vous usted nous if wenn si".split()
)


def _inner(field: Field, claims: list[Claim]) -> frozenset[str]:
    """Return the noun that a short text counts: terminals, of "Caja Plus (2 terminales)"."""
    if len(claims) != 1 or claims[0].kind != "number" or field.text is None or len(field.text.tokens) > 6:
        return frozenset()
    at = field.text.first_token_from(claims[0].end)
    token = field.text.tokens[at] if at < len(field.text.tokens) else None
    if token is None or field.text.folded[claims[0].end : token.start] != " " or len(token.word) < 4:
        return frozenset()
    before = field.text.folded[: claims[0].start].strip()
    return frozenset(token.ideas[:1]) if not before or before.endswith(("(", ",", "-", ":")) else frozenset()


def _numeric(field: Field) -> Claim:
    return next(c for c in field.claims if c.kind in NUMERIC)


def _exactly(token: Token) -> set[str]:
    """Return what a word means; of "Schlafplätze" not that it is a seat."""
    return {i for i in token.ideas if i.startswith("~")} or set(token.ideas)


def _fits(claim: Claim, field: Field) -> bool:
    """Return whether a field could hold such a value; a bare 289.00 is an amount, and no number of adults."""
    other = _numeric(field)
    if claim.kind == "number" and field.words & {"per", "pro", "por", "par"}:
        return False
    if other.kind == "number" and _AMOUNT.search(field.shown):
        return claim.kind == "money"
    if other.kind == "money" and not other.unit and field.shown.isdigit() and claim.kind == "number":
        return not field.per and other.values[0] < 100
    return _comparable(claim, other)


_AMOUNT = re.compile(r"\d[.,]\d\d$")


def _comparable(claim: Claim, other: Claim) -> bool:
    if claim.kind != other.kind:
        return False
    if claim.unit and other.unit and claim.unit != other.unit:
        return False
    return not (claim.per and other.per and claim.per != other.per)


# -- entries of a list -------------------------------------------------------------------------------------------

_NAMES = re.compile(
    r"(?:^|_|(?<=[a-z]))(?:name|nombre|nom|title|titel|titulo|titre|model|modelo|modell|modele|desc|description|descripcion|label|item|product|producto|produit|artikel|articulo|article|bezeichnung|designation|zimmer|room)$"
)
_ENTRY = re.compile(r"(.*)\[(\d+)\]\.([^.\[\]]+)$")


def _other_entries(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt where a value of one entry of a list is given for another: one dog's weight for the other's."""
    lists: dict[str, dict[int, dict[str, Field]]] = {}
    for field in reading.record.fields:
        match = _ENTRY.match(field.path)
        if match and field.state == "value":
            lists.setdefault(match[1], {}).setdefault(int(match[2]), {})[match[3]] = field
    for entries in lists.values():
        if not 2 <= len(entries) <= 20:
            continue
        names = _names_of(entries)
        if len(names) < 2:
            continue
        spots = [
            (token.start, token.end, index)
            for token in reading.text.tokens
            for index, words in names.items()
            if stem(token.word) in words
        ]
        if not spots:
            continue
        for claim in reading.claims:
            if claim.kind in ("number", "measure", "money") and not (
                claim.ordinal or (claim.spelled and claim.values == (1.0,))
            ):
                doubt = _of_another(reading, claim, spots, entries)
                if doubt:
                    yield doubt


def _names_of(entries: dict[int, dict[str, Field]]) -> dict[int, set[str]]:
    """Return the words by which each entry is told from the others."""
    said: dict[int, set[str]] = {}
    for index, fields in entries.items():
        named = next((f for leaf, f in fields.items() if _NAMES.search(fold(leaf)) and f.text), None)
        if named is None or named.text is None or len(named.text.tokens) > 8:
            return {}
        said[index] = {
            stem(t.word)
            for t in named.text.tokens
            if len(t.word) >= 3 and t.word.isalpha() and t.word not in UNITS
        }
    counts: dict[str, int] = defaultdict(int)
    for words in said.values():
        for word in words:
            counts[word] += 1
    return {index: {w for w in words if counts[w] == 1} for index, words in said.items()}


def _of_another(
    reading: Reading, claim: Claim, spots: list[tuple[int, int, int]], entries: dict[int, dict[str, Field]]
) -> Doubt | None:
    sentence = reading.sentence(claim.start)
    folded = reading.text.folded
    right = [
        index
        for start, _, index in spots
        if claim.end <= start < claim.end + 24
        and re.fullmatch(r"\s(?:[^\W\d_]+\s){0,2}", folded[claim.end : start])
    ]
    if right:
        index = right[0]
    elif claim.kind == "number":
        return None
    else:
        low = max(
            [
                sentence.start,
                *(c.end for c in reading.claims_between(sentence.start, claim.start) if c.kind == claim.kind),
            ]
        )
        left = {index for start, end, index in spots if low <= start and end <= claim.start}
        if len(left) != 1:
            # "Trufa weighs 4 kg, is 3 years old": the name may stand before another value.
            left = {i for s, e, i in spots if sentence.start <= s and e <= claim.start}
            if len(left) != 1 or reading.claims_between(claim.start - 40, claim.start):
                return None
        index = left.pop()
    own = entries[index]
    values = [c for f in own.values() for c in f.claims if c.kind in NUMERIC]
    if any(_same(claim, c) for c in values) or reading.asks_here(claim.start):
        return None
    for leaf, field in own.items():
        mine = [c for c in field.claims if c.kind == claim.kind and _comparable(claim, c)]
        if not mine or _NAMES.search(fold(leaf)):
            continue
        for other, fields in entries.items():
            theirs = fields.get(leaf)
            if other != index and theirs is not None and any(_same(claim, c) for c in theirs.claims):
                return Doubt(claim.start, claim.end, "contradicts", field, says(field), 4)
    return None


def _same(claim: Claim, other: Claim) -> bool:
    return other.kind == claim.kind and _comparable(claim, other) and numbers_agree(claim, other)


# -- times of another day, amounts of another period ---------------------------------------------------------------

_TO_THE_HOUR = re.compile(r"[,\s]{1,2}(?:(?:um|at|from|a las?|a|ab|gegen|von|de|des|desde las?)\s)?")


def _other_moments(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt where a day is given with the hour of another day: pick-up at the hour of the return."""
    moments: list[tuple[Field, Claim, Claim]] = []
    for field in reading.record.fields:
        days = [c for c in field.claims if c.kind == "date" and c.dates]
        hours = [c for c in field.claims if c.kind == "time" and c.times]
        if len(days) == 1 and len(hours) == 1 and not field.prose:
            moments.append((field, days[0], hours[0]))
    if len(moments) < 2:
        return
    for day, hour in zip(reading.claims, reading.claims[1:], strict=False):
        if day.kind != "date" or hour.kind != "time" or not day.dates:
            continue
        if not _TO_THE_HOUR.fullmatch(reading.text.folded[day.end : hour.start]):
            continue
        here = [m for m in moments if any(_one_day(d, e) for d in m[1].dates for e in day.dates)]
        if not here or any(set(hour.times) & set(m[2].times) for m in here) or reading.asks(hour.start):
            continue
        if any(set(hour.times) & set(m[2].times) for m in moments):
            yield Doubt(hour.start, hour.end, "contradicts", here[0][0], says(here[0][0]), 4)


def _one_day(one: object, other: object) -> bool:
    return (
        getattr(one, "month", 0),
        getattr(one, "day", 0),
    ) == (getattr(other, "month", 1), getattr(other, "day", 1)) and (
        not getattr(one, "year", None)
        or not getattr(other, "year", None)
        or getattr(one, "year", None) == getattr(other, "year", None)
    )


_PERIODS = {
    "year": re.compile(
        r"(?:^|[^a-z])(?:annu[ea]l\w*|anual\w*|yearly|jahres\w*|jahrlich\w*|per year|por ano|par an|pro jahr|p\.a)"
    ),
    "month": re.compile(r"(?:^|[^a-z])(?:month\w*|monat\w*|mensu[ae]l\w*|por mes|par mois)"),
    "week": re.compile(r"(?:^|[^a-z])(?:week\w*|wochent\w*|semanal\w*|hebdo\w*)"),
}


def _other_periods(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt where an amount a year is given as one a month."""
    amounts = [c for c in reading.claims if c.kind == "money" and c.per in _PERIODS]
    if not amounts:
        return
    known = [
        (value, field, claim)
        for field in reading.record.fields if not field.prose
        for claim in field.claims if claim.kind in ("money", "number")
        for value in claim.values
    ]  # fmt: skip
    for amount in amounts:
        same = [(f, c) for value in amount.values for other, f, c in known if abs(value - other) < 0.005]
        periods = [_period_of(field, claim) for field, claim in same]
        if same and all(period in _PERIODS and period != amount.per for period in periods):
            end = amount.end
            yield Doubt(amount.start, end, "contradicts", same[0][0], says(same[0][0]), 4)


def _period_of(field: Field, claim: Claim) -> str:
    """Return for what time a field gives an amount, by the amount itself or by the field's name."""
    title = fold(field.title)
    named = next((period for period, pattern in _PERIODS.items() if pattern.search(title)), "")
    return claim.per or named or PERIOD_OF.get(field.per, field.per)


def _turned_digits(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for "3,186 kWh" beside 3168: nobody rounds to as many digits."""
    for claim in reading.claims[:500]:
        if claim.kind != "measure" or claim.unit == "duration" or claim.hedge or not claim.values:
            continue
        digits = _telling_digits(written(claim))
        if len(digits) < 3:
            continue
        near: list[Field] = []
        for field in reading.record.fields:
            for other in field.claims:
                if other.kind not in ("measure", "number") or not numbers_agree(claim, other):
                    continue
                theirs = _telling_digits(written(other))
                if theirs == digits or len(theirs) != len(digits):
                    near = []
                    break
                near.append(field)
            else:
                continue
            break
        if near:
            yield Doubt(claim.start, claim.end, "contradicts", near[0], says(near[0]), 4)


def _telling_digits(value: float) -> str:
    return f"{round(value, 4):f}".replace(".", "").strip("0")
