"""The verdict on an answer: accepted as the contract has it, or faulty, with every fault named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from signoff.outputs.contract import Contract
from signoff.outputs.faults import Fault, Notes, faults_as_text
from signoff.outputs.parsing import NotJson, parse

__all__ = ["Accepted", "Faulty", "faults_as_text", "judge"]


@dataclass(frozen=True)
class Accepted:
    """
    The answer fits. Not `repaired`: `value` is exactly what the text says as JSON.

    `repairs` names each thing that was mended. An optional field that the answer left out is not in `value`.
    """

    value: Any
    repaired: bool = False
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Faulty:
    """The answer does not fit; no part of it may be used."""

    faults: tuple[Fault, ...]


def judge(contract: Contract, text: str) -> Accepted | Faulty:
    """
    Return whether an answer's text fits its contract. Pure, never raises for any text.

    A text that has one reading only is repaired and says so; every other one is faulty.
    """
    try:
        parsed = parse(text, tolerant=contract.tolerant)
    except NotJson as wrong:
        return Faulty((Fault(wrong.path, wrong.what, wrong.expected),))
    notes = Notes(repairs=list(parsed.repairs))
    value = contract.fit(parsed.value, notes)
    if notes.faults:
        return Faulty(tuple(notes.faults))
    return Accepted(value, bool(notes.repairs), tuple(notes.repairs))
