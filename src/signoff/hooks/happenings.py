"""From what happened to runs to what each hook is to be told."""

from __future__ import annotations

import secrets
from collections import defaultdict
from datetime import datetime, timedelta

from django.db import connection as db
from django.db.models import Q

from signoff.core import clock
from signoff.hooks.models import TRY_FOR, Happening, Hook, Message
from signoff.hooks.outcome import decided_from, is_decided, is_left
from signoff.runs.models import Run

EVENTS = {
    Run.State.WAITING: "draft.waiting",
    Run.State.APPROVED: "draft.decided",
    Run.State.REJECTED: "draft.decided",
    Run.State.NEEDS_YOU: "run.needs_you",
    Run.State.UNCERTAIN: "run.needs_you",
    Run.State.FAILED: "run.needs_you",
    Run.State.DONE: "run.delivered",
}
# Whoever waits for a decision is told, as of one, that there will be none. In our books it is an event of its own, so
# that a decision that is made after all, when somebody takes the run up again, is told too.
LEFT = "draft.left"
HEARD_AS = {LEFT: "draft.decided"}
ONCE = ("draft.decided", "run.delivered")  # of one run, each hook is told once
MOST_AT_ONCE = 500
KEEP = timedelta(days=30)
LOST_AFTER = timedelta(seconds=60)
A_MOMENT = timedelta(milliseconds=200)


def look() -> list[Message]:
    """
    Make the messages that what happened calls for, in the caller's transaction; returns them.

    Any number of workers may do so at once. Whoever comes second to a hook waits for the first, and sees of what it is
    told already.
    """
    happened = list(
        Happening.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("run")
        .order_by("pk")[:MOST_AT_ONCE]
    )
    if not happened:
        return []
    hooks = _hooks_for({one.run_id: one.run.integration_id for one in happened})
    told = set(
        Message.objects.filter(run__in=[one.run_id for one in happened], event__in=ONCE)
        .exclude(state=Message.State.DROPPED)
        .values_list("hook", "run", "event")
    )
    made = []
    for one in happened:
        event = LEFT if one.state == Run.State.LEFT else EVENTS.get(Run.State(one.state), "")
        if event == LEFT and not is_left(one.run):
            continue  # it was taken up again; or it was decided on before, and whoever asked was told that
        for hook in hooks[one.run_id]:
            is_known = event in ONCE and (hook.pk, one.run_id, event) in told
            if hook.event != HEARD_AS.get(event, event) or is_known:
                continue
            told.add((hook.pk, one.run_id, event))
            made.append(_message(hook, one, event))
    Message.objects.bulk_create(made)
    Happening.objects.filter(pk__in=[one.pk for one in happened]).delete()
    return made


def note_decided(run: Run) -> None:
    """Note again that a run was decided or left, if it was: for an address that came later."""
    rejected = run.state == Run.State.REJECTED
    if is_left(run):
        Happening.objects.create(run=run, state=Run.State.LEFT, at=clock.now())
    elif rejected or decided_from(run) is not None or is_decided(run):
        state = Run.State.REJECTED if rejected else Run.State.APPROVED
        Happening.objects.create(run=run, state=state, at=clock.now())


def lost() -> list[int]:
    """Return the messages that should have been sent a while ago and that no job stands for."""
    with db.cursor() as cursor:
        cursor.execute(
            """
            SELECT m.id FROM hooks_message m
            WHERE m.state IN ('waiting', 'sending') AND m.next_at < %s
              AND NOT EXISTS (
                SELECT FROM procrastinate_jobs j
                WHERE j.task_name = 'tell_hook' AND j.status IN ('todo', 'doing')
                  AND (j.args->>'message_id')::bigint = m.id
              )
            ORDER BY m.next_at LIMIT 500
            """,
            [clock.now() - LOST_AFTER],
        )
        return [row[0] for row in cursor.fetchall()]


def forget_old() -> None:
    """Forget what was told long ago, and the addresses of proposals that are over."""
    before = clock.now() - KEEP
    Message.objects.filter(finished_at__lt=before).delete()
    over = Hook.objects.filter(made_at__lt=before, run__isnull=False).exclude(
        messages__state__in=Message.OPEN
    )
    over.filter(run__finished_at__lt=before).exclude(url_sealed=None).update(
        url_sealed=None, secret_sealed=None, state=Hook.State.REMOVED
    )


def _hooks_for(integrations: dict[int, int]) -> dict[int, list[Hook]]:
    """Return, for each run, the hooks that hear of it."""
    found: dict[int, list[Hook]] = defaultdict(list)
    wide = Q(run=None) & (Q(integration=None) | Q(integration__in=set(integrations.values())))
    rows = Hook.objects.filter(Q(run__in=integrations) | wide, state=Hook.State.ON).order_by("pk")
    for hook in rows.select_for_update(no_key=True):
        for run_id, integration_id in integrations.items():
            if hook.run_id == run_id or (
                hook.run_id is None and hook.integration_id in (None, integration_id)
            ):
                found[run_id].append(hook)
    return found


def _message(hook: Hook, happening: Happening, event: str) -> Message:
    now = clock.now()
    due = (decided_from(happening.run) if event == "draft.decided" else None) or now
    return Message(
        hook=hook,
        run=happening.run,
        event=event,
        happened_at=happening.at,
        webhook_id=f"msg_{secrets.token_urlsafe(20)}",
        next_at=_after(due, now),
        try_until=max(due, now) + TRY_FOR,
        made_at=now,
    )


def _after(due: datetime, now: datetime) -> datetime:
    return due + A_MOMENT if due > now else now
