"""
The trail of who did what: entries are only added, each is chained to the one before, and the newest is sealed.

The chain shows what was changed, removed or put in between. The seal (`AuditSeal`: how many entries, and the hash of
the newest, under the master key) shows that the newest were cut off, or that a whole trail was computed anew by
somebody who could write to the database but had no key. What neither shows is an older state of entries and seal
together, a backup for example; for that there is a mark to keep elsewhere (`mark`, `holds`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat

from signoff.accounts.models import AuditEntry, AuditSeal
from signoff.core import clock
from signoff.core.secret import Secret
from signoff.vault import seal
from signoff.vault.fields import context
from signoff.vault.keys import KeyTrouble

CHAIN_LOCK = (
    7_746_001  # an arbitrary number of ours: one writer at a time, or two entries follow the same one
)
START = "0" * 64
ONLY = 1  # the one row of the seal
UNTOLD = (
    "so nobody can tell whether its newest entries are there. Compare them with a backup; then seal the trail as it is "
    "with: signoff audit --seal-anew"
)


@dataclass(frozen=True)
class Head:
    """Where a trail ends: how many entries it has, and the hash of the newest."""

    count: int
    hash: str


@dataclass(frozen=True)
class Examined:
    """What came of looking at the whole trail. `problem` is empty while all is well; `broken` is its first entry."""

    count: int
    problem: str = ""
    broken: AuditEntry | None = None


class _NoSeal(Exception):
    """The text says what is wrong with the seal."""


def note(who: object, did: str, what: str, details: Mapping[str, Any] | None = None) -> AuditEntry:
    """Add an entry: `who` did `did` ("approved") to `what` ("run 7"). Part of the caller's transaction."""
    with transaction.atomic():
        _hold()
        try:
            head = _sealed_head()
        except _NoSeal:
            head = None  # what is wrong with it stays as it is, for `examine` to tell
        entry = AuditEntry(
            at=clock.now(),
            who=_named(who)[:254],
            did=did[:80],
            what=what[:200],
            details=dict(details or {}),
            # It follows what was sealed, not what lies there: where the newest were cut off, the gap stays seen.
            before=head.hash if head else _last_hash(),
        )
        entry.hash = entry_hash(entry)
        entry.save()
        if head:
            _seal_head(Head(head.count + 1, entry.hash))
        return entry


def entry_hash(entry: AuditEntry) -> str:
    """Return the hash of an entry's content and of the hash before it."""
    content = [entry.at.isoformat(), entry.who, entry.did, entry.what, entry.details, entry.before]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def examine() -> Examined:
    """
    Walk the whole trail, and hold its end against the seal.

    Nobody waits for the walk; only while its last steps are made does nobody add an entry.
    """
    at = _At()
    if not at.follow():
        return at.broken()
    with transaction.atomic():
        _hold()
        if not at.follow():
            return at.broken()
        return Examined(at.count, _against_the_seal(at))


def first_broken() -> AuditEntry | None:
    """Return the first entry that does not follow from the one before it, or None when the chain holds."""
    return examine().broken


def seal_anew(who: object) -> Head:
    """
    Seal the trail as it lies there, and note that it was done and why; for a seal that is lost or damaged.

    What is broken within the chain stays broken. Returns the new head.
    """
    with transaction.atomic():
        found = examine()
        _hold()
        last = AuditEntry.objects.order_by("-id").first()
        _seal_head(Head(AuditEntry.objects.count(), last.hash if last else START))
        note(
            who, "sealed the trail anew", "after it was looked at", {"found": found.problem or "all is well"}
        )
        return _sealed_head()


def mark() -> str:
    """Return what to keep elsewhere: "184:9f3a…", the number of entries and the hash of the newest."""
    with transaction.atomic():
        _hold()
        return f"{AuditEntry.objects.count()}:{_last_hash()}"


def holds(text: str) -> bool:
    """Say whether the trail still has what a mark said of it. Raises ValueError for a text that is no mark."""
    count, _, digest = text.strip().partition(":")
    if not count.isascii() or not count.isdigit() or len(count) > 18 or len(digest) != len(START):
        raise ValueError("A mark looks like 184: and 64 letters and digits. Copy all of it.")
    if int(count) == 0:
        return digest == START
    found = AuditEntry.objects.order_by("id").values_list("hash", flat=True)[int(count) - 1 : int(count)]
    return list(found) == [digest]


def entries(
    *, who: str = "", what: str = "", since: datetime | None = None, until: datetime | None = None
) -> QuerySet[AuditEntry]:
    """
    Return the entries, the newest first: of those whose name holds `who`, about what holds `what` ("approved run"),
    from `since` on and before `until`.
    """
    rows = AuditEntry.objects.order_by("-id")
    if who.strip():
        rows = rows.filter(who__icontains=who.strip())
    if what.strip():
        said = Concat("did", Value(" "), "what")
        rows = rows.annotate(said=said).filter(Q(said__icontains=what.strip()))
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    return rows


COLUMNS = ("number", "at", "who", "did", "what", "details", "hash", "before")


def as_document(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry as programs read it; with both hashes, so that the chain can be followed elsewhere."""
    return {
        "number": entry.pk,
        "at": entry.at.isoformat(),
        "who": entry.who,
        "did": entry.did,
        "what": entry.what,
        "details": entry.details,
        "hash": entry.hash,
        "before": entry.before,
    }


def as_row(entry: AuditEntry) -> list[str | int]:
    """Return an entry as a row of a table with these `COLUMNS`."""
    document = as_document(entry)
    details = (
        json.dumps(document["details"], sort_keys=True, ensure_ascii=False) if document["details"] else ""
    )
    return [document[name] for name in COLUMNS[:5]] + [details, document["hash"], document["before"]]


class _At:
    """A walk along the chain, and how far it has come."""

    def __init__(self) -> None:
        self.count = 0
        self.hash = START
        self.last_id = 0
        self._broken = Examined(0)

    def follow(self) -> bool:
        """Go on to the end; False at an entry that does not follow from the one before it."""
        for entry in AuditEntry.objects.filter(id__gt=self.last_id).order_by("id").iterator(chunk_size=1000):
            if entry.hash != entry_hash(entry):
                self._stop(entry, "was changed after it was written")
                return False
            if entry.before != self.hash:
                self._stop(
                    entry,
                    "does not follow from the one before it: entries between them were removed, or one was put in",
                )
                return False
            self.count, self.hash, self.last_id = self.count + 1, entry.hash, entry.pk
        return True

    def broken(self) -> Examined:
        return self._broken

    def _stop(self, entry: AuditEntry, why: str) -> None:
        when = entry.at.strftime("%Y-%m-%d %H:%M UTC")
        says = f"Entry {entry.pk} ({when}, {entry.who}) {why}. Compare it with a backup."
        self._broken = Examined(self.count, says, entry)


def _against_the_seal(at: _At) -> str:
    """Return what the seal says against the end of a walk, "" where it says the same."""
    try:
        head = _sealed_head()
    except _NoSeal as error:
        return str(error)
    newest = f"entry {at.last_id}" if at.count else "none"
    if at.count < head.count:
        missing = head.count - at.count
        cut = "The newest entry was" if missing == 1 else f"The newest {missing} entries were"
        return f"{cut} removed; the last that is there: {newest}. Compare it with a backup."
    if (at.count, at.hash) != (head.count, head.hash):
        return f"The trail does not end as it was sealed; the last that is there: {newest}. Compare it with a backup."
    return ""


def _sealed_head() -> Head:
    """Return the end of the trail by its seal. Raises `_NoSeal` when nobody can tell."""
    row = AuditSeal.objects.filter(pk=ONLY).first()
    if row is None:
        if not AuditEntry.objects.exists():
            return Head(0, START)
        raise _NoSeal(f"The seal of the trail is gone, {UNTOLD}")
    try:
        count, _, digest = seal.open(row.sealed, context(row, "head")).reveal().partition(":")
    except (seal.Damaged, KeyTrouble):
        raise _NoSeal(
            f"The seal of the trail was changed, or belongs to another master key, {UNTOLD}"
        ) from None
    return Head(int(count), digest)


def _seal_head(head: Head) -> None:
    row = AuditSeal(pk=ONLY)
    row.sealed = seal.seal(Secret(f"{head.count}:{head.hash}"), context(row, "head"))
    row.save()


def _named(who: object) -> str:
    """Return who it was: "Priya Nair", and where a program acted for them "Priya Nair (by the key n8n)"."""
    through = getattr(who, "through", "")
    return f"{who} (by the key {through})" if through else str(who)


def _last_hash() -> str:
    return AuditEntry.objects.order_by("-id").values_list("hash", flat=True).first() or START


def _hold() -> None:
    """Nobody adds an entry until our transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
