"""
What exactly was measured: any change in it makes another integration of it, with an error rate nobody knows yet.

Pure. In it stand the whole definition (where records come from, the prompt, the answer with its choices, the checks,
the places it goes to), the prompt as it was really sent, the AI that was asked, and the model that said it answered.
Who reviews, the limits for a day, and what the owner would accept are not in it: they change no draft.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from signoff.connections.models import Connection
from signoff.integrations.definition import REPLY, Definition

CHECKS = (
    1  # raise it when a release of ours flags less than the one before: other drafts would go unattended then
)

# What each part is called when it is what has changed.
CHANGED = {
    "rest": "where its records come from",
    "task": "what the AI is asked to do",
    "contract": "what must come back, or its choices",
    "checks": "what is checked",
    "then": "where the answers go",
    "ai": "the AI's connection",
    "prompt": "the prompt, or a company fact in it",
    "model": "the model that answers",
}
BY_RUN = ("prompt", "model")  # seen only when a draft is made; the others stand in the definition


@dataclass(frozen=True)
class Fingerprint:
    """The hash that evidence is kept under, and the hash or name of each part."""

    hash: str
    parts: Mapping[str, str]


def fingerprint_of(
    integration_id: int, definition: Definition, ai: Connection | None, prompt_version: str, model: str
) -> Fingerprint:
    """Return what a draft was made by. `prompt_version` and `model` are those of the draft itself."""
    parts = {**defined_parts(definition, ai), "prompt": prompt_version, "model": model}
    return Fingerprint(_hash([integration_id, parts]), parts)


def defined_parts(definition: Definition, ai: Connection | None) -> dict[str, str]:
    """Return the parts that stand in a definition: what can be told before anything is drafted."""
    data = definition.model_dump(mode="json", by_alias=True)
    goes = [*data["then"], REPLY] if definition.reply else data["then"]
    return {
        # What is asked of servers beside a record is told with it; where nothing is, nothing is added.
        "rest": _hash([data["record"], data["context"]] if data["context"] else data["record"]),
        "task": _hash(data["prompt"]),
        "contract": _hash([data["answer"], data["choices"], data["order"]]),
        "checks": _hash([data["checks"], CHECKS]),
        # The version of an app's API is part of where an answer goes; where none is named, nothing is added.
        "then": _hash([goes, data["versions"]] if data["versions"] else goes),
        "ai": _hash([ai.app, ai.base_url] if ai else None),
    }


def differences(measured: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the names of the parts of `now` that are not as they were measured, in the order of `CHANGED`."""
    return [name for name in CHANGED if name in now and now[name] != measured.get(name)]


def sentence(names: list[str], measured: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Say what changed, in the owner's words."""
    if names == ["model"]:
        return f"The AI now answers as {now['model']}, and it was measured as {measured.get('model', 'another')}."
    what = [CHANGED[name] for name in names]
    listed = what[0] if len(what) == 1 else ", ".join(what[:-1]) + " and " + what[-1]
    return f"{listed[:1].upper()}{listed[1:]} changed since it was measured."


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
