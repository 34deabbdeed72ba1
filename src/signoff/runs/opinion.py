"""A second opinion on a prompt: an AI reads it as a stranger would, on request, at the connection's pace."""

from __future__ import annotations

from dataclasses import dataclass

from signoff.connections.client import client_for, named
from signoff.connectors.base import AiConnector
from signoff.core.errors import AnswerUnexpected, RateLimited
from signoff.core.prompt import Message, Prompt
from signoff.integrations.definition import Definition
from signoff.outputs.contract import Contract
from signoff.outputs.judge import Accepted, judge
from signoff.pacing import pace
from signoff.runs.cost import cost_micros

MOST_REMARKS = 5
PERSON_WAITS_SECONDS = 30.0
CONTRACT = Contract.from_answer(
    {
        "remarks": {
            "type": "rows",
            "max": MOST_REMARKS,
            "columns": {
                "quote": {"type": "text", "max": 300, "about": "the unclear words, copied exactly"},
                "unclear": {
                    "type": "text",
                    "max": 300,
                    "about": "how two readers could understand them differently",
                },
                "instead": {"type": "text", "max": 300, "about": "the sentence to write instead"},
            },
        }
    }
)
READER = (
    "# Task\n"
    "Read the instruction below, which somebody wrote for an assistant that has never seen their business. Name the "
    f"places that two careful readers would carry out differently, at most {MOST_REMARKS}, the worst first.\n\n"
    "# Rules\n"
    "- Quote the words exactly as they stand.\n"
    "- Do not praise, do not carry the instruction out, and do not correct style.\n"
    "- If nothing is unclear, return an empty list.\n\n"
    "# Answer\n"
)


@dataclass(frozen=True)
class SecondRemark:
    """What an AI finds unclear; `quote` stands word for word in the owner's text."""

    quote: str
    says: str
    mend: str


@dataclass(frozen=True)
class Opinion:
    """An AI's remarks, and what they cost. What it quoted wrongly is left out and counted in `left_out`."""

    remarks: tuple[SecondRemark, ...]
    left_out: int
    model: str
    cost_micros: int


def second_opinion(definition: Definition) -> Opinion:
    """
    Ask the integration's own AI what is unclear in the owner's words. No record is shown to it.

    Raises the AI's errors, `RateLimited` when no place is free soon, `AnswerUnexpected` for an answer without form.
    """
    ai = named(definition.prompt.ai)
    client = client_for(ai)
    assert isinstance(client, AiConnector)  # noqa: S101  # `apply` let no other connection be an AI
    text = owners_words(definition)
    prompt = Prompt(
        model=definition.prompt.model,
        messages=(
            Message("system", READER + CONTRACT.describe()),
            Message("user", f"<instruction>\n{text}\n</instruction>"),
        ),
        version="second opinion",
        max_output_tokens=2000,
    )
    try:
        place = pace.take_place(
            ai, tokens=prompt.estimated_tokens() + 500, most_wait_seconds=PERSON_WAITS_SECONDS
        )
    except pace.TooFar as error:
        raise RateLimited(
            "no free place at the connection's pace",
            retry_after_seconds=error.seconds,
            owner_message="The AI is busy with other work at its allowed pace.",
            next_step="Try again in a minute.",
        ) from None
    answer = client.ask(prompt, CONTRACT.schema)
    pace.worked(ai)
    pace.settle(place, answer.usage.input_tokens + answer.usage.output_tokens or None, answer.limits)
    verdict = judge(CONTRACT, answer.text)
    if not isinstance(verdict, Accepted):
        raise AnswerUnexpected(
            "second opinion: " + "; ".join(f"{fault.field}: {fault.what}" for fault in verdict.faults),
            owner_message="The AI gave no usable opinion. Nothing was changed.",
            next_step="Try again, or go by the remarks above.",
        )
    rows = verdict.value["remarks"]
    said = [
        SecondRemark(row["quote"], row["unclear"], row["instead"])
        for row in rows
        if _stands_in(row["quote"], text)
    ]
    cost = cost_micros(answer.model or prompt.model, answer.usage.input_tokens, answer.usage.output_tokens)
    return Opinion(tuple(said), len(rows) - len(said), answer.model, cost)


def owners_words(definition: Definition) -> str:
    """Return what the owner wrote for the AI, and the names of the data it gets: no record, no fact's text."""
    prompt = definition.prompt
    lines = [prompt.task.strip(), *(f"- {line}" for line in prompt.constraints)]
    lines += [f"- Never: {line}" for line in prompt.never]
    lines += [f"- Tone: {prompt.tone}"] if prompt.tone else []
    lines += (
        [f"Fields of the record: {', '.join(definition.record.fields)}"] if definition.record.fields else []
    )
    lines += [f"Company facts: {', '.join(prompt.facts)}"] if prompt.facts else []
    lines.append(f"Fields of the answer: {', '.join(definition.answer)}")
    return "\n".join(lines)


def _stands_in(quote: str, text: str) -> bool:
    def flat(words: str) -> str:
        return " ".join(words.split()).casefold()

    return bool(quote.strip()) and flat(quote) in flat(text)
