"""The units that calls cost, and what Gmail says when they are used up."""

from __future__ import annotations

from signoff_sandbox.clock import Clock, iso
from signoff_sandbox.desk import Problem
from signoff_sandbox.gmail import errors
from signoff_sandbox.pace import RollingWindow

# For projects made since May 2026.
UNITS_PER_MINUTE = 6_000


class Quota:
    """The user's units of a minute. `status` is 403 or 429: Gmail uses both."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.window = RollingWindow(UNITS_PER_MINUTE, 60.0)
        self.status = 403
        self.used = 0
        self.refused = 0

    def take(self, units: int) -> None:
        """Count a call. Raises the rate error as a `Problem` when the minute's units are used up."""
        now = self._clock.now()
        if not self.window.take(now, units):
            self.refused += 1
            raise Problem(errors.user_rate(self.status, iso(self.window.free_at(now))))
        self.used += units
