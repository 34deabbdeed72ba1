"""How many requests or units an app accepts in a span of time."""

from __future__ import annotations

from collections import deque


class RollingWindow:
    """At most `limit` units in any `seconds`; a request may weigh more than one unit."""

    def __init__(self, limit: float, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._taken: deque[tuple[float, float]] = deque()
        self._used = 0.0

    def used(self, now: float) -> float:
        """Return the units taken in the span that ends now."""
        taken = self._taken
        edge = now - self.seconds
        while taken and (taken[0][0] <= edge or taken[0][0] > now):
            self._used -= taken.popleft()[1]
        return self._used

    def take(self, now: float, units: float = 1) -> bool:
        """Take `units` if they fit; say whether they did."""
        if self.used(now) + units > self.limit:
            return False
        self._taken.append((now, units))
        self._used += units
        return True

    def remaining(self, now: float) -> float:
        """Return the units that are still free."""
        return max(0.0, self.limit - self.used(now))

    def free_at(self, now: float) -> float:
        """Return when the oldest taken unit becomes free again."""
        self.used(now)
        return self._taken[0][0] + self.seconds if self._taken else now


class Bucket:
    """
    A token bucket: `capacity` at most, refilled evenly at `per_second`, full at the start.

    A cost above the capacity is let through when the bucket is full, and leaves a debt.
    """

    def __init__(self, capacity: float, per_second: float, now: float) -> None:
        self.capacity = capacity
        self.per_second = per_second
        self.level = capacity
        self._at = now

    def fill(self, now: float) -> None:
        """Let the time since the last look flow in."""
        passed = max(0.0, now - self._at)
        self._at = now
        self.level = min(self.capacity, self.level + passed * self.per_second)

    def wait_seconds(self, cost: float, now: float) -> float:
        """Return how long until `cost` may be taken; 0 means now."""
        self.fill(now)
        lacking = min(cost, self.capacity) - self.level
        return max(0.0, lacking / self.per_second)

    def take(self, cost: float) -> None:
        """Take `cost`, also beyond what is there."""
        self.level -= cost

    def give_back(self, cost: float) -> None:
        """Put back what was taken too much."""
        self.level = min(self.capacity, self.level + cost)

    def full_in_seconds(self) -> float:
        """Return how long until the bucket is full again."""
        return max(0.0, (self.capacity - self.level) / self.per_second)
