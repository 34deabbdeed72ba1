"""What an AI answers, which model it was, and what that used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from signoff.connectors.limits import Limit

Stopped = Literal["done", "cut off", "refused", "filtered"]


@dataclass(frozen=True)
class Model:
    """
    An AI model; `ends_on` is the day it stops, None where none is known.

    `sees`: it takes pictures; None where the provider does not say.
    """

    id: str
    ends_on: date | None = None
    sees: bool | None = None


@dataclass(frozen=True)
class Usage:
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


@dataclass(frozen=True)
class Answer:
    """
    What an AI answered. `stopped` says why it ended: only "done" is a whole answer.

    `model` is the snapshot the provider names in its answer, which can differ from the one that was asked.
    """

    text: str
    model: str
    stopped: Stopped = "done"
    usage: Usage = Usage()
    limits: tuple[Limit, ...] = ()
