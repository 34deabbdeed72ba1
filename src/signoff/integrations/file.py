"""Reads integration files: every fault is named with its line, in words that say what to write instead."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

Path_ = tuple[str | int, ...]

MOST_CHARACTERS = 500_000
MOST_NUMBER = 10**15


@dataclass(frozen=True, order=True)
class FileFault:
    """What is wrong in a file, and on which line; 0 where it is wrong as a whole."""

    file: str
    line: int
    what: str

    @property
    def at(self) -> str:
        """Return it as compilers do: "new-leads.yaml:5: `filds` is not known here. Is `fields` meant?"."""
        return f"{self.file}:{self.line}: {self.what}" if self.line else f"{self.file}: {self.what}"


@dataclass
class Document:
    """One integration, or the company facts, of a file; and the line on which each part of it begins."""

    file: str
    text: str
    data: Any = None
    lines: dict[Path_, int] = field(default_factory=dict)
    faults: list[FileFault] = field(default_factory=list)
    first_line: int = 1
    placed: list[tuple[Path_, str]] = field(default_factory=list)  # the faults by the part they are of
    notes: list[str] = field(default_factory=list)  # what is no fault, and worth knowing

    def fault(self, path: Path_, what: str) -> None:
        """Note a fault at the nearest part of the file that has a line."""
        self.placed.append((path, what))
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                self.faults.append(FileFault(self.file, self.lines[path[:length]], what))
                return
        self.faults.append(FileFault(self.file, self.first_line, what))


class _Loader(yaml.SafeLoader):
    """
    Reads plain values as YAML 1.2 does: only true and false are yes/no, 9:00 and 0170 are texts.

    YAML 1.1 reads `options: [yes, no]` as two booleans, 9:00 as 540 and 0170 as 120, and nobody who writes
    choices, opening hours or telephone numbers means that. Anchors and aliases are refused: a file of ten
    lines can grow to millions by them.
    """

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # no stub
            raise yaml.composer.ComposerError(
                None, None, f"*{event.anchor} repeats another part. Write it out", event.start_mark
            )
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))

_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float", "bool", "null")}


def read_file(path: Path) -> Document:
    """Return a file that holds one integration; what is wrong with it stands in `faults`."""
    return _only(read_files(path), str(path))


def read_files(path: Path) -> list[Document]:
    """Return what a file holds: one document, or several between lines of `---`."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return [_unreadable(str(path), "This file does not exist.")]
    except IsADirectoryError:
        return [_unreadable(str(path), "This is a folder. Name the files in it.")]
    except (OSError, UnicodeDecodeError, ValueError):
        return [_unreadable(str(path), "This file cannot be read as text (UTF-8).")]
    return read_texts(text, str(path))


def read_text(text: str, file: str = "integration") -> Document:
    """Return a text that holds one integration; what is wrong with it stands in `faults`."""
    return _only(read_texts(text, file), file)


def read_texts(text: str, file: str = "integration") -> list[Document]:
    """Return what a text holds: one document, or several between lines of `---`. Raises nothing."""
    if len(text) > MOST_CHARACTERS:
        return [_unreadable(file, f"This is longer than {MOST_CHARACTERS // 1000} kB, too long for a file.")]
    documents: list[Document] = []
    try:
        loader = _Loader(text)
        while loader.check_node():
            node = loader.get_node()
            if node is not None:
                documents.append(_document(loader, node, text, file))
    except yaml.MarkedYAMLError as error:
        return [_unreadable(file, f"This line cannot be read: {_in_words(error)}", _line_of(error))]
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return [_unreadable(file, "There is a character here that no text has.", line)]
    except (yaml.YAMLError, RecursionError, ValueError):
        return [_unreadable(file, "This file cannot be read as YAML.")]
    return documents or [_unreadable(file, "This file is empty. An integration begins with `name:`.", 1)]


def plain_data(text: str) -> Any:
    """Return the data of a record's file, JSON or YAML. Raises ValueError in words."""
    try:
        return yaml.load(text, _Loader)  # noqa: S506  # our loader is a safe one
    except yaml.MarkedYAMLError as error:
        raise ValueError(f"line {_line_of(error)}: {_in_words(error)}") from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise ValueError("it cannot be read as JSON or YAML.") from None


def fault_in_words(error: Mapping[str, Any]) -> str:
    """Return one of Pydantic's errors as a sentence for the person who wrote the file."""
    where = ".".join(str(part).removesuffix("_") for part in error["loc"] if not isinstance(part, int))
    name = str(error["loc"][-1]).removesuffix("_") if error["loc"] else ""
    match error["type"]:
        case "missing":
            return f"`{where}` is missing."
        case "extra_forbidden":
            return not_known(name, _names_beside(error["loc"]))
        case "value_error":
            message = str(error["msg"]).removeprefix("Value error, ")
            return f"`{where}` {message}." if where else f"It {message}."
        case "literal_error":
            expected = error["ctx"]["expected"]
            return f"`{where}` must be {'one of ' if ' or ' in expected else ''}{expected}."
        case "too_short" | "string_too_short":
            return f"`{where}` is empty."
        case "int_parsing" | "int_type" | "float_parsing" | "float_type":
            return f"`{where}` must be a number."
        case "int_from_float":
            return f"`{where}` must be a whole number."
        case "greater_than_equal":
            return f"`{where}` must be {error['ctx']['ge']} or more."
        case "less_than_equal":
            return f"`{where}` must be {error['ctx']['le']} or less."
        case "string_type":
            return f"`{where}` must be a text. Put it in quotes."
        case "tuple_type" | "list_type":
            return f"`{where}` must be a list: one entry a line, each after a hyphen."
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"`{where}` must hold names and values, one on each line below it."
    return f"`{where}`: {error['msg']}."


def not_known(name: str, known: Iterable[str] = ()) -> str:
    """Return that a key is none of ours, with the one of the known that it looks like."""
    near = difflib.get_close_matches(name, known, 1)
    return f"`{name}` is not known here. " + (f"Is `{near[0]}` meant?" if near else "Is it misspelt?")


def _names_beside(path: Sequence[str | int]) -> list[str]:
    """Return the keys that may stand where a path of a file ends; none where owners choose the names."""
    from signoff.integrations.definition import Definition  # which reads no files itself

    parts: list[type[BaseModel]] = [Definition]
    for name in path[:-1]:
        fields = [(field.alias or key, field) for part in parts for key, field in part.model_fields.items()]
        parts = [
            part
            for key, field in fields
            if key.removesuffix("_") == str(name).removesuffix("_")
            for part in _parts_in(field.annotation)
        ] or ([] if isinstance(name, str) else parts)
    return [
        (field.alias or key).removesuffix("_") for part in parts for key, field in part.model_fields.items()
    ]


def _parts_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [part for inner in get_args(annotation) for part in _parts_in(inner)]


def note_shape_faults(document: Document, error: ValidationError) -> None:
    """Note all of Pydantic's errors at their lines."""
    for found in error.errors(include_url=False, include_input=False):
        # A union reports each of its members; the name of the member is not a place in the file.
        path = tuple(
            str(part).removesuffix("_") if isinstance(part, str) else part
            for part in found["loc"]
            if part not in ("ReviewPart", "Autopilot", "literal['none']", "literal['off']", "[key]")
        )
        if found["type"] == "literal_error" and path and path[-1] in ("review", "autopilot"):
            continue  # the other member of the union says it better
        document.fault(path, fault_in_words({**found, "loc": path}))


def _only(documents: list[Document], file: str) -> Document:
    """Return the one document of a text that may hold no more."""
    if len(documents) > 1:
        line = documents[1].first_line
        return _unreadable(file, "Another integration begins here. Put each into a file of its own.", line)
    return documents[0]


def _unreadable(file: str, what: str, line: int = 0) -> Document:
    return Document(file, "", faults=[FileFault(file, line, what)])


def _document(loader: _Loader, node: yaml.Node, text: str, file: str) -> Document:
    source = text[_line_start(text, node.start_mark.index) : node.end_mark.index].rstrip() + "\n"
    document = Document(file, _with_comment_before(text, node) + source, first_line=node.start_mark.line + 1)
    _note_lines(document, node, ())
    if document.faults:
        return document
    if _is_facts(node):
        document.data = _as_written(node)
    else:
        document.data = loader.construct_document(node)
    if not isinstance(document.data, Mapping):
        document.fault((), "This holds no integration. An integration begins with `name:`.")
    return document


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _with_comment_before(text: str, node: yaml.Node) -> str:
    """Return the comment lines right above a document: they belong to it."""
    lines = text[: _line_start(text, node.start_mark.index)].splitlines(keepends=True)
    kept: list[str] = []
    while lines and (lines[-1].startswith("#") or not lines[-1].strip()):
        kept.insert(0, lines.pop())
    return "".join(kept).lstrip("\n")


def _is_facts(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and [str(key.value) for key, _ in node.value] == ["facts"]


def _as_written(node: yaml.Node) -> Any:
    """Return facts as they are written: 49.00 stays 49.00, and 9:00 a time."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _as_written(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_as_written(value) for value in node.value]
    return str(node.value)


def _note_lines(document: Document, node: yaml.Node, path: Path_) -> None:
    """Note where each part begins, and what no integration can hold."""
    line = node.start_mark.line + 1
    document.lines.setdefault(path, line)
    if node.tag not in _PLAIN_TAGS:
        document.faults.append(FileFault(document.file, line, f"`{node.tag}` cannot be used. Write a text."))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            _note_name(document, key, seen)
            name = str(key.value)
            document.lines[(*path, name)] = key.start_mark.line + 1
            _note_lines(document, value, (*path, name))
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            document.lines[(*path, position)] = value.start_mark.line + 1
            _note_lines(document, value, (*path, position))
    else:
        what = _fault_of_value(node)
        if what:
            document.faults.append(FileFault(document.file, line, what))


def _note_name(document: Document, key: yaml.Node, seen: set[str]) -> None:
    line = key.start_mark.line + 1
    what = ""
    if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
        shown = key.value if isinstance(key, yaml.ScalarNode) else ""
        what = f"The name `{shown}` must be a text. Put it in quotes."
    elif key.value in seen:
        what = f"`{key.value}` stands here twice."
    else:
        what = _fault_of_value(key)
        seen.add(key.value)
    if what:
        document.faults.append(FileFault(document.file, line, what))


def _fault_of_value(node: yaml.Node) -> str:
    """Say why a single value cannot be stored, or nothing."""
    text = str(node.value)
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return "There is a character here that no text has."
    if node.tag.endswith((":int", ":float")):
        try:
            number = float(text)
        except ValueError:
            return f"`{text[:20]}` is no number."
        if not math.isfinite(number) or abs(number) > MOST_NUMBER:
            return "This number is too large. If it is no number, put it in quotes."
    if node.tag.endswith(":bool") and text.lower() not in ("true", "false"):
        return f"`{text[:20]}` is neither true nor false."
    return ""


def _line_of(error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    # What is not ended is noticed lines later; the line to look at is where it began.
    if "could not find expected ':'" in (error.problem or "") or "end of stream" in (error.problem or ""):
        mark = error.context_mark or mark
    return mark.line + 1 if mark else 1


def _in_words(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "its form is unclear"
    if "could not find expected ':'" in problem:
        return "a colon is missing after a name."
    if "found character '\\t'" in problem:
        return "it is indented with a tab. Use spaces."
    if "mapping values are not allowed" in problem:
        return "there is a colon in a text. Put the text in quotes."
    if "found unexpected end of stream" in problem:
        return "a quotation mark is not closed."
    if "block end" in problem or "expected ',' or" in problem:
        return "it does not fit the lines above: look at the spaces before it, and at open brackets."
    return f"{problem}."
