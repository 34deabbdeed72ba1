"""Answers a question: a letter, put into the form asked for, with the mistake that its record brings."""

from __future__ import annotations

import json
import random
from typing import Any

from signoff_sandbox.ai import mistakes
from signoff_sandbox.ai.asking import Question, tokens_of
from signoff_sandbox.ai.auditing import audit_of
from signoff_sandbox.ai.filling import Filler
from signoff_sandbox.ai.mistakes import Choice, Spoken
from signoff_sandbox.ai.reading import Reading, read
from signoff_sandbox.ai.writing import Letter, write


def speak(question: Question, seed: int, choice: Choice) -> tuple[Spoken, Reading]:
    """
    Return what is said, and what was understood.

    Both depend on seed, record and form alone, so that a rerun says the same.
    """
    reading = read(question.messages, [picture.caption() for picture in question.pictures])
    chance = random.Random(f"{seed}/{reading.key()}")
    kind = choice.pick(chance)
    letter = write(reading, chance)
    wrong = mistakes.spoil(letter, kind, reading, chance) if kind in mistakes.CONTENT else ""
    value = _value(question, reading, letter, chance)
    # A fault of form is mended once it was named; one of content nobody named yet.
    if kind in mistakes.FORM and not reading.is_repair:
        spoken = mistakes.misshape(value, question.schema, kind)
        spoken.mistakes = [{"kind": kind, "text": ""}]
    else:
        spoken = Spoken(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        # A mistake for which there was no room was not made.
        if kind and wrong and wrong in _texts(value):
            spoken.mistakes = [{"kind": kind, "text": wrong}]
    return _within(spoken, question.most_tokens), reading


def will_be_filtered(question: Question, seed: int, choice: Choice) -> bool:
    """Say whether `speak` would make the mistake of holding everything back."""
    reading = read(question.messages, [picture.caption() for picture in question.pictures])
    return choice.pick(random.Random(f"{seed}/{reading.key()}")) == "filtered"


def _value(question: Question, reading: Reading, letter: Letter, chance: random.Random) -> Any:
    if question.schema is None:
        return f"Subject: {letter.subject}\n\n{letter.body(reading.most_words)}"
    if "claims" in question.schema.get("properties", {}):
        audit = audit_of(question.messages[-1][1])
        if audit is not None:
            return {"claims": audit[:10]}
    return Filler(reading, letter, chance, question.schema).value(question.schema)


def _texts(value: Any) -> str:
    """Return all texts of a value, one after the other."""
    if isinstance(value, str):
        return value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return "\n".join(_texts(part) for part in parts)


def _within(spoken: Spoken, most_tokens: int | None) -> Spoken:
    """Cut the answer where its tokens end, as a model does."""
    if most_tokens is None or tokens_of(spoken.text) <= most_tokens:
        return spoken
    return Spoken(spoken.text[: most_tokens * 4], "length", None, spoken.mistakes)
