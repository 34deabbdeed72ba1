"""
The text of an answer becomes exactly one JSON value, or is said not to be one.

Strict first: what Python's JSON reader accepts, less what JSON does not have (NaN, Infinity), less what would
change on the way (a name said twice with two values, a number with more digits than can be kept, half a
character). Only what fails there is read tolerantly, and everything tolerated is named. Nothing is ever
completed: an answer that was cut off is a fault, whatever a guess might add.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

LONGEST = 1_000_000
DEEPEST = 100
LONGEST_DECIMAL = 400

WHOLE = "exactly one JSON value and nothing else"

# The closing quote is optional, so that a string without an end is read once and not from every quote again.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPACE = re.compile(r"[ \t\n\r]*")
_FENCE = re.compile(r"```[A-Za-z0-9_+-]*")
_FENCED = re.compile(r"\s*```[A-Za-z0-9_+-]*[ \t]*\r?\n(?P<inside>.*?)\r?\n?[ \t]*```\s*", re.DOTALL)
_THOUGHT = re.compile(r"\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "'": "'"}
_HALF = re.compile("[\ud800-\udfff]")


class NotJson(ValueError):
    """The text is not one JSON value. `what` and `expected` are as in a `Fault`; `path` names the place."""

    def __init__(self, what: str, expected: str = WHOLE, path: str = "") -> None:
        super().__init__(what)
        self.what, self.expected, self.path = what, expected, path


@dataclass(frozen=True)
class Parsed:
    """The one value in a text, and what had to be tolerated to read it (nothing: it was strict JSON)."""

    value: Any
    repairs: tuple[str, ...] = ()


def parse(text: str, *, tolerant: bool) -> Parsed:
    """
    Return the one JSON value in an answer. Raises `NotJson`.

    A code fence, thoughts or prose around one object (or list) are always tolerated and named. `tolerant`
    also allows trailing commas, single quotes, Python's True/False/None, names without quotes and line breaks
    inside text: each has one reading only.
    """
    if len(text) > LONGEST:
        raise NotJson(f"is longer than {LONGEST:,} characters", "a much shorter answer")
    if not text.strip("\ufeff \t\r\n"):
        raise NotJson("is empty")
    if _HALF.search(text):
        raise NotJson("holds half of a character (a lone surrogate)", "whole characters")
    repairs: list[str] = []
    if text.startswith("\ufeff"):
        text = text.removeprefix("\ufeff")
        repairs.append("the byte order mark was removed")
    _refuse_depth(text)
    try:
        value = _strict(text, repairs)
    except json.JSONDecodeError:
        value = _inside(text, tolerant, repairs)
    _refuse_halves(value)
    return Parsed(value, tuple(repairs))


def _strict(text: str, repairs: list[str]) -> Any:
    """Return the value of strict JSON. Raises `JSONDecodeError`, and `NotJson` where no repair is allowed."""
    doubled: list[str] = []
    value = json.loads(
        text,
        object_pairs_hook=lambda pairs: _object(pairs, doubled),
        parse_float=_decimal,
        parse_int=_whole,
        parse_constant=_no_constant,
    )
    repairs.extend(doubled)
    return value


def _inside(text: str, tolerant: bool, repairs: list[str]) -> Any:
    """Return the one value inside a fence or prose, naming what was around it. Raises `NotJson`."""
    thought = _THOUGHT.match(text)
    if thought:
        text = text[thought.end() :]
        repairs.append("the AI's thoughts before the answer were removed")
    fenced = _FENCED.fullmatch(text)
    if fenced and "```" not in fenced["inside"]:
        try:
            value = _strict(fenced["inside"], repairs)
        except json.JSONDecodeError:
            pass
        else:
            repairs.append("the code fence was removed")
            return value
    start = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
    if tolerant:
        start = text.find("{")
    if start < 0:
        raise NotJson("is not JSON")
    reader = _Reader(text, tolerant, repairs)
    value, end = reader.value(start, 0)
    _refuse_neighbours(text[:start], text[end:], r"[{}]" if tolerant else r"[\[\]{}]")
    around = _FENCE.sub("", text[:start] + text[end:])
    if "```" in text[:start] + text[end:]:
        repairs.append("the code fence was removed")
    if around.strip(" \t\r\n"):  # any other space is not JSON's
        repairs.append("the words around the answer were removed")
    return value


def _refuse_neighbours(before: str, after: str, brackets: str) -> None:
    """Raise `NotJson` where the value found is one of several, or a part of something larger."""
    if re.search(brackets, before + after):
        raise NotJson("holds more than one object or list")
    before, after = before.rstrip(), after.lstrip()
    if before.endswith((",", "[", '":', "':")) or after.startswith((",", "]", ":")):
        raise NotJson("holds an object inside something else")


def _refuse_depth(text: str) -> None:
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        match token[0]:
            case "{" | "[":
                depth += 1
                if depth > DEEPEST:
                    raise NotJson(f"is nested deeper than {DEEPEST} levels", "a flat answer")
            case "}" | "]":
                depth -= 1


def _refuse_halves(value: Any) -> None:
    """Raise `NotJson` for a lone surrogate written as an escape: no database and no vendor takes it."""
    match value:
        case str():
            if _HALF.search(value):
                raise NotJson("holds half of a character (a lone surrogate)", "whole characters")
        case list():
            for item in value:
                _refuse_halves(item)
        case dict():
            for name, item in value.items():
                _refuse_halves(name)
                _refuse_halves(item)


def _object(pairs: list[tuple[str, Any]], repairs: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif _same(found[name], value):
            repairs.append(f"{name}: it was said twice, the same")
        else:
            raise NotJson("is said twice, with different values", "each field once", name)
    return found


def _same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are the same in type too: 1, 1.0 and true are three values."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _decimal(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise NotJson("holds a number too large to be kept", "an ordinary number")
    try:
        kept = len(text) <= LONGEST_DECIMAL and Decimal(repr(value)) == Decimal(text)
    except InvalidOperation:  # an exponent beyond even Decimal's
        kept = False
    if not kept:
        raise NotJson(
            "holds a number with more digits than can be kept exactly", "a number of at most 15 digits"
        )
    return value


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:  # Python refuses more than 4,300 digits: reading them takes quadratic time
        raise NotJson("holds a number with thousands of digits", "an ordinary number") from None


def _no_constant(name: str) -> NoReturn:
    raise NotJson(f"holds {name}, which JSON does not have", "a number, or null")


class _Reader:
    """Reads one JSON value from a place in a text; with `tolerant`, forgives what has one reading only."""

    def __init__(self, text: str, tolerant: bool, repairs: list[str]) -> None:
        self.text, self.tolerant, self.repairs = text, tolerant, repairs

    def value(self, at: int, depth: int) -> tuple[Any, int]:
        at = self.skip(at)
        if depth > DEEPEST:
            raise NotJson(f"is nested deeper than {DEEPEST} levels", "a flat answer")
        match self.peek(at):
            case "{":
                return self.object(at + 1, depth)
            case "[":
                return self.list(at + 1, depth)
            case '"' | "'":
                return self.string(at)
        number = _NUMBER.match(self.text, at)
        if number:
            whole = number[0].lstrip("-").isdigit()
            return (_whole(number[0]) if whole else _decimal(number[0])), self.ended(number.end())
        return self.word(at)

    def object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        pairs: list[tuple[str, Any]] = []
        at = self.skip(at)
        while self.peek(at) != "}":
            name, at = self.name(at)
            at = self.skip(at)
            if self.peek(at) != ":":
                self.wrong()
            value, at = self.value(at + 1, depth + 1)
            pairs.append((name, value))
            at = self.comma(at, "}")
        return _object(pairs, self.repairs), at + 1

    def list(self, at: int, depth: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        at = self.skip(at)
        while self.peek(at) != "]":
            value, at = self.value(at, depth + 1)
            items.append(value)
            at = self.comma(at, "]")
        return items, at + 1

    def comma(self, at: int, closing: str) -> int:
        """Return where the next member (or the closing bracket) begins."""
        at = self.skip(at)
        if self.peek(at) == closing:
            return at
        if self.text[at] != ",":
            self.wrong()
        at = self.skip(at + 1)
        if self.peek(at) == closing:
            self.forgive("a comma too many was removed")
        return at

    def name(self, at: int) -> tuple[str, int]:
        if self.peek(at) in "\"'":
            return self.string(at)
        word = _WORD.match(self.text, at)
        if not word:
            self.wrong()
        self.forgive("quotes were put around names")
        return word[0], word.end()

    def string(self, at: int) -> tuple[str, int]:
        quote = self.text[at]
        if quote == "'":
            self.forgive("single quotes were read as double quotes")
        found: list[str] = []
        at += 1
        while (char := self.peek(at)) != quote:
            if char == "\\":
                char, at = self.escape(at + 1)
            elif char < " ":
                self.forgive("line breaks inside text were kept")
                at += 1
            else:
                at += 1
            found.append(char)
        # A quote that ends a text is followed by what may follow a text; else it was a quote inside it.
        after = self.skip(at + 1)
        if self.peek(after) not in ",:}]":
            self.wrong()
        return _paired("".join(found)), at + 1

    def escape(self, at: int) -> tuple[str, int]:
        char = self.peek(at)
        if char == "u":
            digits = self.text[at + 1 : at + 5]
            if len(digits) < 4:
                self.cut_off()
            if not re.fullmatch(r"[0-9A-Fa-f]{4}", digits):
                self.wrong()
            return chr(int(digits, 16)), at + 5
        if char not in _ESCAPES:
            self.wrong()
        if char == "'":
            self.forgive("a backslash before a single quote was left out")
        return _ESCAPES[char], at + 1

    def word(self, at: int) -> tuple[Any, int]:
        word = _WORD.match(self.text, at)
        name = word[0] if word else ""
        at = self.ended(at + len(name))
        match name:
            case "true" | "false" | "null":
                return {"true": True, "false": False, "null": None}[name], at
            case "True" | "False" | "None":
                self.forgive("Python's True, False or None was read as JSON's")
                return {"True": True, "False": False, "None": None}[name], at
            case "NaN" | "Infinity":
                _no_constant(name)
        self.wrong()

    def ended(self, at: int) -> int:
        """Return `at` when the number or word really ends there: `12` of a cut `123` is another value."""
        if self.peek(self.skip(at)) not in ",}]":
            self.wrong()
        return at

    def skip(self, at: int) -> int:
        space = _SPACE.match(self.text, at)
        return space.end() if space else at

    def peek(self, at: int) -> str:
        if at >= len(self.text):
            self.cut_off()
        return self.text[at]

    def forgive(self, how: str) -> None:
        if not self.tolerant:
            self.wrong()
        if how not in self.repairs:
            self.repairs.append(how)

    def cut_off(self) -> NoReturn:
        raise NotJson("is cut off before its end", "a whole answer, from the first brace to the last")

    def wrong(self) -> NoReturn:
        raise NotJson("is not JSON")


def _paired(text: str) -> str:
    """Return a text with its surrogate pairs (two `\\u` escapes for one character) joined."""
    return (
        text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        if _HALF.search(text)
        else text
    )
