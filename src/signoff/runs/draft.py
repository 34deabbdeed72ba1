"""
Drafting: from a stored record to an answer that fits its contract, with what the record does not support marked.

`begin` claims the run, `ask` talks to the AI without holding a database connection, and what came of it is stored in
one update that names the attempt: whoever comes late changes nothing.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from signoff.checks.alarm import Alarm, to_json
from signoff.connections import foretold
from signoff.connections.client import client_for, named
from signoff.connections.models import Connection, Foretold
from signoff.connections.standing import OWNERS, needs_sign_in
from signoff.connectors.base import AiConnector, Answer
from signoff.core.errors import (
    Broken,
    InputRejected,
    ModelGone,
    OutcomeUnknown,
    RateLimited,
    Refused,
    SignoffError,
    Unavailable,
)
from signoff.core.money import dollars
from signoff.core.prompt import Image, Prompt
from signoff.integrations.definition import definition_of
from signoff.integrations.usage import ai_of
from signoff.outputs.contract import Contract
from signoff.outputs.faults import Fault, faults_as_text
from signoff.outputs.judge import Accepted, judge
from signoff.pacing import pace
from signoff.prompts.build import ask_again
from signoff.prompts.keep import keep_version
from signoff.prompts.stating import facts_on
from signoff.runs import pictures
from signoff.runs.admitting import not_now
from signoff.runs.change import change, said
from signoff.runs.checking import alarms_in, name_other_records, weighed_findings_in
from signoff.runs.models import Run
from signoff.runs.prompting import noted, prompt_for, shown_of
from signoff.runs.retrying import MOST_TRIES, backoff
from signoff.runs.spending import paid
from signoff.runs.unsure import doubts_in
from signoff.runs.work import Drafted, Held, Later, Parked, Work, count_answer

if TYPE_CHECKING:
    from signoff.runs.auditing import SecondReading


def begin(run_id: int) -> Work | None:
    """
    Claim a run for drafting; None when there is nothing to do (a second copy of the job, or no such run).

    A run found `asking` was begun by a worker that died or froze: its attempt is over, and this is the next one.
    """
    # Claimed and read by one statement. It names what drafting reads: each column beside would cost a query of its own.
    claimed = Run.objects.raw(
        "UPDATE runs_run SET state = 'asking', attempt = attempt + 1, changed_at = clock_timestamp() "
        "WHERE id = %s AND state IN ('queued', 'asking', 'parked') "
        "RETURNING id, integration_id, version_id, dedupe_key, object_id, record, attempt, tries, "
        "input_tokens, output_tokens, cached_tokens, cost_micros, paid_before_micros, received_at, state, counted_on, "
        "label, to_read, at_once, replay_of_id, given_draft, redrafted, note, planted",
        [run_id],
    )
    run = next(iter(claimed), None)
    if run is None:
        return None
    definition, contract = definition_of(run.version_id)
    return Work(run, definition, contract, ai_of(definition))


def ask(work: Work) -> Drafted | Held | Later | Parked:
    """Ask the AI, hold the answer to the contract, repair once, and check it. Changes no row of the run."""
    kept_back = not_now(work)
    if kept_back is not None:
        return kept_back
    if work.run.given_draft is not None:
        return _take_given(work)
    ai = work.ai
    if ai is None:
        return Held(work, no_draft())
    images = _pictures(work)
    if isinstance(images, Held | Later):
        return images
    prompt, facts = prompt_for(work.definition, work.contract, work.run.record, images, work.examples)
    prompt = noted(prompt, work.run)
    try:
        return _conversation(work, ai, prompt, facts)
    except pace.TooFar:
        lane = work.lane or f"integration {work.run.integration_id}"
        return Later(work, pace.stand_in_line(ai, lane, tokens=_expected_tokens(prompt)), None)
    except RateLimited as error:
        seconds = pace.hold(ai, error.retry_after_seconds or pace.SLOW_DOWN_SECONDS, "asked us to slow down")
        return Later(work, seconds + random.uniform(0, 0.5), error)  # noqa: S311
    except (Unavailable, OutcomeUnknown) as error:
        if work.run.tries + 1 >= MOST_TRIES:
            return Held(work, error)
        given = error.retry_after_seconds if isinstance(error, Unavailable) else None
        pace.hold(ai, min(given or 1.0, 60.0), "cannot be reached")
        return Later(work, given or backoff(work.run.tries), error)
    except OWNERS as error:
        needs_sign_in(ai, error)
        return Held(work, error)
    except (Refused, Broken) as error:
        if isinstance(error, ModelGone):
            foretold.note(ai, Foretold.Source.GONE, prompt.model)
        return Held(work, error)


def _pictures(work: Work) -> tuple[Image, ...] | Held | Later:
    """Return the pictures to show, or what keeps us from them: that is no trouble of the AI's."""
    if not work.definition.prompt.pictures:
        return ()
    source = named(work.definition.record.from_) if work.definition.record.from_ else None
    try:
        return pictures.of(work.run, work.definition, work.pictures)
    except (Unavailable, OutcomeUnknown) as error:
        if work.run.tries + 1 >= MOST_TRIES:
            return Held(work, error, connection=source)
        given = error.retry_after_seconds if isinstance(error, Unavailable) else None
        return Later(work, given or backoff(work.run.tries), error)
    except SignoffError as error:
        return Held(work, error, connection=source)


def _conversation(work: Work, ai: Connection, prompt: Prompt, facts: Mapping[str, str]) -> Drafted | Held:
    client = client_for(ai, work.definition.version_for(ai.name))
    assert isinstance(client, AiConnector)  # noqa: S101  # `apply` let no other connection be an AI
    started = time.monotonic()
    answer = _paced_ask(work, ai, client, prompt)
    verdict = _verdict(work.contract, answer)
    lines = []
    if not isinstance(verdict, Accepted):
        lines.append(
            said("warn", "The AI's answer did not fit, so we asked once more", faults_as_text(verdict))
        )
        answer = _paced_ask(work, ai, client, ask_again(prompt, answer.text, faults_as_text(verdict)))
        verdict = _verdict(work.contract, answer)
    if not isinstance(verdict, Accepted):
        error = InputRejected(
            "the answer does not fit the contract after one repair: "
            + "; ".join(f"{f.field}: {f.what}" for f in verdict),
            owner_message="The AI's answer does not fit what must come back, even after asking again.",
            next_step="Press Run again, or make the task or the limits of the fields clearer.",
        )
        return Held(work, error, raw=answer.text, lines=lines, faults=verdict)
    return _as_draft(work, verdict, prompt, facts, answer, lines, time.monotonic() - started)


def _take_given(work: Work) -> Drafted | Held:
    """Return a draft that came with its record, held to the contract and the checks like an AI's answer."""
    text = json.dumps(work.run.given_draft, ensure_ascii=False)
    verdict = judge(work.contract, text)
    if not isinstance(verdict, Accepted):
        says = "; ".join(f"{f.field or 'the draft'}: {f.what}" for f in verdict.faults)
        so = ", or without a draft, so that the AI writes one" if work.ai else ""
        error = InputRejected(
            f"the draft that came with the record does not fit: {says}",
            owner_message=f"The draft that was handed in does not fit what must come back: {says}.",
            next_step=f"Hand it in again as the integration wants it{so}.",
        )
        return Held(work, error, raw=text, faults=tuple(verdict.faults))
    facts = facts_on(work.definition.prompt.facts)
    # No AI is asked, but what it would be told is kept: a fact that changes before somebody decides is noticed by it.
    prompt, _ = prompt_for(work.definition, work.contract, work.run.record)
    answer = Answer(text, model="")
    return _as_draft(work, verdict, prompt, facts, answer, [], 0)


def no_draft() -> InputRejected:
    """Return what to say of a record that came without a draft to an integration whose drafts are handed in."""
    return InputRejected(
        "no draft came with the record, and no AI is asked",
        field="draft",
        owner_message="This record came without a draft, and here no AI writes one: the drafts are handed in.",
        next_step="Hand it in again together with its draft.",
    )


def take(work: Work, answer: Answer, prompt: Prompt, facts: Mapping[str, str]) -> Drafted | None:
    """Return what came by batch as a draft, held to the contract like any other; None when it does not fit."""
    count_answer(work, answer, prompt)
    verdict = _verdict(work.contract, answer)
    return _as_draft(work, verdict, prompt, facts, answer, [], 0) if isinstance(verdict, Accepted) else None


def _as_draft(
    work: Work,
    verdict: Accepted,
    prompt: Prompt,
    facts: Mapping[str, str],
    answer: Answer,
    lines: Sequence[dict[str, Any]],
    seconds: float,
) -> Drafted:
    """Return an answer that fits its contract as a draft, with what the checks say of it."""
    from signoff.runs.auditing import with_second  # brings the checks along

    own = weighed_findings_in(verdict.value, work.run.record, facts, work.definition.checks.links)
    alarms = alarms_in(work.definition, verdict.value, work.run.record)
    second, of_second = _second_look(work, verdict.value, facts)
    may_clear = all(alarm["kind"] != "instructions in the record" for alarm in alarms)
    return Drafted(
        work=work,
        value=verdict.value,
        was_repaired=verdict.repaired,
        findings=name_other_records(with_second(own, second, may_clear=may_clear), work.run),
        alarms=[*doubts_in(work.contract, verdict.value), *alarms, *of_second],
        prompt=prompt,
        answer=answer,
        seconds=seconds,
        raw=answer.text,
        input_tokens=work.input_tokens,
        output_tokens=work.output_tokens,
        lines=[*lines, *_silent_facts(work, facts), *_looked_at(prompt), *_learned_from(work)],
    )


def _second_look(
    work: Work, answer: Mapping[str, Any], facts: Mapping[str, str]
) -> tuple[SecondReading | None, list[dict[str, Any]]]:
    """
    Return what the second AI doubts (None: it was not asked), and an alarm when it could not be asked.

    A draft is not held up by it: it was paid for, and a person decides on it all the same.
    """
    wanted = work.definition.checks.second_opinion
    ai = named(wanted.ai) if wanted and wanted.ai else work.ai
    if wanted is None or ai is None:
        return None, []
    from signoff.runs.opinion import unsupported  # brings the checks along

    shown = shown_of(work.definition, work.run.record)
    try:
        found, cost = unsupported(ai, wanted.model, answer, shown, facts)
    except SignoffError as error:
        why = f"You asked for a second opinion on each draft, and none came: {error.owner_message}"
        return None, [to_json(Alarm("second opinion", "", why))]
    work.second_micros += cost
    work.second_model = wanted.model
    return found, []


def _silent_facts(work: Work, facts: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a line about company facts that hold on no day like today: the draft could not be held to them."""
    silent = [name for name in work.definition.prompt.facts if name not in facts]
    if not silent:
        return []
    names = " and ".join(f"“{name}”" for name in silent)
    given = work.run.given_draft is not None
    what = "The draft was not compared with it." if given else "The AI was told nothing of it."
    more = f"{what} State what holds now under company facts."
    return [said("warn", f"No company fact {names} holds today", more)]


def _looked_at(prompt: Prompt) -> list[dict[str, Any]]:
    """Return a line about pictures: the checks compare an answer with words only."""
    names = [f"“{image.name}”" for message in prompt.messages for image in message.images]
    if not names:
        return []
    more = "The checks cannot read pictures: what stands in one alone is for a person to compare."
    return [said("info", f"The AI looked at {' and '.join(names)}", more)]


def _learned_from(work: Work) -> list[dict[str, Any]]:
    """Return a line about the approved answers that the AI was shown."""
    count = len(work.examples)
    if not count:
        return []
    runs = ", ".join(str(one.run) for one in work.examples)
    what = "1 approved answer" if count == 1 else f"{count} approved answers"
    more = f"Of run{'s' if count > 1 else ''} {runs}, with nothing of their customers in it."
    return [said("info", f"Showed the AI {what} to similar records", more)]


def _paced_ask(work: Work, ai: Connection, client: AiConnector, prompt: Prompt) -> Answer:
    """Wait for our place, ask, settle. Holds no database connection while it waits or asks."""
    reservation = pace.take_place(
        ai, tokens=_expected_tokens(prompt), most_wait_seconds=work.most_wait_seconds
    )
    answer = client.ask(prompt, work.contract.schema)
    pace.worked(ai)
    count_answer(work, answer, prompt)
    used = answer.usage.input_tokens + answer.usage.output_tokens
    if used:
        pace.learn_tokens(prompt.version, _estimate(prompt), used)
    pace.settle(reservation, used or None, answer.limits)
    return answer


def _estimate(prompt: Prompt) -> int:
    return prompt.estimated_tokens() + prompt.max_output_tokens // 4


def _expected_tokens(prompt: Prompt) -> int:
    return pace.expected_tokens(prompt.version, _estimate(prompt))


def _verdict(contract: Contract, answer: Answer) -> Accepted | tuple[Fault, ...]:
    if answer.stopped == "cut off":
        return (Fault("", "the answer was cut off before its end", "a whole answer, shorter than this one"),)
    if answer.stopped in ("refused", "filtered"):
        return (Fault("", "the AI declined to answer", "an answer in the form that was asked for"),)
    verdict = judge(contract, answer.text)
    return verdict if isinstance(verdict, Accepted) else tuple(verdict.faults)


def keep_draft(outcome: Drafted) -> bool:
    """Store a draft that a person will decide on, in the caller's transaction; False when the run has moved on."""
    values, lines = drafted(outcome)
    run = outcome.work.run
    return change(
        run.pk, outcome.work.state, {**values, "state": Run.State.WAITING}, *lines, attempt=run.attempt
    )


def drafted(outcome: Drafted) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what a draft changes in its run, all but the state, and the words about it."""
    used = paid(outcome.work, drafts=1)
    cost = used["cost_micros"] - outcome.work.run.cost_micros if used else 0
    keep_version(outcome.prompt)
    values = {
        "model": outcome.answer.model,
        **used,
        "answer": outcome.value,
        "raw_answer": outcome.raw if outcome.was_repaired else "",
        "was_repaired": outcome.was_repaired,
        "findings": outcome.findings,
        "alarms": outcome.alarms,
        "prompt_version": outcome.prompt.version,
        "examples": [one.run for one in outcome.work.examples],
        "tries": 0,
        "problem": "",
        "next_step": "",
        "detail": "",
        "waits_for_id": None,
    }
    if outcome.work.run.given_draft is not None:
        words = said("ok", "Took the draft that was handed in", "No AI was asked to write one.")
        return values, [
            *outcome.lines,
            words,
            *_of_second(outcome),
            _check_line(outcome),
            *_warnings(outcome),
        ]
    took = "By batch" if outcome.work.by_batch else f"{outcome.seconds:.1f} s"
    price = f"{took}, {dollars(cost)}, {outcome.answer.model}."
    lines = [*outcome.lines, said("ok", "The AI wrote the draft", price), *_of_second(outcome)]
    return values, [*lines, _check_line(outcome), *_warnings(outcome)]


def _of_second(outcome: Drafted) -> list[dict[str, Any]]:
    work = outcome.work
    if not work.second_model:
        return []
    price = f"{dollars(work.second_micros)} of the price, {work.second_model}."
    return [said("ok", "A second AI read it beside the record", price)]


def _warnings(outcome: Drafted) -> list[dict[str, Any]]:
    return [said("warn", alarm["why"]) for alarm in outcome.alarms]


def _check_line(outcome: Drafted) -> dict[str, Any]:
    count = len(outcome.findings)
    repaired = "The form of the answer was repaired, not its words. " if outcome.was_repaired else ""
    if count == 0:
        return said("ok", "Checked the facts: all found in the record", repaired or None)
    what = "1 not found in the record" if count == 1 else f"{count} not found in the record"
    return said("warn", f"Checked the facts: {what}", repaired + "A person decides because of this.")
