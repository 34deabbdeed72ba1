"""Five requests a second for each base; whoever goes over it waits 30 seconds, as Airtable's page on limits says."""

from __future__ import annotations

from collections import defaultdict

from signoff_sandbox.airtable import errors
from signoff_sandbox.clock import Clock
from signoff_sandbox.desk import Problem
from signoff_sandbox.pace import RollingWindow


class Pacing:
    """Counts each base's requests. `month_left` is what is left of the plan's calls, None: no limit."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.per_second = 5.0
        self.penalty_seconds = 30.0
        self.month_left: int | None = None
        self._windows: dict[str, RollingWindow] = defaultdict(lambda: RollingWindow(self.per_second, 1.0))
        self._until: dict[str, float] = {}

    def take(self, base: str) -> None:
        """Count a request. Raises 429 as a `Problem`."""
        now = self.clock.now()
        if self.month_left is not None:
            if self.month_left < 1:
                raise Problem(errors.month_used_up())
            self.month_left -= 1
        if now < self._until.get(base, 0.0):
            raise Problem(errors.slow_down())
        window = self._windows[base]
        window.limit = self.per_second
        if not window.take(now):
            self._until[base] = now + self.penalty_seconds
            raise Problem(errors.slow_down())

    def forgive(self) -> None:
        """Let everybody in again at once."""
        self._until.clear()
        self._windows.clear()
