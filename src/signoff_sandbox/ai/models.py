"""
The models and the days they end, as `GET /v1/models` tells them.

Source: OpenAI's deprecations page and the SDK's model list, October and November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from signoff_sandbox.clock import Clock

_ENDS: dict[str | None, tuple[str, ...]] = {
    "2026-03-26": ("gpt-4-0125-preview", "gpt-4-turbo-preview", "gpt-4-0314"),
    "2026-07-23": ("gpt-5-chat-latest", "gpt-5.1-chat-latest", "gpt-5.1-codex"),
    "2026-08-10": ("gpt-5.2-chat-latest", "gpt-5.3-chat-latest"),
    "2026-10-23": (
        "gpt-3.5-turbo",
        "gpt-3.5-turbo-0125",
        "gpt-4",
        "gpt-4-0613",
        "gpt-4-turbo",
        "gpt-4-turbo-2024-04-09",
        "gpt-4-1106-preview",
        "gpt-4o-2024-05-13",
        "gpt-4.1-nano",
        "o1",
        "o1-pro",
        "o3-mini",
        "o4-mini",
    ),
    "2026-12-01": ("gpt-image-1-mini", "gpt-image-1.5", "chatgpt-image-latest"),
    "2026-12-11": ("gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-5-pro", "o3", "o3-pro"),
    "2027-01-14": (
        "gpt-4o",
        "gpt-4o-2024-08-06",
        "gpt-4o-2024-11-20",
        "gpt-4o-mini",
        "gpt-4.1",
        "gpt-4.1-mini",
    ),
    "2027-01-20": ("gpt-audio-mini",),
    "2027-02-26": ("whisper-1", "gpt-4o-transcribe"),
    "2027-04-01": ("gpt-5.1", "gpt-5.4-nano"),
    None: (
        "gpt-6.2-astra",
        "gpt-6-astra",
        "gpt-6.2-sol",
        "gpt-6.1-sol",
        "gpt-6-sol",
        "gpt-6.1-terra",
        "gpt-6-luna",
        "gpt-5.6-sol",
        "gpt-5.6-terra",
        "gpt-5.6-luna",
        "gpt-5.5",
        "gpt-5.4",
        "gpt-5.4-mini",
        "gpt-5.2",
        "gpt-5.2-pro",
    ),
}
# The name in an answer is the snapshot behind the alias that was asked.
_SNAPSHOTS = {"gpt-4o": "gpt-4o-2024-08-06"}
_CREATED = {"gpt-4o": 1_715_367_049, "gpt-4o-2024-08-06": 1_722_814_719, "gpt-6-luna": 1_789_000_000}
_NO_CHAT = ("gpt-image", "chatgpt-image", "whisper", "gpt-audio", "gpt-4o-transcribe")


@dataclass
class Models:
    """What can be asked today; `ends` maps an id to its last day, None where none is known."""

    clock: Clock
    ends: dict[str, date | None] = field(default_factory=dict)
    blind: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)  # aliases that lead to another snapshot than they did

    def __post_init__(self) -> None:
        for day, ids in _ENDS.items():
            for id in ids:
                self.ends[id] = date.fromisoformat(day) if day else None

    def is_alive(self, id: str) -> bool:
        """Say whether the model exists and its day has not come."""
        if id not in self.ends:
            return False
        ends = self.ends[id]
        return (
            ends is None
            or self.clock.now() < datetime(ends.year, ends.month, ends.day, tzinfo=UTC).timestamp()
        )

    def snapshot(self, id: str) -> str:
        """Return the name that an answer of this model carries."""
        return self.moved.get(id) or _SNAPSHOTS.get(id, id)

    def sees(self, id: str) -> bool:
        """Say whether the model takes pictures."""
        return id not in self.blind

    def is_added(self, id: str) -> bool:
        """Say whether somebody added the model by the control."""
        return id in self.added

    def can_chat(self, id: str) -> bool:
        return self.is_alive(id) and not id.startswith(_NO_CHAT)

    def told(self, id: str) -> dict[str, object]:
        ends = self.ends[id]
        return {
            "id": id,
            "object": "model",
            "created": _CREATED.get(id, 1_780_000_000),
            "owned_by": "system",
            "shutdown_date": ends.isoformat() if ends else None,
        }

    def alive(self) -> Iterator[str]:
        return (id for id in self.ends if self.is_alive(id))


def reasons(id: str) -> bool:
    """Say whether the model refuses sampling settings and `max_tokens`."""
    return id.startswith(("gpt-5", "gpt-6", "o1", "o3", "o4"))


def answers_only_responses(id: str) -> bool:
    """Say whether the model is no chat model, and answers by Responses alone."""
    return id.endswith("-pro")
