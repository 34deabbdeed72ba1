"""
Batches: records that may wait hours are handed to the AI together, which costs half.

A record waits in the state "in a batch", first for the next batch (`batch` None), then for its answer. Whatever
goes wrong, or takes too long, sends it back to be asked at once: a batch only ever saves money.
"""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from signoff.connections.client import client_for, named
from signoff.connections.models import Connection
from signoff.connections.standing import OWNERS, needs_sign_in
from signoff.connectors.base import AiConnector, Answer, Collected, NotSent, Pending, Question, Sent
from signoff.connectors.registry import connector_class
from signoff.core import clock
from signoff.core.errors import CredentialRejected, OutcomeUnknown, QuotaExhausted, RateLimited, SignoffError
from signoff.core.prompt import Prompt
from signoff.integrations.definition import definition_of
from signoff.integrations.models import Integration
from signoff.integrations.usage import ai_of
from signoff.prompts.keep import keep_version
from signoff.runs import days, draft, spending
from signoff.runs.admitting import not_now
from signoff.runs.change import change, said
from signoff.runs.models import Batch, Run
from signoff.runs.prompting import prompt_for
from signoff.runs.work import Drafted, Held, Parked, Shown, Work, count_answer

ENOUGH = 200  # records that are handed in without waiting for more
GATHERED_FOR = timedelta(minutes=5)  # how long the first one waits for others
SEND_WITHIN_SECONDS = 120.0
LOST_AFTER = timedelta(minutes=10)  # longer than any request takes that was sent in time
STOPPED_BEFORE = timedelta(minutes=20)  # what is left of a batch ends within ten minutes
REST_AFTER_FULL = timedelta(minutes=15)
CLAIMED_FOR = timedelta(minutes=30)
Choose = Callable[[Work], tuple[Shown, ...]]


def goes_by_batch(work: Work) -> bool:
    """Say whether a claimed run may wait for a batch: nobody asked for it, and its owner said so."""
    run = work.run
    if work.definition.limits.may_take is None or run.at_once or run.replay_of_id is not None:
        return False
    ai = work.ai
    if run.given_draft is not None or ai is None:
        return False
    cls = connector_class(ai.app)
    return issubclass(cls, AiConnector) and cls.offers_batches(ai.settings)


def enter(work: Work) -> Held | Parked | None:
    """Let a claimed run wait for the next batch; returns what keeps it from that, None when it waits."""
    kept_back = not_now(work)
    if kept_back is not None:
        return kept_back
    by = clock.now() + timedelta(hours=work.definition.limits.may_take_hours or 0)
    values = {"state": Run.State.BATCHED, "answer_by": by, "batch_id": None}
    latest = f"Its answer comes by {timezone.localtime(by):%-d %B %H:%M} at the latest."
    words = said("info", "Waits to be handed to the AI with others, at half the price", latest)
    change(work.run.pk, Run.State.ASKING, values, words, attempt=work.run.attempt)
    return None


def gather() -> list[Batch]:
    """Put what waits into batches, one for each AI and model that has enough, or the first of which waited enough."""
    waiting: dict[tuple[str, str], list[int]] = defaultdict(list)
    rows = Run.objects.filter(state=Run.State.BATCHED, batch=None).order_by("pk")
    for version_id in rows.order_by().values_list("version_id", flat=True).distinct():
        asked = definition_of(version_id)[0].asked
        if asked is not None:
            waiting[asked.ai, asked.model].append(version_id)
    made = [
        _gather(ai, model, rows.filter(version_id__in=versions)) for (ai, model), versions in waiting.items()
    ]
    return [batch for batch in made if batch is not None]


def _gather(ai: str, model: str, rows: QuerySet[Run]) -> Batch | None:
    connection, now = named(ai), clock.now()
    if connection.state == Connection.State.NEEDS_YOU or _is_full(connection):
        return None
    oldest = rows.order_by("changed_at").values_list("changed_at", flat=True).first()
    if oldest is None or (now - oldest < GATHERED_FOR and rows.count() < ENOUGH):
        return None
    client = client_for(connection)
    assert isinstance(client, AiConnector)  # noqa: S101  # `apply` let no other connection be an AI
    with transaction.atomic():
        found = list(
            rows.select_for_update(skip_locked=True, of=("self",)).defer("timeline")[: client.most_in_batch]
        )
        taken = _within_limits(found)
        if not taken:
            return None
        batch = Batch.objects.create(
            connection=connection,
            model=model[:120],
            marker=f"so-{secrets.token_hex(12)}",
            made_at=now,
            answer_by=min(run.answer_by or now for run in taken),
        )
        Run.objects.filter(pk__in=[run.pk for run in taken]).update(batch=batch)
    return batch


def _within_limits(found: list[Run]) -> list[Run]:
    """Return those that the owner's limit for a day has room for, with what is under way already."""
    room: dict[int, float] = {}
    taken = []
    for run in found:
        if run.integration_id not in room:
            room[run.integration_id] = _room(run)
        if room[run.integration_id] >= 1:
            room[run.integration_id] -= 1
            taken.append(run)
    return taken


def _room(run: Run) -> float:
    left = days.left_to_spend(run.integration_id, definition_of(run.version_id)[0].limits)
    if left is None:
        return float("inf")
    guess = spending.estimate(Integration.objects.select_related("current").get(pk=run.integration_id))
    each = max(1, guess.each_micros if guess else 0)
    under_way = Run.objects.filter(integration_id=run.integration_id, state=Run.State.BATCHED).exclude(
        batch=None
    )
    return left // each - under_way.count()


def _is_full(connection: Connection) -> bool:
    """Say whether the AI has lately taken no more questions in waiting."""
    lately = Batch.objects.filter(connection=connection, state=Batch.State.GIVEN_UP, problem="full")
    return lately.filter(over_at__gt=clock.now() - REST_AFTER_FULL).exists()


def submit(batch: Batch, choose: Choose) -> SignoffError | None:
    """
    Hand in a batch that nobody has handed in; returns why it was not. Safe after any crash, and by several at once.

    A lost answer leaves it `submitting`; `look_for` asks the app then.
    """
    now = clock.now()
    ours = Batch.objects.filter(pk=batch.pk, state=Batch.State.INTENT)
    if not ours.update(state=Batch.State.SUBMITTING, submitting_at=now):
        return None
    client = _client(batch)
    client.door.send_before = time.time() + SEND_WITHIN_SECONDS
    questions = [
        _question(run, choose) for run in batch.runs.filter(state=Run.State.BATCHED).defer("timeline")
    ]
    if not questions:
        Batch.objects.filter(pk=batch.pk).update(state=Batch.State.GIVEN_UP, over_at=now)
        return None
    try:
        external_id = client.submit(questions, batch.marker)
    except OutcomeUnknown:
        return None
    except SignoffError as error:
        _tell(batch, error)
        return error
    _has_begun(batch, external_id)
    return None


def _question(run: Run, choose: Choose) -> Question:
    work = _work(run)
    work.examples = choose(work)
    prompt, _ = prompt_for(work.definition, work.contract, run.record, (), work.examples)
    keep_version(prompt)
    shown = [one.run for one in work.examples]
    Run.objects.filter(pk=run.pk, state=Run.State.BATCHED).update(
        prompt_version=prompt.version, examples=shown
    )
    return Question(_key(run.pk, run.attempt), prompt, work.contract.schema)


def lost() -> list[Batch]:
    """Return batches of which nobody knows whether they have begun, after the app had time to begin them."""
    before = clock.now() - LOST_AFTER
    return list(
        Batch.objects.filter(state=Batch.State.SUBMITTING, submitting_at__lt=before).select_related(
            "connection"
        )
    )


def look_for(batch: Batch) -> None:
    """Ask the app for a batch whose answer was lost. One that never began is gathered anew."""
    try:
        found = _client(batch).find(batch.marker, batch.submitting_at or batch.made_at)
    except SignoffError as error:
        _tell(batch, error)
        return
    if isinstance(found, Sent):
        _has_begun(batch, found.external_id)
    elif isinstance(found, NotSent):
        with transaction.atomic():
            if _end(batch, Batch.State.SUBMITTING, Batch.State.GIVEN_UP, "never arrived"):
                batch.runs.filter(state=Run.State.BATCHED).update(batch=None)


def claim(batch: Batch) -> bool:
    """Say whether nobody else takes in the answers of a batch now, and keep it so; `release` when it is done."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=clock.now())
    rows = Batch.objects.filter(free, pk=batch.pk, state=Batch.State.SUBMITTED)
    return bool(rows.update(claimed_until=clock.now() + CLAIMED_FOR))


def release(batch: Batch) -> None:
    """Let others look at a batch."""
    Batch.objects.filter(pk=batch.pk).update(claimed_until=None)


def collect(batch: Batch) -> Collected | None:
    """Return what a batch has brought, None when it is not over; one whose time is over is ended before."""
    client = _client(batch)
    try:
        got = client.collect(batch.external_id)
        if isinstance(got, Pending):
            if batch.stopped_at is None and clock.now() > batch.answer_by - STOPPED_BEFORE:
                client.stop(batch.external_id)
                Batch.objects.filter(pk=batch.pk).update(stopped_at=clock.now())
            return None
    except SignoffError as error:
        _tell(batch, error)
        return None
    return got


def take(batch: Batch, run_id: int, answers: Mapping[str, Answer]) -> Drafted | None:
    """Return a run's answer as a draft, None when there is none or it does not fit. Stores nothing."""
    run = batch.runs.filter(pk=run_id, state=Run.State.BATCHED).defer("timeline").first()
    answer = answers.get(_key(run.pk, run.attempt)) if run else None
    if run is None or answer is None:
        return None
    work = _work(run)
    work.examples = tuple(Shown(one, "") for one in run.examples)
    prompt, facts = prompt_for(work.definition, work.contract, run.record)
    return draft.take(work, answer, _as_asked(prompt, run), facts)


def _as_asked(prompt: Prompt, run: Run) -> Prompt:
    """Return the prompt under the version that was asked: a company fact may have changed meanwhile."""
    return replace(prompt, version=run.prompt_version or prompt.version)


def is_still(outcome: Drafted) -> bool:
    """Say whether a run still waits for this answer, and keep it so until the caller's transaction ends."""
    run = outcome.work.run
    return (
        Run.objects.select_for_update()
        .filter(pk=run.pk, state=Run.State.BATCHED, batch=run.batch, attempt=run.attempt)
        .exists()
    )


def ask_at_once(batch: Batch, run_ids: list[int], why: str) -> list[int]:
    """Let runs of a batch be asked at once, in the caller's transaction; returns those that did not move on."""
    values = {"state": Run.State.QUEUED, "at_once": True, "batch_id": None}
    words = said("info", why, "It is asked at once now, at the usual price. Nothing is lost.")
    rows = Run.objects.select_for_update().filter(pk__in=run_ids, batch=batch, state=Run.State.BATCHED)
    return [id for id in rows.values_list("pk", flat=True) if change(id, Run.State.BATCHED, values, words)]


def late() -> list[int]:
    """Let all be asked at once that have waited for as long as they may, in the caller's transaction."""
    values = {"state": Run.State.QUEUED, "at_once": True, "batch_id": None}
    words = said(
        "info", "No batch has brought an answer in time", "It is asked at once now. Nothing is lost."
    )
    rows = Run.objects.filter(state=Run.State.BATCHED, answer_by__lt=clock.now()).order_by("answer_by")
    return [
        id for id in rows.values_list("pk", flat=True)[:1000] if change(id, Run.State.BATCHED, values, words)
    ]


def close(batch: Batch, got: Collected) -> list[int]:
    """
    End a batch whose answers are stored, in the caller's transaction; returns the runs that are to be asked at once.

    Where the AI takes no more in waiting for now, they wait for a later batch instead.
    """
    is_full = isinstance(got.trouble, RateLimited)
    end = Batch.State.GIVEN_UP if got.trouble else Batch.State.OVER
    problem = "full" if is_full else got.trouble.owner_message if got.trouble else ""
    if not _end(batch, Batch.State.SUBMITTED, end, problem):
        return []
    left = batch.runs.filter(state=Run.State.BATCHED)
    if is_full:
        left.update(batch=None)
        return []
    return ask_at_once(batch, list(left.values_list("pk", flat=True)), "The batch brought no answer for it")


def give_up(batch: Batch, error: SignoffError) -> list[int]:
    """
    End a batch that was not handed in, in the caller's transaction; returns the runs to be asked at once.

    What stops the whole connection would stop these too: they wait on, until it is mended or their time is over.
    """
    is_full = isinstance(error, RateLimited)
    if not _end(
        batch, Batch.State.SUBMITTING, Batch.State.GIVEN_UP, "full" if is_full else error.owner_message
    ):
        return []
    left = batch.runs.filter(state=Run.State.BATCHED)
    if is_full or isinstance(error, CredentialRejected | QuotaExhausted):
        left.update(batch=None)
        return []
    return ask_at_once(
        batch, list(left.values_list("pk", flat=True)), "It could not be handed in with others"
    )


def forget(batch: Batch) -> None:
    """Delete questions and answers at the app, as far as it can be done now: they end there by themselves."""
    try:
        _client(batch).forget(batch.external_id)
    except SignoffError:
        return


def unfit(batch: Batch, run_id: int, answers: Mapping[str, Answer]) -> list[int]:
    """Pay for an answer that does not fit and let its run be asked at once, in the caller's transaction."""
    run = batch.runs.select_for_update().filter(pk=run_id, state=Run.State.BATCHED).first()
    answer = answers.get(_key(run.pk, run.attempt)) if run else None
    if run is None or answer is None:
        return []
    work = _work(run)
    prompt, _ = prompt_for(work.definition, work.contract, run.record)
    count_answer(work, answer, prompt)
    Run.objects.filter(pk=run.pk).update(**spending.paid(work))
    return ask_at_once(batch, [run.pk], "The answer of the batch did not fit")


def open_batches(state: str) -> list[Batch]:
    return list(Batch.objects.filter(state=state).order_by("pk").select_related("connection"))


def _work(run: Run) -> Work:
    definition, contract = definition_of(run.version_id)
    return Work(run, definition, contract, ai_of(definition), by_batch=True)


def _client(batch: Batch) -> AiConnector:
    client = client_for(batch.connection)
    assert isinstance(client, AiConnector)  # noqa: S101  # `apply` let no other connection be an AI
    return client


def _key(run_id: int, attempt: int) -> str:
    return f"run-{run_id}-{attempt}"


def _has_begun(batch: Batch, external_id: str) -> None:
    Batch.objects.filter(pk=batch.pk, state=Batch.State.SUBMITTING).update(
        state=Batch.State.SUBMITTED, external_id=external_id, submitted_at=clock.now()
    )


def _end(batch: Batch, expected: str, state: str, problem: str = "") -> bool:
    return bool(
        Batch.objects.filter(pk=batch.pk, state=expected).update(
            state=state, problem=problem, over_at=clock.now()
        )
    )


def _tell(batch: Batch, error: SignoffError) -> None:
    if isinstance(error, OWNERS):
        needs_sign_in(batch.connection, error)
