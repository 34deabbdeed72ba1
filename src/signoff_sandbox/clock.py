"""One clock for all practice apps; tests and the demo can move it."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Tells the practice time: the machine's, plus an offset."""

    def __init__(self) -> None:
        self.offset_seconds = 0.0

    def now(self) -> float:
        """Return the practice time in seconds since 1970."""
        return time.time() + self.offset_seconds

    def utc(self) -> datetime:
        """Return the practice time as an aware datetime."""
        return datetime.fromtimestamp(self.now(), UTC)

    def move_to(self, moment: datetime) -> None:
        """Set the offset so that it is now `moment`; time runs on from there."""
        self.offset_seconds = moment.timestamp() - time.time()


def iso(seconds: float) -> str:
    """Return `2026-11-20T09:00:00.120Z` for seconds since 1970."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
