"""What can still be read of a file with faults of shape, so that its other faults are named at once too."""

from __future__ import annotations

import copy
from typing import Any

from pydantic import ValidationError

from signoff.integrations.definition import DRAFTS_HANDED_IN, Definition

# What takes the place of a part that cannot be read; nothing is checked of it.
STANDS_FOR: dict[str, Any] = {
    "name": "x",
    "record": {"when": "webhook"},
    "prompt": {"ai": "", "model": "x", "task": "x"},
    "answer": {"x": "text"},
    "then": [{"x.x": {}}],
}


def salvage(data: Any, error: ValidationError) -> tuple[Definition, frozenset[str]] | None:
    """
    Return a definition of the parts that can be read, and the names of those that cannot; None for none.

    A name that is not known is left out, and a step that cannot be read too; anything else takes its whole
    part with it.
    """
    if not isinstance(data, dict):
        return None
    data = copy.deepcopy(data)
    lost: set[str] = set()
    steps: set[int] = set()
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        where = fault["loc"]
        if fault["type"] == "extra_forbidden" and _drop(data, where):
            continue
        if len(where) > 2 and where[0] == "then" and isinstance(where[1], int):
            steps.add(where[1])
        elif where:
            lost.add(str(where[0]))
    for name in lost:
        if name == "prompt" and data.get("drafts") == DRAFTS_HANDED_IN:
            data[name] = {}
        elif name in STANDS_FOR:
            data[name] = STANDS_FOR[name]
        else:
            data.pop(name, None)
    if "then" not in lost and steps:
        # An empty one keeps the numbers of the others, and with them their lines.
        data["then"] = [{"x.x": {}} if n in steps else step for n, step in enumerate(data["then"])]
    try:
        return Definition.model_validate(data), frozenset(lost | {f"then.{n}" for n in steps})
    except ValidationError:
        return None


def _drop(data: Any, where: tuple[str | int, ...]) -> bool:
    """Take out one name, however deep; False when it is not there (the path names a part of a union)."""
    for part in where[:-1]:
        if part in ("ReviewPart", "Autopilot"):
            continue
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return False
    if isinstance(data, dict) and where[-1] in data:
        del data[where[-1]]
        return True
    return False
