"""What the practice AI keeps from one request to the next: keys, limits, models, and what it answered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from signoff_sandbox.ai import errors
from signoff_sandbox.ai.asking import Question
from signoff_sandbox.ai.limits import Limits
from signoff_sandbox.ai.mistakes import Choice, Spoken
from signoff_sandbox.ai.models import Models
from signoff_sandbox.ai.reading import Reading
from signoff_sandbox.desk import Problem
from signoff_sandbox.faults import Faults

PRACTICE_KEY = "sk-practice-0000000000000000000000000000"


@dataclass
class Office:
    """`trouble`: the name of the error that every question gets, until it is None again."""

    models: Models
    limits: Limits
    keys: set[str] = field(default_factory=lambda: {PRACTICE_KEY})
    trouble: str | None = None
    sends_headers: bool = True
    choice: Choice = field(default_factory=Choice)
    answered: list[dict[str, Any]] = field(default_factory=list)

    def admit(self, headers: Mapping[str, str]) -> None:
        """Raise 401 unless the request carries a living key."""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise errors.no_key()
        if key.strip() not in self.keys:
            raise errors.wrong_key(key.strip())

    def check_trouble(self) -> None:
        if self.trouble:
            raise Problem(errors.BY_FAULT[self.trouble]())

    def mistakes(self, faults: Faults) -> Choice:
        """Return how often which mistakes are made: by the fault spec, else by the control."""
        return Choice(
            faults.share("openai", "mistakes", self.choice.share),
            faults.share("openai", "structural", self.choice.form_share),
            self.choice.kinds,
        )

    def write_down(self, at: str, question: Question, spoken: Spoken, reading: Reading, tokens: int) -> None:
        names = (reading.get("first"), reading.get("last"))
        record = {
            "id": reading.get("id"),
            "email": reading.get("email"),
            "name": " ".join(n for n in names if n) or reading.get("name"),
            "hash": hashlib.sha256(reading.key().encode()).hexdigest()[:12],
        }
        self.answered.append(
            {
                "at": at,
                "model": question.model,
                "prompt_tokens": question.prompt_tokens,
                "completion_tokens": tokens,
                "mistakes": spoken.mistakes,
                "repair": reading.is_repair,
                "record": record,
            }
        )
