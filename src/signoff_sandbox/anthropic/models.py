"""
The models, what they can, and when they retire, as `GET /v1/models` tells them.

Source: the model list, the deprecation table and `ModelInfo` of the official client, November 2026. Unlike
OpenAI's list, this one keeps models that are retired, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from signoff_sandbox.clock import Clock

_ENDS: dict[str | None, tuple[str, ...]] = {
    "2026-02-19": ("claude-3-7-sonnet-20250219", "claude-3-5-haiku-20241022"),
    "2026-06-15": ("claude-opus-4-20250514", "claude-sonnet-4-20250514"),
    "2026-06-30": ("claude-mythos-preview",),
    "2026-11-30": ("claude-sonnet-4-5-20250929",),
    None: (
        "claude-opus-5-5",
        "claude-sonnet-5-5",
        "claude-haiku-5-5",
        "claude-fable-5-2",
        "claude-mythos-5-2",
        "claude-opus-5",
        "claude-sonnet-5",
        "claude-opus-4-8",
        "claude-opus-4-7",
        "claude-opus-4-6",
        "claude-sonnet-4-6",
        "claude-haiku-4-5-20251001",
        "claude-opus-4-5-20251101",
    ),
}
# Other names for a model; an answer carries the name on the right.
_ALIASES = {
    "claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5": "claude-haiku-4-5-20251001",
    "claude-opus-4-5": "claude-opus-4-5-20251101",
    "claude-opus-4-0": "claude-opus-4-20250514",
    "claude-sonnet-4-0": "claude-sonnet-4-20250514",
}
_NOTICE_DAYS = 60


@dataclass(frozen=True)
class Model:
    """`ends`: the day it retires, None where none is known."""

    ends: date | None = None
    structured_outputs: bool = True
    image_input: bool = True


@dataclass
class Models:
    clock: Clock
    known: dict[str, Model] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for day, ids in _ENDS.items():
            for id in ids:
                self.known[id] = Model(
                    ends=date.fromisoformat(day) if day else None,
                    structured_outputs=not id.startswith(
                        ("claude-3", "claude-opus-4-2", "claude-sonnet-4-2")
                    ),
                )

    def named(self, name: str) -> str:
        """Return the id behind a name."""
        return _ALIASES.get(name, name)

    def is_alive(self, name: str) -> bool:
        """Say whether the model exists and is not retired."""
        model = self.known.get(self.named(name))
        return model is not None and self._lifecycle(model) != "retired"

    def get(self, name: str) -> Model:
        return self.known[self.named(name)]

    def told(self, id: str) -> dict[str, Any]:
        """Return the model as `ModelInfo` has it."""
        model = self.known[id]
        lifecycle = self._lifecycle(model)
        retires = _moment(model.ends) if model.ends else None
        noticed = date.fromordinal(model.ends.toordinal() - _NOTICE_DAYS) if model.ends else None
        return {
            "type": "model",
            "id": id,
            "display_name": id.replace("-", " ").title(),
            "created_at": "1970-01-01T00:00:00Z",
            "lifecycle": lifecycle,
            "deprecated_at": _moment(noticed) if noticed and lifecycle != "active" else None,
            "retires_at": retires,
            "line": None,
            "max_input_tokens": 200_000,
            "max_tokens": 64_000,
            "capabilities": {
                "structured_outputs": {"supported": model.structured_outputs},
                "image_input": {"supported": model.image_input},
            },
        }

    def ids(self) -> Iterator[str]:
        """Return the ids, the newest first."""
        return reversed(list(self.known))

    def _lifecycle(self, model: Model) -> str:
        if model.ends is None:
            return "active"
        ends = datetime(model.ends.year, model.ends.month, model.ends.day, tzinfo=UTC).timestamp()
        return "deprecated" if self.clock.now() < ends else "retired"


def refuses_sampling(id: str) -> bool:
    """Say whether the model refuses settings such as `temperature`: Opus 4.7 and what came after it."""
    return id.startswith(
        ("claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-sonnet-5", "claude-haiku-5")
    )


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
