"""Hooks and what they were told, as documents. Nothing of an address is in them but its host."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from signoff.hooks.models import Hook, Message


def hooks_that_are() -> QuerySet[Hook]:
    """
    Return the hooks of programs, those included whose address is gone.

    Each has `untold`, how many messages were not taken (yet), and `last_problem`, what keeps the latest one.
    """
    rows = Hook.objects.filter(run=None).exclude(state=Hook.State.REMOVED)
    open_ones = Q(messages__state__in=(*Message.OPEN, Message.State.GIVEN_UP, Message.State.REFUSED))
    latest = Message.objects.filter(hook=OuterRef("pk")).exclude(state=Message.State.DROPPED).order_by("-pk")
    kept = Case(When(state=Message.State.TOLD, then=Value("")), default=F("problem"))
    return rows.select_related("integration", "person").annotate(
        untold=Count("messages", filter=open_ones),
        last_problem=Coalesce(Subquery(latest.annotate(kept=kept).values("kept")[:1]), Value("")),
    )


def hook_as_document(hook: Hook) -> dict[str, Any]:
    """
    Return {"id", "event", "integration", "host", "state", …}; `untold` counts messages that were not taken (yet).

    A hook that was made just now has told nothing; every other comes from `hooks_that_are`.
    """
    return {
        "id": hook.pk,
        "event": hook.event,
        "integration": hook.integration.name if hook.integration else None,
        "host": hook.host,
        "state": hook.state,
        "made_by": str(hook.person) if hook.person else None,
        "through": hook.through,
        "made_at": hook.made_at,
        "untold": getattr(hook, "untold", 0),
        "problem": getattr(hook, "last_problem", "") or None,
    }


def message_as_document(message: Message) -> dict[str, Any]:
    """Return {"id", "run", "hook", "host", "event", "webhook_id", "state", "problem", "next_at", "attempts"}."""
    return {
        "id": message.pk,
        "run": message.run_id,
        "hook": message.hook_id,
        "host": message.hook.host,
        "event": message.event,
        "webhook_id": message.webhook_id,
        "state": message.state,
        "problem": message.problem or None,
        "next_at": message.next_at if message.state in Message.OPEN else None,
        "attempts": [
            {
                "begun_at": one.begun_at,
                "ended_at": one.ended_at,
                "status": one.status,
                "problem": one.problem or None,
            }
            for one in message.attempts.all()
        ],
    }
