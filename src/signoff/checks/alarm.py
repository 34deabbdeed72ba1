"""An alarm: one thing about a draft that a person should look at, and its form in rows and in the API."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

AlarmKind = Literal[
    "instructions in the record", "leaked instructions", "language", "topic", "unsure", "second opinion"
]


@dataclass(frozen=True)
class Alarm:
    """
    Something about a draft that a person should look at.

    `text` is what gave rise to it, "" where that is the whole; `field` is the record's field it stands in, and `where`
    the answer's. `start` and `end` count characters of that answer's field, both 0 where no place is meant.
    """

    kind: AlarmKind
    text: str
    why: str
    field: str = ""
    where: str = ""
    start: int = 0
    end: int = 0


def to_json(alarm: Alarm) -> dict[str, Any]:
    """Return an alarm as rows keep it and the API shows it."""
    shown = asdict(alarm)
    return {"in" if name == "where" else name: value for name, value in shown.items()}
