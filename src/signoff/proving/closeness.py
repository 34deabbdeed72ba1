"""How close an answer comes to the one that a person approved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from signoff.outputs.contract import Contract

WORD = re.compile(r"\w+(?:[’'.,:]\w+)*|[^\w\s]")
MOST_WORDS = 3000


def closeness(contract: Contract, expected: Mapping[str, Any], answer: Mapping[str, Any]) -> float | None:
    """Return the share of words that both answers have in the same order, 0 to 1; None where there is no text."""
    texts = [field.name for field in contract.fields if field.type == "text"]
    shares = [alike(str(expected[name]), str(answer.get(name, ""))) for name in texts if expected.get(name)]
    return sum(shares) / len(shares) if shares else None


def wrong_fields(contract: Contract, expected: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """Return the fields other than text whose value is not the expected one: a choice, an amount, a date."""
    exact = [field.name for field in contract.fields if field.type != "text"]
    return [name for name in exact if name in expected and expected[name] != answer.get(name)]


def alike(one: str, other: str) -> float:
    """Return how alike two texts are, word by word: 1 for the same words in the same order, 0 for none."""
    first, second = WORD.findall(one.casefold())[:MOST_WORDS], WORD.findall(other.casefold())[:MOST_WORDS]
    if not first and not second:
        return 1.0
    return SequenceMatcher(None, first, second, autojunk=False).ratio()
