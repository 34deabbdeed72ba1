"""The master key: from the environment or a key file that only we may read; all else is derived from it."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from signoff.core.home import home

KEY_BYTES = 32


class KeyTrouble(Exception):
    """The master key cannot be used; the text is for the owner and says what to do."""


@cache
def master_key() -> bytes:
    """
    Return the 32 bytes of the master key: `SIGNOFF_KEY`, else the key file, made at first start (mode 0600).

    Raises `KeyTrouble`.
    """
    given = os.environ.get("SIGNOFF_KEY")
    if given:
        return _decoded(given, "SIGNOFF_KEY")
    path = home() / "key"
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise KeyTrouble(f"Others on this computer may read {path}. Run: chmod 600 {path}")
        return _decoded(path.read_text("utf-8", "replace").strip(), str(path))
    except OSError as error:
        raise KeyTrouble(f"The key file {path} cannot be read or made: {error.strerror}.") from error


def derived(purpose: str, length: int = 32) -> bytes:
    """Return a key for one purpose: from it neither the master key nor another purpose's key can be found."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=purpose.encode()).derive(
        master_key()
    )


def _make(path: Path) -> None:
    text = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    # Written whole under a name of its own and linked into place: of two that start at once, one wins, and
    # both read it. The name is random: in a container every start has the same process number, and what a
    # crash left behind must not be in the way.
    new = path.with_name(f"key.{secrets.token_hex(8)}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(new, path)
    except FileExistsError:
        pass
    finally:
        new.unlink()


def _decoded(text: str, where: str) -> bytes:
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
    return key
