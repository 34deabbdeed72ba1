"""Sealing: authenticated encryption, tied to the row that holds the value."""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signoff.core.secret import Secret
from signoff.vault.keys import KeyTrouble, derived

FORMAT = b"\x01"
KEY_ID_BYTES = 4
NONCE_BYTES = 12


class Damaged(Exception):
    """A sealed value was changed, or belongs to another row."""


def seal(secret: Secret, context: str) -> bytes:
    """
    Return the secret, encrypted: one byte of format, four that name the key, twelve of nonce, then AES-GCM.

    `context` ties the value to its row ("connections.connection:7:secret"): elsewhere it does not open.
    """
    key = derived("vault")
    nonce = os.urandom(NONCE_BYTES)
    head = FORMAT + _key_id(key)
    return head + nonce + AESGCM(key).encrypt(nonce, secret.reveal().encode(), head + context.encode())


def open(sealed: bytes | memoryview, context: str) -> Secret:
    """Return the secret. Raises `KeyTrouble` when another key sealed it, `Damaged` when it was changed."""
    sealed = bytes(sealed)
    head, nonce, body = sealed[:5], sealed[5 : 5 + NONCE_BYTES], sealed[5 + NONCE_BYTES :]
    key = derived("vault")
    if head[:1] != FORMAT or len(nonce) < NONCE_BYTES:
        raise Damaged(f"{context}: not a sealed value")
    if head[1:] != _key_id(key):
        raise KeyTrouble(
            "The saved keys of your apps were sealed with another master key. Nothing was changed. "
            "Put back the key file (or SIGNOFF_KEY) that belongs to this database."
        )
    try:
        return Secret(AESGCM(key).decrypt(nonce, body, head + context.encode()).decode())
    except InvalidTag as error:
        raise Damaged(f"{context}: the sealed value was changed or belongs to another row") from error


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key id" + key).digest()[:KEY_ID_BYTES]
