"""No answer (yet): the run waits for its owner, for us, for another try, or for tomorrow, with everything kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from signoff.connections.models import Connection
from signoff.connections.standing import OWNERS
from signoff.core import clock
from signoff.core.errors import Broken, RateLimited, SignoffError
from signoff.integrations.definition import definition_of
from signoff.integrations.usage import ai_of
from signoff.runs.change import change, said
from signoff.runs.models import Run
from signoff.runs.receive import storable
from signoff.runs.spending import paid
from signoff.runs.work import Held, Later, Parked


def keep(outcome: Held | Later | Parked) -> bool:
    """Store that there is no answer (yet), in the caller's transaction; False when the run has moved on without us."""
    run = outcome.work.run
    if isinstance(outcome, Held):
        return _hold(
            run,
            outcome.work.state,
            outcome.error,
            resume_as="queued",
            connection=outcome.connection,
            lines=outcome.lines,
            raw=outcome.raw,
            values=paid(outcome.work),
        )
    if isinstance(outcome, Parked):
        words = said(
            "info", "The limit for today is reached", "It goes on tomorrow by itself. Nothing is lost."
        )
        return change(run.pk, "asking", {"state": Run.State.PARKED}, words, attempt=run.attempt)
    values: dict[str, Any] = {**paid(outcome.work), "state": Run.State.QUEUED}
    lines = []
    if outcome.why is not None:
        values["tries"] = run.tries + (0 if isinstance(outcome.why, RateLimited) else 1)
        wait = f"We try again in {outcome.seconds:.0f} s. Nothing is lost."
        lines.append(said("warn", outcome.why.owner_message.split(". ")[0].rstrip(".") + ".", wait))
    return change(run.pk, "asking", values, *lines, attempt=run.attempt)


def _hold(
    run: Run,
    expected: str | tuple[str, ...],
    error: SignoffError,
    *,
    resume_as: str,
    connection: Connection | None = None,
    lines: list[dict[str, Any]] | None = None,
    raw: str = "",
    values: Mapping[str, Any] | None = None,
) -> bool:
    """Let a run wait for whoever can put it right, with everything kept."""
    ours = isinstance(error, Broken)
    waits_for = None
    if isinstance(error, OWNERS):
        waits_for = connection or ai_of(definition_of(run.version_id)[0])
    changes: dict[str, Any] = {
        **(values or {}),
        "state": Run.State.FAILED if ours else Run.State.NEEDS_YOU,
        "problem": error.owner_message,
        "next_step": error.next_step,
        "detail": f"{type(error).__name__}: {error}",
        "resume_as": resume_as,
        "waits_for_id": waits_for.pk if waits_for else None,
        "finished_at": clock.now() if ours else None,
    }
    if raw:
        changes["raw_answer"] = storable(raw)
    return change(
        run.pk,
        expected,
        changes,
        *(lines or []),
        said("bad", error.owner_message, error.next_step),
        attempt=run.attempt,
    )
