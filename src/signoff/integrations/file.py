"""Reads integration files: every fault is named with its line, in words that say what to write instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class FileFault:
    file: str
    line: int
    what: str


@dataclass
class Document:
    """A file's content, and the line on which each part of it begins."""

    file: str
    text: str
    data: Any = None
    lines: dict[Path_, int] = field(default_factory=dict)
    faults: list[FileFault] = field(default_factory=list)

    def fault(self, path: Path_, what: str) -> None:
        """Note a fault at the nearest part of the file that has a line."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                self.faults.append(FileFault(self.file, self.lines[path[:length]], what))
                return
        self.faults.append(FileFault(self.file, 1, what))


class _Loader(yaml.SafeLoader):
    """
    YAML 1.2's plain values: only true and false are yes/no.

    YAML 1.1 reads `options: [yes, no]` as two booleans, and nobody who writes choices means that.
    """


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def read_file(path: Path) -> Document:
    """Return a file as data with lines; what is wrong with it stands in `faults`."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Document(str(path), "", faults=[FileFault(str(path), 0, "This file does not exist.")])
    except (OSError, UnicodeDecodeError):
        return Document(
            str(path), "", faults=[FileFault(str(path), 0, "This file cannot be read as text (UTF-8).")]
        )
    return read_text(text, str(path))


def read_text(text: str, file: str = "integration") -> Document:
    """Return a text as data with lines; what is wrong with it stands in `faults`."""
    document = Document(file, text)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is not None:
            _note_lines(document, node, ())
            document.data = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = (mark.line + 1) if mark else 1
        document.faults.append(FileFault(file, line, f"This line cannot be read: {_in_words(error)}"))
    except (yaml.YAMLError, RecursionError, ValueError):
        document.faults.append(FileFault(file, 1, "This file cannot be read as YAML."))
    finally:
        loader.dispose()
    if not document.faults and not isinstance(document.data, Mapping):
        document.fault((), "This file holds no integration. It begins with `name:`.")
    return document


def fault_in_words(error: Mapping[str, Any]) -> str:
    """Return one of Pydantic's errors as a sentence for the person who wrote the file."""
    where = ".".join(str(part).removesuffix("_") for part in error["loc"] if not isinstance(part, int))
    name = str(error["loc"][-1]).removesuffix("_") if error["loc"] else ""
    match error["type"]:
        case "missing":
            return f"`{where}` is missing."
        case "extra_forbidden":
            return f"`{name}` is not known here. Is it misspelt?"
        case "value_error":
            message = str(error["msg"]).removeprefix("Value error, ")
            return f"`{where}` {message}." if where else f"{message}."
        case "literal_error":
            return f"`{where}` must be one of {error['ctx']['expected']}."
        case "too_short" | "string_too_short":
            return f"`{where}` is empty."
        case "int_parsing" | "int_type" | "float_parsing" | "float_type":
            return f"`{where}` must be a number."
        case "greater_than_equal" | "less_than_equal":
            return f"`{where}` is out of range: {str(error['msg']).lower()}."
        case "string_type":
            return f"`{where}` must be a text. Put it in quotes."
        case "tuple_type" | "list_type":
            return f"`{where}` must be a list: one entry a line, each after a hyphen."
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"`{where}` must hold names and values, one on each line below it."
    return f"`{where}`: {error['msg']}."


def note_shape_faults(document: Document, error: ValidationError) -> None:
    """Note all of Pydantic's errors at their lines."""
    for found in error.errors(include_url=False, include_input=False):
        # A union reports each of its members; the name of the member is not a place in the file.
        path = tuple(
            str(part).removesuffix("_") if isinstance(part, str) else part
            for part in found["loc"]
            if part not in ("ReviewPart", "Autopilot", "literal['none']", "literal['off']")
        )
        if found["type"] == "literal_error" and path and path[-1] in ("review", "autopilot"):
            continue  # the other member of the union says it better
        document.fault(path, fault_in_words({**found, "loc": path}))


def _note_lines(document: Document, node: yaml.Node, path: Path_) -> None:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                document.faults.append(
                    FileFault(document.file, key.start_mark.line + 1, f"`{name}` stands here twice.")
                )
            seen.add(name)
            document.lines[(*path, name)] = key.start_mark.line + 1
            _note_lines(document, value, (*path, name))
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            document.lines[(*path, position)] = value.start_mark.line + 1
            _note_lines(document, value, (*path, position))


def _in_words(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "its form is unclear"
    if "could not find expected ':'" in problem:
        return "a colon is missing after a name."
    if "found character '\\t'" in problem:
        return "it is indented with a tab. Use spaces."
    if "mapping values are not allowed" in problem:
        return "there is a colon in a text. Put the text in quotes."
    return f"{problem}."
