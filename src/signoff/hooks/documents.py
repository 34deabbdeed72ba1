"""Hooks and what they were told, as documents. Nothing of an address is in them but its host."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from signoff.hooks.models import Hook, Message


def hooks_that_are() -> QuerySet[Hook]:
    """Return the hooks of programs, those included whose address is gone."""
    rows = Hook.objects.filter(run=None).exclude(state=Hook.State.REMOVED)
    return rows.select_related("integration", "person")


def hook_as_document(hook: Hook) -> dict[str, Any]:
    """Return {"id", "event", "integration", "host", "state", …}; `untold` counts messages that were not taken (yet)."""
    last = hook.messages.order_by("-pk").first()
    return {
        "id": hook.pk,
        "event": hook.event,
        "integration": hook.integration.name if hook.integration else None,
        "host": hook.host,
        "state": hook.state,
        "made_by": str(hook.person) if hook.person else None,
        "through": hook.through,
        "made_at": hook.made_at,
        "untold": hook.messages.exclude(state__in=[Message.State.TOLD, Message.State.DROPPED]).count(),
        "problem": (last.problem or None) if last else None,
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
