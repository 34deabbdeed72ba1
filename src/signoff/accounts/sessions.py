"""
Who is signed in where: each browser is a row, which ends by itself, by its person, or by the owner.

Django's way to keep a session (`SESSION_ENGINE`), on a table of ours: with whose it is, since when and whence, and
with the hash of the cookie instead of the cookie. Whoever reads the database cannot sign in with what is in it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.core.signing import BadSignature, TimestampSigner
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from signoff.accounts.models import Person, Session
from signoff.accounts.rules import rules
from signoff.core import clock
from signoff.vault.keys import derived, derived_before

UNFINISHED = timedelta(hours=1)  # of somebody who has not signed in (yet)
SEEN_EVERY = timedelta(minutes=1)  # often enough to tell when somebody was here, and spares a write a page
FRESH = timedelta(minutes=30)  # so long after somebody proved who they are, we do not ask again
WHENCE = "whence"
PROVED = "proved_at"


class SessionStore(SessionBase):
    """One browser's session, as Django wants it."""

    row: Session | None = None

    def load(self) -> dict[str, Any]:
        rows = Session.objects.filter(hash=_hash(self.session_key), ends_at__gt=clock.now())
        self.row = rows.first()
        if self.row is None:
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(self.row.data)
        return self._under_todays_key(data)

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(hash=_hash(session_key)).exists()

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # not in Django's stubs
            try:
                self.save(must_create=True)
            except CreateError:
                continue  # the same random key twice: Django asks for this care, nobody has seen it
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # nor this
        began_at = self.row.began_at if self.row and not must_create else clock.now()
        values = self._values(data, began_at)
        key = _hash(self.session_key)
        if not must_create:
            if not Session.objects.filter(hash=key).update(**values):
                raise UpdateError  # it was ended in the meantime, and stays ended
            return
        try:
            with transaction.atomic():
                self.row = Session.objects.create(hash=key, began_at=began_at, **values)
        except IntegrityError:
            raise CreateError from None

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            Session.objects.filter(hash=_hash(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        clear_ended()

    def encode(self, session_dict: dict[str, Any]) -> str:
        return self._signer().sign_object(session_dict, serializer=self.serializer, compress=True)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        try:
            data: dict[str, Any] = self._signer().unsign_object(str(session_data), serializer=self.serializer)
        except BadSignature:
            return {}
        return data

    def _signer(self) -> TimestampSigner:
        """Return who signs what a session holds: by the master key of this moment, not of the start."""
        before: list[str | bytes] = [key.hex() for key in derived_before("django")]
        return TimestampSigner(key=derived("django").hex(), fallback_keys=before, salt=self.key_salt)

    def _under_todays_key(self, data: dict[str, Any]) -> dict[str, Any]:
        """
        Sign a session anew that an earlier master key signed; its cookie stays, so that nobody is signed out.

        Every session is used at least each `rules.IDLE_HOURS`, or ends; the earlier keys are kept longer than that.
        """
        before = derived_before("django")
        if not before or self.row is None or self.row.person_id is None or HASH_SESSION_KEY not in data:
            return data
        person = Person.objects.filter(pk=self.row.person_id).first()
        now = person.get_session_auth_hash() if person else ""
        if person and not constant_time_compare(data[HASH_SESSION_KEY], now):
            earlier = map(person.session_auth_hash_under, before)
            if any(constant_time_compare(data[HASH_SESSION_KEY], old) for old in earlier):
                data[HASH_SESSION_KEY] = now
                self.modified = True
        return data

    def _values(self, data: dict[str, Any], began_at: datetime) -> dict[str, Any]:
        now = clock.now()
        person_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        whence = data.get(WHENCE, {})
        return {
            "data": self.encode(data),
            "person_id": person_id,
            "how": whence.get("how", ""),
            "agent": whence.get("agent", ""),
            "address": whence.get("address", ""),
            "seen_at": now,
            "ends_at": _ends_at(began_at, now, signed_in=person_id is not None),
        }


def begun(session: SessionBase, how: str, agent: str, address: str) -> None:
    """Write down how and whence somebody signed in just now; it is a proof of who they are."""
    session[WHENCE] = {"how": how[:40], "agent": agent[:300], "address": address[:45]}
    proved(session)


def proved(session: SessionBase) -> None:
    """Write down that the person has just shown again who they are."""
    session[PROVED] = clock.now().timestamp()


def is_fresh(session: SessionBase) -> bool:
    """Say whether the person has shown lately who they are."""
    at = session.get(PROVED)
    if at is None:
        row = getattr(session, "row", None)
        at = row.began_at.timestamp() if row else 0
    return bool(clock.now().timestamp() - at < FRESH.total_seconds())


def began_with(session: SessionBase) -> str:
    """Return how this session began: "with a password", "with a link"."""
    return str(session.get(WHENCE, {}).get("how", ""))


def seen(session: SessionBase) -> None:
    """Note that the session is in use, which puts off its end: at most once a minute."""
    row = getattr(session, "row", None)
    now = clock.now()
    if row is not None and now - row.seen_at >= SEEN_EVERY:
        ends_at = _ends_at(row.began_at, now, signed_in=row.person_id is not None)
        Session.objects.filter(pk=row.pk).update(seen_at=now, ends_at=ends_at)


def sessions_of(person: Person) -> QuerySet[Session]:
    """Return where a person is signed in, the latest first."""
    return person.sessions.filter(ends_at__gt=clock.now()).order_by("-seen_at", "-pk")


def is_this(row: Session, session: SessionBase) -> bool:
    """Say whether a row is the session that asks."""
    return row.hash == _hash(session.session_key)


def sign_out(person: Person, *, number: int | None = None, but: SessionBase | None = None) -> int:
    """
    End a person's sessions, at once: one by its number, or all, or all `but` the one that asks.

    Returns how many were ended.
    """
    rows = sessions_of(person)
    if number is not None:
        rows = rows.filter(pk=number)
    if but is not None:
        rows = rows.exclude(hash=_hash(but.session_key))
    count, _more = rows.order_by().delete()
    return count


def clear_ended() -> int:
    """Delete the rows of sessions that are over; returns how many."""
    count, _more = Session.objects.filter(ends_at__lt=clock.now()).delete()
    return count


BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"), ("python", "Python"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def browser_of(agent: str) -> str:
    """Return a browser as people say it: "Firefox on Windows"."""
    browser = next((name for part, name in BROWSERS if part in agent), "")
    system = next((name for part, name in SYSTEMS if part in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("A browser we do not know")


def _ends_at(began_at: datetime, seen_at: datetime, *, signed_in: bool) -> datetime:
    if not signed_in:
        return seen_at + UNFINISHED
    now = rules()
    return min(seen_at + timedelta(hours=now.idle_hours), began_at + timedelta(days=now.longest_days))


def _hash(key: str | None) -> str:
    return hashlib.sha256((key or "").encode("utf-8", "replace")).hexdigest()
