"""What the doors call: a room's verb in one transaction, together with the job that follows from it, where one does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.connections.models import Connection
from signoff.connectors.base import Approved, Event
from signoff.connectors.registry import connector_class
from signoff.core import clock
from signoff.core.errors import InputRejected
from signoff.core.secret import Secret
from signoff.engine import tracing
from signoff.engine.jobs import defer
from signoff.engine.queue import PRIORITY_PERSON
from signoff.engine.together import Together
from signoff.examples.wanted import chosen
from signoff.integrations import signing
from signoff.integrations.apply import Applied
from signoff.integrations.apply import apply as _apply
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.file import Document, read_text
from signoff.integrations.models import Draft, Integration
from signoff.integrations.pushing import Heard
from signoff.outputs.contract import Contract
from signoff.pacing.idle import give_back_connection
from signoff.review import bulk, certificates, comparing, redrafting, undoing
from signoff.review import decide as deciding
from signoff.review.models import Certificate, Review
from signoff.runs import pictures, receipts, settling, sources, windows
from signoff.runs.change import change, said
from signoff.runs.draft import no_draft
from signoff.runs.models import Run
from signoff.runs.receive import receive as _receive
from signoff.runs.trial import Trial
from signoff.runs.trial import trial as _trial
from signoff.runs.trial import trial_of as _trial_of


def receive(integration: Integration, events: Sequence[Event], words: str) -> list[Run]:
    """Store events as runs and let them begin; returns the new ones. Stored when this returns."""
    with transaction.atomic():
        runs = _receive(integration, events, words)
        defer(run.pk for run in runs)
    return runs


def receive_one(integration: Integration, event: Event, words: str) -> Run | None:
    """
    Store one event as a run and let it begin; None when it was received before. Stored when this returns.

    Events of other threads that arrive meanwhile are stored in the same transaction.
    """
    # Whoever waits for the others holds no connection: the one who stores for all needs it.
    give_back_connection()
    return _receive_together((integration, event, words))


def _store_together(arrived: Sequence[tuple[Integration, Event, str]]) -> list[Run | None]:
    found: dict[tuple[int, str], Run] = {}
    with transaction.atomic():
        for integration, words in {(i.pk, w): (i, w) for i, _, w in arrived}.values():
            events = [e for i, e, w in arrived if i.pk == integration.pk and w == words]
            found |= {(integration.pk, run.dedupe_key): run for run in _receive(integration, events, words)}
        defer(run.pk for run in found.values())
    # Of two copies in one batch, the first gets the new run, and the second hears that it was here before.
    return [found.pop((integration.pk, event.key[:200]), None) for integration, event, _ in arrived]


_receive_together: Together[tuple[Integration, Event, str], Run | None] = Together(_store_together)


@dataclass(frozen=True)
class Stored:
    """What one request of an app has come to: new runs, events that were known, receipts that told something."""

    new: int
    known: int
    receipts: int


def hear(heard: Sequence[Heard]) -> Stored:
    """Store what an app told us, all of it in one transaction, and let it begin. Stored when this returns."""
    new = known = told = 0
    with transaction.atomic():
        for one in heard:
            windows.heard(one.connection, one.events)
            for each in one.told:
                events = sources.events_for(each.definition, each.events) if each.integration.is_on else []
                runs = _receive(each.integration, events, each.words)
                rest = connector_class(one.connection.app).settled.total_seconds()
                defer(run.pk for run in runs if not run.to_read)
                defer((run.pk for run in runs if run.to_read), after_seconds=rest)
                new, known = new + len(runs), known + len({e.key for e in events}) - len(runs)
            run_ids, count = receipts.take(one.connection, one.receipts)
            defer(run_ids)
            told += count
    return Stored(new, known, told)


def trial(
    integration: Integration, record: Mapping[str, Any], draft: Mapping[str, Any] | None = None
) -> Trial:
    """Try a record, with its draft where it has one, on an integration as it is now; nothing is stored or sent."""
    return _trial(integration, record, chosen, draft)


def trial_of(
    definition: Definition,
    contract: Contract,
    record: Mapping[str, Any],
    integration: Integration | None = None,
    draft: Mapping[str, Any] | None = None,
) -> Trial:
    """Try a record on a definition that may be in force nowhere; nothing is stored or sent."""
    return _trial_of(definition, contract, record, integration, chosen, draft)


def poll() -> int:
    """Read every source whose time has come; returns how many new runs there are."""
    count = 0
    for source in sources.due():
        found = sources.read(source)
        if found is None:
            continue
        with transaction.atomic():
            runs = sources.store(found)
            defer(run.pk for run in runs)
        count += len(runs)
    return count


def decide(
    review_id: int,
    verdict: str,
    person: Person,
    content_hash: str,
    content: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Review:
    """Decide on a draft; what was approved leaves when the time to undo is over. Raises `DecisionRefused`."""
    try:
        with transaction.atomic():
            review = deciding.decide(review_id, verdict, person, content_hash, content, reason)
            if review.state == Review.State.DECIDED and review.verdict != Review.Verdict.REJECTED:
                defer(
                    [review.run_id], after_seconds=deciding.UNDO_FOR.total_seconds(), priority=PRIORITY_PERSON
                )
    except deciding.FactsChanged as refused:
        # Nothing was decided; the marks of today are kept, so that the next decision is made with them in sight.
        run_id = refused.review.run_id if refused.review else 0
        words = said("warn", "A company fact changed since the draft was written", "It was checked anew.")
        change(run_id, "waiting for review", {"findings": refused.findings}, words)
        raise
    tracing.over(review.run_id)  # a rejected one is carried on by nobody
    return review


def approve_together(pairs: Sequence[tuple[int, str]], person: Person) -> bulk.Bulk:
    """
    Approve many drafts, each bound to its hash and in a transaction of its own, where a certificate allows it.

    What is refused is told with the reason; the others are approved all the same.
    """
    found = bulk.Bulk()
    for review_id, seen_hash in pairs[: bulk.MOST_AT_ONCE]:
        try:
            with transaction.atomic():
                review = bulk.approve_one(review_id, person, seen_hash)
                defer(
                    [review.run_id], after_seconds=deciding.UNDO_FOR.total_seconds(), priority=PRIORITY_PERSON
                )
        except deciding.DecisionRefused as refused:
            found.refused.append((review_id, str(refused)))
        else:
            found.approved.append(review)
    return found


def ask_again(review_id: int, person: Person, content_hash: str, wish: str) -> Review:
    """Have the AI write a draft again, with a note on what should be otherwise. Raises `DecisionRefused`."""
    with transaction.atomic():
        review = redrafting.ask_again(review_id, person, content_hash, wish)
        defer([review.run_id], priority=PRIORITY_PERSON)
    return review


def draft_again(review_id: int, person: Person, content_hash: str) -> Review:
    """
    Have a draft written again from its record as the app has it now. Raises `DecisionRefused`.

    The app is asked first, and once more only for this: `comparing.look` says so to whoever looks.
    """
    seen = comparing.look(review_id, person, at_once=True)
    if seen.problem:
        raise deciding.DecisionRefused(f"{seen.problem} Nothing was changed.", seen.review)
    with transaction.atomic():
        review = redrafting.draft_again(review_id, person, content_hash, seen.record, seen.drift)
        defer([review.run_id], priority=PRIORITY_PERSON)
    return review


def undo(review_id: int, person: Person) -> Review:
    """Take a decision back while nothing has left. Raises `DecisionRefused`."""
    with transaction.atomic():
        return undoing.undo(review_id, person)


def undo_together(review_ids: Sequence[int], person: Person) -> bulk.Undone:
    """
    Take back what was approved together, while nothing of it has left; each by itself.

    What is refused, because it has left or somebody else decided on it, is told with the reason.
    """
    found = bulk.Undone()
    for review_id in dict.fromkeys(review_ids[: bulk.MOST_AT_ONCE]):
        try:
            found.back.append(undo(review_id, person))
        except deciding.DecisionRefused as refused:
            found.refused.append((review_id, str(refused)))
    return found


def regrade(review_id: int, is_error: bool, person: Person) -> Review:
    """Say that a decided draft was wrong, or that it was not. Raises `DecisionRefused`."""
    with transaction.atomic():
        return deciding.regrade(review_id, is_error, person)


def promote(name: str, person: Person, seen_fingerprint: str) -> Certificate:
    """Sign for the autopilot of an integration. Raises `certificates.NotSigned`."""
    with transaction.atomic():
        return certificates.promote(name, person, seen_fingerprint)


def withdraw(name: str, person: Person) -> Certificate:
    """Take the autopilot of an integration back. Raises `certificates.NotSigned`."""
    with transaction.atomic():
        return certificates.withdraw(name, person)


def replayed(run_id: int, key: str) -> Run | None:
    """Return the run that a record was run again as, when it was asked for under this key before."""
    return Run.objects.filter(replay_of=run_id, dedupe_key=_again_key(run_id, key)).first()


def replay(run_id: int, person: Person | None = None, key: str = "") -> Run:
    """
    Run a record again, as a new run through the integration as it is now. Raises `LookupError`.

    What the first run delivered is not taken back, and the new one goes the whole way again. `key` names the request:
    with the same one a record is run again once. Raises `InputRejected` where nobody would write its draft.
    """
    with transaction.atomic():
        old = Run.objects.select_related("integration__current").get(pk=run_id)
        if old.state == Run.State.PLANTED:  # its record has gone its way already, and would a second time
            raise LookupError("this record cannot be run again")
        if old.given_draft is None and not _writes_drafts(old.integration):
            raise no_draft()
        count = Run.objects.filter(replay_of=old).count() + 1
        event_key = _again_key(old.pk, key) if key else f"again:{old.pk}:{count}"
        event = Event(event_key, old.object_id, old.record, old.label, to_read=old.to_read)
        runs = _receive(old.integration, [event], f"{person or 'Somebody'} ran this record again")
        if not runs:
            raise LookupError("it is being run again already")
        # While nobody may know that a draft was planted, it is run again as every other, and goes nowhere either.
        Run.objects.filter(pk=runs[0].pk).update(
            replay_of=old, at_once=True, given_draft=old.given_draft, planted=old.planted
        )
        pictures.copy(old.pk, runs[0].pk)
        change(old.pk, tuple(Run.State.values), {}, said("info", f"Run again as run {runs[0].pk}"))
        note(person or "command line", "ran again", f"run {old.pk}", {"as": runs[0].pk})
        defer([runs[0].pk], priority=PRIORITY_PERSON)
    return runs[0]


def _writes_drafts(integration: Integration) -> bool:
    """Say whether an AI writes the drafts of an integration as it is now; else each is handed in."""
    return integration.current is None or read_definition(integration.current)[0].asked is not None


def _again_key(run_id: int, key: str) -> str:
    return f"again:{run_id}:key:{hashlib.sha256(key.encode()).hexdigest()}"


def resume(run_id: int, person: Person | None = None) -> bool:
    """
    Let a run that needed its owner, or was left as it is, go on from where it stopped.

    False when it does not wait for that, or what it held was erased meanwhile.
    """
    with transaction.atomic():
        return _resume(run_id, f"{person or 'Somebody'} pressed Try again", at_once=True)


def mended(connection: Connection, among: QuerySet[Run] | None = None) -> int:
    """Let the runs go on that waited for this connection (`among`: only of these); returns how many."""
    waiting = Run.objects.all() if among is None else among
    ids = list(
        waiting.filter(waits_for=connection, state=Run.State.NEEDS_YOU)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    count = 0
    for run_id in ids:
        with transaction.atomic():
            count += _resume(run_id, f"{connection.name} works again")
    return count


def settle(delivery_id: int, was_sent: bool, person: Person | None) -> bool:
    """Take a person's word on an uncertain delivery; False when it was not uncertain (any more)."""
    with transaction.atomic():
        run = settling.settle(delivery_id, was_sent, str(person or "Somebody at the command line"))
        if run is None:
            return False
        note(
            person or "command line",
            "said it was sent" if was_sent else "said it was not sent",
            f"run {run.pk}",
        )
        if run.state == Run.State.APPROVED:
            defer([run.pk], priority=PRIORITY_PERSON)
    return True


def put_into_force(
    documents: Iterable[Document], person: Person | None = None, *, dry_run: bool = False
) -> Applied:
    """Put integration files into force, all or none; those that are on are read from the new source at once."""
    with transaction.atomic():
        result = _apply(documents, person=person, dry_run=dry_run)
        if not dry_run:
            changed = [one.name for one in result.applied if one.changed]
            rows = Integration.objects.select_related("current")
            for integration in rows.filter(name__in=changed, is_on=True):
                sources.begin(integration)
            certificates.look()  # of all: a company fact may be in others too
    return result


def go_back(integration: Integration, number: int, person: Person | None = None) -> Applied:
    """
    Put what an earlier version said into force again, as a new version; what is under way ends as it began.

    It is held to the apps as they are today, and faults come back as from a file. Raises `LookupError` for a number
    that was never given.
    """
    old = integration.versions.filter(number=number).first()
    if old is None:
        raise LookupError(f"integration {integration.name} has no version {number}")
    return put_into_force([read_text(old.source, f"version {number}")], person)


def put_draft_into_force(draft: Draft, person: Person | None = None, *, turn_on: bool = False) -> Applied:
    """
    Put what was built into force, as a file would be, and forget the draft; with faults nothing is changed.

    `turn_on`: switch the integration on as well. Raises `LookupError` when the draft was changed or is gone meanwhile.
    """
    with transaction.atomic():
        if not Draft.objects.select_for_update().filter(pk=draft.pk, revision=draft.revision).exists():
            raise LookupError(f"draft {draft.pk} is not as it was")
        result = put_into_force([read_text(draft.source, "draft")], person)
        if result.faults:
            return result
        Draft.objects.filter(pk=draft.pk).delete()
        if turn_on:
            switch(Integration.objects.get(name=result.applied[0].name), True, person)
    return result


def send_instead(delivery_id: int, approved: Approved, values: Sequence[str], person: Person) -> bool:
    """
    Send one of the app's approved texts instead of a free one that came too late; False when nothing waits for that.

    Raises `InputRejected` when a blank is not filled as the app wants it.
    """
    with transaction.atomic():
        run = settling.put_instead(delivery_id, approved, values, str(person))
        if run is None:
            return False
        note(person, "sent a template instead", f"run {run.pk}", {"template": approved.key})
        defer([run.pk], priority=PRIORITY_PERSON)
    return True


def switch(integration: Integration, on: bool, person: Person | None = None) -> None:
    """Switch an integration on or off. Raises `InputRejected` when it has no version to run."""
    if on and integration.current_id is None:
        raise InputRejected("no version", owner_message="This integration is empty. Apply its file first.")
    with transaction.atomic():
        was_on = integration.is_on
        Integration.objects.filter(pk=integration.pk).update(is_on=on, changed_at=clock.now())
        integration.is_on = on
        if on:
            sources.begin(integration)
            if not was_on:
                certificates.begin_with_review(integration)
        note(
            person or "command line",
            "switched on" if on else "switched off",
            f"integration {integration.name}",
        )


def new_signing_secret(integration: Integration, person: Person | None = None) -> Secret:
    """Choose another secret for an integration's webhook; the one before holds no longer. It can be read only here."""
    with transaction.atomic():
        secret = signing.new_secret(integration)
        integration.save(update_fields=["secret_sealed", "changed_at"])
        note(person or "command line", "replaced the secret of", f"integration {integration.name}")
    return secret


def _resume(run_id: int, words: str, *, at_once: bool = False) -> bool:
    run = Run.objects.filter(pk=run_id).first()
    if run is None or run.erased_at is not None:
        return False
    after = run.resume_as or "queued"
    values = {
        "state": after,
        "problem": "",
        "next_step": "",
        "detail": "",
        "waits_for_id": None,
        "at_once": run.at_once or at_once,  # what a person presses for does not wait for a batch
        "tries": 0,
        "paid_before_micros": run.cost_micros,
        "finished_at": None,
    }
    if not change(run_id, ("needs you", "failed", "left"), values, said("info", words)):
        return False
    settling.retry_failed(run)
    defer([run_id], priority=PRIORITY_PERSON)
    return True
