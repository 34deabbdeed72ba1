"""What a test found, for one candidate: counts, shares, cost and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from signoff.core.money import MICROS
from signoff.proving.models import Replay
from signoff.runs.cost import is_priced

Share = Literal["error", "unfit", "flagged", "wrong", "repeated", "closeness"]
OPEN = (
    Replay.State.WAITING,
    Replay.State.ASKING,
    Replay.State.SKIPPED,
)  # stopped before it was asked: not known


@dataclass(frozen=True)
class Figures:
    """
    `errors` of `cases` answers should not go out. Each is counted once, for whatever reasons.

    `unfit`: not in the form; `flagged`: says what the record does not; `wrong`: another choice, amount or date than was
    approved; `repeated`: says again what was rejected. `failed` could not be asked, `open` were not asked (yet); both
    are in no share. Without `has_price` nobody knows what the answers cost, and `cost_micros` counts them as nothing.
    """

    cases: int
    errors: int
    unfit: int
    flagged: int
    wrong: int
    repeated: int
    failed: int
    open: int
    closeness: float | None
    cost_micros: int
    seconds: float
    has_price: bool = True

    def value(self, name: str) -> float | None:
        """Return a figure by the name that conditions use; None where nothing was counted."""
        if name == "closeness":
            return self.closeness
        if self.cases == 0:
            return None
        if name == "cost":
            return self.cost_micros / self.cases / MICROS if self.has_price else None
        if name == "seconds":
            return self.seconds
        return {"error": self.errors, "unfit": self.unfit, "flagged": self.flagged, "wrong": self.wrong,
                "repeated": self.repeated}[name] / self.cases  # fmt: skip

    @property
    def each_micros(self) -> int:
        return round(self.cost_micros / self.cases) if self.cases else 0

    def as_document(self) -> dict[str, Any]:
        """Return the figures as JSON data."""
        share = self.value("error")
        return {
            "cases": self.cases,
            "errors": self.errors,
            "error": None if share is None else round(share, 4),
            "unfit": self.unfit,
            "flagged": self.flagged,
            "wrong": self.wrong,
            "repeated": self.repeated,
            "failed": self.failed,
            "closeness": None if self.closeness is None else round(self.closeness, 4),
            "cost_micros": self.cost_micros,
            "cost_each_micros": self.each_micros,
            "has_price": self.has_price,
            "seconds": round(self.seconds, 3),
        }


def figures(replays: Sequence[Replay]) -> Figures:
    """Return the figures of one candidate's replays."""
    done = [one for one in replays if one.state == Replay.State.DONE]
    near = [one.closeness for one in done if one.closeness is not None]
    return Figures(
        cases=len(done),
        errors=sum(one.is_error for one in done),
        unfit=sum(bool(one.faults) for one in done),
        flagged=sum(bool(one.findings) for one in done),
        wrong=sum(bool(one.wrong) for one in done),
        repeated=sum(one.repeats for one in done),
        failed=sum(one.state == Replay.State.FAILED for one in replays),
        open=sum(one.state in OPEN for one in replays),
        closeness=sum(near) / len(near) if near else None,
        cost_micros=sum(one.cost_micros for one in replays),
        seconds=median(one.seconds for one in done) if done else 0.0,
        has_price=all(is_priced(model) for model in {one.model for one in replays if one.model}),
    )
