"""What an AI is asked: messages, the model, and the version that they were built from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

IMAGE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")  # what every AI that sees can read
IMAGE_TOKENS = 1600  # about what one picture costs at most: providers scale larger ones down


@dataclass(frozen=True)
class Image:
    """A picture for the AI to look at; `media_type` is one of `IMAGE_TYPES`, `name` the record's field."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Message:
    """Something said; a question may show pictures, which come before its text."""

    role: Literal["system", "user", "assistant"]
    text: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """
    Everything one question consists of.

    `version` is the hash of what the owner wrote (task, constraints, facts, answer form, model), the same for
    every record. `sources` says where each fact in the prompt came from: `{"record.email": "HubSpot"}`. `parts` is what
    the version was made of, by name.
    """

    model: str
    messages: tuple[Message, ...]
    version: str
    max_output_tokens: int = 1024
    sources: dict[str, str] = field(default_factory=dict)
    parts: Mapping[str, Any] = field(default_factory=dict)

    def then(self, *messages: Message) -> Prompt:
        """Return the same question with more said after it."""
        return replace(self, messages=(*self.messages, *messages))

    def estimated_tokens(self) -> int:
        """
        Return a rough count of input tokens: four characters each, a little for a message, more for a picture.
        """
        return sum(len(m.text) // 4 + 6 + IMAGE_TOKENS * len(m.images) for m in self.messages)

    @property
    def shows_images(self) -> bool:
        return any(message.images for message in self.messages)
