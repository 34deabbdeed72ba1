"""Many questions handed in at once, and what comes of them within a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from signoff.connectors.answers import Answer
from signoff.core.errors import SignoffError
from signoff.core.prompt import Prompt


@dataclass(frozen=True)
class Question:
    """One question of a batch; its answer comes back under `key`, which is ours and tells nothing of anybody."""

    key: str
    prompt: Prompt
    schema: Mapping[str, Any] | None


@dataclass(frozen=True)
class Pending:
    """A batch that is not over: how many of its questions are answered, and when it ends at the latest."""

    answered: int
    total: int
    ends_at: datetime | None


@dataclass(frozen=True)
class Collected:
    """
    What a batch that is over has brought, by the keys of its questions, in no order.

    A question that is in neither was not answered, for whatever reason, and costs nothing. `trouble` says what kept
    the batch as a whole from being done.
    """

    answers: Mapping[str, Answer]
    failed: Mapping[str, SignoffError]
    trouble: SignoffError | None = None
