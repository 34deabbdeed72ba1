"""Reads the labelled prompts of the coach's tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from signoff.prompts.coach.asked import Asked

FOLDER = Path(__file__).parent / "coach"


class Labelled(NamedTuple):
    """A prompt, and the flaw that a reader would stumble over; "" where it is good."""

    name: str
    flaw: str
    asked: Asked


def labelled(name: str) -> list[Labelled]:
    """Return the prompts in one file: "tuned" or "held_out"."""
    rows = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return [Labelled(row["name"], row.get("flaw", ""), _asked(row)) for row in rows]


def _asked(row: dict[str, Any]) -> Asked:
    constraints = [*row.get("constraints", []), *([row["use"]] if "use" in row else [])]
    return Asked(
        task=row["task"],
        constraints=tuple(constraints),
        tone=row.get("tone", ""),
        never=tuple(row.get("never", [])),
        fields=tuple(row.get("fields", [])),
        facts=tuple(row.get("facts", [])),
        answer=row["answer"],
        used=frozenset(row.get("used", ["email"])),
    )
