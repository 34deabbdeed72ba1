"""
What an app tells us by the way of an end: a warning in its headers, another version that answers, a model that is gone.

Noted in a row, and once a day for each connection and matter: a burst of a thousand answers costs one write.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

import structlog
from django.db import transaction

from signoff.connections.models import Connection, Foretold
from signoff.connectors.manifest import Api
from signoff.core import clock

log = structlog.get_logger()

COMMON = frozenset({"sunset", "deprecation", "warning"})
LONGEST = 300
_STAMP = re.compile(r"@(-?\d{1,12})")
_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')
_LONG = re.compile(r"\S{24,}")  # may be a key, and no word is as long


def hear(connection: Connection, version: str, api: Api, headers: Mapping[str, str]) -> None:
    """Note what an answer's headers say of an end of this version. Cheap where they say nothing; never raises."""
    told = COMMON & headers.keys()
    if told:
        _hear_common(connection, version, headers)
    if api.served_by:
        served = headers.get(api.served_by, "")
        if served and served != version:
            note(connection, Foretold.Source.SERVED, version, says=f"{_safe(served)} answers instead")
    for name in api.warns_by:
        if headers.get(name):
            note(connection, Foretold.Source.WARNING, version, says=headers[name])


def note(
    connection: Connection, source: str, what: str, *, says: str = "", ends_on: date | None = None
) -> None:
    """Keep that an app has told of the end of `what` (a version or a model), by which `source`. Never raises."""
    today, says = clock.now().date(), _safe(says)
    key = (connection.pk, str(source), what)
    with _lock:
        if _noted.get(key) == (today, says, ends_on):
            return
        if len(_noted) > 10_000:
            _noted.clear()
        _noted[key] = (today, says, ends_on)
    try:
        with transaction.atomic():
            Foretold.objects.bulk_create(
                [
                    Foretold(
                        connection_id=connection.pk, source=source, what=what[:200], says=says, ends_on=ends_on,
                        first_on=today, last_on=today,
                    )
                ],
                update_conflicts=True,
                unique_fields=["connection", "source", "what"],
                update_fields=["says", "ends_on", "last_on"],
            )  # fmt: skip
    except Exception:
        # The work that it was told with is worth more than the note; it is told again with the next answer.
        log.exception("what an app told of an end could not be kept", connection=connection.name)
        with _lock:
            _noted.pop(key, None)


def take_back(connection: Connection, source: str, *, but: frozenset[str] | set[str] = frozenset()) -> None:
    """Forget what this source told of this connection, except of `but`: it does not say so any more."""
    Foretold.objects.filter(connection=connection, source=source).exclude(what__in=but).delete()
    with _lock:
        for key in [key for key in _noted if key[:2] == (connection.pk, str(source)) and key[2] not in but]:
            del _noted[key]


def forget_all() -> None:
    """Forget what was noted in this process (a test's database is another one each time)."""
    with _lock:
        _noted.clear()


def _hear_common(connection: Connection, version: str, headers: Mapping[str, str]) -> None:
    sunset = _http_date(headers.get("sunset", ""))
    if sunset is not None:
        note(connection, Foretold.Source.SUNSET, version, ends_on=sunset)
    if "deprecation" in headers and headers["deprecation"].strip().lower() not in ("", "false", "?0"):
        since = _deprecated_on(headers["deprecation"])
        says = f"being retired since {since:%Y-%m-%d}" if since else "being retired"
        note(connection, Foretold.Source.DEPRECATION, version, says=says)
    warned = _WARNING.search(headers.get("warning", ""))
    if warned:
        note(connection, Foretold.Source.WARNING, version, says=warned[1].replace("\\", ""))


def _deprecated_on(text: str) -> date | None:
    """Return the day in a Deprecation header: `@1688169599` (RFC 9745), or a date as older drafts had it."""
    stamp = _STAMP.fullmatch(text.strip())
    if stamp:
        try:
            return datetime.fromtimestamp(int(stamp[1]), UTC).date()
        except (ValueError, OverflowError, OSError):
            return None
    return _http_date(text)


def _http_date(text: str) -> date | None:
    try:
        return parsedate_to_datetime(text.strip()).date() if text.strip() else None
    except (ValueError, TypeError):
        return None


def _safe(text: str) -> str:
    """Return a vendor's words as they may be shown: printable, short, and without what could be a key."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return _LONG.sub("…", " ".join(plain.split()))[:LONGEST]


_noted: dict[tuple[int, str, str], tuple[date, str, date | None]] = {}
_lock = threading.Lock()
