"""
What about an answer a person should look at although no single statement in it is wrong.

Instructions hidden in a record, our own instructions in an answer, another language than the customer's, and topics
that nobody leaves to a machine. Pure, without an AI; a few thousandths of a second.

Word lists find only a part of the attacks there are. They are here so that the reader is told of the plain ones; what
protects is how a run is built (docs/security.md): the answering step has no tools, and nothing it writes chooses where
an answer goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from signoff.checks.alarm import Alarm
from signoff.checks.findings import texts_of
from signoff.checks.orders import order_in
from signoff.checks.tongues import NAMES, tongue_of
from signoff.checks.topics import TOPICS, own_topic
from signoff.checks.words import fold

MOST_TEXT = 50_000
SHOWN = 80
LEAK_WORDS = 7  # so many words in a row of our own instructions are no accident


@dataclass(frozen=True)
class House:
    """
    What a house wants looked at.

    `told` is what the AI was told apart from the record and the facts (for leaks), and `marks` are codes that stand
    there and nowhere else; `topics` are the owner's own beside ours; `language` is False where an answer need not be in
    the customer's language. `reaches_customers` is False where no customer reads the answer: topics then matter to
    nobody.
    """

    told: str = ""
    marks: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    language: bool = True
    reaches_customers: bool = True


def alarms(answer: str | Mapping[str, Any], record: Any, house: House) -> list[Alarm]:
    """Return what a person should look at, the gravest first."""
    told = list(texts_of(record))
    written = list(texts_of(answer))
    return [
        *_orders(told),
        *_marked(written, house.marks),
        *_leaks(written, house.told, " ".join(fold(text) for _, text in told)),
        *(_other_language(written, told) if house.language else ()),
        *(_topics(written, told, house.topics) if house.reaches_customers else ()),
    ]


# --- instructions in a record -------------------------------------------------------------------


def _orders(told: Sequence[tuple[str, str]]) -> Iterator[Alarm]:
    """Yield one finding for each field of a record that reads as if it gave orders to an AI."""
    for where, text in told:
        words = order_in(text[:MOST_TEXT])
        if words is not None:
            what = "A text in the record reads like an order to an AI."
            if not words:
                what = "The record holds letters that nobody can see, perhaps an order to an AI."
            why = f"{what} It was passed on as data; see that the draft did not obey it."
            yield Alarm("instructions in the record", _short(words), why, where)


# --- our instructions in an answer --------------------------------------------------------------

_WORD = re.compile(r"\w+")
_SAID = re.compile(r"“[^”\n]{1,300}”|„[^“\n]{1,300}“|«[^»\n]{1,300}»|\"[^\"\n]{1,300}\"|'[^'\n]{12,300}'")


def _marked(written: Sequence[tuple[str, str]], marks: Sequence[str]) -> Iterator[Alarm]:
    """Yield the first place of each text with a code that only the AI's instructions have, however it is spaced."""
    if not marks:
        return
    pattern = _spaced(tuple(marks))
    for where, text in written:
        found = pattern.search(text)
        if found:
            why = "This code stands in what the AI was told to do: the draft repeats it, and it is not for the reader."
            yield Alarm("leaked instructions", _short(found.group()), why, "", where, *found.span())


@lru_cache(maxsize=16)
def _spaced(marks: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds one of these codes in any case, and with a blank or a sign between its letters."""
    return re.compile("|".join(r"[\W_]?".join(map(re.escape, mark)) for mark in marks), re.IGNORECASE)


def _leaks(written: Sequence[tuple[str, str]], told: str, record: str) -> Iterator[Alarm]:
    """Yield the first stretch of each text that repeats what the AI was told, unless the record says it too."""
    runs = _runs_of_words(_SAID.sub(" . ", told))  # what the owner put in quotes is meant to be written
    if not runs:
        return
    for where, text in written:
        words = list(_WORD.finditer(fold(text[:MOST_TEXT])))
        for at in range(len(words) - LEAK_WORDS + 1):
            run = words[at : at + LEAK_WORDS]
            if tuple(one.group() for one in run) in runs:
                start, end = run[0].start(), run[-1].end()
                if fold(text[start:end]) not in record:
                    why = "This repeats what the AI was told to do; it is not meant for the reader."
                    yield Alarm("leaked instructions", text[start:end], why, "", where, start, end)
                    break


@lru_cache(maxsize=64)
def _runs_of_words(text: str) -> frozenset[tuple[str, ...]]:
    """Return every run of so many words within one sentence or line of a text."""
    runs: set[tuple[str, ...]] = set()
    for line in re.split(r"[.\n:;!?]", fold(text)):
        words = _WORD.findall(line)
        runs.update(tuple(words[at : at + LEAK_WORDS]) for at in range(len(words) - LEAK_WORDS + 1))
    return frozenset(runs)


# --- the customer's language --------------------------------------------------------------------


def _other_language(written: Sequence[tuple[str, str]], told: Sequence[tuple[str, str]]) -> Iterator[Alarm]:
    """Yield a finding when both the customer's longest text and the answer's are surely in different languages."""
    theirs = tongue_of(max((text for _, text in told), key=len, default=""))
    where, text = max(written, key=lambda one: len(one[1]), default=("", ""))
    ours = tongue_of(text)
    if theirs and ours and theirs != ours:
        why = f"The customer wrote in {NAMES[theirs]}, and this is in {NAMES[ours]}."
        yield Alarm("language", "", why, "", where)


# --- topics -------------------------------------------------------------------------------------


def _topics(
    written: Sequence[tuple[str, str]], told: Sequence[tuple[str, str]], own: Sequence[str]
) -> Iterator[Alarm]:
    """Yield one alarm for each topic that the answer or the customer speaks of."""
    texts = [(text[:MOST_TEXT], fold(text[:MOST_TEXT]), where, "") for where, text in written]
    texts += [(text[:MOST_TEXT], fold(text[:MOST_TEXT]), "", field) for field, text in told]
    for topic in (*map(own_topic, own), *TOPICS):
        for text, folded, where, field in texts:
            found = topic.pattern.search(folded)
            if found:
                words = _short(text[found.start() : found.end()])
                yield Alarm("topic", words, f"{topic.name}: a person always decides on this.", field, where)
                break


def _short(text: str) -> str:
    return " ".join(text.split())[:SHOWN]
