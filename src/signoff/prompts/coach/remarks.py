"""All that the coach has to say about a prompt, in the order in which an owner reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from signoff.prompts.coach import clarity, conflicts, fields
from signoff.prompts.coach.asked import Asked, Remark

RULES: tuple[Callable[[Asked], Iterator[Remark]], ...] = (
    clarity.task_verb,
    clarity.form,
    clarity.audience,
    clarity.length,
    clarity.vague_words,
    conflicts.lengths,
    conflicts.opposites,
    conflicts.never_and_do,
    fields.obeys,
    fields.not_passed,
    fields.facts,
    fields.not_used,
    clarity.choices,
)


def remarks(asked: Asked) -> list[Remark]:
    """Return what is vague in a prompt; nothing where a stranger would know what to do. Pure; asks no AI."""
    found: list[Remark] = []
    for rule in RULES:
        for remark in rule(asked):
            if not any(
                one.kind == remark.kind and one.quote == remark.quote and remark.quote for one in found
            ):
                found.append(remark)
    return found
