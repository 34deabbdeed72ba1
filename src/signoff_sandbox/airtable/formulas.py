"""The part of Airtable's formula language that filters use: comparisons, logic, texts, moments, a record's own id."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<field>\{(?:[^}\\]|\\.)*\})
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<sign>!=|<=|>=|[=<>&+(),])
    )""",
    re.VERBOSE,
)


class BadFormula(ValueError):
    """The formula cannot be read, or names what is not there."""


@dataclass(frozen=True)
class Row:
    """What a formula may look at: cell values by the field's name, and what every record has."""

    id: str
    created: datetime
    cells: Mapping[str, Any]
    names: frozenset[str]


def matches(formula: str, row: Row) -> bool:
    """Say whether a record passes. Raises `BadFormula`."""
    reading = _Reading(formula, row)
    value = reading.expression()
    reading.end()
    return bool(value) and value != "#Error!"


class _Reading:
    """Reads a formula and works it out for one record as it goes."""

    def __init__(self, formula: str, row: Row) -> None:
        self.row = row
        self.tokens = list(_tokens(formula))
        self.at = 0

    def expression(self) -> Any:
        left = self._joined()
        while self._sign() in _COMPARE:
            compare = _COMPARE[self._take()[1]]
            left = compare(left, self._joined())
        return left

    def end(self) -> None:
        if self.at != len(self.tokens):
            raise BadFormula("something is left over")

    def _joined(self) -> Any:
        left = self._single()
        while self._sign() in ("&", "+"):
            sign = self._take()[1]
            right = self._single()
            left = f"{_shown(left)}{_shown(right)}" if sign == "&" else left + right
        return left

    def _single(self) -> Any:
        kind, text = self._take()
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "number":
            return float(text)
        if kind == "field":
            return self._cell(re.sub(r"\\(.)", r"\1", text[1:-1]))
        if text == "(":
            inside = self.expression()
            self._expect(")")
            return inside
        if kind == "word" and self._sign() == "(":
            return self._call(text.upper())
        if kind == "word":
            return self._cell(text)
        raise BadFormula(f"{text} is not expected here")

    def _call(self, name: str) -> Any:
        self._expect("(")
        given = []
        while self._sign() != ")":
            given.append(self.expression())
            if self._sign() != ")":
                self._expect(",")
        self._expect(")")
        if name == "RECORD_ID":
            return self.row.id
        if name == "CREATED_TIME":
            return self.row.created
        if name not in _FUNCTIONS:
            raise BadFormula(f"unknown function {name}")
        return _FUNCTIONS[name](*given)

    def _cell(self, name: str) -> Any:
        if name not in self.row.names:
            raise BadFormula(f"unknown field name {name}")
        return self.row.cells.get(name, "")

    def _sign(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _take(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise BadFormula("the formula ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def _expect(self, sign: str) -> None:
        if self._take()[1] != sign:
            raise BadFormula(f"{sign} is missing")


def _tokens(formula: str) -> list[tuple[str, str]]:
    found, at, text = [], 0, formula.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadFormula("there is a sign that formulas do not have")
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    if not found:
        raise BadFormula("the formula is empty")
    return found


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, int | float) and isinstance(right, int | float):
        return float(left) == float(right)
    return _shown(left) == _shown(right)


def _number(value: Any, beside: Any) -> Any:
    """Return what is compared: an empty cell beside a number counts as nothing."""
    return 0.0 if value == "" and isinstance(beside, int | float) else value


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise BadFormula("no moment") from None
    if found.tzinfo is None:
        raise BadFormula("a moment without a zone")
    return found


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": _same,
    "!=": lambda left, right: not _same(left, right),
    "<": lambda left, right: bool(_number(left, right) < _number(right, left)),
    ">": lambda left, right: bool(_number(left, right) > _number(right, left)),
    "<=": lambda left, right: bool(_number(left, right) <= _number(right, left)),
    ">=": lambda left, right: bool(_number(left, right) >= _number(right, left)),
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "AND": lambda *given: all(given),
    "OR": lambda *given: any(given),
    "NOT": lambda value: not value,
    "IF": lambda test, then, otherwise="": then if test else otherwise,
    "TRUE": lambda: True,
    "FALSE": lambda: False,
    "BLANK": lambda: "",
    "LOWER": lambda value: _shown(value).lower(),
    "UPPER": lambda value: _shown(value).upper(),
    "LEN": lambda value: len(_shown(value)),
    "FIND": lambda sought, text: _shown(text).find(_shown(sought)) + 1,
    "SEARCH": lambda sought, text: _shown(text).lower().find(_shown(sought).lower()) + 1,
    "DATETIME_PARSE": lambda value, *_: _moment(value),
    "IS_AFTER": lambda left, right: _moment(left) > _moment(right),
    "IS_BEFORE": lambda left, right: _moment(left) < _moment(right),
    "IS_SAME": lambda left, right, *_: _moment(left) == _moment(right),
}
