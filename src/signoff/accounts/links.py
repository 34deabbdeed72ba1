"""Sign-in links: good once, for one person, for a short time."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from signoff.accounts.models import Person, SignInLink
from signoff.core import clock

GOOD_FOR = timedelta(minutes=30)


def make_link(person: Person) -> str:
    """Return the secret part of a new sign-in link; the page is /sign-in/link/<it>/."""
    text = secrets.token_urlsafe(24)
    SignInLink.objects.create(person=person, hash=_hash(text), ends_at=clock.now() + GOOD_FOR)
    return text


def peek(text: str) -> Person | None:
    """Return whose link this is while it is good, without using it up (a preview may have opened it)."""
    link = SignInLink.objects.filter(hash=_hash(text), used_at=None, ends_at__gt=clock.now()).first()
    return link.person if link and link.person.is_active else None


def use_link(text: str) -> Person | None:
    """Use the link up and return its person; None if it was used or is over. Of two at once, one gets in."""
    person = peek(text)
    now = clock.now()
    used = SignInLink.objects.filter(hash=_hash(text), used_at=None, ends_at__gt=now).update(used_at=now)
    return person if used else None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
