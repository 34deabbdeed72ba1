"""
One mistake in a right answer, of the kind that no check can see, so that it is known to be wrong.

Pure but for the chance that is handed in. Such mistakes are what reviewers are there for: another choice, a "not" too
many or too few, a number or a name of the record in the wrong place. A mistake that a check would mark is no measure:
it would be looked at twice, and a marked draft never goes out by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, NamedTuple

from signoff.outputs.contract import Contract, ContractField

# A statement is turned round by one word after, or instead of, another.
TURNED = {
    "can": "cannot", "cannot": "can", "will": "will not", "is": "is not", "are": "are not", "does": "does not",
    "includes": "does not include", "include": "do not include", "included": "not included", "with": "without",
    "without": "with", "before": "after", "after": "before", "more": "less", "least": "most",
    "kann": "kann nicht", "können": "können nicht", "ist": "ist nicht", "sind": "sind nicht", "mit": "ohne",
    "ohne": "mit", "vor": "nach", "nach": "vor", "enthalten": "nicht enthalten",
}  # fmt: skip
MOST_TRIED = 60
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)?(?![\w]|[.,]\d)")


class Mistake(NamedTuple):
    """An answer that is wrong in one place: in `field` it says `now` where the right one says `was`."""

    answer: dict[str, Any]
    field: str
    was: str
    now: str


def mistake(
    answer: Mapping[str, Any],
    record: Mapping[str, Any],
    contract: Contract,
    is_marked: Callable[[Mapping[str, Any]], bool],
    chance: Random,
) -> Mistake | None:
    """
    Return an answer with one mistake that `is_marked` does not see; None where there is none to be made.

    The kinds of mistakes come in a random order. That it is one is looked at as an edit would be: what it changes is
    more than wording.
    """
    from signoff.review.grading import grade

    tried = [*_choices(answer, contract), *_numbers(answer, record, contract), *_turned(answer, contract)]
    tried += _names(answer, record, contract)
    chance.shuffle(tried)
    for one in tried[:MOST_TRIED]:
        kinds = {changed.kind for changed in grade(answer, one.answer).changed}
        if kinds - {"wording", "rewritten"} and not is_marked(one.answer):
            return one
    return None


def _choices(answer: Mapping[str, Any], contract: Contract) -> Iterator[Mistake]:
    """Yield the other choices of every field that has some, and the other of yes and no."""
    for field in contract.fields:
        value = answer.get(field.name)
        if field.type == "choice" and isinstance(value, str):
            for choice in field.choices:
                if choice.value != value:
                    yield _with(answer, field.name, choice.value, value, choice.value)
        if field.type == "yesno" and isinstance(value, bool):
            yield _with(answer, field.name, not value, "yes" if value else "no", "no" if value else "yes")


def _numbers(answer: Mapping[str, Any], record: Mapping[str, Any], contract: Contract) -> Iterator[Mistake]:
    """Yield texts in which one number of the record stands in another one's place."""
    known = {found for value in record.values() for found in _NUMBER.findall(str(value))}
    for field in _texts(answer, contract):
        text = str(answer[field.name])
        for place in _NUMBER.finditer(text):
            for other in sorted(known - {place.group()}):
                yield _replaced(answer, field.name, text, place, other)


def _turned(answer: Mapping[str, Any], contract: Contract) -> Iterator[Mistake]:
    """Yield texts in which one statement says the opposite."""
    for field in _texts(answer, contract):
        text = str(answer[field.name])
        for place in _WORD.finditer(text):
            if place.group() in TURNED:
                yield _replaced(answer, field.name, text, place, TURNED[place.group()])


def _names(answer: Mapping[str, Any], record: Mapping[str, Any], contract: Contract) -> Iterator[Mistake]:
    """Yield texts in which one short value of the record stands in the place of another: two names, two products."""
    values = {
        str(value).strip()
        for value in record.values()
        if isinstance(value, str) and 3 <= len(value.strip()) <= 40 and "@" not in value and "/" not in value
    }
    for field in _texts(answer, contract):
        text = str(answer[field.name])
        for value in sorted(values):
            place = re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text)
            for other in sorted(values - {value}) if place else ():
                if place and value not in other and other not in value:
                    yield _replaced(answer, field.name, text, place, other)


def _texts(answer: Mapping[str, Any], contract: Contract) -> list[ContractField]:
    return [f for f in contract.fields if f.type == "text" and isinstance(answer.get(f.name), str)]


def _replaced(answer: Mapping[str, Any], name: str, text: str, place: re.Match[str], other: str) -> Mistake:
    return _with(answer, name, text[: place.start()] + other + text[place.end() :], place.group(), other)


def _with(answer: Mapping[str, Any], name: str, value: Any, was: str, now: str) -> Mistake:
    return Mistake({**answer, name: value}, name, was, now)
