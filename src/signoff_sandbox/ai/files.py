"""Files as OpenAI keeps them, as far as batches need them."""

from __future__ import annotations

from dataclasses import dataclass, field

from signoff_sandbox.ai import errors
from signoff_sandbox.clock import Clock
from signoff_sandbox.desk import Json, Problem

THIRTY_DAYS = 30 * 24 * 3600
SHORTEST_SECONDS, LONGEST_SECONDS = 3600, THIRTY_DAYS


@dataclass(frozen=True)
class File:
    """A file, with the moments (seconds since 1970) at which it was made and is gone."""

    id: str
    filename: str
    purpose: str
    created_at: float
    expires_at: float
    data: bytes = field(repr=False)

    def told(self) -> Json:
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.data),
            "created_at": int(self.created_at),
            "expires_at": int(self.expires_at),
            "filename": self.filename,
            "purpose": self.purpose,
            "status": "processed",
            "status_details": None,
        }


class Files:
    """The files of an organisation; one whose time is over is not there any more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._files: dict[str, File] = {}
        self._number = 0

    def keep(self, filename: str, purpose: str, data: bytes, seconds: int = THIRTY_DAYS) -> File:
        self._number += 1
        now = self._clock.now()
        file = File(f"file-practice{self._number}", filename, purpose, now, now + seconds, data)
        self._files[file.id] = file
        return file

    def get(self, id: str) -> File:
        """Return a file. Raises the vendor's 404 for one that is not there (any more)."""
        file = self._files.get(id)
        if file is None or file.expires_at <= self._clock.now():
            raise Problem(
                errors.error(404, "invalid_request_error", None, f"No such File object: {id}", "id")
            )
        return file

    def forget(self, id: str) -> None:
        """Delete a file. Raises the vendor's 404."""
        del self._files[self.get(id).id]

    def names(self) -> list[str]:
        """Return the names of the files that are there."""
        return [file.id for file in self._files.values() if file.expires_at > self._clock.now()]


def lifetime(anchor: object, seconds: object, param: str) -> int:
    """Return how long a file is kept, by what was asked. Raises the vendor's 400."""
    if anchor is None and seconds is None:
        return THIRTY_DAYS
    if anchor != "created_at":
        raise errors.invalid(f"Invalid value: '{anchor}'. Supported values are: 'created_at'.", param)
    wanted = int(str(seconds))
    if not SHORTEST_SECONDS <= wanted <= LONGEST_SECONDS:
        message = f"'seconds' must be between {SHORTEST_SECONDS} and {LONGEST_SECONDS}."
        raise errors.invalid(message, f"{param}.seconds", "invalid_value")
    return wanted
