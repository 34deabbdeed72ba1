"""An integration as the coach reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from signoff.integrations.definition import Definition
from signoff.integrations.references import references
from signoff.prompts.coach.asked import Asked, Remark
from signoff.prompts.coach.remarks import remarks


def remarks_on(definition: Definition) -> list[Remark]:
    """Return what is vague in a prompt; nothing where no AI is asked."""
    return remarks(asked_of(definition)) if definition.asked else []


def asked_of(definition: Definition) -> Asked:
    """Return what a definition asks of the AI."""
    found = [reference for step in definition.then for reference in references(step.params)]
    return Asked(
        task=definition.prompt.task,
        constraints=definition.prompt.constraints,
        tone=definition.prompt.tone,
        never=definition.prompt.never,
        fields=definition.record.fields,
        facts=definition.prompt.facts,
        answer=definition.answer,
        used=frozenset(
            {one.field for one in found if one.source == "record"} | set(definition.record.only_if)
        ),
    )


def asked_of_data(data: Mapping[str, Any]) -> Asked:
    """Return the same of the data of a half-written file, as far as it goes."""
    record, prompt = data.get("record") or {}, data.get("prompt") or {}
    found = [reference for step in data.get("then") or () for reference in references(step)]
    return Asked(
        task=str(prompt.get("task") or ""),
        constraints=_texts(prompt.get("constraints")),
        tone=str(prompt.get("tone") or ""),
        never=_texts(prompt.get("never")),
        fields=_texts(record.get("fields")),
        facts=_texts(prompt.get("facts")),
        answer=data.get("answer") or {},
        used=frozenset(
            {one.field for one in found if one.source == "record"} | set(record.get("only_if") or ())
        ),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()
