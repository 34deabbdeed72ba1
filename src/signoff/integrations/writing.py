"""Writes an integration as a file, so that what was built in the browser is the same file that a person would write."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from signoff.integrations.file import _Loader

ORDER = ("name", "record", "prompt", "answer", "checks", "review", "then", "limits")
IN_PARTS = {
    "record": ("from", "when", "schedule", "signed", "only_if", "fields", "expect"),
    "prompt": ("ai", "model", "task", "tone", "constraints", "never", "facts", "pictures", "examples"),
    "checks": ("topics", "links", "language", "second_opinion"),
    "review": ("by", "ask", "autopilot"),
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
