"""What an AI is asked: messages, the model, and the version that they were built from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal


@dataclass(frozen=True)
class Message:
    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True)
class Prompt:
    """
    Everything one question consists of.

    `version` is the hash of what the owner wrote (task, constraints, facts, answer form, model), the same for
    every record. `sources` says where each fact in the prompt came from: `{"record.email": "HubSpot"}`.
    """

    model: str
    messages: tuple[Message, ...]
    version: str
    max_output_tokens: int = 1024
    sources: dict[str, str] = field(default_factory=dict)

    def then(self, *messages: Message) -> Prompt:
        """Return the same question with more said after it."""
        return replace(self, messages=(*self.messages, *messages))

    def estimated_tokens(self) -> int:
        """Return a rough count of input tokens: four characters each, and a little for every message."""
        return sum(len(m.text) // 4 + 6 for m in self.messages)
