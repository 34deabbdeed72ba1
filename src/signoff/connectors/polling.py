"""
A cursor over records that are found by their time stamp, from an index that is late and out of order.

Offsets do not survive a list that changes while it is read, and indexes stop them early. So each question
asks for a first page: the records from a stamp on, in the order of their stamps; and where a whole page
shares one stamp (an import), those of that stamp in the order of their ids. Passes overlap, and now and
then one goes far back. So the same record is told more than once, and its event's key must be the same each
time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from signoff.connectors.cursors import Cursor

SWEEP_EVERY = timedelta(hours=6)
SWEEP_BACK = timedelta(hours=48)


@dataclass(frozen=True)
class Place(Cursor):
    """
    How far polling has come; all stamps are milliseconds. Written as JSON, it is the cursor.

    Nothing before `start` is told; everything before `done` was seen. A pass goes from `low` to `high`;
    `at` is how far it is, and `tie` the last id seen where more than a page share one stamp (an import).
    """

    start: int
    done: int
    swept: int
    low: int = 0
    high: int = 0
    at: int = 0
    tie: int | None = None

    @classmethod
    def first(cls, moment: datetime) -> Place:
        present = millis(moment)
        return cls(start=present, done=present, swept=present)

    def begun(self, moment: datetime, overlap: timedelta, settled: timedelta) -> Place:
        """Return the place in the present pass, or at the beginning of a new one."""
        if self.high:
            return self
        low, swept, present = self.done - _span(overlap), self.swept, millis(moment)
        if present - swept >= _span(SWEEP_EVERY):  # what the index told very late
            low, swept = min(low, present - _span(SWEEP_BACK)), present
        low = max(self.start, low)
        high = max(low, present - _span(settled))
        return replace(self, swept=swept, low=low, high=high, at=low, tie=None)

    def after(self, stamps: Sequence[tuple[int, int]], size: int) -> tuple[Place, bool]:
        """Return the place behind a page of (stamp, id), and whether the pass goes on."""
        if self.tie is not None:
            if len(stamps) >= size:
                return replace(self, tie=stamps[-1][1]), True
            return replace(self, at=self.at + 1, tie=None), True
        if len(stamps) < size:
            return replace(self, done=self.high, low=0, high=0, at=0), False
        if stamps[-1][0] == stamps[0][0]:
            return replace(self, at=stamps[0][0], tie=0), True
        # The last stamp's contacts are told once more: there may be others with the same one.
        return replace(self, at=stamps[-1][0]), True


def millis(moment: datetime) -> int:
    """Return a moment as milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def _span(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)
