"""
What an answer must be, field by field: the `answer:` block of an integration, or a plain JSON Schema.

The same contract is asked for (`schema`, `describe`), held to (`signoff.outputs.judge`), and named (`hash`):
a change of any limit or choice is another contract.
"""

from __future__ import annotations

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from signoff.outputs.choice import UNSURE, Choice, ChoiceLike
from signoff.outputs.choices import OneChoice
from signoff.outputs.faults import ContractFault, Fault, Notes
from signoff.outputs.fields import KINDS, FieldOf, Rows, object_schema, read_object
from signoff.outputs.kind import Kind
from signoff.outputs.options import Options

if TYPE_CHECKING:
    from referencing import Registry

__all__ = ["Choice", "Contract", "ContractFault", "ContractField", "Fault"]

TYPES = (*KINDS, Rows.type)
MOST_FIELDS = 100

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
Choices = Mapping[str, Sequence[ChoiceLike]]


@dataclass(frozen=True)
class ContractField:
    """
    One field as a page shows it. `type` is one of `TYPES`; for a JSON Schema, the nearest one.

    `max` counts characters (text), rows or choices, or is the largest number; None: no limit.
    """

    name: str
    type: str
    max: int | float | None
    choices: tuple[Choice, ...]
    required: bool
    label: str


class Contract(ABC):
    """
    What an answer must be. Make one with `from_answer`, `from_json_schema` or `load`.

    `tolerant` says whether slips of writing (a trailing comma, single quotes) may be repaired.
    """

    tolerant: bool = False

    @staticmethod
    def from_answer(block: Mapping[str, Any], choices: Choices | None = None) -> Contract:
        """
        Return the contract of an `answer:` block: `{"subject": {"type": "text", "max": 78}, …}`.

        `choices` holds what may be chosen for each `from:` of the block: objects with `value` and `label`.
        Raises `ContractFault` with every problem found.
        """
        problems: list[tuple[str, str]] = []
        fields = _fields(block, "", choices, problems)
        if problems:
            raise ContractFault(problems)
        return AnswerContract(fields)

    @staticmethod
    def from_json_schema(schema: Any, registry: Registry[Any] | None = None) -> Contract:
        """
        Return the contract of a JSON Schema: draft 7 or 2020-12 by its `$schema` (else 2020-12).

        Formats are checked, also where 2020-12 would only note them. A reference out of the schema must be
        found in `registry` or be one of JSON Schema's own; nothing is fetched. Raises `ContractFault`.
        """
        from signoff.outputs.schemas import SchemaContract

        return SchemaContract(schema, registry)

    @staticmethod
    def load(text: str, choices: Choices | None = None) -> Contract:
        """
        Return the contract in a YAML or JSON text: an answer block (alone or under `answer:`), or a schema.

        Raises `ContractFault`.
        """
        from signoff.outputs.reading import read_document

        return Contract.of(read_document(text), choices)

    @staticmethod
    def of(document: Any, choices: Choices | None = None) -> Contract:
        """Return the contract in plain data, as `load` does for a text. Raises `ContractFault`."""
        from signoff.outputs.reading import answer_block

        block = answer_block(document, TYPES)
        return Contract.from_json_schema(document) if block is None else Contract.from_answer(block, choices)

    @property
    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema to ask an AI with."""

    @property
    @abstractmethod
    def fields(self) -> tuple[ContractField, ...]:
        """Return the fields, for pages."""

    @abstractmethod
    def describe(self) -> str:
        """Return the contract in words, for prompts."""

    @abstractmethod
    def fit(self, value: Any, notes: Notes) -> Any:
        """Return a JSON value as the contract keeps it; faults and repairs go into `notes`."""

    def unsure(self, value: Any) -> tuple[str, ...]:
        """Return the fields of an answer in which the AI took the way out "unsure"; in a row "items[0].kind"."""
        return ()

    @abstractmethod
    def canonical(self) -> Any:
        """Return plain data that is equal for equal contracts only."""

    @cached_property
    def hash(self) -> str:
        """Return the contract's name: the same for the same contract, everywhere and always."""
        text = json.dumps(self.canonical(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()


class AnswerContract(Contract):
    """The contract of an `answer:` block: an object with exactly these fields."""

    tolerant = True

    def __init__(self, fields: tuple[FieldOf, ...]) -> None:
        self._fields = fields

    @property
    def schema(self) -> dict[str, Any]:
        return object_schema(self._fields)

    @property
    def fields(self) -> tuple[ContractField, ...]:
        return tuple(
            ContractField(
                one.name,
                one.kind.type,
                getattr(one.kind, "max", None),
                getattr(one.kind, "choices", ()),
                one.required,
                one.label or one.name,
            )
            for one in self._fields
        )

    def describe(self) -> str:
        lines = [f"- {one.name}: {one.describe()}" for one in self._fields]
        return "\n".join(["Answer with one JSON object with exactly these fields, and nothing else:", *lines])

    def fit(self, value: Any, notes: Notes) -> Any:
        return read_object(self._fields, value, "", notes)

    def unsure(self, value: Any) -> tuple[str, ...]:
        return tuple(_unsure_in(self._fields, value, ""))

    def canonical(self) -> Any:
        return {"form": "answer", "fields": [one.canonical() for one in self._fields]}


def _unsure_in(fields: Sequence[FieldOf], value: Any, at: str) -> Iterator[str]:
    for one in fields:
        found = value.get(one.name) if isinstance(value, Mapping) else None
        if isinstance(one.kind, OneChoice) and one.kind.unsure and found == UNSURE:
            yield f"{at}{one.name}"
        if isinstance(one.kind, Rows) and isinstance(found, list):
            for number, row in enumerate(found):
                yield from _unsure_in(one.kind.columns, row, f"{at}{one.name}[{number}].")


def _fields(
    block: Any, path: str, choices: Choices | None, problems: list[tuple[str, str]], *, rows: bool = True
) -> tuple[FieldOf, ...]:
    """Return the fields of a block; what is wrong with them goes into `problems`."""
    if not isinstance(block, Mapping) or not block:
        problems.append((path, "must name at least one field"))
        return ()
    if len(block) > MOST_FIELDS:
        problems.append((path, f"has more than {MOST_FIELDS} fields"))
        return ()
    found = []
    seen: dict[str, str] = {}
    for name, given in block.items():
        at = f"{path}.{name}" if path else str(name)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            problems.append((at, "is not a name: use letters, digits, - and _, with a letter first"))
            continue
        if seen.setdefault(name.casefold(), name) != name:
            problems.append((at, f"differs from {seen[name.casefold()]} only in capital letters"))
        one = _field(name, {"type": given} if isinstance(given, str) else given, at, choices, problems, rows)
        if one:
            found.append(one)
    return tuple(found)


def _field(
    name: str, given: Any, at: str, choices: Choices | None, problems: list[tuple[str, str]], rows: bool
) -> FieldOf | None:
    if not isinstance(given, Mapping):
        problems.append((at, f"must be a type or settings with a type: {', '.join(TYPES)}"))
        return None
    options = Options(at, given, choices, problems)
    type_name = options.take("type")
    if not isinstance(type_name, str) or type_name not in TYPES:
        problems.append((f"{at}.type", f"must be one of {', '.join(TYPES)}"))
        return None
    optional, label, about = options.yesno("optional"), options.word("label"), options.word("about")
    kind: Kind
    if type_name != Rows.type:
        kind = KINDS[type_name](options)
    elif not rows:
        options.problem("type", "rows cannot hold rows")
        return None
    else:
        least, most = options.counts()
        columns = _fields(options.take("columns"), f"{at}.columns", choices, problems, rows=False)
        kind = Rows(columns, most, least)
    options.finish()
    return FieldOf(name, kind, not optional, label or "", about or "")
