"""The trail of who did what: entries are only added, and each is chained to the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from signoff.accounts.models import AuditEntry
from signoff.core import clock

CHAIN_LOCK = (
    7_746_001  # an arbitrary number of ours: one writer at a time, or two entries follow the same one
)
START = "0" * 64


def note(who: object, did: str, what: str, details: Mapping[str, Any] | None = None) -> AuditEntry:
    """Add an entry: `who` did `did` ("approved") to `what` ("run 7"). Part of the caller's transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
        last = AuditEntry.objects.order_by("-id").values_list("hash", flat=True).first() or START
        entry = AuditEntry(
            at=clock.now(),
            who=str(who)[:254],
            did=did[:80],
            what=what[:200],
            details=dict(details or {}),
            before=last,
        )
        entry.hash = entry_hash(entry)
        entry.save()
        return entry


def entry_hash(entry: AuditEntry) -> str:
    """Return the hash of an entry's content and of the hash before it."""
    content = [entry.at.isoformat(), entry.who, entry.did, entry.what, entry.details, entry.before]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def first_broken() -> AuditEntry | None:
    """Return the first entry that does not follow from the one before it, or None when the chain holds."""
    before = START
    for entry in AuditEntry.objects.order_by("id").iterator(chunk_size=1000):
        if entry.before != before or entry.hash != entry_hash(entry):
            return entry
        before = entry.hash
    return None
