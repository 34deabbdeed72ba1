"""
The calendar for a person's own calendar program: an address that nobody can guess, one each, and it can be ended.

Only a hash of it is kept, so it is shown once. It tells names of apps, models and integrations and their days; it holds
no key and nothing of a customer, and opens nothing else.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, date, timedelta

from django.db import transaction

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.core import clock
from signoff.core.home import public_url
from signoff.core.secret import Secret
from signoff.versions.calendar import Use, keys, today, uses
from signoff.versions.models import Subscription
from signoff.versions.wording import title_of, what_stops

LONGEST_LINE = 75  # bytes, by RFC 5545
ALARMS = (30, 7)


def subscribe(person: Person) -> Secret:
    """Return a new address for this person's calendar program; the one before opens nothing any more."""
    text = secrets.token_urlsafe(32)
    with transaction.atomic():
        _end(person)
        Subscription.objects.create(person=person, hash=_hash(text), made_at=clock.now())
        note(person, "made an address for", "their calendar of dates")
    return Secret(f"{public_url()}/health/versions.ics?key={text}")


def unsubscribe(person: Person) -> bool:
    """End the address of this person; False when there was none."""
    with transaction.atomic():
        ended = _end(person)
        if ended:
            note(person, "ended the address of", "their calendar of dates")
    return ended


def subscriber(text: str) -> Person | None:
    """Return whose address this is; None for one that was ended, or whose person may see nothing here any more."""
    row = (
        Subscription.objects.select_related("person").filter(hash=_hash(text), ended_at=None).first()
        if text
        else None
    )
    if row is None or not row.person.is_active or not row.person.may("see"):
        return None
    if row.read_on != today():  # once a day is enough to say that it is used
        Subscription.objects.filter(pk=row.pk).update(read_on=today())
    return row.person


def has_one(person: Person) -> Subscription | None:
    return Subscription.objects.filter(person=person, ended_at=None).first()


def as_ics(found: Iterable[Use] | None = None) -> str:
    """Return the dates as an iCalendar document (RFC 5545): an event of a whole day for each end that is known."""
    if found is None:
        found = [*uses(), *keys()]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Signoff//Dates that matter//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Signoff: dates that matter",
        "REFRESH-INTERVAL;VALUE=DURATION:P1D",
        "X-PUBLISHED-TTL:P1D",
    ]
    for use in found:
        if use.ending and use.ending.on and use.integrations:
            lines += _event(use, use.ending.on)
    return "".join(f"{folded}\r\n" for line in [*lines, "END:VCALENDAR"] for folded in _folded(line))


def _event(use: Use, on: date) -> list[str]:
    assert use.ending is not None  # noqa: S101  # its caller has looked
    uid = hashlib.sha256(f"{use.kind}/{use.connection.pk}/{use.what}".encode()).hexdigest()[:32]
    stamp = clock.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    told = " ".join(
        filter(
            None,
            (
                what_stops(use),
                f"Replacement: {use.ending.replacement}." if use.ending.replacement else "",
                f"Source: {use.ending.source}.",
            ),
        )
    )
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid}@signoff",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_text(title_of(use))}",
        f"DESCRIPTION:{_text(told)}",
        f"URL:{public_url()}/health/versions/",
        "TRANSP:TRANSPARENT",
    ]
    for days in ALARMS:
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_text(title_of(use))}",
                  f"TRIGGER:-P{days}D", "END:VALARM"]  # fmt: skip
    return [*lines, "END:VEVENT"]


def _text(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> Iterable[str]:
    """Yield a line in pieces of at most 75 bytes, never within a letter; those after the first begin with a space."""
    piece, length = "", 0
    for letter in line:
        size = len(letter.encode())
        if length + size > LONGEST_LINE:
            yield piece
            piece, length = " ", 1
        piece, length = piece + letter, length + size
    yield piece


def _end(person: Person) -> bool:
    return bool(Subscription.objects.filter(person=person, ended_at=None).update(ended_at=clock.now()))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
