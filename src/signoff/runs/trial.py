"""Trying: one record through prompt, AI, contract and checks; nothing is stored or sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from signoff.connections.client import manifest_of
from signoff.connections.models import Connection
from signoff.core import clock
from signoff.core.counting import counted
from signoff.core.errors import SignoffError
from signoff.core.money import dollars
from signoff.core.prompt import Message
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration
from signoff.outputs.contract import Contract
from signoff.pacing.pace import TooFar
from signoff.runs.change import said
from signoff.runs.context import known_of
from signoff.runs.draft import ask
from signoff.runs.models import Run, Spent
from signoff.runs.pictures import NoPicture, carried
from signoff.runs.prompting import prompt_for
from signoff.runs.receive import label_of
from signoff.runs.spending import count
from signoff.runs.work import Drafted, Held, Shown, Work

PERSON_WAITS_SECONDS = 30.0  # a person would rather wait a little than hear "later"


@dataclass
class Trial:
    """What a trial brought: `answer` None when there is none, and then `problem` and `next_step` say why."""

    answer: dict[str, Any] | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)
    alarms: list[dict[str, Any]] = field(default_factory=list)
    was_repaired: bool = False
    seconds: float = 0.0
    cost_micros: int = 0
    model: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    prompt_text: str = ""
    raw: str = ""
    problem: str = ""
    next_step: str = ""
    detail: str = ""

    @property
    def ok(self) -> bool:
        return self.answer is not None

    def as_document(self) -> dict[str, Any]:
        """Return the trial as JSON data."""
        return {
            "ok": self.ok,
            "answer": self.answer,
            "findings": self.findings,
            "alarms": self.alarms,
            "repaired": self.was_repaired,
            "seconds": round(self.seconds, 3),
            "cost_micros": self.cost_micros,
            "model": self.model,
            "problem": f"{self.problem} {self.next_step}".strip() or None,
        }


def trial(
    integration: Integration,
    record: Mapping[str, Any],
    examples: Callable[[Work], tuple[Shown, ...]] = lambda work: (),
    draft: Mapping[str, Any] | None = None,
) -> Trial:
    """
    Return what the integration as it is now would make of a record. Raises `LookupError` when it is empty.

    `examples` chooses the approved answers that the AI is shown; with a `draft` no AI is asked.
    """
    if integration.current is None:
        raise LookupError(f"integration {integration.name} has no version")
    definition, contract = read_definition(integration.current)
    return trial_of(definition, contract, record, integration, examples, draft)


def trial_of(
    definition: Definition,
    contract: Contract,
    record: Mapping[str, Any],
    integration: Integration | None = None,
    examples: Callable[[Work], tuple[Shown, ...]] = lambda work: (),
    draft: Mapping[str, Any] | None = None,
) -> Trial:
    """
    Return what a definition, which may be in force nowhere, would make of a record, and of its draft where it has one.

    Without an integration there are no approved answers to show; what it costs counts all the same. Raises
    `Connection.DoesNotExist` where its AI is gone.
    """
    ai = Connection.objects.get(name=definition.asked.ai) if definition.asked else None
    told: list[dict[str, Any]] = []
    try:
        known, told = known_of(definition, record) if definition.context else ({}, [])
        record = {**record, **known}
    except (SignoffError, TooFar) as refused:
        problem, next_step = "A server is asked too often.", "Try again in a minute."
        if isinstance(refused, SignoffError):
            problem, next_step = refused.owner_message, refused.next_step
        steps = [said("bad", problem, next_step)]
        return Trial(problem=problem, next_step=next_step, detail=str(refused), steps=steps)
    try:
        record, images = carried(record, definition.prompt.pictures)
    except NoPicture as why:
        problem = f"A picture in this record cannot be used: {why}."
        return Trial(problem=problem, next_step="Nothing is lost.", steps=[said("bad", problem)])
    run = Run(
        integration=integration,
        version=integration.current if integration else None,
        record=dict(record),
        label=label_of(record),
        received_at=clock.now(),
        changed_at=clock.now(),
        given_draft=dict(draft) if draft is not None else None,
    )
    work = Work(run, definition, contract, ai, most_wait_seconds=PERSON_WAITS_SECONDS, pictures=images)
    asks = ai is not None and draft is None
    work.examples = examples(work) if integration is not None and asks else ()
    result = Trial()
    if asks:
        prompt, _ = prompt_for(definition, contract, record, images, work.examples)
        result.prompt_text = "\n\n".join(_as_text(message) for message in prompt.messages)
    result.steps.append(said("ok", "Read the record", counted(len(record) - len(known), "field")))
    result.steps += told
    started = time.monotonic()
    outcome = ask(work)
    result.seconds = time.monotonic() - started
    result.cost_micros = work.cost_micros
    count(work, Spent.For.TRIALS)
    if isinstance(outcome, Drafted):
        _drafted(result, outcome, manifest_of(ai).name if ai is not None and asks else "")
    else:
        error = outcome.error if isinstance(outcome, Held) else getattr(outcome, "why", None)
        result.raw = outcome.raw if isinstance(outcome, Held) else ""
        result.problem = (
            error.owner_message if error else "The AI is busy with other work at its allowed pace."
        )
        result.next_step = error.next_step if error else "Try again in a minute."
        result.detail = str(error or "")
        result.steps += outcome.lines if isinstance(outcome, Held) else []
        result.steps.append(said("bad", result.problem, result.next_step))
    return result


def received_by_ai(definition: Definition, contract: Contract, record: Mapping[str, Any]) -> str:
    """
    Return exactly what the AI would receive for a record, without asking it; pictures by their names. "" where none is
    asked.
    """
    if definition.asked is None:
        return ""
    try:
        record, images = carried(record, definition.prompt.pictures)
    except NoPicture:
        images = ()
    prompt, _ = prompt_for(definition, contract, record, images)
    return "\n\n".join(_as_text(message) for message in prompt.messages)


def _as_text(message: Message) -> str:
    """Return what a message says, its pictures by their names."""
    shown = [f"[picture: {one.name}, {one.media_type}, {len(one.data) // 1000} kB]" for one in message.images]
    return "\n".join([f"[{message.role}]", *shown, message.text])


def _drafted(result: Trial, outcome: Drafted, ai: str) -> None:
    """Tell what came of a draft; `ai` is the app that wrote it, "" where it came along."""
    result.answer, result.findings, result.alarms = outcome.value, outcome.findings, outcome.alarms
    result.was_repaired = outcome.was_repaired
    result.raw, result.model = outcome.raw, outcome.answer.model
    result.cost_micros = outcome.work.cost_micros
    result.steps += outcome.lines
    result.steps.append(
        said("ok", f"{ai} answered", f"{result.seconds:.1f} s, {dollars(result.cost_micros)}")
        if ai
        else said("ok", "Took the draft that came along", "No AI was asked to write one")
    )
    for part in outcome.work.contract.fields:
        if part.name not in outcome.value:
            continue
        value = outcome.value[part.name]
        if part.type == "text" and part.max:
            result.steps.append(said("ok", f"{part.label} fits", f"{len(str(value))} of {part.max}"))
        elif part.choices:
            result.steps.append(said("ok", f"{part.label} is one of {len(part.choices)}", str(value)))
        else:
            result.steps.append(said("ok", f"{part.label} fits", str(value)[:40]))
    count = len(outcome.findings)
    if count:
        what = f"{count} fact{'s' if count > 1 else ''} not in the record"
        result.steps.append(said("warn", what, "; ".join(f"“{f['text']}”" for f in outcome.findings)))
    else:
        result.steps.append(said("ok", "All facts found in the record"))
    result.steps += [said("warn", alarm["why"]) for alarm in outcome.alarms]
