"""What an owner asks for, as the coach reads it, and what it has to say about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from signoff.prompts.coach.text import Sentence, sentences

RemarkKind = Literal[
    "no task verb",
    "vague task",
    "vague word",
    "no format",
    "no length",
    "no audience",
    "contradiction",
    "field not passed",
    "field not used",
    "fact not given",
    "obeys the record",
    "choices not explained",
]


@dataclass(frozen=True)
class Asked:
    """
    A definition's words.

    `fields` are those that the AI sees; empty: all that the source gives. `answer` is the `answer:` block, `used` the
    record's fields that the destinations or the filter need.
    """

    task: str
    constraints: tuple[str, ...] = ()
    tone: str = ""
    never: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    answer: Mapping[str, Any] = field(default_factory=dict)
    used: frozenset[str] = frozenset()

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Return everything the owner wrote, sentence by sentence, with the place that each stands in."""
        found = sentences("task", self.task)
        for number, line in enumerate(self.constraints):
            found += sentences(f"constraints.{number}", line)
        if self.tone:
            found += sentences("tone", self.tone)
        for number, line in enumerate(self.never):
            found += sentences(f"never.{number}", line, forbids=True)
        return tuple(found)

    @property
    def wishes(self) -> tuple[Sentence, ...]:
        """Return the sentences that say what should happen, not what must not."""
        return tuple(one for one in self.sentences if not one.forbids)

    @cached_property
    def texts(self) -> dict[str, Mapping[str, Any]]:
        """Return the answer's fields that hold text, with their settings."""
        return {name: block for name, block in self._blocks().items() if block.get("type") == "text"}

    @cached_property
    def choices(self) -> dict[str, Mapping[str, Any]]:
        """Return the answer's fields that are chosen from a list of the owner's own."""
        return {
            name: block
            for name, block in self._blocks().items()
            if block.get("type") in ("choice", "choices") and block.get("options")
        }

    def _blocks(self) -> dict[str, Mapping[str, Any]]:
        return {
            name: block if isinstance(block, Mapping) else {"type": block}
            for name, block in self.answer.items()
        }


@dataclass(frozen=True)
class Remark:
    """
    One thing that is vague.

    `where` names the part ("task", "constraints.0", "answer.body"), `quote` the words that it is about, `says` what a
    reader would stumble over, `mend` the sentence or the step that puts it right.
    """

    kind: RemarkKind
    where: str
    says: str
    mend: str
    quote: str = ""

    def as_document(self) -> dict[str, str]:
        """Return the remark as JSON data."""
        return {
            "kind": self.kind,
            "where": self.where,
            "quote": self.quote,
            "says": self.says,
            "mend": self.mend,
        }
