"""Where the master keys are kept: the environment, a file that only we may read, or the system's keyring."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from signoff.core.home import home

VARIABLE = "SIGNOFF_KEY"
POINTS_TO_KEYRING = "keyring:"
SERVICE = "signoff"


class KeyTrouble(Exception):
    """The master key cannot be used; the text is for the owner and says what to do."""


class Place(Protocol):
    """One place; `name` is how sentences call it."""

    @property
    def name(self) -> str: ...

    def stamp(self) -> object:
        """Return what is another thing when the keys have changed, None when there are none yet. Cheap."""

    def read(self) -> str:
        """Return the keys as they are written there."""

    def make(self, text: str) -> None:
        """Keep these keys unless others are kept already."""

    def put(self, text: str) -> Place:
        """Replace what is kept, whole or not at all; returns where it is kept now."""

    def held(self) -> AbstractContextManager[None]:
        """Hold the place against others who would change it."""


def here() -> Place:
    """Return where this installation keeps its keys."""
    if os.environ.get(VARIABLE):
        return Environment()
    return KeyFile(home() / "key")


@dataclass(frozen=True)
class Environment:
    """`SIGNOFF_KEY`: whoever starts our processes gives them the key, and only they can change it."""

    name: str = VARIABLE

    def stamp(self) -> object:
        return os.environ.get(VARIABLE)

    def read(self) -> str:
        # Line ends are spaces here: a variable holds keys and nothing else.
        return " ".join(os.environ.get(VARIABLE, "").split())

    def make(self, text: str) -> None:
        raise KeyTrouble(f"{VARIABLE} is empty.")

    def put(self, text: str) -> Place:
        raise KeyTrouble(f"The key stands in {VARIABLE}, where only you can change it. Nothing was changed.")

    @contextmanager
    def held(self) -> Iterator[None]:
        yield


@dataclass(frozen=True)
class KeyFile:
    """
    The file `key` in the data folder, which only its owner may read.

    It holds the keys, or one line that says under which name the system's keyring holds them.
    """

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def stamp(self) -> object:
        try:
            state = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error) from error
        if state.st_mode & 0o077:
            raise KeyTrouble(f"Others on this computer may read {self.path}. Run: chmod 600 {self.path}")
        if hasattr(os, "geteuid") and state.st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
            raise KeyTrouble(
                f"{self.path} belongs to somebody else. It must belong to the user that runs Signoff."
            )
        return state.st_mtime_ns, state.st_ino, state.st_size

    @property
    def whereabouts(self) -> str:
        """Return where the keys themselves are, in words."""
        entry = self.text().removeprefix(POINTS_TO_KEYRING).strip()
        in_keyring = self.text().startswith(POINTS_TO_KEYRING)
        return f"the system's keyring, service “{SERVICE}”, entry “{entry}”" if in_keyring else self.name

    def read(self) -> str:
        text = self.text()
        if text.startswith(POINTS_TO_KEYRING):
            return Keyring(self).get(text.removeprefix(POINTS_TO_KEYRING).strip())
        return text

    def make(self, text: str) -> None:
        # Written whole under a name of its own and linked into place: of two that start at once, one wins, and
        # both read it. The name is random: in a container every start has the same process number, and what a
        # crash left behind must not be in the way.
        try:
            new = self._written_beside(text)
            try:
                os.link(new, self.path)
            except FileExistsError:
                pass
            finally:
                new.unlink()
        except OSError as error:
            raise self._unreadable(error) from error

    def put(self, text: str) -> Place:
        # Whoever keeps the keys in the keyring goes on keeping them there.
        if self.text().startswith(POINTS_TO_KEYRING):
            return Keyring(self).put(text)
        self.replace(text)
        return self

    def replace(self, text: str) -> None:
        """Put a text in the place of what the file holds: a reader sees the one or the other, after a crash too."""
        try:
            new = self._written_beside(text)
            new.replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise self._unreadable(error) from error

    @contextmanager
    def held(self) -> Iterator[None]:
        with self.path.with_name("key.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise KeyTrouble(
                    "Somebody else changes the key just now. Nothing was changed. Wait until that is done."
                ) from None
            yield

    def text(self) -> str:
        """Return what stands in the file itself; nothing while there is none."""
        if not self.path.exists():
            return ""
        try:
            return self.path.read_text("utf-8", "replace").strip()
        except OSError as error:
            raise self._unreadable(error) from error

    def _written_beside(self, text: str) -> Path:
        new = self.path.with_name(f"key.{secrets.token_hex(8)}.new")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        return new

    def _unreadable(self, error: OSError) -> KeyTrouble:
        return KeyTrouble(f"The key file {self.path} cannot be read or made: {error.strerror}.")


class PlainFile(KeyFile):
    """The file as the place for the keys themselves, even where it pointed to the keyring until now."""

    def put(self, text: str) -> Place:
        before = self.text()
        self.replace(text)
        Keyring(self).drop(before)
        return self


@dataclass(frozen=True)
class Keyring:
    """
    The system's keyring, by the library `keyring` (an extra: `signoff[keyring]`).

    Each change makes a new entry and then lets the file point to it, so there is no moment without a key.
    """

    file: KeyFile

    @property
    def name(self) -> str:
        return self.file.name

    def stamp(self) -> object:
        return self.file.stamp()

    def read(self) -> str:
        return self.file.read()

    def make(self, text: str) -> None:
        self.file.make(text)

    def put(self, text: str) -> Place:
        before = self.file.text()
        entry = f"master-{secrets.token_hex(4)}"
        self._do("set_password", SERVICE, entry, text)
        if self.get(entry) != text.strip():
            raise KeyTrouble("The system's keyring did not keep the key. Nothing was changed.")
        self.file.replace(f"{POINTS_TO_KEYRING} {entry}\n")
        self.drop(before)
        return self.file

    def drop(self, pointed: str) -> None:
        """Delete the entry that a file's text pointed to, if it did."""
        if pointed.startswith(POINTS_TO_KEYRING):
            try:
                self._do("delete_password", SERVICE, pointed.removeprefix(POINTS_TO_KEYRING).strip())
            except KeyTrouble:
                pass  # an entry that nothing points to; the change itself has happened

    def held(self) -> AbstractContextManager[None]:
        return self.file.held()

    def get(self, entry: str) -> str:
        """Return the text of an entry. Raises `KeyTrouble` when the keyring cannot be asked or has none."""
        found = self._do("get_password", SERVICE, entry)
        if not found:
            raise KeyTrouble(
                f"The system's keyring holds no entry “{entry}” of the service “{SERVICE}”, where the key of this "
                "Signoff should be. Nothing was changed. Put it back, or the key itself into "
                f"{self.file.path} (mode 600)."
            )
        return str(found).strip()

    def _do(self, verb: str, *words: str) -> object:
        try:
            import keyring
            import keyring.errors
        except ImportError as error:
            raise KeyTrouble(
                "The key is kept in the system's keyring, and the library for it is not installed. "
                "Nothing was changed. Install it: pip install 'signoff[keyring]'"
            ) from error
        try:
            return getattr(keyring, verb)(*words)
        except keyring.errors.KeyringError as error:
            raise KeyTrouble(
                "The system's keyring cannot be used: it is locked, or there is none for this user (a service often "
                "has none). Nothing was changed. Unlock it, or keep the key in a file."
            ) from error
