"""
The master keys: one that seals, and while a change is under way others that only open.

Everything else is derived from them. Every process asks anew where they are kept each time it needs one, so a
changed key is in use at once and nothing has to be started again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from signoff.core import clock
from signoff.core.secret import Secret
from signoff.vault import places
from signoff.vault.places import KeyTrouble

__all__ = [
    "Key",
    "KeyTrouble",
    "Retired",
    "Ring",
    "as_text",
    "changing",
    "derived",
    "derived_before",
    "master_key",
    "ring",
    "take_over",
]

KEY_BYTES = 32
KEY_ID_BYTES = 4


@dataclass(frozen=True)
class Key:
    """One master key; `repr` shows its name, which is safe to show, and never the key."""

    master: bytes

    @property
    def id(self) -> bytes:
        """Return the four bytes that stand before everything this key has sealed."""
        return _id(self.sealing)

    @property
    def name(self) -> str:
        """Return the id as people read it: "3f9a02c1"."""
        return self.id.hex()

    @property
    def sealing(self) -> bytes:
        return _derived(self.master, "vault", 32)

    @property
    def text(self) -> str:
        return base64.urlsafe_b64encode(self.master).decode()

    def __repr__(self) -> str:
        return f"Key({self.name})"


@dataclass(frozen=True)
class Retired:
    """A key that seals nothing any more and still opens; `since` is None where nobody wrote it down."""

    key: Key
    since: datetime | None = None


@dataclass(frozen=True)
class Ring:
    """The keys this installation knows: `current` seals, all of them open. `following` was announced."""

    current: Key
    following: Key | None = None
    retired: tuple[Retired, ...] = ()

    def all(self) -> tuple[Key, ...]:
        """Return every key, the one that seals first."""
        return (
            self.current,
            *((self.following,) if self.following else ()),
            *(old.key for old in self.retired),
        )

    def find(self, key_id: bytes) -> Key | None:
        """Return the key with this id, None when it is not on the ring."""
        return next((key for key in self.all() if key.id == key_id), None)

    def announced(self) -> Ring:
        """Return the ring with a new key on it that does not seal yet."""
        return replace(self, following=self.following or new_key())

    def turned(self) -> Ring:
        """Return the ring on which the announced key (or a new one) seals, and the present one only opens."""
        retired = (Retired(self.current, clock.now()), *self.retired)
        return Ring(self.following or new_key(), None, retired)

    def without(self, *gone: Key) -> Ring:
        """Return the ring without some of its retired keys."""
        return replace(self, retired=tuple(old for old in self.retired if old.key not in gone))


def ring(*, fresh: bool = False) -> Ring:
    """
    Return the keys as they are at this moment; made at the first start, for us alone.

    `fresh` reads them even if nothing seems to have changed. Raises `KeyTrouble`.
    """
    global _kept
    place = places.here()
    kept = _kept
    stamp = place.stamp()
    if stamp is None and kept is not None and kept[0] == place.name:
        return kept[2]  # it is being replaced just now, or gone: what is under way goes on
    if not fresh and kept is not None and kept[:2] == (place.name, stamp):
        return kept[2]
    with _lock:
        if stamp is None:
            place.make(new_key().text + "\n")
            stamp = place.stamp()
        found = _read(place.read(), place.name)
        _kept = (place.name, stamp, found)
    return found


def master_key() -> bytes:
    """Return the 32 bytes of the key that seals. Raises `KeyTrouble`."""
    return ring().current.master


def derived(purpose: str, length: int = 32) -> bytes:
    """Return a key for one purpose: from it neither the master key nor another purpose's key can be found."""
    return _derived(master_key(), purpose, length)


def derived_before(purpose: str, length: int = 32) -> list[bytes]:
    """Return what `derived` gave under the other keys on the ring, for what was signed with them."""
    return [_derived(key.master, purpose, length) for key in ring().all()[1:]]


def new_key() -> Key:
    return Key(secrets.token_bytes(KEY_BYTES))


def as_text() -> Secret:
    """Return all keys as they are written down, for an encrypted backup."""
    return Secret(_written(ring()))


def take_over(text: Secret) -> Ring:
    """
    Let the keys of a backup seal and open from now on; those of here only open, until they are forgotten.

    Raises `KeyTrouble` where the keys cannot be changed from here.
    """
    theirs = _read(text.reveal(), "The backup")
    with changing() as change:
        known = theirs.all()
        kept = [Retired(key, clock.now()) for key in change.ring.all() if key not in known]
        change.put(replace(theirs, retired=(*theirs.retired, *kept)))
        return change.ring


@contextmanager
def changing() -> Iterator[Changing]:
    """Hold the ring against others who would change it. Raises `KeyTrouble` where it cannot be changed from here."""
    place = places.here()
    with place.held():
        yield Changing(place)


class Changing:
    """The ring while nobody else may change it."""

    def __init__(self, place: places.Place) -> None:
        self._place = place
        self.ring = ring(fresh=True)

    def put(self, new: Ring, into: places.Place | None = None) -> None:
        """Write the ring; whole or not at all, whatever crashes. `into` is another place to keep it in from now on."""
        self._place = (into or self._place).put(_written(new))
        self.ring = ring(fresh=True)


def forget() -> None:
    """Forget what was read (for tests that change what nobody changes)."""
    global _kept
    with _lock:
        _kept = None


_lock = threading.Lock()
_kept: tuple[str, object, Ring] | None = None
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: globals().__setitem__("_lock", threading.Lock()))


@lru_cache(maxsize=64)
def _derived(master: bytes, purpose: str, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=purpose.encode()).derive(master)


@lru_cache(maxsize=64)
def _id(sealing: bytes) -> bytes:
    return hashlib.sha256(b"key id" + sealing).digest()[:KEY_ID_BYTES]


def _read(text: str, where: str) -> Ring:
    """
    Return the ring written in a text. The first key seals.

    In a file each line is a key, with a word before it where it does not seal ("next", "retired") and the moment it
    was retired behind it. In `SIGNOFF_KEY` there are only keys, with spaces or commas.
    """
    current: Key | None = None
    following: Key | None = None
    retired: list[Retired] = []
    for line in text.strip().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        words = [word for word in re.split(r"[\s,]+", line.strip()) if word]
        kind = words[0] if words[0] in ("next", "retired") else ""
        if kind == "next":
            following = _decoded(" ".join(words[1:]), where)
        elif kind == "retired":
            retired.append(Retired(_decoded(" ".join(words[1:2]), where), _moment(words[2:])))
        elif current is None:
            current = _decoded(words[0], where)
            retired += [Retired(_decoded(word, where)) for word in words[1:]]
        else:
            retired += [Retired(_decoded(word, where)) for word in words]
    return Ring(current or _decoded("", where), following, tuple(retired))


def _written(new: Ring) -> str:
    lines = [new.current.text]
    if new.following:
        lines.append(f"next {new.following.text}")
    lines += [
        f"retired {old.key.text} {old.since.isoformat() if old.since else ''}".strip() for old in new.retired
    ]
    return "\n".join(lines) + "\n"


def _moment(words: list[str]) -> datetime | None:
    try:
        found = datetime.fromisoformat(words[0])
    except (IndexError, ValueError):
        return None
    return found if found.tzinfo else None


def _decoded(text: str, where: str) -> Key:
    try:
        # Strict: the usual decoder skips what it does not know, and a damaged key would be another key.
        key = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyTrouble(
            f"{where} does not hold a key of Signoff (44 characters). Nothing was changed. "
            "Put the right key there; without it the saved keys of your apps cannot be opened."
        )
    return Key(key)
