"""An integration as the coach reads it."""

from __future__ import annotations

from signoff.integrations.definition import Definition
from signoff.integrations.references import references
from signoff.prompts.coach.asked import Asked


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
