"""Keys of ours, for programs: shown once, kept as a hash, each with its rights."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

from django.db.models import Q

from signoff.accounts.models import ApiToken, Person
from signoff.core import clock
from signoff.core.secret import Secret

RIGHTS = ("read", "propose", "review")
PREFIX = "so_"


def make_token(name: str, person: Person, can: Iterable[str]) -> Secret:
    """Return a new token for a program that acts for `person`. Raises ValueError for an unknown right."""
    wanted = sorted(set(can))
    unknown = [right for right in wanted if right not in RIGHTS]
    if unknown or not wanted:
        raise ValueError(f"A token can: {', '.join(RIGHTS)}. Not: {', '.join(unknown) or 'nothing'}.")
    text = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(name=name, person=person, hash=_hash(text), can=wanted)
    return Secret(text)


def token_for(text: str) -> ApiToken | None:
    """Return the token with this text, with its person, if it is good; None otherwise."""
    if not text.startswith(PREFIX):
        return None
    now = clock.now()
    token = ApiToken.objects.select_related("person").filter(hash=_hash(text), ended_at=None).first()
    if token is None or not token.person.is_active:
        return None
    # Once a minute is enough to see whether a token is in use, and spares a write at each call.
    ApiToken.objects.filter(
        Q(used_at=None) | Q(used_at__lt=now.replace(second=0, microsecond=0)), pk=token.pk
    ).update(used_at=now)
    return token


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
