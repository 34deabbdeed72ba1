"""The nodes of an n8n workflow, and what an expression between them leads to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from signoff.moving.shapes import Note, Ref, Text
from signoff.moving.vocabulary import IN_BRACES, as_text, field_of

MOST_HOPS = 40
MOST_LOOKED = 5_000
Json = dict[str, Any]


@dataclass
class Node:
    """One node; `kind` is its type without the package, in small letters."""

    name: str
    kind: str
    is_ai_kit: bool
    params: Json

    @property
    def operation(self) -> str:
        return as_text(self.params.get("operation"))


@dataclass
class Flow:
    """The nodes of a workflow, and how they hang together; `notes` grow while it is read."""

    nodes: dict[str, Node]
    after: dict[str, list[str]] = field(default_factory=dict)
    before: dict[str, list[str]] = field(default_factory=dict)
    helpers: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # of an AI: (kind of line, node)
    notes: list[Note] = field(default_factory=list)
    trigger: Node | None = None
    app: str = ""
    ai: Node | None = None
    # The values being worked out, from the outside in.
    looking: list[tuple[str, str]] = field(default_factory=list)
    looked: int = 0

    def note(self, what: str, do: str) -> None:
        one = Note(what, do)
        if one not in self.notes:
            self.notes.append(one)

    def text(self, value: Any, node: Node, what: str = "") -> Text:
        """Return a parameter as a text with values in it; what cannot be worked out is noted."""
        if isinstance(value, Mapping):  # a "resource locator": {"__rl": true, "mode": "list", "value": …}
            value = (
                value.get("value") if value.get("value") not in (None, "") else value.get("cachedResultName")
            )
        if isinstance(value, list):
            value = next((one for one in value if isinstance(one, str)), "")
        words = as_text(value)
        if not words.startswith("="):
            return (words,) if words else ()
        pieces: list[str | Ref] = []
        for number, piece in enumerate(IN_BRACES.split(words[1:])):
            pieces += self._worked_out(piece, node, what) if number % 2 else [piece] if piece else []
        return tuple(pieces)

    def _worked_out(self, expression: str, node: Node, what: str) -> Text:
        found = EXPRESSION.match(" ".join(expression.split()))
        if found is None:
            self.note(
                f"“{_short(expression)}” in the step “{node.name}” is worked out by n8n.",
                "Write a field of the record in its place, or ask the AI for it.",
            )
            return ()
        other = found["node"] or found["node2"] or found["node3"]
        path = _path(found["path"])
        if found["rest"].strip():
            self.note(
                f"“{_short(expression)}” in the step “{node.name}” changes a value; it came along as it is.",
                "If that matters, say in the task how it should look.",
            )
        source = self.nodes.get(other) if other else self._one_before(node)
        return self._value(source, path)

    def _one_before(self, node: Node) -> Node | None:
        names = self.before.get(node.name) or []
        return self.nodes.get(names[0]) if names else None

    def _value(self, node: Node | None, path: list[str], hops: int = 0) -> Text:
        """Return what stands at a path in what a node gives: of the record, of the answer, or as a Set node says."""
        if node is None or hops > MOST_HOPS:
            return (Ref("record", field_of(self.app, ".".join(path))),) if path else ()
        if node is self.trigger:
            return (Ref("record", field_of(self.app, ".".join(path))),) if path else (Ref("record", "id"),)
        if node is self.ai:
            return (Ref("answer", ".".join(path)),)
        if node.kind == "wait" and path[:2] == ["body", "data"] and path[2:3] in (["answer"], ["record"]):
            # A workflow that asks Signoff already: this is what its callback brings (docs/n8n.md).
            rest = ".".join(path[3:])
            return (Ref("answer", rest) if path[2] == "answer" else Ref("record", field_of(self.app, rest)),)
        if node.kind == "set" and path:
            given = dict(_assigned(node))
            prefixes = (".".join(path[:length]) for length in range(len(path), 0, -1))
            name = next((prefix for prefix in prefixes if prefix in given), None)
            if name is not None and self._may_look(node.name, name):
                self.looking.append((node.name, name))
                found = self.text(given[name], node)
                self.looking.pop()
                return found
        return self._value(self._one_before(node), path, hops + 1)

    def _may_look(self, node: str, name: str) -> bool:
        """Say whether a Set node's value can be followed: not in a circle, and not for ever."""
        self.looked += 1
        return (
            (node, name) not in self.looking and len(self.looking) < MOST_HOPS and self.looked < MOST_LOOKED
        )


EXPRESSION = re.compile(
    r"""^\s*(?:
        \$json | \$input\.(?:item|first\(\)|last\(\))\.json
        | \$node\[\s*["'](?P<node>[^"']+)["']\s*\]\.json
        | \$\(\s*["'](?P<node2>[^"']+)["']\s*\)\.(?:item|first\(\)|last\(\)|all\(\)\[0\])\.json
        | \$items\(\s*["'](?P<node3>[^"']+)["'].{0,20}?\)\[0\]\.json
    )
    (?P<path>(?:\??\.[A-Za-z_$][\w$]*+(?!\s*\() | \??\.?\[\s*(?:"[^"]*"|'[^']*'|\d+)\s*\])*)
    (?P<rest>.*)$""",
    re.VERBOSE | re.DOTALL,
)
PART = re.compile(r"""\.([A-Za-z_$][\w$]*)|\[\s*(?:"([^"]*)"|'([^']*)'|(\d+))\s*\]""")


def body_of(raw: str) -> Json:
    """
    Return the names and values of a JSON body as an owner writes it in n8n, {} for what is none.

    Expressions stand in it where JSON has a value, `{"text": {{ JSON.stringify($json.text) }}}`, or inside of its
    texts. Each becomes, or stays in, a text that `Flow.text` reads.
    """
    pieces, in_text = [], False
    for number, piece in enumerate(re.split(r"(\{\{.*?\}\})", raw.removeprefix("="), flags=re.DOTALL)):
        if number % 2:
            words = re.sub(r"^\{\{\s*JSON\.stringify\((.*)\)\s*\}\}$", r"{{ \1 }}", piece, flags=re.DOTALL)
            quoted = json.dumps(words)
            pieces.append(quoted[1:-1] if in_text else quoted)
        else:
            in_text ^= len(re.findall(r'(?<!\\)"', piece)) % 2 == 1
            pieces.append(piece)
    try:
        found = json.loads("".join(pieces))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _assigned(node: Node) -> Iterator[tuple[str, Any]]:
    """Return the names and values that a Set node gives, in any of its versions."""
    params = node.params
    newer = params.get("assignments")
    older = params.get("fields")
    oldest = params.get("values")
    lists: list[Any] = [
        newer.get("assignments") if isinstance(newer, dict) else None,
        older.get("values") if isinstance(older, dict) else None,
        *(oldest.values() if isinstance(oldest, dict) else ()),
    ]
    for entries in lists:
        for one in entries if isinstance(entries, list) else ():
            if isinstance(one, dict):
                value = next((one[key] for key in ("value", "stringValue", "numberValue") if key in one), "")
                yield as_text(one.get("name")), value
    raw = params.get("jsonOutput")
    if isinstance(raw, str):
        try:
            data = json.loads(raw.removeprefix("="))
        except (ValueError, RecursionError):
            return
        for name, value in data.items() if isinstance(data, dict) else ():
            yield str(name), f"={value}" if raw.startswith("=") and isinstance(value, str) else value


def _path(text: str) -> list[str]:
    return [next(part for part in found.groups() if part is not None) for found in PART.finditer(text)]


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 60 else f"{words[:57]}…"
