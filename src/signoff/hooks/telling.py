"""
Telling: one message goes to one address, signed, until the receiver says that it has it.

What is promised is "at least once": that it was sent is written down before, and what came of it after. When a worker
dies in between, the next one sends it again, with the same `webhook-id`, by which a receiver leaves out what it has.
"""

from __future__ import annotations

import random
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from signoff.core import clock
from signoff.hooks.happenings import HEARD_AS, LEFT
from signoff.hooks.models import TRY_FOR, Attempt, Hook, Message
from signoff.hooks.outcome import decided_from, is_decided, is_left, outcome_of
from signoff.hooks.sending import Heard, plain, send
from signoff.runs.models import Run

log = structlog.get_logger()

CLAIM_FOR = timedelta(seconds=40)  # longer than sending can take
WAITS = (5, 60, 300, 1800, 7200, 18000, 36000)  # seconds before the next try; the last holds on
MOST_TO_ONE_HOST, MOST_TOGETHER = 2, 8  # at once: one that hangs keeps nobody's work from its thread
BUSY_SECONDS = 5.0
NEEDING = (Run.State.NEEDS_YOU, Run.State.UNCERTAIN, Run.State.FAILED)
DIED = "The program that sent it ended before it heard an answer. It was sent again."


def tell(message_id: int) -> float | None:
    """
    Send a message if it is due; returns in how many seconds to come again, None when there is nothing left to do.

    Safe to call twice, at once, and after any crash.
    """
    message = (
        Message.objects.select_related("hook__person", "hook__token", "run").filter(pk=message_id).first()
    )
    if message is None or message.state not in Message.OPEN:
        return None
    now = clock.now()
    ready_at = message.next_at
    if message.state == Message.State.SENDING and message.claimed_until:
        ready_at = message.claimed_until
    if ready_at > now:
        return (ready_at - now).total_seconds() + 0.05
    dropped = _not_to_be_told(message)
    if dropped is not None:
        return dropped if dropped > 0 else None
    busy = _too_much_at_once(message)
    if busy:
        return busy
    attempt = _claim(message)
    if attempt is None:
        return BUSY_SECONDS  # another worker has it: look again whether it came through
    heard = _send(message)
    return _note(message, attempt, heard)


def again(message: Message, who: str) -> bool:
    """Let a message be sent once more, whatever became of it; False while it is on its way. The id stays the same."""
    now = clock.now()
    done = Message.objects.filter(pk=message.pk).exclude(state__in=Message.OPEN).update(
        state=Message.State.WAITING,
        next_at=now,
        try_until=now + TRY_FOR,
        tries=0,
        problem="",
        finished_at=None,
    ) or Message.objects.filter(pk=message.pk, state=Message.State.WAITING).update(
        next_at=now, try_until=now + TRY_FOR, tries=0
    )
    if done:
        Hook.objects.filter(pk=message.hook_id, state=Hook.State.GONE, run__isnull=False).update(
            state=Hook.State.ON, ended_at=None
        )
        log.info("a message to a hook is sent again", message=message.pk, by=who)
    return bool(done)


def _not_to_be_told(message: Message) -> float | None:
    """
    Close a message that is for nobody any more; None when it is to be sent, 0 when it was closed.

    Anything else is how many seconds it waits: somebody may still take their decision back.
    """
    run, hook = message.run, message.hook
    if run.erased_at is not None:
        return _drop(message, "What the run held was erased, so there is nothing to tell.")
    if hook.url_sealed is None or hook.state == Hook.State.REMOVED:
        return _drop(message, "The address was taken away.")
    if hook.state == Hook.State.GONE:
        return _drop(message, "The address is gone, as it said itself.")
    if hook.person is None or not hook.person.may("see"):
        return _drop(message, "Whoever asked for this may not see answers any more.")
    if ended_with_its_key(hook):
        return _drop(message, "The key of the program that asked for this has ended.")
    if message.event == "draft.waiting" and run.state != Run.State.WAITING:
        return _drop(message, "It did not wait any more.")
    if message.event == "run.needs_you" and run.state not in NEEDING:
        return _drop(message, "It needed nobody any more.")
    if message.event == LEFT and not is_left(run):
        return _drop(message, "It was taken up again.")
    if message.event == "draft.decided" and not is_decided(run):
        holds_from = decided_from(run)
        if holds_from is None:
            return _drop(message, "The decision was taken back.")
        left = max(0.1, (holds_from - clock.now()).total_seconds() + 0.2)
        Message.objects.filter(pk=message.pk, state=message.state).update(
            next_at=clock.now() + timedelta(seconds=left)
        )
        return left
    return None


def ended_with_its_key(hook: Hook) -> bool:
    """Say whether a hook was made by a program whose key is good no more; one that a person made needs none."""
    if hook.run_id is not None or not hook.through:
        return False
    token = hook.token
    if token is None or token.ended_at is not None:
        return True
    return token.ends_at is not None and token.ends_at <= clock.now()


def _drop(message: Message, why: str) -> float:
    Message.objects.filter(pk=message.pk, state__in=Message.OPEN).update(
        state=Message.State.DROPPED, problem=why, finished_at=clock.now(), claimed_until=None
    )
    return 0.0


def _too_much_at_once(message: Message) -> float:
    """Return how many seconds to wait while enough is on its way, to this host or at all; 0 when there is room."""
    under_way = Message.objects.filter(state=Message.State.SENDING, claimed_until__gt=clock.now())
    same_host = under_way.filter(hook__host=message.hook.host)
    if same_host.count() < MOST_TO_ONE_HOST and under_way.count() < MOST_TOGETHER:
        return 0
    # Those that wait for a host spread over more time the more they are, so that looking costs little.
    queue = Message.objects.filter(state=Message.State.WAITING, hook__host=message.hook.host)[:600].count()
    return BUSY_SECONDS + random.uniform(0, queue)  # noqa: S311


def _claim(message: Message) -> Attempt | None:
    """Write down that a message is being sent; None when it is not ours to send."""
    now = clock.now()
    free = Q(state=Message.State.WAITING, next_at__lte=now) | Q(
        state=Message.State.SENDING, claimed_until__lte=now
    )
    with transaction.atomic():
        until = now + CLAIM_FOR
        if not Message.objects.filter(free, pk=message.pk, tries=message.tries).update(
            state=Message.State.SENDING, claimed_until=until, tries=message.tries + 1
        ):
            return None
        message.tries, message.claimed_until = message.tries + 1, until
        message.attempts.filter(ended_at=None).update(ended_at=now, problem=DIED)
        return Attempt.objects.create(message=message, begun_at=now)


def _send(message: Message) -> Heard:
    body = {
        "type": HEARD_AS.get(message.event, message.event),
        "timestamp": message.happened_at.isoformat(),
        "data": plain(outcome_of(message.run)),
    }
    return send(message.hook, message.webhook_id, body)


def _note(message: Message, attempt: Attempt, heard: Heard) -> float | None:
    """Write down what came of an attempt; returns in how many seconds to try again."""
    now = clock.now()
    mine = Message.objects.filter(
        pk=message.pk, state=Message.State.SENDING, claimed_until=message.claimed_until
    )
    over = {"claimed_until": None, "finished_at": now, "problem": heard.problem}
    with transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(ended_at=now, status=heard.status, problem=heard.problem)
        if heard.status is not None and not heard.problem:
            mine.update(state=Message.State.TOLD, **over)
            return None
        if heard.gone:
            Hook.objects.filter(pk=message.hook_id, state=Hook.State.ON).update(
                state=Hook.State.GONE, ended_at=now
            )
        if not heard.again:
            mine.update(state=Message.State.REFUSED, **over)
            return None
        wait = _wait(message.tries, heard.wait_seconds)
        if now + timedelta(seconds=wait) > message.try_until:
            mine.update(state=Message.State.GIVEN_UP, **over)
            log.warning("a hook did not take a message for three days", message=message.pk)
            return None
        mine.update(
            state=Message.State.WAITING,
            claimed_until=None,
            next_at=now + timedelta(seconds=wait),
            problem=heard.problem,
        )
    return wait


def _wait(tries: int, asked_for: float | None) -> float:
    """Return the seconds before the next try: longer each time, and never sooner than the receiver asked for."""
    usual = WAITS[min(max(tries, 1), len(WAITS)) - 1] * random.uniform(0.9, 1.2)  # noqa: S311
    return max(usual, min(asked_for or 0, 6 * 3600.0))
