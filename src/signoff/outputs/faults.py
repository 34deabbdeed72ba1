"""What is wrong with an answer or a contract, in words that a person (and an AI asked again) can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fault:
    """
    One thing about an answer that does not fit.

    `field` is the path ("subject", "items[2].price"; empty for the answer as a whole). `what` says what came,
    `expected` what would fit; both are parts of a sentence, without a full stop.
    """

    field: str
    what: str
    expected: str


class ContractFault(ValueError):
    """The contract itself is wrong. `problems` holds (path, what) for every fault found."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(f"{path}: {what}" if path else what for path, what in self.problems))


@dataclass
class Notes:
    """What is noticed while an answer is read: faults, and repairs that were made."""

    faults: list[Fault] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)

    def fault(self, at: str, what: str, expected: str) -> Any:
        """Note a fault; the None it returns stands for the value that is lost."""
        self.faults.append(Fault(at, what, expected))
        return None

    def repair(self, at: str, how: str) -> None:
        self.repairs.append(f"{at}: {how}" if at else how)


def faults_as_text(faults: Sequence[Fault]) -> str:
    """Return the faults as a list to put into the next question to the AI, one line each."""
    return "\n".join(
        f"- {f.field or 'The answer as a whole'}: {f.what}; expected {f.expected}." for f in faults
    )


def shown(value: object, longest: int = 40) -> str:
    """Return a value as it can stand in a sentence: quoted, one line, cut short."""
    text = value if isinstance(value, str) else _plain(value)
    text = " ".join(text.split()).encode("utf-8", "replace").decode()
    return f"“{text[: longest - 1]}…”" if len(text) > longest else f"“{text}”"


def kind_of(value: object) -> str:
    """Return what a JSON value is, in everyday words."""
    if value is None:
        return "empty (null)"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"


def _plain(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int) and value.bit_length() > 200:
        return "a very long number"
    return repr(value) if isinstance(value, int | float) else kind_of(value)
