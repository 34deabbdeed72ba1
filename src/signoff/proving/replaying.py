"""Replays one case through one candidate: prompt, AI, form, checks, and how close it comes to what was approved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q

from signoff.connections.models import Connection
from signoff.core import clock
from signoff.core.errors import ModelGone, SignoffError
from signoff.examples.wanted import chosen
from signoff.integrations import offers
from signoff.integrations.definition import Definition, definition_of
from signoff.integrations.usage import ai_of
from signoff.outputs.contract import Contract
from signoff.prompts.keep import keep_version
from signoff.prompts.stating import facts_on
from signoff.proving.closeness import closeness, wrong_fields
from signoff.proving.models import Case, Proof, Replay
from signoff.runs.checking import alarms_in, findings_in
from signoff.runs.draft import ask
from signoff.runs.models import Run, Spent
from signoff.runs.spending import count
from signoff.runs.work import Drafted, Held, Later, Work

HOLD_FOR = timedelta(minutes=8)  # longer than an answer, its repair and their places can take
SAME_AGAIN = 0.9  # as close as that to a rejected answer is the rejected answer
MOST_TRIES = 12
LOW_PRIORITY_SECONDS = 1.0  # takes a place only when one is nearly free: real work goes first


def claim(replay_id: int) -> Replay | None:
    """Take a replay to carry it out; None when somebody else has it, or nothing is left to do."""
    taken = Replay.objects.filter(free(), pk=replay_id, proof__state=Proof.State.RUNNING).update(
        state=Replay.State.ASKING, claimed_until=clock.now() + HOLD_FOR
    )
    return Replay.objects.select_related("case", "proof").get(pk=replay_id) if taken else None


def free() -> Q:
    """Return what tells the replays that nobody has: those that wait, and those of somebody who died."""
    return Q(state=Replay.State.WAITING) | Q(state=Replay.State.ASKING, claimed_until__lt=clock.now())


def held_for(replay_id: int) -> float | None:
    """Return for how many seconds somebody holds a replay; None when nobody does."""
    rows = Replay.objects.filter(pk=replay_id, state=Replay.State.ASKING)
    until = rows.values_list("claimed_until", flat=True).first()
    return max(1.0, (until - clock.now()).total_seconds()) if until else None


def carry_out(replay: Replay) -> float | None:
    """Ask, compare and store; returns after how many seconds to come again, or None when it is over."""
    candidate = replay.proof.candidates[replay.candidate]
    try:
        definition, contract = candidate_definition(replay.version_id, candidate)
        work = _work(replay, definition, contract)
        work.examples = chosen(work)
    except Connection.DoesNotExist:
        _fail(replay, f"There is no connection {candidate['ai']} any more.")
        return None
    started = clock.now()
    try:
        outcome = ask(work)
    except SignoffError as trouble:
        _fail(replay, trouble.owner_message)
        return None
    count(work, Spent.For.TESTS)
    values: dict[str, Any] = {
        "seconds": (clock.now() - started).total_seconds(),
        "model": work.model,
        "input_tokens": replay.input_tokens + work.input_tokens,
        "output_tokens": replay.output_tokens + work.output_tokens,
        "cost_micros": replay.cost_micros + work.cost_micros,
    }
    if isinstance(outcome, Drafted):
        keep_version(outcome.prompt)
        values |= {"seconds": outcome.seconds, "prompt_version": outcome.prompt.version}
        values |= compare(contract, replay.case, outcome, definition)
        _end(replay, Replay.State.DONE, values)
        return None
    if isinstance(outcome, Held) and outcome.faults:
        faults = [{"field": f.field, "what": f.what, "expected": f.expected} for f in outcome.faults]
        _end(replay, Replay.State.DONE, values | {"faults": faults})
        return None
    if isinstance(outcome, Later):
        tries = replay.tries + (1 if outcome.why else 0)
        if tries < MOST_TRIES:
            _change(replay, Replay.State.WAITING, {"tries": tries, "claimed_until": None, **_paid(values)})
            return outcome.seconds
    error = outcome.error if isinstance(outcome, Held) else getattr(outcome, "why", None)
    problem = error.owner_message if error else "It could not be asked."
    if isinstance(error, ModelGone) and work.ai is not None:
        problem = offers.doubt_of(work.ai, candidate["model"]) or problem
    _fail(replay, problem, _paid(values))
    return None


def candidate_definition(version_id: int, candidate: dict[str, Any]) -> tuple[Definition, Contract]:
    """Return a version's definition with the candidate's AI, model and examples; it goes nowhere."""
    definition, contract = definition_of(version_id)
    prompt = definition.prompt.model_copy(
        update={"ai": candidate["ai"], "model": candidate["model"], "examples": candidate["examples"]}
    )
    return definition.model_copy(update={"prompt": prompt, "then": ()}), contract


def compare(contract: Contract, case: Case, outcome: Drafted, definition: Definition) -> dict[str, Any]:
    """Return what an answer is beside the one that a person approved or rejected."""
    answer = outcome.value
    known: set[tuple[Any, Any]] = set()
    if case.expected is not None:
        # What a person has signed in spite of a mark is no error of the next answer that says the same.
        facts = facts_on(definition.prompt.facts)
        found = findings_in(case.expected, case.record, facts, definition.checks.links)
        found += _of_the_answer(alarms_in(definition, case.expected, case.record))
        known = {(one["text"], one["field"]) for one in found}
    said = [*outcome.findings, *_of_the_answer(outcome.alarms)]
    found = [one for one in said if (one["text"], one["field"]) not in known]
    values: dict[str, Any] = {"answer": answer, "findings": found}
    if case.expected is not None:
        values["closeness"] = closeness(contract, case.expected, answer)
        values["wrong"] = wrong_fields(contract, case.expected, answer)
    elif case.rejected is not None:
        near = closeness(contract, case.rejected, answer)
        same = not wrong_fields(contract, case.rejected, answer)
        values["repeats"] = same and (near is None or near >= SAME_AGAIN)
    return values


def _of_the_answer(alarms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the alarms that an answer can be blamed for; what its record speaks of is the same for every answer."""
    return [one for one in alarms if one["kind"] in ("leaked instructions", "language")]


def _work(replay: Replay, definition: Definition, contract: Contract) -> Work:
    case = replay.case
    run = Run(  # never saved: a replay is no run, and counts against no limit for the day
        integration_id=case.integration_id,
        version_id=replay.version_id,
        record=case.record,
        label=case.label,
        replay_of_id=case.run_id,
        received_at=clock.now(),
        changed_at=clock.now(),
    )
    return Work(
        run,
        definition,
        contract,
        ai_of(definition),
        most_wait_seconds=LOW_PRIORITY_SECONDS,
        lane=f"proof {replay.proof_id}",
    )


def _paid(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in ("input_tokens", "output_tokens", "cost_micros")}


def _fail(replay: Replay, problem: str, values: dict[str, Any] | None = None) -> None:
    _end(replay, Replay.State.FAILED, {"problem": problem, **(values or {})})


def _end(replay: Replay, state: str, values: dict[str, Any]) -> None:
    _change(replay, state, {**values, "claimed_until": None})


def _change(replay: Replay, state: str, values: dict[str, Any]) -> None:
    # Named by the claim: who comes back after it ended finds another one's, and changes nothing.
    Replay.objects.filter(pk=replay.pk, state=Replay.State.ASKING, claimed_until=replay.claimed_until).update(
        state=state, **values
    )
