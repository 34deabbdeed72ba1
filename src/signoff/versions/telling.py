"""What is told of the calendar, to every door alike: what is in use, what ends, and what changelogs said lately."""

from __future__ import annotations

from typing import Any

from signoff.versions import changelogs
from signoff.versions.calendar import as_document as uses_as_document
from signoff.versions.calendar import keys, uses, with_snapshots
from signoff.versions.models import Announcement


def as_document() -> dict[str, Any]:
    """Return the calendar as JSON data."""
    told = uses_as_document(with_snapshots([*uses(), *keys()]))
    return told | {"announcements": [_announcement(row) for row in changelogs.lately()]}


def _announcement(row: Announcement) -> dict[str, Any]:
    return {
        "app": row.app,
        "title": row.title,
        "link": row.link,
        "names": row.names,
        "published_on": row.published_on.isoformat() if row.published_on else None,
    }
