"""Reads an export that came from outside: a clear sentence for whatever is none."""

from __future__ import annotations

import json
from typing import Any

from signoff.moving import make, n8n
from signoff.moving.shapes import Found, NotReadable

MOST_CHARACTERS = 2_000_000
MOST_STEPS = 500
MOST_DEPTH = 60
EXPORT_AGAIN = (
    "In n8n open the workflow, press the three dots at the top right and Download. In Make open the "
    "scenario, press the "
    "three dots at the bottom and Export Blueprint. Then choose that file."
)


def read(text: str) -> Found:
    """Return what an export says. Raises `NotReadable` in an owner's words; nothing else."""
    if len(text) > MOST_CHARACTERS:
        raise NotReadable(
            f"This file is larger than {MOST_CHARACTERS // 1_000_000} MB, and no workflow is. Nothing was kept of it.",
            "Export one workflow alone.",
        )
    data = _unwrapped(_json(text))
    if isinstance(data, dict) and isinstance(data.get("nodes"), list):
        _few_enough(data["nodes"])
        return n8n.read(data)
    if isinstance(data, dict) and isinstance(data.get("flow"), list):
        _few_enough(data["flow"])
        return make.read(data)
    if isinstance(data, dict) and "zap" in " ".join(map(str, data)).lower():
        raise NotReadable(
            "This looks like an export of Zapier, whose steps cannot be read here.",
            "Begin with a recipe that does the same, and copy the prompt over.",
        )
    raise NotReadable(
        "This is neither a workflow that n8n has exported nor a blueprint of Make.", EXPORT_AGAIN
    )


def _json(text: str) -> Any:
    try:
        data = json.loads(text.removeprefix("\ufeff").strip())
    except (ValueError, RecursionError):
        raise NotReadable(
            "This file cannot be read as JSON: it is broken, or of another kind.", EXPORT_AGAIN
        ) from None
    if _too_deep(data):
        raise NotReadable("This file is nested deeper than any workflow is.", EXPORT_AGAIN)
    return data


def _too_deep(data: Any) -> bool:
    level, depth = [data], 0
    while level and depth <= MOST_DEPTH:
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
            if isinstance(inner, dict | list)
        ]
        depth += 1
    return bool(level)


def _unwrapped(data: Any) -> Any:
    """
    Return the workflow itself: APIs and galleries of both tools put it into other things.

    n8n's command line exports a list of one; its gallery has `workflow.workflow`; Make's API has `response.blueprint`,
    sometimes as a text.
    """
    for _ in range(5):
        if isinstance(data, list):
            if len(data) > 1 and all(isinstance(one, dict) and "nodes" in one for one in data):
                raise NotReadable(
                    f"There are {len(data)} workflows in this file.", "Export the one that you want alone."
                )
            data = data[0] if data else None
        elif isinstance(data, str):
            data = _json(data)
        elif isinstance(data, dict) and "nodes" not in data and "flow" not in data:
            inner = next(
                (data[name] for name in ("workflow", "blueprint", "response", "data") if name in data), None
            )
            if inner is None:
                return data
            data = inner
        else:
            return data
    return data


def _few_enough(steps: list[Any]) -> None:
    if len(steps) > MOST_STEPS:
        raise NotReadable(
            f"This has {len(steps)} steps; at most {MOST_STEPS} are read.", "Export one workflow alone."
        )
