"""Writes an integration as a file, so that what was built in the browser is the same file that a person would write."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from signoff.integrations.file import _Loader, read_text

ORDER = (
    "name", "record", "context", "drafts", "prompt", "answer", "checks", "review", "then", "limits", "versions",
)  # fmt: skip
IN_PARTS = {
    "record": ("from", "when", "schedule", "signed", "together", "only_if", "fields", "expect"),
    "prompt": ("ai", "model", "task", "tone", "constraints", "never", "facts", "pictures", "examples"),
    "checks": ("topics", "links", "language", "second_opinion"),
    "review": ("by", "assign", "due_in", "four_eyes", "ask", "autopilot", "planted"),
    "limits": ("per_day", "spend_per_day", "spend_per_record", "may_take"),
}
ONE_A_LINE = ("constraints", "never")
WIDTH = 110


class _Lines(list[Any]):
    """A list that is written with one entry a line."""


class _Dumper(yaml.SafeDumper):
    """Puts into quotes whatever our own reader, or another one, would take for something else than text."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.yaml_implicit_resolvers = {
    first: [
        *yaml.SafeDumper.yaml_implicit_resolvers.get(first, []),
        *_Loader.yaml_implicit_resolvers.get(first, []),
    ]
    for first in {*yaml.SafeDumper.yaml_implicit_resolvers, *_Loader.yaml_implicit_resolvers}
}
_Dumper.add_representer(
    _Lines, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=False)
)


def as_file(data: Mapping[str, Any]) -> str:
    """Return plain data as an integration file; `read_text` gives the same data back."""
    text: str = yaml.dump(
        {name: _part(name, data[name]) for name in _ordered(data, ORDER)},
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None,
        width=WIDTH,
    )
    return text


def with_changes(text: str, changes: Mapping[tuple[str, ...], str]) -> str:
    """
    Return a file with some of its texts replaced, all else as it stood, comments too.

    `changes` are by their place: {("prompt", "model"): "gpt-6-luna"}. What is not there yet is added. Where that
    cannot be done in place, the file is written anew.
    """
    wanted = read_text(text).data
    if not isinstance(wanted, dict):
        raise ValueError("this is no file of an integration")
    for path, value in changes.items():
        _put(wanted, path, value)
    try:
        edited = _in_place(text, changes)
    except yaml.YAMLError:  # the whole file is one {…}
        return as_file(wanted)
    return edited if read_text(edited).data == wanted else as_file(wanted)


def _put(data: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    *way, last = path
    for name in way:
        data = data.setdefault(name, {})
    data[last] = value


def _in_place(text: str, changes: Mapping[tuple[str, ...], str]) -> str:
    node = yaml.compose(text, Loader=_Loader)
    edits, added = [], []
    for path, value in changes.items():
        found = _node_at(node, path)
        if isinstance(found, yaml.ScalarNode):
            edits.append((found.start_mark.index, found.end_mark.index, _scalar(value)))
        else:
            added.append((path, value))
    for start, end, value in sorted(edits, reverse=True):
        text = text[:start] + value + text[end:]
    node = yaml.compose(text, Loader=_Loader)
    for path, value in added:
        part = _node_at(node, path[:1])
        if len(path) == 2 and isinstance(part, yaml.MappingNode) and part.flow_style and part.value:
            end = part.end_mark.index - 1
            text = f"{text[:end].rstrip()}, {_scalar(path[1])}: {_scalar(value)}{text[end:]}"
            node = yaml.compose(text, Loader=_Loader)
        elif len(path) == 2 and part is None:
            text = f"{text.rstrip()}\n{path[0]}: {{{_scalar(path[1])}: {_scalar(value)}}}\n"
            node = yaml.compose(text, Loader=_Loader)
    return text


def _node_at(node: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next((value for key, value in node.value if key.value == name), None)
    return node


def _scalar(value: str) -> str:
    written: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, width=10_000)
    return written.removesuffix("\n").removesuffix("\n...")


def clean(text: str) -> str:
    """Return a text without the characters that no file can hold; line ends become one kind."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        letter
        for letter in text
        if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs", "Cn", "Co")
    ).replace("\ufeff", "")


def _part(name: str, value: Any) -> Any:
    if not isinstance(value, Mapping) or name not in IN_PARTS:
        return value
    return {
        key: _Lines(value[key]) if key in ONE_A_LINE and isinstance(value[key], Sequence) else value[key]
        for key in _ordered(value, IN_PARTS[name])
    }


def _ordered(data: Mapping[str, Any], order: Sequence[str]) -> list[str]:
    """Return the names of a mapping: those that have a place first, then the others as they came."""
    return [*(name for name in order if name in data), *(name for name in data if name not in order)]
