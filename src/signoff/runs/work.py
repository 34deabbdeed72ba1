"""A run that is being drafted, what asking has used so far, and what can come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from signoff.connections.models import Connection
from signoff.connectors.base import Answer
from signoff.core.errors import SignoffError
from signoff.core.prompt import Image, Prompt
from signoff.integrations.definition import Definition
from signoff.outputs.contract import Contract
from signoff.outputs.faults import Fault
from signoff.pacing import pace
from signoff.runs.cost import cost_micros
from signoff.runs.models import Run

BATCH_DIVISOR = 2  # an answer by batch costs half: platform.openai.com/docs/guides/batch


@dataclass(frozen=True)
class Shown:
    """An approved answer that the AI is shown as an example: whose run it was, and its words, stripped of anybody."""

    run: int
    text: str


@dataclass
class Work:
    """
    A run that was claimed for drafting, with all that is needed to do it, and what asking has used so far.

    `lane` is where it stands in line when the AI is busy; "" is the integration's own. `ai` is None where each record
    is handed in with its draft.
    """

    run: Run
    definition: Definition
    contract: Contract
    ai: Connection | None
    most_wait_seconds: float = pace.MOST_WAIT_SECONDS
    lane: str = ""
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    answers: int = 0
    pictures: tuple[Image, ...] = ()  # of a run that is not stored
    second_micros: int = 0  # what a second opinion has cost
    second_model: str = ""  # who gave it, "" where none came
    examples: tuple[Shown, ...] = ()
    by_batch: bool = False

    @property
    def cost_micros(self) -> int:
        """Return what asking has cost, in millionths of a dollar."""
        asked = cost_micros(self.model, self.input_tokens, self.output_tokens, self.cached_tokens)
        return (asked // BATCH_DIVISOR if self.by_batch else asked) + self.second_micros

    @property
    def state(self) -> str:
        """Return the state in which the run waits for what asking brings."""
        return Run.State.BATCHED if self.by_batch else Run.State.ASKING


@dataclass
class Drafted:
    """An answer that fits its contract."""

    work: Work
    value: dict[str, Any]
    was_repaired: bool
    findings: list[dict[str, Any]]
    alarms: list[dict[str, Any]]
    prompt: Prompt
    answer: Answer
    seconds: float
    raw: str
    input_tokens: int
    output_tokens: int
    lines: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Held:
    """No answer that can be used: the run waits for its owner ("needs you"), or for us ("failed")."""

    work: Work
    error: SignoffError
    raw: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)
    connection: Connection | None = None  # whose error it is; None: the AI's
    faults: tuple[Fault, ...] = ()  # of an answer that does not fit


@dataclass
class Later:
    """No answer yet: to be tried again in so many seconds."""

    work: Work
    seconds: float
    why: SignoffError | None


@dataclass
class Parked:
    """Not today: the owner's limit for the day is reached. To be tried again in so many seconds."""

    work: Work
    seconds: float


def count_answer(work: Work, answer: Answer, prompt: Prompt) -> None:
    """Count what an answer has used."""
    work.model = answer.model or prompt.model
    work.input_tokens += answer.usage.input_tokens
    work.output_tokens += answer.usage.output_tokens
    work.cached_tokens += answer.usage.cached_tokens
    work.answers += 1
