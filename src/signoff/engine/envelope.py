"""
A backup as a file: a tar of a manifest and a dump, alone or inside a sealed envelope. Knows no database.

What is not encrypted can be opened by hand: `tar xf FILE`, and PostgreSQL's own `pg_restore` reads `database.dump`.

An encrypted one begins with three lines: what it is and its format, how the key is made of the passphrase, and the
checksum of these two. Then come pieces of 64 KiB, each sealed by AES-GCM under its own number; the last one says that
it is the last, so that neither a changed nor a missing piece goes unseen. A check value tells a wrong passphrase apart
from a damaged file.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import secrets
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from signoff.core.secret import Secret

FORMAT = 1
FIRST_WORDS = b"signoff-backup encrypted "
MANIFEST, DUMP, KEY = "manifest.json", "database.dump", "key"
PIECE_BYTES = 65_536
TAG_BYTES = 16
SCRYPT = {"n": 2**16, "r": 8, "p": 1}  # 64 MB and a fifth of a second for each guess
MOST_SCRYPT = 2**20
HEAD_MOST_BYTES = 4096
MANIFEST_MOST_BYTES = 1_000_000
NEXT = "Upgrade Signoff to that version or a newer one, then restore. Nothing was changed."


class BackupTrouble(Exception):
    """A backup could not be made or put back; the text is for the owner and says what to do."""


class BackupDamaged(BackupTrouble):
    """The file is not whole, or was changed."""


class WrongPassphrase(BackupTrouble):
    """The file is whole, and this passphrase does not open it."""


@dataclass(frozen=True)
class Manifest:
    """
    What a backup says of itself.

    `migrations` are the newest of each part, `counts` the rows of each table at the moment of the dump, `keys` the
    names of the master keys that opened the sealed values then (never the keys).
    """

    signoff: str
    made_at: datetime
    postgresql: str
    dump_bytes: int
    dump_sha256: str
    migrations: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    with_key: bool = False
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    def as_json(self) -> bytes:
        document = {**asdict(self), "made_at": self.made_at.isoformat()}
        return json.dumps({**document, "checksum": _checksum(document)}, indent=1, sort_keys=True).encode()


def pack(target: Path, manifest: Manifest, dump: Path, key: Secret | None, passphrase: Secret | None) -> None:
    """
    Write a backup, for us alone to read; whole or not at all, and never over another file.

    Raises `BackupTrouble`.
    """
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            _write(file, manifest, dump, key, passphrase)
            file.flush()
            os.fsync(file.fileno())
        _put_in_place(part, target)
    except FileExistsError:
        raise BackupTrouble(f"{target} exists already and was left as it is. Choose another name.") from None
    except OSError as error:
        raise BackupTrouble(
            f"The backup could not be written to {target}: {error.strerror}. Nothing was changed. "
            "Choose another place, or make room there."
        ) from error
    finally:
        part.unlink(missing_ok=True)


@dataclass(frozen=True)
class Unpacked:
    """A backup that was read to its end and found whole."""

    manifest: Manifest
    dump: Path
    key: Secret | None
    was_encrypted: bool


def unpack(source: Path, passphrase: Secret | None, into: Path) -> Unpacked:
    """Read a backup and lay its dump into a folder. Raises `BackupTrouble`, with the reason in its class."""
    try:
        with source.open("rb") as file, _opened(file, passphrase) as (stream, encrypted):
            return _read(stream, into, encrypted)
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(source, "it is no backup of Signoff, or its beginning is damaged") from error
    except BackupDamaged as error:
        raise _damaged(source, str(error)) from error
    except IsADirectoryError:
        raise BackupTrouble(f"{source} is a folder. Name the file of a backup.") from None
    except OSError as error:
        raise BackupTrouble(f"{source} cannot be read: {error.strerror}.") from error


def _put_in_place(part: Path, target: Path) -> None:
    try:
        os.link(part, target)  # unlike a rename it never replaces
    except FileExistsError:
        raise
    except OSError:  # a stick with FAT knows no links
        if target.exists():
            raise FileExistsError from None
        part.rename(target)


def _damaged(source: Path, why: str) -> BackupDamaged:
    return BackupDamaged(f"{source} cannot be used: {why}. Nothing was changed. Take another copy of it.")


def _write(file: IO[bytes], manifest: Manifest, dump: Path, key: Secret | None, by: Secret | None) -> None:
    envelope = _Sealing(file, by) if by is not None else None
    with tarfile.open(fileobj=envelope or file, mode="w|") as tar:
        _add(tar, MANIFEST, manifest.as_json(), manifest.made_at)
        if key is not None:
            _add(tar, KEY, key.reveal().encode(), manifest.made_at)
        about = tarfile.TarInfo(DUMP)
        about.size, about.mode, about.mtime = manifest.dump_bytes, 0o600, int(manifest.made_at.timestamp())
        with dump.open("rb") as data:
            tar.addfile(about, data)
    if envelope is not None:
        envelope.finish()


def _add(tar: tarfile.TarFile, name: str, data: bytes, at: datetime) -> None:
    about = tarfile.TarInfo(name)
    about.size, about.mode, about.mtime = len(data), 0o600, int(at.timestamp())
    tar.addfile(about, io.BytesIO(data))


def _read(stream: IO[bytes], into: Path, encrypted: bool) -> Unpacked:
    manifest: Manifest | None = None
    key: Secret | None = None
    dump = into / DUMP
    digest, count = hashlib.sha256(), 0
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for member in tar:
            data = tar.extractfile(member) if member.isfile() else None
            if data is None:
                raise BackupDamaged("it holds something that no backup holds")
            if manifest is None:
                if member.name != MANIFEST or member.size > MANIFEST_MOST_BYTES:
                    raise BackupDamaged("it is no backup of Signoff")
                manifest = _manifest(data.read())
            elif member.name == KEY:
                key = Secret(data.read(MANIFEST_MOST_BYTES).decode("ascii", "replace"))
            elif member.name == DUMP:
                handle = os.open(dump, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(handle, "wb") as out:
                    while block := data.read(PIECE_BYTES):
                        digest.update(block)
                        count += len(block)
                        out.write(block)
    while stream.read(PIECE_BYTES):
        pass  # what follows the last member is sealed too
    if manifest is None:
        raise BackupDamaged("it is empty")
    if (count, digest.hexdigest()) != (manifest.dump_bytes, manifest.dump_sha256):
        raise BackupDamaged("its checksum is not that of its contents: it was cut off or changed")
    return Unpacked(manifest, dump, key, encrypted)


def _manifest(data: bytes) -> Manifest:
    try:
        found: dict[str, Any] = json.loads(data)
        version = found["format"]
    except (ValueError, KeyError, TypeError):
        raise BackupDamaged("its manifest cannot be read") from None
    if isinstance(version, int) and version > FORMAT:
        raise _newer(str(found.get("signoff") or "a newer version"))
    checksum = found.pop("checksum", "")
    if checksum != _checksum(found):
        raise BackupDamaged("its manifest was changed")
    names = Manifest.__dataclass_fields__
    known = {name: value for name, value in found.items() if name in names}
    return Manifest(**{**known, "made_at": datetime.fromisoformat(found["made_at"])})


def _newer(version: str) -> BackupTrouble:
    return BackupTrouble(f"This backup was made by a newer Signoff ({version}). {NEXT}")


def _checksum(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


# The envelope


class _Sealing(io.RawIOBase):
    """Seals what is written to it, piece by piece."""

    def __init__(self, file: IO[bytes], passphrase: Secret) -> None:
        super().__init__()
        salt, nonce = secrets.token_bytes(16), secrets.token_bytes(7)
        made = _keys(passphrase, salt, **SCRYPT)
        how = {"kdf": "scrypt", **SCRYPT, "salt": _text(salt), "nonce": _text(nonce), "check": made.check}
        self._head = FIRST_WORDS + b"%d\n" % FORMAT + json.dumps(how).encode() + b"\n"
        self._file, self._made, self._nonce = file, made, nonce
        self._number, self._held = 0, bytearray()
        file.write(self._head + hashlib.sha256(self._head).hexdigest().encode() + b"\n")

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        while len(self._held) > PIECE_BYTES:  # one piece stays: it may be the last
            self._seal(bytes(self._held[:PIECE_BYTES]), is_last=False)
            del self._held[:PIECE_BYTES]
        return len(data)

    def finish(self) -> None:
        self._seal(bytes(self._held), is_last=True)

    def _seal(self, piece: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._nonce, self._number, is_last)
        self._file.write(self._made.cipher.encrypt(nonce, piece, self._head))
        self._number += 1


class _Opening(io.RawIOBase):
    """Opens what `_Sealing` sealed. Raises `BackupDamaged` where a piece is not what was written."""

    def __init__(self, file: IO[bytes], head: bytes, made: _Keys, nonce: bytes) -> None:
        super().__init__()
        self._file, self._head, self._made, self._nonce = file, head, made, nonce
        self._number, self._open, self._is_over = 0, b"", False
        self._next = file.read(PIECE_BYTES + TAG_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._open and not self._is_over:
            self._open = self._piece()
        count = min(len(buffer), len(self._open))
        buffer[:count] = self._open[:count]
        self._open = self._open[count:]
        return count

    def _piece(self) -> bytes:
        from cryptography.exceptions import InvalidTag

        sealed, self._next = self._next, self._file.read(PIECE_BYTES + TAG_BYTES)
        self._is_over = not self._next
        nonce = _nonce(self._nonce, self._number, self._is_over)
        self._number += 1
        try:
            return bytes(self._made.cipher.decrypt(nonce, sealed, self._head))
        except (InvalidTag, ValueError):
            raise BackupDamaged("it was cut off or changed") from None


@dataclass(frozen=True)
class _Keys:
    cipher: Any
    check: str


@contextmanager
def _opened(file: IO[bytes], passphrase: Secret | None) -> Iterator[tuple[IO[bytes], bool]]:
    """Yield what the envelope holds, or the file itself where there is none, and whether there was one."""
    if file.read(len(FIRST_WORDS)) != FIRST_WORDS:
        file.seek(0)
        yield file, False
        return
    version = file.readline(20)
    if version.strip().isdigit() and int(version) > FORMAT:
        raise _newer("a newer version")
    line = file.readline(HEAD_MOST_BYTES)
    head = FIRST_WORDS + version + line
    if file.readline(100).strip() != hashlib.sha256(head).hexdigest().encode():
        raise BackupDamaged("its beginning was changed")
    if passphrase is None:
        raise WrongPassphrase(
            "This backup is encrypted. Put its passphrase into an environment variable, and name that: "
            "--passphrase-env VAR. Nothing was changed."
        )
    how = json.loads(line)
    if how["kdf"] != "scrypt" or not 1 < how["n"] <= MOST_SCRYPT or how["r"] > 16 or how["p"] > 4:
        raise BackupDamaged("its beginning was changed")
    made = _keys(passphrase, _bytes(how["salt"]), n=how["n"], r=how["r"], p=how["p"])
    if not secrets.compare_digest(made.check, str(how["check"])):
        raise WrongPassphrase(
            "This passphrase does not open the backup. The file itself is whole; nothing was changed. "
            "Try the passphrase of the day on which it was made."
        )
    yield io.BufferedReader(_Opening(file, head, made, _bytes(how["nonce"])), PIECE_BYTES), True


def _keys(passphrase: Secret, salt: bytes, *, n: int, r: int, p: int) -> _Keys:
    """Return what a passphrase opens with, and the value by which a wrong one is known."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    both = Scrypt(salt=salt, length=64, n=n, r=r, p=p).derive(passphrase.reveal().encode())
    return _Keys(AESGCM(both[:32]), hashlib.sha256(b"check" + both[32:]).hexdigest()[:32])


def _nonce(prefix: bytes, number: int, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([is_last])


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
