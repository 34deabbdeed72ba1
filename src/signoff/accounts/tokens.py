"""Keys of ours, for programs: shown once, kept as a hash, each with its rights and its end."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from signoff.accounts.audit import note
from signoff.accounts.models import ApiToken, Person
from signoff.core import clock
from signoff.core.secret import Secret

RIGHTS = ("read", "propose", "review", "build", "connect", "people", "sign")
PREFIX = "so_"
GOOD_FOR = timedelta(days=365)
LONGEST = timedelta(days=5 * 366)
LAST_SECOND = time(23, 59, 59)
TOLD_BEFORE = timedelta(days=30)
NAME_MAX = 80
NOT_AN_END = "A key ends on a day to come, at most five years from now. Nothing was made."


def make_token(name: str, person: Person, can: Iterable[str], ends_at: datetime | None = None) -> Secret:
    """
    Return a new token for a program that acts for `person`, good for a year or until `ends_at`.

    Raises ValueError for an unknown right, an end that is over or further than five years away, no name.
    """
    wanted = sorted(set(can))
    unknown = [right for right in wanted if right not in RIGHTS]
    if unknown or not wanted:
        raise ValueError(f"A token can: {', '.join(RIGHTS)}. Not: {', '.join(unknown) or 'nothing'}.")
    if not name.strip() or len(name) > NAME_MAX or "\x00" in name:
        raise ValueError(f"Give the key a name of at most {NAME_MAX} letters: what uses it.")
    now = clock.now()
    ends_at = ends_at or now + GOOD_FOR
    if not now < ends_at <= now + LONGEST:
        raise ValueError(NOT_AN_END)
    text = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(name=name.strip(), person=person, hash=_hash(text), can=wanted, ends_at=ends_at)
    return Secret(text)


def create(
    name: str, person: Person, can: Iterable[str], by: object, ends_at: datetime | None = None
) -> Secret:
    """Return a new token as `make_token` does, and write into the trail who made it."""
    with transaction.atomic():
        text = make_token(name, person, can, ends_at)
        row = ApiToken.objects.get(hash=_hash(text.reveal()))
        details = {"can": row.can, "for": person.email, "ends_at": row.ends_at.isoformat()}  # type: ignore[union-attr]  # just set
        note(by, "made a key for", row.name, details)
    return text


def revoke(token: ApiToken, by: object) -> bool:
    """Let a token be good no more, from the next call on; False when it was ended before."""
    with transaction.atomic():
        done = ApiToken.objects.filter(pk=token.pk, ended_at=None).update(ended_at=clock.now())
        if done:
            note(by, "ended the key for", token.name, {"for": token.person.email})
    return bool(done)


def good() -> QuerySet[ApiToken]:
    """Return the tokens that let somebody in now, by name."""
    still = Q(ends_at=None) | Q(ends_at__gt=clock.now())
    rows = ApiToken.objects.filter(still, ended_at=None, person__is_active=True)
    return rows.select_related("person").order_by("name", "pk")


def ended() -> QuerySet[ApiToken]:
    """Return the tokens that let nobody in any more, the newest first."""
    return ApiToken.objects.exclude(pk__in=good().values("pk")).select_related("person").order_by("-pk")


def ending(within: timedelta = TOLD_BEFORE) -> QuerySet[ApiToken]:
    """
    Return the tokens that end by themselves soon, the soonest first: what uses them stops then.

    One that ended within the last week and was used in the week before is among them: somebody may be missing it.
    """
    now = clock.now()
    soon = Q(ends_at__gt=now, ends_at__lte=now + within)
    lately = timedelta(days=7)
    missed = Q(ends_at__gt=now - lately, ends_at__lte=now, used_at__gt=now - 2 * lately)
    rows = ApiToken.objects.filter(soon | missed, ended_at=None, person__is_active=True)
    return rows.select_related("person").order_by("ends_at", "pk")


def end_of(day: date) -> datetime:
    """Return the moment at which a token ends that is good until a day: its last second, here. Raises ValueError."""
    if day.year > clock.now().year + 10:
        raise ValueError(NOT_AN_END)
    return timezone.make_aware(datetime.combine(day, LAST_SECOND))


def token_for(text: str) -> ApiToken | None:
    """Return the token with this text, with its person, if it is good; None otherwise."""
    if not text.startswith(PREFIX):
        return None
    now = clock.now()
    token = ApiToken.objects.select_related("person").filter(hash=_hash(text), ended_at=None).first()
    if token is None or not token.person.is_active or (token.ends_at is not None and token.ends_at <= now):
        return None
    # Once a minute is enough to see whether a token is in use, and spares a write at each call.
    ApiToken.objects.filter(
        Q(used_at=None) | Q(used_at__lt=now.replace(second=0, microsecond=0)), pk=token.pk
    ).update(used_at=now)
    return token


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
