"""Choosing: the approved answers that the AI is shown for one record, stripped of whoever they were written for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from signoff.checks.stripping import customer_of, stripped
from signoff.core import clock
from signoff.examples import meaning
from signoff.examples.shelf import Entry, Shelf, customers_in, record_number, shelf_of, terms_of, text_of
from signoff.integrations.definition import Definition
from signoff.outputs.contract import Contract
from signoff.outputs.judge import Accepted, judge
from signoff.prompts.stating import facts_on
from signoff.review.models import Review
from signoff.runs.models import Run
from signoff.runs.work import Shown, Work

log = structlog.get_logger()

RERANKED = 24  # of the likest by words, so many are compared by meaning
OLDER = 0.03  # of likeness is taken off for each version that came since
MOST_BEHIND = 10
MOST_ROUNDS = 4


def chosen(work: Work) -> tuple[Shown, ...]:
    """
    Return the examples for a claimed run, the likest last; none where the integration asks for none.

    An approved answer, or a person's edit of it; never a rejected one, one that a person may still take back, one of
    the same customer or run, or of what was erased.
    """
    most = work.definition.prompt.examples
    if most < 1:
        return ()
    run = work.run
    shelf = shelf_of(run.integration_id)
    ranked = _ranked(shelf, work.definition, run)
    found: list[Shown] = []
    for _ in range(MOST_ROUNDS):  # where all answers are alike, looking at all of them brings nothing
        some, ranked = ranked[: most + 4], ranked[most + 4 :]
        if not some or len(found) >= most:
            break
        found += _shown(some, shelf, work.definition, work.contract, {one.text for one in found})
    return tuple(reversed(found[:most]))


def again(run: Run, definition: Definition, contract: Contract) -> tuple[Shown, ...]:
    """Return the examples that a run was drafted with, as far as they are still there."""
    if not run.examples:
        return ()
    numbers = dict(Review.objects.filter(run_id__in=run.examples).values_list("run_id", "pk"))
    wanted = [numbers[run_id] for run_id in run.examples if run_id in numbers]
    found = {
        one.run: one for one in _shown(wanted, shelf_of(run.integration_id), definition, contract, set())
    }
    return tuple(found[run_id] for run_id in run.examples if run_id in found)


def _ranked(shelf: Shelf, definition: Definition, run: Run) -> list[int]:
    """Return the numbers of the reviews that may be shown, the likest first."""
    record: Mapping[str, Any] = run.record
    customers = customers_in(record, run.object_id) - shelf.shared
    same = record_number(record)
    runs = {run.pk, run.replay_of_id}
    scores = shelf.index.scores(terms_of(record, definition.record.fields))
    newest = max((entry.version for entry in shelf.entries.values()), default=0)

    def worth(number: int, entry: Entry) -> float:
        return scores.get(number, 0.0) * (1 - OLDER * min(newest - entry.version, MOST_BEHIND))

    allowed = [
        (worth(number, entry), entry.decided_at, number)
        for number, entry in shelf.entries.items()
        if entry.run_id not in runs and entry.record != same and not entry.customers & customers
    ]
    ranked = [number for _, _, number in sorted(allowed, reverse=True)]
    if meaning.model() is not None:
        ranked = _by_meaning(ranked[:RERANKED], {n: w for w, _, n in allowed}, definition, record) + ranked[
            RERANKED:
        ]  # fmt: skip
    return ranked


def _by_meaning(
    numbers: Sequence[int], worth: Mapping[int, float], definition: Definition, record: Mapping[str, Any]
) -> list[int]:
    """Return the likest by words in the order of what they mean and say together."""
    fields = definition.record.fields
    rows = Review.objects.filter(pk__in=numbers, run__erased_at=None).values_list(
        "pk", "decided_at", "run__record"
    )
    texts = [((pk, at), text_of(other, fields)) for pk, at, other in rows]
    mine = text_of(record, fields)
    found = meaning.vectors([(("asked", hash(mine)), mine), *texts])
    if found is None:
        return list(numbers)
    mean = {
        pk: meaning.likeness(found[0], other) for ((pk, _), _), other in zip(texts, found[1:], strict=True)
    }
    return sorted(mean, key=lambda pk: mean[pk] + 0.1 * worth[pk], reverse=True)


def _shown(
    numbers: Sequence[int], shelf: Shelf, definition: Definition, contract: Contract, have: set[str]
) -> list[Shown]:
    """Return these answers without their customers, in their order, as they are in the database now."""
    rows = {
        row.pk: row
        for row in Review.objects.select_related("run").filter(
            pk__in=numbers,
            state=Review.State.DECIDED,
            verdict__in=(Review.Verdict.APPROVED, Review.Verdict.EDITED),
            undo_until__lte=clock.now(),
            run__planted=False,
            run__erased_at=None,
        )
    }
    ours = _ours(definition)
    found = []
    for number in numbers:
        row = rows.get(number)
        try:
            text = _text(row, shelf, contract, ours) if row is not None else ""
        except Exception:
            # An example is a help: a text that nobody thought of must not stop somebody else's run.
            log.exception("an approved answer could not be made an example", review=number)
            text = ""
        if row is not None and text and text not in have:
            have.add(text)
            found.append(Shown(row.run_id, text))
    return found


def _text(review: Review, shelf: Shelf, contract: Contract, ours: str) -> str:
    """Return one answer as the AI is shown it; "" when it does not fit the form of today, or cannot be stripped."""
    content = review.decided_content
    if not content or not isinstance(judge(contract, json.dumps(content, ensure_ascii=False)), Accepted):
        return ""
    types = {field.name: field.type for field in contract.fields}
    ordered = {field.name: content[field.name] for field in contract.fields if field.name in content}
    result = stripped(
        ordered, customer_of(review.run.record), ours=ours, types=types, is_public=shelf.is_public
    )
    return json.dumps(result, ensure_ascii=False, indent=1) if result else ""


def _ours(definition: Definition) -> str:
    """Return what the owner wrote: it names no customer."""
    prompt = definition.prompt
    words = [prompt.task, *prompt.constraints, prompt.tone, *prompt.never]
    return "\n".join([*words, *facts_on(prompt.facts).values()])
