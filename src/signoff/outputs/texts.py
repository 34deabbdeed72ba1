"""Text that people read, and yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from signoff.outputs.faults import Notes, kind_of, shown
from signoff.outputs.kind import CONTROL, PlainKind
from signoff.outputs.markup import markup_fault
from signoff.outputs.options import Options

_YES_NO = {
    **dict.fromkeys(("yes", "true", "ja", "wahr", "oui", "vrai", "sí", "si", "verdadero"), True),
    **dict.fromkeys(("no", "false", "nein", "falsch", "non", "faux", "falso"), False),
}


@dataclass(frozen=True)
class Text(PlainKind):
    type: ClassVar[str] = "text"
    max: int | None = None
    min: int | None = None
    format: str | None = None

    @classmethod
    def of(cls, options: Options) -> Self:
        least, most = options.counts()
        return cls(most, least, options.one_of("format", ("plain", "html", "markdown")))

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def describe(self) -> str:
        form = {"plain": "plain text, no HTML or Markdown", "html": "HTML", "markdown": "Markdown"}
        says = [form.get(self.format or "", "text")]
        says += [f"at least {self.min:,} characters"] if self.min else []
        says += [f"at most {self.max:,} characters"] if self.max is not None else []
        return ", ".join(says)

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        if not isinstance(value, str):
            return notes.fault(at, f"is {kind_of(value)}", "text")
        least = 1 if self.min is None else self.min
        if not value.strip() and least:
            return notes.fault(at, "is empty", "text")
        if CONTROL.search(value):
            return notes.fault(at, "holds control characters", "ordinary text")
        if self.max is not None and len(value) > self.max:
            trimmed = value.strip()
            if len(trimmed) > self.max:
                return notes.fault(at, f"has {len(value):,} characters", f"at most {self.max:,} characters")
            notes.repair(at, "spaces at the ends were removed")
            value = trimmed
        if len(value.strip()) < least:
            return notes.fault(at, f"has {len(value.strip()):,} characters", f"at least {least:,} characters")
        wrong = markup_fault(value, self.format) if self.format else None
        if wrong:
            return notes.fault(at, wrong, self.describe())
        return value


@dataclass(frozen=True)
class YesNo(PlainKind):
    type: ClassVar[str] = "yesno"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def describe(self) -> str:
        return "true or false"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        if isinstance(value, bool):
            return value
        word = value.strip().casefold() if isinstance(value, str) else ""
        if word not in _YES_NO:
            what = shown(value) if isinstance(value, str) else kind_of(value)
            return notes.fault(at, f"is {what}", "true or false")
        notes.repair(at, f"{shown(value)} was read as {'true' if _YES_NO[word] else 'false'}")
        return _YES_NO[word]
