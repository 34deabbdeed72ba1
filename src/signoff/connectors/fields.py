"""An object's fields, by the app's own description: their names, kinds, lengths and choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FieldType = Literal[
    "text", "number", "yesno", "date", "datetime", "choice", "choices", "email", "phone", "link"
]


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """
    One field of an object at the app, by the app's own description.

    `id` is what else the app knows it by. `unique`: no two records may have the same value.
    """

    name: str
    label: str
    type: FieldType
    max_length: int | None = None
    choices: tuple[Choice, ...] = ()
    read_only: bool = False
    required: bool = False
    unique: bool = False
    id: str = ""
