"""
Planted drafts: wrong on purpose, to see whether reviewers notice. They can never be sent.

Where an integration's file asks for them, each draft that comes to wait draws a lot; for a few, another draft comes to
wait some minutes later: an answer that was approved once, with one thing in it made wrong. Everybody is told that there
are such drafts, nobody which, until they have decided on one. The run of a planted draft is held by the database to two
states: it waits, or it is over.
"""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.core import clock
from signoff.integrations.definition import Definition, definition_of
from signoff.integrations.models import Integration
from signoff.outputs.contract import Contract
from signoff.outputs.judge import Accepted, judge
from signoff.prompts.stating import facts_on
from signoff.review.models import Certificate, Planted, Review
from signoff.review.opening import open_review, planted_share
from signoff.runs import pictures
from signoff.runs.change import change, said
from signoff.runs.checking import alarms_in, findings_in
from signoff.runs.models import Run

FEWEST_SOURCES = 5  # approved drafts of the version in force, before any of them is made wrong
LATEST_LEFT_OUT = 10  # what was decided on just now would be recognised
SOURCES_TRIED = 5
MOST_AT_ONCE = 20
BY_LOT = "Chosen by lot for a person to look at"


@dataclass(frozen=True)
class Told:
    """
    What a reviewer is told of a planted draft once they have decided on it.

    `noticed` is None where that says nothing of them: it was approved together with others, or `is_copy`, another draft
    of a record that was planted, because somebody had it run again.
    """

    noticed: bool | None
    field: str
    was: str
    now: str
    is_copy: bool = False

    @property
    def sentence(self) -> str:
        """Say it kindly: that it was planted, what was wrong, and that nothing came of it."""
        if self.is_copy:
            return "The record of that draft was planted, and run again. Nothing was sent."
        if not self.now:  # its contents were erased
            return "That draft was planted: wrong on purpose. Nothing was sent."
        what = f"In “{self.field}” it said “{self.now}” where “{self.was}” was right."
        if self.noticed:
            return f"That draft was planted, and you noticed. {what} Nothing was sent."
        if self.noticed is None:
            return f"One of these drafts was planted. {what} Nobody had looked at it; nothing was sent."
        return f"That draft was planted. {what} It happens to everybody; nothing was sent."


def look() -> int:
    """Let the planted drafts come to wait whose time has come; returns how many. Safe at any time."""
    count = 0
    due = Planted.objects.filter(run=None, decided_at=None, due_at__lte=clock.now()).order_by("due_at")
    for number in list(due.values_list("pk", flat=True)[:MOST_AT_ONCE]):
        with transaction.atomic():
            row = Planted.objects.select_for_update(skip_locked=True).filter(pk=number, run=None).first()
            if row is not None:
                count += plant(row)
    return count


def plant(row: Planted, chance: random.Random | None = None) -> bool:
    """
    Make a drawn draft and put it before a person, in the caller's transaction.

    False, and the lot is void, where nothing fit is there to be made wrong.
    """
    integration = Integration.objects.select_related("current").get(pk=row.integration_id)
    if integration.current_id is not None and integration.is_on:
        definition, contract = definition_of(integration.current_id)
        for source in _sources(integration) if planted_share(definition) else ():
            made = _made_wrong(source, definition, contract, chance or secrets.SystemRandom())
            if made is not None:
                row.field, row.was, row.now = made.field, made.was, made.now
                row.source = source.run
                row.run = _wait(source, made.answer)
                row.save()
                return True
    row.delete()
    return False


def decide(
    review: Review,
    verdict: str,
    person: Person,
    decided: dict[str, Any] | None,
    reason: str,
    *,
    together: bool = False,
) -> Review:
    """
    Take a decision on a planted draft, in the caller's transaction: it tells of the reviewer, and nothing is sent.

    Noticed is what was rejected, or changed in the place that was wrong. `together`: it was approved with others and
    nobody has looked at it, which says nothing of anybody; nor does what somebody had run again. The review that is
    returned is decided, unless its run did not wait any more.
    """
    row = Planted.objects.select_for_update().filter(run_id=review.run_id).first()
    now = clock.now()
    if row is not None and not together:
        row.noticed = verdict == Review.Verdict.REJECTED or _put_right(review, row, decided)
        row.decided_by, row.decided_at = person, now
    told = _told(row)
    words = said("info", f"{person} decided on it; it was planted", told.sentence, at=now)
    if not change(review.run_id, Run.State.WAITING, {"state": Run.State.PLANTED, "finished_at": now}, words):
        return review
    if row is not None:
        row.save(update_fields=["noticed", "decided_by", "decided_at"])
    review.state, review.verdict, review.reason = Review.State.DECIDED, verdict, reason
    review.decided_by, review.decided_at, review.undo_until = person, now, None
    review.decided_content, review.is_error, review.changed = decided, None, []
    review.save()
    details = {"verdict": verdict, "noticed": told.noticed}
    note(person, "decided on a planted draft,", f"run {review.run_id}", details)
    return review


def withdraw(review: Review, person: Person) -> Review:
    """Take a planted draft out, in the caller's transaction: the record that it was made of is not the one of today."""
    words = said("info", "It was planted, and its record has changed; it is withdrawn")
    if change(
        review.run_id, Run.State.WAITING, {"state": Run.State.PLANTED, "finished_at": clock.now()}, words
    ):
        review.state = Review.State.WITHDRAWN
        review.save(update_fields=["state"])
        Planted.objects.filter(run_id=review.run_id).delete()
        note(person, "had a planted draft withdrawn,", f"run {review.run_id}")
    return review


def told(review: Review) -> Told | None:
    """Return what to tell of a draft that was planted; None of every other, and as long as nobody has decided on it."""
    if not review.run.planted or review.state != Review.State.DECIDED:
        return None
    return _told(Planted.objects.filter(run_id=review.run_id).first())


def _told(row: Planted | None) -> Told:
    """Return what to tell of a planted run; it has no row where it is one that was run again."""
    return Told(row.noticed, row.field, row.was, row.now) if row else Told(None, "", "", "", is_copy=True)


def _put_right(review: Review, row: Planted, decided: Mapping[str, Any] | None) -> bool:
    """Say whether an edit changed the place that was wrong, and not in its wording only."""
    if decided is None or decided.get(row.field) == review.content.get(row.field):
        return False
    from signoff.review.grading import grade

    return any(
        one.field == row.field and one.kind != "wording" for one in grade(review.content, decided).changed
    )


def _sources(integration: Integration) -> Sequence[Review]:
    """Return approved drafts of the version in force that may be made wrong, in a random order."""
    used = Planted.objects.filter(integration=integration).exclude(source=None).values("source_id")
    approved = (
        Review.objects.filter(
            run__integration=integration, run__version=integration.current, run__erased_at=None,
            run__planted=False, run__replay_of=None, state=Review.State.DECIDED, verdict=Review.Verdict.APPROVED,
            flagged=False, is_error=False, undo_until__lt=clock.now(),
        )
        .exclude(run_id__in=used)
        .order_by("-decided_at")
    )  # fmt: skip
    latest = Review.objects.filter(run__integration=integration, state=Review.State.DECIDED)
    recent = set(latest.order_by("-decided_at").values_list("pk", flat=True)[:LATEST_LEFT_OUT])
    rows = [row for row in approved.select_related("run")[:400] if row.pk not in recent]
    if len(rows) < FEWEST_SOURCES:
        return ()
    secrets.SystemRandom().shuffle(rows)
    return rows[:SOURCES_TRIED]


def _made_wrong(source: Review, definition: Definition, contract: Contract, chance: random.Random) -> Any:
    from signoff.review.mistakes import mistake

    run = source.run
    facts = facts_on(definition.prompt.facts)

    def is_marked(answer: Mapping[str, Any]) -> bool:
        fits = judge(contract, json.dumps(answer, ensure_ascii=False))
        return (
            not isinstance(fits, Accepted)
            or bool(findings_in(answer, run.record, facts, definition.checks.links))
            or bool(alarms_in(definition, answer, run.record))
        )

    if is_marked(source.content):
        return None  # what was right then is marked today: a fact has changed
    return mistake(source.content, run.record, contract, is_marked, chance)


def _wait(source: Review, answer: dict[str, Any]) -> Run:
    """Put a copy of a run before a person, with another answer and as if it had come in now."""
    old, now = source.run, clock.now()
    later = now - source.created_at
    run = Run.objects.create(
        integration_id=old.integration_id, version_id=old.version_id, dedupe_key=f"record:{secrets.token_hex(16)}",
        object_id=old.object_id, label=old.label, record=old.record, state=Run.State.WAITING, planted=True,
        attempt=old.attempt, answer=answer, raw_answer=json.dumps(answer, ensure_ascii=False),
        prompt_version=old.prompt_version, examples=old.examples, model=old.model, input_tokens=old.input_tokens,
        cached_tokens=old.cached_tokens, output_tokens=old.output_tokens, cost_micros=old.cost_micros,
        timeline=_timeline(old, source.created_at, later), received_at=old.received_at + later, changed_at=now,
    )  # fmt: skip
    pictures.copy(old.pk, run.pk)
    # Like every other draft, so that whatever else becomes of one becomes of it.
    open_review(run, answer, flagged=False, draws=False)
    return run


def _timeline(old: Run, until: datetime, later: timedelta) -> list[dict[str, Any]]:
    """Return what a run's timeline said when its draft came to wait, at the times of today."""
    lines = []
    for line in old.timeline:
        at = parse_datetime(str(line.get("at", "")))
        if at is None or at > until or line.get("what") == BY_LOT:
            continue
        lines.append({**line, "at": (at + later).isoformat()})
    active = Certificate.objects.filter(
        integration_id=old.integration_id, state=Certificate.State.ACTIVE
    ).first()
    if active is not None:
        lines.append(said("info", BY_LOT, f"{active.audit * 100:.3g} % are, on autopilot."))
    return lines
