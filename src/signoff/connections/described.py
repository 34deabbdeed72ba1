"""Apps that an owner describes by a document: kept here, found by their key, and forgotten when nobody uses them."""

from __future__ import annotations

import hashlib
import re
import threading
import time
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import transaction
from pydantic import ValidationError

from signoff.connections.models import Connection, DescribedApp
from signoff.connectors.openapi import choosing, document
from signoff.connectors.openapi.document import Document, DocumentRefused
from signoff.connectors.openapi.making import class_of
from signoff.connectors.openapi.plan import Plan
from signoff.connectors.registry import DESCRIBED, Found
from signoff.core import clock

KEPT_SECONDS = 2.0  # so long another process goes on with what was chosen before
MOST_KEPT = 500
UNFINISHED = timedelta(days=1)


def find(key: str) -> Found | None:
    """Return the manifest and the class of a described app, None where there is none or nothing was chosen of it."""
    moment = time.monotonic()
    with _lock:
        kept = _kept.get(key)
    if kept is not None and moment - kept[0] < KEPT_SECONDS:
        return kept[2]
    changed_at = DescribedApp.objects.filter(key=key).values_list("changed_at", flat=True).first()
    found = kept[2] if kept is not None and kept[1] == changed_at else _made(key)
    with _lock:
        if len(_kept) > MOST_KEPT:  # strangers may ask for keys that nobody has
            _kept.clear()
        _kept[key] = (moment, changed_at, found)
    return found


def _made(key: str) -> Found | None:
    plan = DescribedApp.objects.filter(key=key).values_list("plan", flat=True).first()
    if plan is None:
        return None
    try:
        cls = class_of(key, Plan.model_validate(plan))
    except ValidationError:  # of a later version of Signoff
        return None
    return cls.manifest, cls


def forget() -> None:
    """Forget what is kept of rows (a test's database is another one each time)."""
    with _lock:
        _kept.clear()


def add(raw: bytes, source: str, name: str = "") -> DescribedApp:
    """Keep a document from which nothing is chosen yet. Raises `DocumentRefused` for one that cannot be used."""
    read = document.read(raw)
    choosing.offered(read)
    abandoned = DescribedApp.objects.filter(plan=None, changed_at__lt=clock.now() - UNFINISHED)
    abandoned.delete()
    with transaction.atomic():
        return DescribedApp.objects.create(
            key=_free_key(name or read.title),
            title=read.title,
            source=source[:300],
            document=zlib.compress(raw, 9),
            digest=hashlib.sha256(raw).hexdigest(),
            changed_at=clock.now(),
        )


def read(row: DescribedApp) -> Document:
    """Return the document of a described app."""
    return _read(row.digest, row.pk)


@lru_cache(maxsize=1)  # somebody who chooses asks for the same one again and again
def _read(digest: str, pk: int) -> Document:
    packed = DescribedApp.objects.values_list("document", flat=True).get(pk=pk)
    return document.read(zlib.decompress(bytes(packed)))


def choose(row: DescribedApp, reads: Sequence[str], writes: Sequence[str], sign_in: str = "") -> DescribedApp:
    """
    Choose what a described app reads and writes; it is in use from then on. Raises `DocumentRefused`.

    A connection that has it goes on with what is chosen now.
    """
    found_at = row.source if "://" in row.source[:10] else ""
    plan = choosing.plan_for(read(row), reads, writes, sign_in=sign_in, found_at=found_at)
    _refuse_to_lose(row, plan)
    row.plan, row.changed_at = plan.model_dump(mode="json"), clock.now()
    row.save(update_fields=["plan", "changed_at"])
    forget()
    return row


def _refuse_to_lose(row: DescribedApp, plan: Plan) -> None:
    """Raise `DocumentRefused` where an app that is connected would lose what integrations may refer to."""
    if row.plan is None or not Connection.objects.filter(app=row.key).exists():
        return
    kept = {one.name for one in plan.begins} | {one.name for one in plan.does}
    lost = [one["operation"] for one in (*row.plan["begins"], *row.plan["does"]) if one["name"] not in kept]
    if lost:
        raise DocumentRefused(
            f"This app is connected, and integrations may use what is not chosen any more: {', '.join(lost)}.",
            next_step="Nothing was saved. Choose it too, or make a connection of another name.",
        )


def replace(
    key: str, raw: bytes, source: str, reads: Sequence[str], writes: Sequence[str], sign_in: str = ""
) -> str:
    """Put another document, or another choice, in the place of what a described app had. Raises `DocumentRefused`."""
    with transaction.atomic():
        row = DescribedApp.objects.select_for_update().get(key=key)
        row.title, row.source = document.read(raw).title, source[:300]
        row.document, row.digest = zlib.compress(raw, 9), hashlib.sha256(raw).hexdigest()
        row.save(update_fields=["title", "source", "document", "digest"])
        return choose(row, reads, writes, sign_in).key


def forget_unused(key: str) -> None:
    """Forget a described app that no connection uses any more; part of the caller's transaction."""
    if key.startswith(DESCRIBED) and not Connection.objects.filter(app=key).exists():
        DescribedApp.objects.filter(key=key).delete()
        forget()


def _free_key(name: str) -> str:
    bare = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[: 40 - len(DESCRIBED) - 4].strip("-") or "app"
    key, number = f"{DESCRIBED}{bare}", 2
    while DescribedApp.objects.filter(key=key).exists():
        key, number = f"{DESCRIBED}{bare}-{number}", number + 1
    return key


_kept: dict[str, tuple[float, datetime | None, Found | None]] = {}
_lock = threading.Lock()
