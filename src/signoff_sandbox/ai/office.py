"""What the practice AI keeps from one request to the next: keys, limits, and what it answered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Protocol

from signoff_sandbox.ai.asking import Question
from signoff_sandbox.ai.mistakes import Choice, Spoken
from signoff_sandbox.ai.reading import Reading
from signoff_sandbox.faults import Faults
from signoff_sandbox.options import Enforcement

PRACTICE_KEY = "sk-practice-0000000000000000000000000000"


class AnyLimits(Protocol):
    """Limits per minute in any vendor's way of counting; `tpm` are the tokens a prompt takes from."""

    rpm: int
    tpm: int
    enforcement: Enforcement

    def set(self, rpm: int, tpm: int, enforcement: Enforcement) -> None: ...


@dataclass
class Office:
    """
    What stands behind one desk of the practice AI, whichever vendor's language is spoken at the desk.

    `app` is the desk's name in fault specs. `trouble` is the name of the error that every question gets, until
    it is None again.
    """

    app: str
    practice_key: str
    limits: AnyLimits
    keys: set[str] = field(default_factory=set)
    trouble: str | None = None
    sends_headers: bool = True
    choice: Choice = field(default_factory=Choice)
    answered: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys.add(self.practice_key)

    def mistakes(self, faults: Faults) -> Choice:
        """Return how often which mistakes are made: by the fault spec, else by the control."""
        return Choice(
            faults.share(self.app, "mistakes", self.choice.share),
            faults.share(self.app, "structural", self.choice.form_share),
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
                "pictures": [picture.told() for picture in question.pictures],
            }
        )
