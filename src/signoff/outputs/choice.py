"""What may be chosen: a value, and what people call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

UNSURE = "unsure"  # the way out where the record does not say


class ChoiceLike(Protocol):
    @property
    def value(self) -> str: ...
    @property
    def label(self) -> str: ...


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
