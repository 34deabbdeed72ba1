"""
What a type of field is: what it asks of the AI, and how it reads what came.

Reading keeps a value exactly as it came where it fits. Where it does not fit but has one reading only, the
reading is kept and noted as a repair; else the fault is noted and the value is lost to the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import astuple, is_dataclass
from typing import Any, ClassVar, Protocol, Self

from signoff.outputs.faults import Notes, kind_of, shown
from signoff.outputs.options import Options

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Kind(Protocol):
    """One type. `schema` is the JSON Schema the AI gets, `describe` the same in words."""

    type: ClassVar[str]

    def schema(self) -> dict[str, Any]: ...
    def describe(self) -> str: ...
    def read(self, value: Any, at: str, notes: Notes) -> Any: ...
    def canonical(self) -> dict[str, Any]: ...


class PlainKind:
    """What most types share: no settings unless they say so, and a canonical form made of them."""

    type: ClassVar[str]

    @classmethod
    def of(cls, _options: Options) -> Self:
        return cls()

    def canonical(self) -> dict[str, Any]:
        settings = {name: _canonical(value) for name, value in vars(self).items() if value is not None}
        return {"type": self.type, **settings}


def worded(
    value: Any,
    at: str,
    notes: Notes,
    expected: str,
    fits: Callable[[str], bool],
    mend: Callable[[str], str | None],
) -> Any:
    """Return a text that fits as it is, or the one reading `mend` finds for it."""
    if not isinstance(value, str):
        return notes.fault(at, f"is {kind_of(value)}", expected)
    if fits(value):
        return value
    trimmed = value.strip()
    mended = None
    if trimmed and len(trimmed) <= 2_000 and not CONTROL.search(trimmed):
        mended = trimmed if fits(trimmed) else mend(trimmed)
    if mended is None:
        return notes.fault(at, f"is {shown(value)}", expected)
    notes.repair(at, f"{shown(value)} was read as {shown(mended)}")
    return mended


def counted(
    items: list[Any], least: int | None, most: int | None, at: str, notes: Notes, of_what: str
) -> Any:
    """Return a list that is neither too short nor too long; else None, noted as a fault."""
    if (least is not None and len(items) < least) or (most is not None and len(items) > most):
        return notes.fault(at, f"has {len(items)} {of_what}", count(least, most, ""))
    return items


def count(least: int | None, most: int | None, otherwise: str) -> str:
    """Return in words how many there may be; `otherwise` where there is no limit."""
    if least is None and most is None:
        return otherwise
    if most is None:
        return f"at least {least}"
    return f"at most {most}" if not least else f"{least} to {most}"


def _canonical(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_canonical(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return list(astuple(value))
    return value if isinstance(value, bool | int | float | str) else str(value)
