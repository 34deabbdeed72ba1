"""Notices and channels as programs read them; never an address."""

from __future__ import annotations

from typing import Any

from signoff.monitoring.models import Channel, Notice


def notice_as_document(row: Notice) -> dict[str, Any]:
    """Return a notice, with times in ISO 8601."""
    return {
        "id": row.pk,
        "cause": row.key,
        "urgency": row.urgency,
        "subject": row.subject,
        "title": row.title,
        "text": row.text,
        "page": row.address,
        "waiting": row.waiting,
        "round": row.round,
        "ends_at": _iso(row.ends_at),
        "first_seen_at": _iso(row.first_seen_at),
        "last_seen_at": _iso(row.last_seen_at),
        "acknowledged_at": _iso(row.acknowledged_at),
        "acknowledged_by": str(row.acknowledged_by) if row.acknowledged_by else None,
        "snoozed_at": _iso(row.snoozed_at),
        "snoozed_by": str(row.snoozed_by) if row.snoozed_by else None,
        "closed_at": _iso(row.closed_at),
        "closing": row.closing or None,
    }


def channel_as_document(row: Channel) -> dict[str, Any]:
    """Return a channel; `id` 0 is a person's own e-mail as long as nobody has used or changed it."""
    return {
        "id": row.pk or 0,
        "kind": row.kind,
        "name": str(row),
        "urgency": row.urgency,
        "quiet_from": f"{row.quiet_from:%H:%M}" if row.quiet_from else None,
        "quiet_until": f"{row.quiet_until:%H:%M}" if row.quiet_until else None,
        "zone": row.zone,
        "lets_urgent": row.lets_urgent,
        "is_on": row.is_on,
        "weekly": row.weekly and row.kind == Channel.Kind.OWN,
        "problem": row.problem or None,
    }


def _iso(at: Any) -> str | None:
    return at.isoformat() if at else None
