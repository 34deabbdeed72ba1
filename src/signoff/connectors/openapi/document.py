"""
Reading an OpenAPI document that a stranger wrote: its size, its depth and its references are held in bounds.

OpenAPI 3.0 and 3.1 and Swagger 2.0 are read; `Document` tells all three in the words of 3.x. Nothing outside of the
document is ever fetched. Sources: https://spec.openapis.org/oas/v3.0.4.html, https://spec.openapis.org/oas/v3.1.1.html,
https://spec.openapis.org/oas/v2.0.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import yaml

from signoff.connectors.shapes import items, member
from signoff.core.errors import InputRejected

MOST_BYTES = 20_000_000
MOST_YAML_BYTES = 4_000_000  # YAML takes thirty times as long to read as JSON
MOST_PARTS = 2_000_000
DEEPEST = 200
MOST_HOPS = 30
MOST_STEPS = 2_000_000  # a real document of 1.9 MB takes 11,000
MOST_OPERATIONS = 5000
Found = TypeVar("Found")
METHODS = ("get", "put", "post", "patch")
# What stands under these is an example of somebody's data or an extension, not a part of the description.
NOT_DESCRIBING = frozenset({"example", "examples", "default", "enum", "const"})


class DocumentRefused(InputRejected):
    """The document cannot be used; the sentence says why and nothing was saved."""

    next_step = "Nothing was saved. Choose another document, or ask whoever made this one."

    def __init__(self, sentence: str, *, next_step: str | None = None) -> None:
        safe = sentence.replace("{", "{{").replace("}", "}}")
        super().__init__(
            "the OpenAPI document is refused", field="spec", owner_message=safe, next_step=next_step
        )


@dataclass(frozen=True)
class Operation:
    """One operation: `path` with its parameters in braces, and what its path says for all methods beside its own."""

    method: str
    path: str
    node: dict[str, Any]
    shared: dict[str, Any]

    @property
    def id(self) -> str:
        stated = self.node.get("operationId")
        return stated if isinstance(stated, str) and stated else f"{self.method} {self.path}"


def read(raw: bytes) -> Document:
    """Return a document from its bytes (JSON or YAML). Raises `DocumentRefused` with the reason in one sentence."""
    if len(raw) > MOST_BYTES:
        raise DocumentRefused(
            f"This document is larger than {MOST_BYTES // 1_000_000} MB. Nothing was read of it."
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DocumentRefused("This file is no text, so it is no OpenAPI document.") from None
    tree = _parsed(text)
    if not isinstance(tree, dict):
        raise DocumentRefused("This is no OpenAPI document: it holds no names with values.")
    version = tree.get("openapi", tree.get("swagger"))
    version = version if isinstance(version, str) else str(version or "")
    if not re.fullmatch(r"(?:3\.[01](?:\.\d+)?(?:-\w+)?|2\.0)", version):
        said = f"It says {version[:20]!r}." if version else "It does not say which version of OpenAPI it is."
        raise DocumentRefused(f"Signoff reads OpenAPI 3.0 and 3.1 and Swagger 2.0. {said}")
    _walk(tree)
    if not isinstance(tree.get("paths"), dict) or not tree["paths"]:
        raise DocumentRefused("This document describes no operations: its paths are missing or empty.")
    return Document(tree, version)


class Document:
    """A document that was read. What it does not say, or says in another shape, is left out; nothing raises."""

    def __init__(self, tree: dict[str, Any], version: str) -> None:
        self.tree = tree
        self.version = version
        self.merged: dict[int, dict[str, Any]] = {}  # schemas in one piece, by the identity of their node
        self._found: dict[str, Any] = {}
        self._steps = 0

    def once(self, what: str, find: Callable[[], Found]) -> Found:
        """Return what is found in this document, looked for the first time only: a large one takes seconds."""
        if what not in self._found:
            self._found[what] = find()
        found: Found = self._found[what]
        return found

    def begin(self) -> None:
        """Begin to count anew: a document that is kept is looked at many times."""
        self._steps = 0

    def step(self) -> None:
        """Count one step of looking at it. Raises `DocumentRefused` where that has no end: schemas multiply."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise DocumentRefused("This document is so interlaced that it cannot be read in good time.")

    @property
    def is_swagger(self) -> bool:
        return self.version == "2.0"

    @property
    def title(self) -> str:
        return plain(member(self.tree, "info", "title"), 60).rstrip(".") or "This app"

    def resolved(self, node: Any) -> Any:
        """Return what a node refers to, itself where it refers to nothing; an empty object where that is not there."""
        for _ in range(MOST_HOPS):
            reference = node.get("$ref") if isinstance(node, dict) else None
            if not isinstance(reference, str):
                return node
            node = self._at(reference)
        return {}

    def _at(self, reference: str) -> Any:
        found: Any = self.tree
        for part in reference.removeprefix("#").strip("/").split("/"):
            name = re.sub(r"%([0-9A-Fa-f]{2})", lambda one: chr(int(one[1], 16)), part)
            name = name.replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict):
                found = found.get(name)
            elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            else:
                return {}
        return found if found is not None else {}

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """All operations that read or write one way or another; removing is none of them."""
        found = tuple(self._operations())
        if len(found) > MOST_OPERATIONS:
            raise DocumentRefused(f"This document has more than {MOST_OPERATIONS} operations.")
        return found

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.tree["paths"].items():
            item = self.resolved(item)
            if not isinstance(item, dict) or not str(path).startswith("/"):
                continue
            for method in METHODS:
                node = item.get(method)
                if isinstance(node, dict):
                    yield Operation(method, str(path), node, item)

    def parameters(self, operation: Operation) -> list[dict[str, Any]]:
        """Return the parameters of an operation, its own first; each has `name`, `in` and `schema`."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for one in (*items(operation.node.get("parameters")), *items(operation.shared.get("parameters"))):
            told = self.resolved(one)
            if not isinstance(told, dict) or not isinstance(told.get("name"), str):
                continue
            place = str(told.get("in"))
            if (
                "schema" not in told and place != "body"
            ):  # Swagger 2.0 has the type here; 3.x may have content
                content = told.get("content")
                media = next(iter(content.values()), None) if isinstance(content, dict) else None
                told = {**told, "schema": member(media, "schema") if media else told}
            found.setdefault((place, told["name"]), told)
        return list(found.values())

    def body(self, operation: Operation) -> tuple[str, Any] | None:
        """Return how an operation takes its input ("json" or "form") and its schema; None where it takes neither."""
        if self.is_swagger:
            return self._swagger_body(operation)
        content = member(self.resolved(operation.node.get("requestBody")), "content")
        return _json_or_form(content) if isinstance(content, dict) else None

    def _swagger_body(self, operation: Operation) -> tuple[str, Any] | None:
        told = self.parameters(operation)
        whole = next((one for one in told if one.get("in") == "body"), None)
        if whole is not None:
            return "json", whole.get("schema")
        fields = [one for one in told if one.get("in") == "formData"]
        if not fields or any(one.get("type") == "file" and one.get("required") for one in fields):
            return None
        takes = operation.node.get("consumes") or self.tree.get("consumes") or []
        if takes and not any("urlencoded" in str(one) for one in takes):
            return None
        properties = {one["name"]: one for one in fields if one.get("type") != "file"}
        required = [one["name"] for one in fields if one.get("required") is True]
        return "form", {"type": "object", "properties": properties, "required": required}

    def answer(self, operation: Operation) -> Any:
        """Return the schema of what an operation answers when it worked, None where it answers with no JSON."""
        responses = operation.node.get("responses")
        if not isinstance(responses, dict):
            return None
        for code in ("200", "201", "202", "203", "2XX", "2xx", "default"):
            told = self.resolved(responses.get(code))
            if not isinstance(told, dict):
                continue
            if self.is_swagger and "schema" in told:
                return told["schema"]
            content = told.get("content")
            found = _json_or_form(content) if isinstance(content, dict) else None
            if found is not None and found[0] == "json":
                return found[1]
        return None


def plain(value: Any, most: int = 120) -> str:
    """
    Return a text of the document as a page may show it: one line, short, without what our own texts would fill in.

    Marks for emphasis and links go, because these texts are shown as they are.
    """
    if not isinstance(value, str):
        return ""
    text = re.sub(r"<[^>]{0,200}>|[{}`*_#]{2,}|[{}`]", "", value[:2000])
    text = re.sub(r"\[([^\]]{1,200})\]\([^)]{0,500}\)", r"\1", text)
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _json_or_form(content: dict[str, Any]) -> tuple[str, Any] | None:
    for kind, media in content.items():
        bare = str(kind).split(";")[0].strip().lower()
        if bare in ("application/json", "*/*", "text/json") or (
            bare.endswith("+json") and "patch" not in bare
        ):
            return "json", member(media, "schema")
    for kind, media in content.items():
        if "x-www-form-urlencoded" in str(kind):
            return "form", member(media, "schema")
    return None


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # one of two classes
    """Reads values as JSON has them: a date stays a text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if "timestamp" not in tag and "merge" not in tag]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        if text.lstrip()[:1] in "{[":
            where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
            raise DocumentRefused(f"This document is broken: it is no whole JSON{where}.") from None
    if text.lstrip()[:1] == "<":
        raise DocumentRefused(
            "This is a web page and no OpenAPI document. Look on it for the document itself."
        )
    if len(text) > MOST_YAML_BYTES:
        raise DocumentRefused(
            f"A document in YAML may have {MOST_YAML_BYTES // 1_000_000} MB at most.",
            next_step="Nothing was saved. Choose the same document as JSON.",
        )
    try:
        _refuse_bombs(text)
        return yaml.load(text, _Loader)  # noqa: S506  # a safe loader
    except RecursionError:
        raise _too_deep() from None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" near line {mark.line + 1}" if mark else ""
        raise DocumentRefused(f"This document is broken: it is neither JSON nor YAML{where}.") from None


def _refuse_bombs(text: str) -> None:
    """Look at a YAML text piece by piece, before anything is built of it: depth, amount, and repetitions."""
    depth = 0
    for parts, event in enumerate(yaml.parse(text, _Loader)):
        if isinstance(event, yaml.AliasEvent):
            raise DocumentRefused(
                "This document repeats parts of itself by YAML's anchors (*), by which ten lines can become millions.",
                next_step="Nothing was saved. Choose the same document as JSON.",
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise _too_deep()
        if parts > MOST_PARTS:
            raise DocumentRefused("This document has more parts than any API that we know. Nothing was kept.")


def _walk(tree: Any) -> None:
    """Refuse what is too deep, too much, or refers to anything outside."""
    waiting: list[tuple[Any, int, bool]] = [(tree, 0, True)]
    parts = 0
    while waiting:
        node, depth, describes = waiting.pop()
        parts += 1
        if depth > DEEPEST:
            raise _too_deep()
        if parts > MOST_PARTS:
            raise DocumentRefused("This document has more parts than any API that we know. Nothing was kept.")
        if isinstance(node, list):
            waiting += [(one, depth + 1, describes) for one in node]
        elif isinstance(node, dict):
            for name in [name for name in node if not isinstance(name, str)]:
                node[str(name)] = node.pop(name)  # YAML reads 200: as a number
            reference = node.get("$ref")
            if describes and isinstance(reference, str) and not reference.startswith("#"):
                raise DocumentRefused(
                    f"This document refers to another one ({plain(reference, 80)}), which Signoff does not fetch.",
                    next_step="Nothing was saved. Choose the document in one piece; it is often called bundled.",
                )
            waiting += [
                (one, depth + 1, describes and name not in NOT_DESCRIBING and not name.startswith("x-"))
                for name, one in node.items()
            ]


def _too_deep() -> DocumentRefused:
    return DocumentRefused(
        "This document is nested deeper than any API that we know. Nothing was kept of it."
    )
