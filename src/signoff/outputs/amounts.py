"""Numbers and money."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

from signoff.outputs.faults import Notes, kind_of, shown
from signoff.outputs.kind import PlainKind
from signoff.outputs.numerals import decimals_of, read_amount, read_number
from signoff.outputs.options import Options


@dataclass(frozen=True)
class Number(PlainKind):
    type: ClassVar[str] = "number"
    unit: str | None = None
    min: int | float | None = None
    max: int | float | None = None
    integer: bool = False

    @classmethod
    def of(cls, options: Options) -> Self:
        least, most = options.range()
        return cls(options.word("unit"), least, most, bool(options.yesno("integer")))

    def schema(self) -> dict[str, Any]:
        return {"type": "integer" if self.integer else "number"}

    def describe(self) -> str:
        what = "a whole number" if self.integer else "a number"
        return (
            what + (f" in {self.unit}, without the unit" if self.unit else "") + _between(self.min, self.max)
        )

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        if isinstance(value, str):
            text = value.strip()
            if self.unit and text.casefold().endswith(self.unit.casefold()):
                text = text[: -len(self.unit)]
            value = _from_text(read_number(text), value, at, notes, self.describe())
        return _ranged(value, self.min, self.max, 0 if self.integer else None, at, notes, self.describe())


@dataclass(frozen=True)
class Money(PlainKind):
    type: ClassVar[str] = "money"
    currency: str
    min: int | float | None = None
    max: int | float | None = None

    @classmethod
    def of(cls, options: Options) -> Self:
        least, most = options.range()
        currency = options.word("currency")
        if currency is None or not re.fullmatch(r"[A-Z]{3}", currency):
            options.problem("currency", "name the currency by its three letters, for example EUR")
        return cls(currency or "", least, most)

    def schema(self) -> dict[str, Any]:
        return {"type": "number"}

    def describe(self) -> str:
        return f"an amount in {self.currency} as a bare number, no currency{_between(self.min, self.max)}"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        if isinstance(value, str):
            amount = read_amount(value, self.currency)
            value = _from_text(amount, value, at, notes, self.describe())
        return _ranged(value, self.min, self.max, decimals_of(self.currency), at, notes, self.describe())


def _from_text(number: Decimal | None, text: str, at: str, notes: Notes, expected: str) -> Any:
    """Return the number that a text means, noted as a repair; else None, noted as a fault."""
    kept: int | float | None = None
    if number is not None:
        kept = int(number) if number == number.to_integral_value() else float(number)
    if kept is None or Decimal(repr(kept)) != number:
        return notes.fault(at, f"is {shown(text)}, which cannot be read as one number for certain", expected)
    notes.repair(at, f"{shown(text)} was read as the number {kept}")
    return kept


def _ranged(
    value: Any,
    least: int | float | None,
    most: int | float | None,
    decimals: int | None,
    at: str,
    notes: Notes,
    expected: str,
) -> Any:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return notes.fault(at, f"is {kind_of(value)}", expected)
    if (least is not None and value < least) or (most is not None and value > most):
        return notes.fault(at, f"is {shown(value)}, which is out of range", expected)
    if decimals is not None and isinstance(value, float):
        exponent = Decimal(repr(value)).normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > decimals:
            return notes.fault(
                at, f"is {shown(value)}", f"at most {decimals} decimals" if decimals else expected
            )
    return value


def _between(least: int | float | None, most: int | float | None) -> str:
    if least is None and most is None:
        return ""
    if most is None:
        return f", at least {least}"
    return f", at most {most}" if least is None else f", from {least} to {most}"
