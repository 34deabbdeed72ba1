"""Sealing: authenticated encryption, tied to the row that holds the value."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signoff.core.secret import Secret
from signoff.vault.keys import KEY_ID_BYTES, Key, KeyTrouble, ring

FORMAT = b"\x01"
HEAD_BYTES = len(FORMAT) + KEY_ID_BYTES
NONCE_BYTES = 12


class Damaged(Exception):
    """A sealed value was changed, or belongs to another row."""


def seal(secret: Secret, context: str) -> bytes:
    """
    Return the secret, encrypted: one byte of format, four that name the key, twelve of nonce, then AES-GCM.

    `context` ties the value to its row ("connections.connection:7:secret"): elsewhere it does not open.
    """
    key = ring().current
    nonce = os.urandom(NONCE_BYTES)
    head = head_of(key)
    return (
        head + nonce + AESGCM(key.sealing).encrypt(nonce, secret.reveal().encode(), head + context.encode())
    )


def open(sealed: bytes | memoryview, context: str) -> Secret:
    """
    Return the secret. Raises `Damaged` when it was changed, `KeyTrouble` when another key sealed it.

    The two are told apart by trying: a value whose head names a key that nobody knows, and which one of ours opens
    all the same, has only had its head changed.
    """
    sealed = bytes(sealed)
    head, nonce, body = (
        sealed[:HEAD_BYTES],
        sealed[HEAD_BYTES:][:NONCE_BYTES],
        sealed[HEAD_BYTES + NONCE_BYTES :],
    )
    if head[:1] != FORMAT or len(nonce) < NONCE_BYTES:
        raise Damaged(f"{context}: not a sealed value")
    key_id = head[len(FORMAT) :]
    # Sealed with a key that was made a moment ago by another process: the ring is read once more.
    key = ring().find(key_id) or ring(fresh=True).find(key_id)
    if key is None:
        for known in ring().all():
            if _opened(known, nonce, body, context) is not None:
                raise Damaged(f"{context}: the sealed value was changed at its head")
        raise KeyTrouble(
            "The saved keys of your apps were sealed with another master key. Nothing was changed. "
            "Put back the key file (or SIGNOFF_KEY) that belongs to this database."
        )
    found = _opened(key, nonce, body, context)
    if found is None:
        raise Damaged(f"{context}: the sealed value was changed or belongs to another row")
    return Secret(found.decode())


def head_of(key: Key) -> bytes:
    """Return the bytes with which everything begins that a key has sealed."""
    return FORMAT + key.id


def _opened(key: Key, nonce: bytes, body: bytes, context: str) -> bytes | None:
    try:
        return AESGCM(key.sealing).decrypt(nonce, body, head_of(key) + context.encode())
    except InvalidTag:
        return None
