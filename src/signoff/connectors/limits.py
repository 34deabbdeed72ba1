"""The limits that an app states in the headers of its answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Limit:
    """
    A limit as the app states it in its headers.

    `limit` per `per_seconds`, of which `remaining` are left; all are left again after `reset_seconds`.
    """

    kind: Literal["requests", "tokens"]
    limit: int
    per_seconds: float
    remaining: int | None = None
    reset_seconds: float | None = None
