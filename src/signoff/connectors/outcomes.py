"""What became of a write: asked for when its answer was lost, or told by the app later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from signoff.core.errors import SignoffError


@dataclass(frozen=True)
class Intent:
    """A write that was begun and whose end we do not know, for `reconcile`."""

    action: str
    params: Mapping[str, Any]
    marker: str
    started_at: datetime


@dataclass(frozen=True)
class Sent:
    """It happened; `external_id` is the app's name for it."""

    external_id: str


@dataclass(frozen=True)
class NotSent:
    """It did not happen, for certain."""


@dataclass(frozen=True)
class Unknown:
    """The app cannot say."""

    why: str = ""


Outcome = Sent | NotSent | Unknown


@dataclass(frozen=True)
class Receipt:
    """
    What an app tells us later of something that we sent, found by the `marker` we left on it.

    `why` says of a failed one whose it is to mend. The same may be told twice, late, and in any order.
    """

    marker: str
    external_id: str
    state: Literal["sent", "delivered", "read", "failed"]
    at: datetime
    why: SignoffError | None = None
