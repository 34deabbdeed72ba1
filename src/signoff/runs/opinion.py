"""
A second opinion, at the connection's pace: on a prompt, on request, and on a draft, where the owner wants one.

An AI reads the prompt as a stranger would; another reads the draft and says what its record does not support. Neither
is believed: what it does not quote word for word is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from signoff.connections.client import client_for, named
from signoff.connections.models import Connection
from signoff.connectors.base import AiConnector
from signoff.core.errors import AnswerUnexpected, InputRejected, RateLimited
from signoff.core.prompt import Message, Prompt
from signoff.integrations.definition import Definition
from signoff.integrations.models import Integration
from signoff.outputs.contract import Contract
from signoff.outputs.judge import Accepted, judge
from signoff.pacing import pace
from signoff.runs import spending
from signoff.runs.auditing import CLAIMS, SecondReading, auditing, read_in
from signoff.runs.cost import cost_micros
from signoff.runs.models import Spent

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

    def as_document(self) -> dict[str, Any]:
        """Return the opinion as JSON data."""
        return {
            "remarks": [{"quote": one.quote, "says": one.says, "mend": one.mend} for one in self.remarks],
            "left_out": self.left_out,
            "model": self.model,
            "cost_micros": self.cost_micros,
        }


def second_opinion(definition: Definition, integration: Integration | None = None) -> Opinion:
    """
    Ask the integration's own AI what is unclear in the owner's words. No record is shown to it; it counts as a trial.

    Raises the AI's errors, `RateLimited` when no place is free soon, `AnswerUnexpected` for an answer without form,
    `InputRejected` where no AI is asked because the drafts are handed in.
    """
    own = definition.asked
    if own is None:
        raise InputRejected(
            "no AI is asked",
            owner_message="Nothing is asked of an AI here: the drafts are handed in.",
            next_step="Nothing was asked, and it cost nothing.",
        )
    text = owners_words(definition)
    asked = _asked(own.model, READER, CONTRACT, f"<instruction>\n{text}\n</instruction>")
    rows, model, used = _ask_aside(named(own.ai), asked, CONTRACT, "remarks")
    spending.add(integration.pk if integration else None, Spent.For.TRIALS, model or own.model, used)
    said = [
        SecondRemark(row["quote"], row["unclear"], row["instead"])
        for row in rows
        if _stands_in(row["quote"], text)
    ]
    return Opinion(tuple(said), len(rows) - len(said), model, used.cost_micros)


def unsupported(
    ai: Connection,
    model: str,
    answer: Mapping[str, Any],
    record: Mapping[str, Any],
    facts: Mapping[str, str],
) -> tuple[SecondReading, int]:
    """
    Return what an AI finds unsupported in a draft, and what asking cost in micros.

    Raises as `second_opinion` does. Quotes that stand nowhere in the draft, word for word, are left out.
    """
    rows, _, used = _ask_aside(ai, auditing(model, answer, record, facts), CLAIMS, "claims")
    return read_in(answer, rows), used.cost_micros


def _asked(model: str, instructions: str, contract: Contract, shown: str) -> Prompt:
    return Prompt(
        model=model,
        messages=(Message("system", instructions + contract.describe()), Message("user", shown)),
        version="second opinion",
        max_output_tokens=2000,
    )


def _ask_aside(
    ai: Connection, prompt: Prompt, contract: Contract, name: str
) -> tuple[list[dict[str, Any]], str, spending.Sum]:
    """Ask a question of our own at the connection's pace; returns the rows, the model and what it used and cost."""
    client = client_for(ai)
    assert isinstance(client, AiConnector)  # noqa: S101  # `apply` let no other connection be an AI
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
    answer = client.ask(prompt, contract.schema)
    pace.worked(ai)
    pace.settle(place, answer.usage.input_tokens + answer.usage.output_tokens or None, answer.limits)
    verdict = judge(contract, answer.text)
    if not isinstance(verdict, Accepted):
        raise AnswerUnexpected(
            "second opinion: " + "; ".join(f"{fault.field}: {fault.what}" for fault in verdict.faults),
            owner_message="The AI gave no usable opinion. Nothing was changed.",
            next_step="Try again, or go by the remarks above.",
        )
    model = answer.model or prompt.model
    read, written = answer.usage.input_tokens, answer.usage.output_tokens
    used = spending.Sum(
        answers=1, input_tokens=read, output_tokens=written, cost_micros=cost_micros(model, read, written)
    )
    return verdict.value[name], answer.model, used


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
