"""
Reads what a custom app for Make describes, and asks it: as much of Make as the app of ours uses.

Make itself runs nowhere but at Make. The language is the one of its documentation (developers.make.com, IML): text
with expressions in `{{…}}`, `==` without conversion, arrays counted from 1. What is left empty is left out of a
request. Whatever the app begins to use beyond this fails here, and is to be added with a look at the documentation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*')|(?P<number>\d+)|(?P<name>[A-Za-z_]\w*)|(?P<quoted>`[^`]+`)"
    r"|(?P<sign>==|!=|>=|<=|&&|\|\||[().,\[\]>+]))"
)
LEFT_OUT = object()  # an expression that gives nothing
CONSTANTS = {"null": None, "true": True, "false": False, "emptyarray": [], "emptystring": ""}


def _length(value: Any) -> int:
    return len(value)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "if": lambda condition, then, otherwise: then if _is_true(condition) else otherwise,
    "ifempty": lambda value, otherwise: otherwise if value in (LEFT_OUT, None, "", []) else value,
    "length": _length,
    "toCollection": lambda rows, name, value: {row[name]: row.get(value) for row in rows},
    "map": lambda rows, name: [row[name] for row in rows],
    "join": lambda rows, between: between.join(map(str, rows)),
}


def _is_true(value: Any) -> bool:
    return value is not LEFT_OUT and bool(value)


class Expression:
    """One expression: read from left to right, worked out while it is read."""

    def __init__(self, text: str, known: dict[str, Any]) -> None:
        self.known = known
        self.parts = list(self._split(text))
        self.at = 0

    def value(self) -> Any:
        found = self._compared()
        assert self.at == len(self.parts), f"not understood from here: {self.parts[self.at :]}"
        return found

    @staticmethod
    def _split(text: str) -> Iterator[tuple[str, str]]:
        text = text.strip()
        at = 0
        while at < len(text):
            found = TOKEN.match(text, at)
            assert found, f"not understood: {text[at:]}"
            yield str(found.lastgroup), str(found.group(str(found.lastgroup)))
            at = found.end()

    def _next_is(self, *signs: str) -> str | None:
        if self.at < len(self.parts) and self.parts[self.at] in [("sign", sign) for sign in signs]:
            self.at += 1
            return self.parts[self.at - 1][1]
        return None

    def _compared(self) -> Any:
        left = self._one()
        sign = self._next_is("==", "!=", ">", "&&", "||")
        if sign is None:
            return left
        right = self._one()
        gone = [None if side is LEFT_OUT else side for side in (left, right)]
        return {
            "==": lambda: type(gone[0]) is type(gone[1]) and gone[0] == gone[1],
            "!=": lambda: not (type(gone[0]) is type(gone[1]) and gone[0] == gone[1]),
            ">": lambda: left > right,
            "&&": lambda: _is_true(left) and _is_true(right),
            "||": lambda: _is_true(left) or _is_true(right),
        }[sign]()

    def _one(self) -> Any:
        kind, text = self.parts[self.at]
        self.at += 1
        if kind == "text":
            return text[1:-1]
        if kind == "number":
            return int(text)
        assert kind == "name", f"not understood: {text}"
        if self._next_is("("):
            given = [self._compared()]
            while self._next_is(","):
                given.append(self._compared())
            assert self._next_is(")"), f"{text}( does not end"
            return FUNCTIONS[text](*given)
        if text in CONSTANTS:
            return CONSTANTS[text]
        assert text in self.known, f"Make knows no {text} here, only {sorted(self.known)}"
        return self._path(self.known[text])

    def _path(self, value: Any) -> Any:
        while self._next_is("."):
            _, name = self.parts[self.at]
            self.at += 1
            value = value.get(name.strip("`"), LEFT_OUT) if isinstance(value, dict) else LEFT_OUT
        return value


def fill(described: Any, known: dict[str, Any]) -> Any:
    """Return what a description says with what is known; keys without a value are left out."""
    if isinstance(described, dict):
        filled = {name: fill(value, known) for name, value in described.items()}
        return {name: value for name, value in filled.items() if value is not LEFT_OUT}
    if isinstance(described, list):
        return [fill(value, known) for value in described]
    if not isinstance(described, str):
        return described
    whole = re.fullmatch(r"\{\{((?:(?!\}\}).)*)\}\}", described)
    if whole:
        return Expression(whole[1], known).value()

    def written(found: re.Match[str]) -> str:
        value = Expression(found[1], known).value()
        return "" if value in (None, LEFT_OUT) else str(value)

    return re.sub(r"\{\{(.*?)\}\}", written, described)


class Refused(Exception):
    """What Make shows when a step fails: its type and the words."""

    def __init__(self, kind: str, words: str) -> None:
        super().__init__(f"{kind}: {words}")


@dataclass
class MakeApp:
    """An app in the layout of Make's local development, with a connection that somebody has filled in."""

    folder: Path
    connection: dict[str, str] = field(default_factory=dict)
    http: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=40))  # Make's own patience

    def __post_init__(self) -> None:
        self.described = json.loads((self.folder / "makecomapp.json").read_text())
        self.base = self.read(self.described["generalCodeFiles"]["base"])

    def read(self, path: str) -> Any:
        return json.loads((self.folder / path).read_text())

    def part(self, kind: str, name: str, code: str = "communication") -> Any:
        return self.read(self.described["components"][kind][name]["codeFiles"][code])

    def connect(self, **filled: str) -> str:
        """Test a connection as its dialog does; returns the name that Make shows."""
        described = self.part("connection", "signoff")
        known: dict[str, Any] = {"parameters": filled}
        reply = self._send(described, known, base={})
        self.connection = filled
        return str(fill(described["response"]["metadata"]["value"], known | reply))

    def run(self, name: str, kind: str = "module", code: str = "communication", **known: Any) -> list[Any]:
        """Run a step; returns its bundles. `parameters` are what its fields hold."""
        described = self.part(kind, name, code)
        known = {"parameters": {}, "connection": self.connection, **known}
        answer = described.get("response", {})
        bundles: list[Any] = []
        limit = fill(answer.get("limit", LEFT_OUT), known)
        page: dict[str, Any] = {}
        while True:
            reply = self._send(described | {"qs": described.get("qs", {}) | page}, known, self.base)
            if "data" in answer:
                return [fill(answer["data"], known | reply)]
            if "iterate" not in answer:
                return [fill(answer.get("output"), known | reply)]
            for item in fill(answer["iterate"], known | reply):
                bundles.append(fill(answer["output"], known | reply | {"item": item}))
                if limit is not LEFT_OUT and len(bundles) >= int(limit):
                    return bundles
            more = described.get("pagination")
            if more is None or not fill(more["condition"], known | reply):
                return bundles
            page = fill(more["qs"], known | reply)

    def hear(self, webhook: str, body: Any, headers: dict[str, str]) -> Any:
        """Return the bundle that a delivery becomes, None where Make passes it over."""
        described = self.part("webhook", webhook)
        known = {"body": body, "headers": {name.lower(): value for name, value in headers.items()}}
        return fill(described["output"], known) if fill(described["condition"], known) else None

    def _send(self, described: dict[str, Any], known: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
        url = fill(described["url"], known)
        if url.startswith("/"):
            url = fill(base["baseUrl"], known) + url
        headers = fill(base.get("headers", {}) | described.get("headers", {}), known)
        method = described.get("method", "GET")
        reply = self.http.request(
            method,
            url,
            params=fill(described.get("qs", {}), known),
            headers={name: str(value) for name, value in headers.items()},
            json=None if method == "GET" else fill(described.get("body"), known),
        )
        is_json = reply.content and "json" in reply.headers.get("content-type", "")
        body = reply.json() if is_json else reply.text
        found = {"body": body, "statusCode": reply.status_code, "headers": dict(reply.headers)}
        if reply.status_code >= 400:
            error = described.get("response", {}).get("error") or base["response"]["error"]
            one = error.get(str(reply.status_code), error)
            raise Refused(one.get("type", "RuntimeError"), fill(one["message"], known | found))
        return found
