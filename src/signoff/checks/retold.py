"""
What is told back wrongly: a date under the name of another date, and what the customer counted with another number.

"Your contract ends on 31 January 2026" beside `contract_end: 2027-01-31`; "three exam rooms" where the customer wrote of two.
"""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator

from signoff.checks.agreeing import numbers_agree
from signoff.checks.claims import Claim
from signoff.checks.dates import When
from signoff.checks.emptiness import empty_why, says
from signoff.checks.fields import Field
from signoff.checks.idle import EXAMPLE, WOULD
from signoff.checks.reading import ASKED, Doubt, Reading
from signoff.checks.wordings import Wording
from signoff.checks.words import FEATURES, NEGATION, Text, fold, stem


def retold(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for dates, counts and empty fields that are told back otherwise than they stand in the record."""
    yield from _dates(reading)
    yield from _counts(reading)
    yield from _empty_things(reading)
    yield from _left_to_pay(reading)


# -- dates ---------------------------------------------------------------------------------------------------------

_TO_A_DATE = re.compile(
    r"\s(?:(?:is|ist|es|est|was|war|fue|on|am|el|le|the|until|bis(?: zum)?|hasta|jusqu'au|au|zum|den|dem|for|fur|sera|will be|takes place|findet|statt|se|tambien|automatically|automatisch|automaticamente)\s){1,4}(?:[a-z]{4,12}\s)?"
)
_ENDS = {"end": "expiry", "close": "expiry"}


def _dates(reading: Reading) -> Iterator[Doubt]:
    named: list[tuple[Field, list[set[str]], When]] = []
    for field in reading.record.fields:
        days = [c for c in field.claims if c.kind == "date" and c.dates]
        if (
            len(days) == 1
            and len(days[0].dates) == 1
            and not field.prose
            and not field.from_facts
            and days[0].dates[0].day
        ):
            labels = [{_ENDS.get(i, i) for i in label} for label in field.labels]
            if labels:
                named.append((field, labels, days[0].dates[0]))
    if len(named) < 2:
        return
    folded = reading.text.folded
    for claim in reading.claims:
        if claim.kind != "date" or not claim.dates or len(claim.dates) > 1 or not claim.dates[0].day:
            continue
        at = reading.text.first_token_from(claim.start) - 1
        nouns = reading.text.tokens[max(0, at - 5) : at + 1]
        near = next(
            (
                t
                for t in reversed(nouns)
                if _TO_A_DATE.fullmatch(
                    folded[t.end : claim.start] + ("" if folded[claim.start - 1] == " " else " ")
                )
            ),
            None,
        )
        if near is None:
            continue
        own = {_ENDS.get(i, i) for i in near.ideas}
        before = {
            _ENDS.get(i, i)
            for t in nouns
            for i in t.ideas
            if t.start <= near.start and near.start - t.start < 40
        }
        meant = [
            (f, d)
            for f, labels, d in named
            if labels[-1] & own | labels[0] & own and all(label & before for label in labels)
        ]
        if not meant or any(_same_day(claim.dates[0], d) for _, d in meant):
            continue
        if (
            reading.asks(claim.start)
            or reading.denied(near.start, claim.end)
            or ASKED.search(reading.text, *reading.clause(near.start))
        ):
            continue
        yield Doubt(claim.start, claim.end, "contradicts", meant[0][0], says(meant[0][0]), 4)


def _same_day(one: When, other: When) -> bool:
    if (one.month, one.day) != (other.month, other.day):
        return False
    return not one.year or not other.year or one.year == other.year


# -- counts of the customer's ----------------------------------------------------------------------------------------


def _counts(reading: Reading) -> Iterator[Doubt]:
    told: dict[str, list[tuple[Claim, Field]]] = {}
    everywhere: set[str] = set()
    bare: list[Claim] = []
    for field in reading.record.fields:
        everywhere |= field.ideas
        if field.text is None or field.from_facts:
            continue
        if len(field.text.tokens) <= 2:
            bare.extend(c for c in field.claims if c.kind == "number")
        for claim in field.claims:
            if claim.kind == "number" and not claim.ordinal:
                noun = _counted(field.text, claim)
                if noun:
                    told.setdefault(noun, []).append((claim, field))
    if not told:
        return
    folded = reading.text.folded
    for claim in reading.claims:
        if claim.kind != "number" or claim.ordinal or claim.hedge or claim.values == (1.0,):
            continue
        noun = _counted(reading.text, claim)
        known = told.get(noun, [])
        if len(known) != 1 or noun in everywhere or numbers_agree(claim, known[0][0]):
            continue
        if not known[0][1].prose or any(numbers_agree(claim, other) for other in bare):
            continue
        sentence = reading.sentence(claim.start)
        if (
            reading.asks(claim.start)
            or WOULD.search(reading.text, sentence.start, sentence.end)
            or EXAMPLE.search(reading.text, sentence.start, sentence.end)
        ):
            continue
        if _MORE.search(folded[max(0, claim.start - 24) : claim.start]):
            continue
        yield Doubt(claim.start, claim.end, "contradicts", known[0][1], says(known[0][1]), 2)


_MORE = re.compile(
    r"\b(?:other|further|more|up to|at least|these|those|all|both|total of|weitere\w*|bis zu|mindestens|alle|otr[oa]s|hasta|al menos|autres|jusqu'a|au moins|nur|only|solo)\s$"
)


_WHAT_IS_COUNTED = re.compile(
    r"(?:\s(?:of|von|de)\s(?:the|den|our|unseren|los|las|nos|mis))?((?:\s[a-z]{3,16}){1,2})(?=[\s.,;!?)]|$)"
)


def _counted(text: Text, claim: Claim) -> str:
    """Return the last word of what a number counts: "rooms", of "two of the exam rooms"; nothing where none is plain."""
    match = _WHAT_IS_COUNTED.match(text.folded, claim.end)
    if match is None:
        return ""
    words = match[1].split()
    word = (
        words[-1]
        if len(words) > 1 and text.language == "en" and words[1].endswith("s") and not words[0].endswith("s")
        else words[0]
    )
    return f"~{stem(word)}" if len(word) > 3 else ""


# -- things that the record leaves open ------------------------------------------------------------------------------

_HAS = re.compile(
    r"\b(?:has|have|there(?:'s| is| are)|offers?|comes with|equipped with|hat|haben|gibt es|bietet|verfugt uber|tiene|tienen|hay|dispone de|cuenta con|ofrece|a|il y a|dispose d[e']|propose|possede)\s(?:an?\s|eine?n?\s|une?\s|une\s|su\s|la\s|el\s|le\s)?$"
)
_PERSONAL = frozenset(
    "name firstname phone email message status job company website address city zip country region language source refund payment budget price".split()
)


def _empty_things(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for "it has an activity licence" beside a field of that name that is empty."""
    folded = reading.text.folded
    for field in reading.record.fields:
        if (
            field.state != "empty"
            or not field.labels
            or field.ideas & (_PERSONAL | FEATURES)
            or field.from_facts
        ):
            continue
        for at, token in enumerate(reading.text.tokens):
            if field.labels[0].isdisjoint(token.ideas):
                continue
            rest = reading.text.tokens[at + 1 : at + 2 + len(field.labels)]
            if not all(any(label & set(t.ideas) for t in rest) for label in field.labels[1:]):
                continue
            low, high = reading.clause(token.start)
            if not _HAS.search(folded[max(low, token.start - 28) : token.start]):
                continue
            if (
                reading.asks(token.start)
                or NEGATION.search(reading.text, low, max(high, token.end))
                or ASKED.search(reading.text, low, max(high, token.end))
            ):
                continue
            yield Doubt(token.start, token.end, "empty in the record", field, empty_why(field), 3)
            break


# -- what is left to pay -----------------------------------------------------------------------------------------------

_LEFT = Wording(
    r"\b(?:(?:left|remains?|remaining|outstanding|still) (?:to (?:pay|be paid)|due|open|balance)|il reste(?:ra)?|reste a (?:payer|regler)|noch (?:offen|zu zahlen|zu bezahlen)|queda(?:ra|n)? (?:por pagar|pendientes?)|falta(?:n)? por pagar)\b"
)
_BALANCE = re.compile(
    r"(?:balance|amount)_?due|solde_?du|reste_?a_?payer|saldo_?pendiente|pendiente_?de_?pago|restbetrag|offener_?betrag"
)


def _left_to_pay(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt where another amount is left to pay than the record itself says."""
    spots = list(_LEFT.finditer(reading.text))
    if not spots:
        return
    due = [
        (f, c) for f in reading.record.fields if not f.prose and _BALANCE.search(fold(f.path.rsplit(".", 1)[-1]).replace(" ", "_"))
        for c in f.claims if c.kind in ("money", "number") and c.values
    ]  # fmt: skip
    if len(due) != 1:
        return
    field, owed = due[0]
    known = {round(c.values[0], 2) for f in reading.record.fields for c in f.claims if c.values}
    for spot in spots:
        after = reading.claims_between(spot.end(), spot.end() + 24)
        near = after[:1] or reading.claims_between(spot.start() - 24, spot.start())[-1:]
        claims = [c for c in near if c.kind == "money"]
        sentence = reading.sentence(spot.start())
        if (
            len(claims) != 1
            or reading.asks(spot.start())
            or WOULD.search(reading.text, sentence.start, sentence.end)
        ):
            continue
        said = claims[0]
        others = [c for c in reading.claims_between(sentence.start, sentence.end) if c.kind == "money"]
        paid = {round(owed.values[0] - c.values[0], 2) for c in others}
        if round(said.values[0], 2) not in known | paid and not numbers_agree(said, owed):
            yield Doubt(said.start, said.end, "contradicts", field, says(field), 4)
