"""One of a list, or several of it: always by its value, also where the answer says its label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from signoff.outputs.choice import Choice
from signoff.outputs.faults import Notes, kind_of, shown
from signoff.outputs.kind import PlainKind, count, counted
from signoff.outputs.options import Options

MOST_CHOICES_IN_SCHEMA = (
    250  # a provider's strict schema holds few choices; beyond, the prompt alone names them
)


@dataclass(frozen=True)
class OneChoice(PlainKind):
    type: ClassVar[str] = "choice"
    choices: tuple[Choice, ...]
    unsure: bool = False

    @classmethod
    def of(cls, options: Options) -> Self:
        unsure = bool(options.yesno("unsure"))
        return cls(options.choices(unsure), unsure)

    def schema(self) -> dict[str, Any]:
        values = [choice.value for choice in self.choices]
        few = len(values) <= MOST_CHOICES_IN_SCHEMA and sum(map(len, values)) <= 7_500
        return {"type": "string", "enum": values} if few else {"type": "string"}

    def describe(self) -> str:
        return f"one of {_listed(self.choices)}"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        return _chosen(self.choices, value, at, notes)


@dataclass(frozen=True)
class ManyChoices(PlainKind):
    type: ClassVar[str] = "choices"
    choices: tuple[Choice, ...]
    max: int | None = None
    min: int | None = None

    @classmethod
    def of(cls, options: Options) -> Self:
        least, most = options.counts()
        return cls(options.choices(False), most, least)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": OneChoice(self.choices).schema()}

    def describe(self) -> str:
        return f"a list of {count(self.min, self.max, 'any number')} of {_listed(self.choices)}"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        if isinstance(value, str):
            single = Notes()
            chosen = _chosen(self.choices, value, at, single)
            if single.faults:
                return notes.fault(at, "is text", self.describe())
            notes.repair(at, "one choice was put into a list")
            value = [chosen]
        if not isinstance(value, list):
            return notes.fault(at, f"is {kind_of(value)}", self.describe())
        chosen = [_chosen(self.choices, item, f"{at}[{n}]", notes) for n, item in enumerate(value)]
        kept = list(dict.fromkeys(chosen))
        if len(kept) < len(chosen) and not notes.faults:
            notes.repair(at, "a choice named twice was kept once")
        return counted(kept, self.min, self.max, at, notes, "choices")


def _chosen(choices: Sequence[Choice], value: Any, at: str, notes: Notes) -> Any:
    expected = f"one of {_listed(choices)}"
    if isinstance(value, bool) or not isinstance(value, str | int):
        return notes.fault(at, f"is {kind_of(value)}", expected)
    if isinstance(value, str) and any(value == choice.value for choice in choices):
        return value
    word = " ".join(str(value).split()).casefold() if isinstance(value, str) or abs(value) < 10**18 else ""
    meant = {c.value for c in choices if word in (c.value.casefold(), " ".join(c.label.split()).casefold())}
    if len(meant) != 1:
        return notes.fault(at, f"is {shown(value)}, which is not a choice", expected)
    found = meant.pop()
    notes.repair(at, f"{shown(value)} was read as the choice {shown(found)}")
    return found


def _listed(choices: Sequence[Choice], at_most: int = MOST_CHOICES_IN_SCHEMA) -> str:
    named = [c.value if c.label in ("", c.value) else f"{c.value} ({c.label})" for c in choices[:at_most]]
    more = len(choices) - len(named)
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")
