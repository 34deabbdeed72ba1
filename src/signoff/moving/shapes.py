"""What is read of another tool's export: a beginning, one question to an AI, and what is written with the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from signoff.core.errors import InputRejected

Tool = Literal["n8n", "Make"]


class NotReadable(InputRejected):
    """What was given is no export that can be moved in; `owner_message` says why."""

    def __init__(self, says: str, do: str) -> None:
        super().__init__(says)
        self.owner_message = says
        self.next_step = do


@dataclass(frozen=True)
class Note:
    """One thing that could not come along as it was, and what to do about it."""

    what: str
    do: str

    def as_document(self) -> dict[str, str]:
        return {"what": self.what, "do": self.do}


@dataclass(frozen=True)
class Ref:
    """A value that another step made: "record" is what began it, "answer" what the AI said; `path` leads into it."""

    source: Literal["record", "answer"]
    path: str


# A text with values in it: pieces of text, and what stands between them.
Text = tuple[str | Ref, ...]


@dataclass
class Start:
    """What begins it. `app` "" for a webhook, an upload or the clock."""

    app: str = ""
    when: str = ""
    schedule: str = ""
    only_if: dict[str, Any] = field(default_factory=dict)
    step: str = ""  # what the step is called in the other tool


@dataclass
class Ask:
    """What an AI is asked. `fields` is the form of the answer where the other tool states one, by name."""

    app: str = "openai"
    model: str = ""
    said: tuple[Text, ...] = ()  # instructions first
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    step: str = ""


@dataclass
class Write:
    """One thing that is done with the answer, by the name of an action here and its parameters."""

    app: str
    action: str
    params: Mapping[str, Any] = field(default_factory=dict)  # Text, or a mapping of names to Text
    step: str = ""


@dataclass
class Found:
    """A whole export as it was read."""

    tool: Tool
    name: str
    start: Start
    ask: Ask
    writes: list[Write]
    notes: list[Note]


def plain(text: Text) -> str:
    """Return the pieces of a text that are no values, joined."""
    return "".join(piece for piece in text if isinstance(piece, str))


def refs(value: Any) -> list[Ref]:
    """Return the values that stand in a text, or in a mapping of names to texts."""
    if isinstance(value, Mapping):
        return [one for inner in value.values() for one in refs(inner)]
    return [piece for piece in value if isinstance(piece, Ref)]
