"""What an AI is told of a record: the prompt, with the fields that its owner chose and what a person noted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from signoff.connections.models import Connection
from signoff.core.prompt import Image, Prompt
from signoff.integrations.definition import ContextPart, Definition
from signoff.integrations.record_part import TOGETHER
from signoff.integrations.references import look_up
from signoff.outputs.contract import Contract
from signoff.prompts.build import Brief, build, with_note
from signoff.prompts.mark import mark
from signoff.prompts.stating import facts_on
from signoff.runs.models import Run
from signoff.runs.work import Shown


def prompt_for(
    definition: Definition,
    contract: Contract,
    record: Mapping[str, Any],
    images: Sequence[Image] = (),
    examples: Sequence[Shown] = (),
) -> tuple[Prompt, dict[str, str]]:
    """Return the prompt for a record, its pictures and examples, and the company facts in it."""
    facts = facts_on(definition.prompt.facts)
    brief = Brief(
        model=definition.prompt.model or "",
        task=definition.prompt.task,
        form=contract.describe(),
        answer_chars=sum(int(f.max or 400) if f.type == "text" else 60 for f in contract.fields),
        constraints=definition.prompt.constraints,
        tone=definition.prompt.tone,
        never=definition.prompt.never,
        examples=definition.prompt.examples,
        pictures=definition.prompt.pictures,
        context={name: _asked_at(part) for name, part in definition.context.items()},
        mark=mark(),
    )
    shown = shown_of(definition, record)
    return build(brief, shown, facts, _called(definition), [one.text for one in examples], images), facts


def noted(prompt: Prompt, run: Run) -> Prompt:
    """Return the prompt with what a person asked for when they sent the first draft of this run back."""
    if not run.note:
        return prompt
    draft = json.dumps(run.note["draft"], ensure_ascii=False)
    return with_note(prompt, draft, run.note["text"])


def shown_of(definition: Definition, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an AI is shown of a record: the fields that the owner chose, or all where none are."""
    fields = TOGETHER if definition.record.together else definition.record.fields
    if not fields:
        return dict(record)
    told = [name for name in definition.context if name in record]
    return {name: look_up(record, name) for name in (*fields, *told)}


def _asked_at(part: ContextPart) -> tuple[str, str]:
    """Return the server that is asked about a record, and what names the tool as its owner chose it."""
    if part.resource is not None:
        return part.connection, part.resource
    row = Connection.objects.filter(name=part.connection).first()
    kept: list[dict[str, Any]] = row.chosen if row else []
    chosen = next((one for one in kept if one["tool"].get("name") == part.tool), {})
    return part.connection, f"{part.tool} {chosen.get('hash', '')}"


def _called(definition: Definition) -> str:
    """Return what a record's source is called in the prompt."""
    source = definition.record
    return source.from_ or ("the spreadsheet" if source.when == "upload" else "the webhook")
