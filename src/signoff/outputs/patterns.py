r"""
JSON Schema's patterns are ECMA-262's (with its `u` flag); Python's differ in ways that decide answers.

`$` is the very end (Python's also stands before a last line break), `\d`, `\w` and `\b` are ASCII, `\s`
counts the zero-width space, `\p{Letter}` exists, and `(?P<name>)` does not. `python_pattern` says in Python
what a pattern says in ECMA-262. Source: https://tc39.es/ecma262/#sec-patterns
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache

Ranges = tuple[tuple[int, int], ...]

_LAST = sys.maxunicode
_CLASSES: dict[str, Ranges] = {
    "d": ((0x30, 0x39),),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
    "s": (
        *((0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A)),
        *((0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)),
    ),
}
_CONTROLS = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "0": "\0"}
_CATEGORIES = {
    "letter": "L", "lowercase_letter": "Ll", "uppercase_letter": "Lu", "titlecase_letter": "Lt",
    "modifier_letter": "Lm", "other_letter": "Lo", "mark": "M", "combining_mark": "M",
    "nonspacing_mark": "Mn",
    "spacing_mark": "Mc", "enclosing_mark": "Me", "number": "N", "decimal_number": "Nd", "digit": "Nd",
    "letter_number": "Nl", "other_number": "No", "punctuation": "P", "punct": "P", "symbol": "S",
    "math_symbol": "Sm", "currency_symbol": "Sc", "modifier_symbol": "Sk", "other_symbol": "So",
    "separator": "Z", "space_separator": "Zs", "other": "C", "control": "Cc", "cntrl": "Cc", "format": "Cf",
}  # fmt: skip
_ESCAPE = re.compile(
    r"\\(?:(?P<set>[dDwWsS])|c(?P<control>[A-Za-z])|(?P<p>[pP])\{(?P<property>[^{}]*)\}"
    r"|u\{(?P<long>[0-9A-Fa-f]{1,6})\}"
    r"|u(?P<high>[Dd][89ABab][0-9A-Fa-f]{2})\\u(?P<low>[Dd][C-Fc-f][0-9A-Fa-f]{2})"
    r"|u(?P<short>[0-9A-Fa-f]{4})|x(?P<hex>[0-9A-Fa-f]{2})|k<(?P<named>[^<>]+)>|(?P<number>[1-9][0-9]*)"
    r"|(?P<edge>[bB])|(?P<simple>[tnvfr0])|(?P<plain>[\^$\\.*+?()\[\]{}|/-]))"
)


@lru_cache(maxsize=256)
def python_pattern(pattern: str) -> str:
    """Return a pattern for Python's `re` that means what ECMA-262 means. Raises `ValueError`."""
    found, at = [], 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            piece, at = _escaped(pattern, at)
        elif char == "[":
            piece, at = _class(pattern, at)
        elif pattern.startswith("(?", at):
            piece, at = _group(pattern, at)
        else:
            piece, at = {"$": r"\Z", ".": r"[^\n\r\u2028\u2029]"}.get(char, char), at + 1
        found.append(piece)
    result = "".join(found)
    try:
        re.compile(result)
    except (re.error, OverflowError, RecursionError) as wrong:
        raise ValueError(f"cannot be used as a pattern: {wrong}") from None
    return result


def _escaped(pattern: str, at: int) -> tuple[str, int]:
    """Return an escape outside a class, and where it ends."""
    found = _match(pattern, at)
    if found["edge"]:
        return f"(?a:\\{found['edge']})", found.end()
    if found["named"]:
        return f"(?P={found['named']})", found.end()
    if found["number"]:
        return f"(?:\\{found['number']})", found.end()
    ranges = _ranges_of(found)
    return _written(ranges), found.end()


def _class(pattern: str, at: int) -> tuple[str, int]:
    """Return a class ("[a-z]"), and where it ends. Python has no empty ones, and nothing like \\D within."""
    ranges: list[tuple[int, int]] = []
    at += 1
    negative = pattern.startswith("^", at)
    at += negative
    while (one := _member(pattern, at))[0] is not None:
        first, at = one
        assert first is not None  # noqa: S101  the loop's condition, said for the type checker
        if pattern.startswith("-", at) and not pattern.startswith("-]", at):
            last, end = _member(pattern, at + 1)
            if last is None or len(first) != 1 or len(last) != 1 or first[0][0] > last[0][1]:
                raise ValueError("holds a range of characters that is none")
            first, at = ((first[0][0], last[0][1]),), end
        ranges += first
    return _written(_complement(tuple(ranges)) if negative else tuple(ranges)), one[1]


def _member(pattern: str, at: int) -> tuple[Ranges | None, int]:
    """Return the next member of a class and where it ends; None for the closing bracket."""
    if at >= len(pattern):
        raise ValueError("holds a class of characters without its end")
    if pattern[at] == "]":
        return None, at + 1
    if pattern[at] != "\\":
        return ((ord(pattern[at]), ord(pattern[at])),), at + 1
    if pattern.startswith("\\b", at):  # within a class, a backspace
        return ((8, 8),), at + 2
    found = _match(pattern, at)
    return _ranges_of(found), found.end()


def _group(pattern: str, at: int) -> tuple[str, int]:
    for opening in ("(?:", "(?=", "(?!", "(?<=", "(?<!"):
        if pattern.startswith(opening, at):
            return opening, at + len(opening)
    if pattern.startswith("(?<", at):
        return "(?P<", at + 3
    raise ValueError("holds a group that ECMA-262 does not have")


def _match(pattern: str, at: int) -> re.Match[str]:
    found = _ESCAPE.match(pattern, at)
    if not found:
        raise ValueError(f"holds {pattern[at : at + 2]!r}, which ECMA-262 does not have")
    return found


def _ranges_of(found: re.Match[str]) -> Ranges:
    """Return the characters that an escape stands for."""
    if found["set"]:
        ranges = _CLASSES[found["set"].lower()]
        return ranges if found["set"].islower() else _complement(ranges)
    if found["p"]:
        ranges = _property(found["property"])
        return ranges if found["p"] == "p" else _complement(ranges)
    if found["control"]:
        code = ord(found["control"]) % 32
    elif found["high"]:
        code = 0x10000 + ((int(found["high"], 16) & 0x3FF) << 10) + (int(found["low"], 16) & 0x3FF)
    elif digits := found["long"] or found["short"] or found["hex"]:
        code = int(digits, 16)
    elif found["simple"]:
        code = ord(_CONTROLS[found["simple"]])
    elif found["plain"]:
        code = ord(found["plain"])
    else:
        raise ValueError("holds a reference to a group within a class")
    if code > _LAST:
        raise ValueError("holds a character beyond the last one")
    return ((code, code),)


@lru_cache(maxsize=16)
def _property(name: str) -> Ranges:
    """Return the characters of a general category; scripts are not known to Python."""
    name = name.removeprefix("General_Category=").removeprefix("gc=")
    wanted = _CATEGORIES.get(name.lower(), name)
    if name == "Any":
        return ((0, _LAST),)
    if wanted not in {
        *_CATEGORIES.values(),
        "Cn",
        "Co",
        "Cs",
        "Pc",
        "Pd",
        "Pe",
        "Pf",
        "Pi",
        "Po",
        "Ps",
        "Zl",
        "Zp",
    }:
        raise ValueError(f"holds the property {name!r}, which is not known here")
    ranges: list[tuple[int, int]] = []
    for code in range(_LAST + 1):
        if unicodedata.category(chr(code)).startswith(wanted):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1] = (ranges[-1][0], code)
            else:
                ranges.append((code, code))
    return tuple(ranges)


def _complement(ranges: Ranges) -> Ranges:
    found, next_free = [], 0
    for first, last in sorted(ranges):
        if first > next_free:
            found.append((next_free, first - 1))
        next_free = max(next_free, last + 1)
    if next_free <= _LAST:
        found.append((next_free, _LAST))
    return tuple(found)


def _written(ranges: Ranges) -> str:
    """Return a class in Python's words, each character by its number: none can mean something else."""
    if not ranges:
        return "(?!)"
    return "[" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges) + "]"
