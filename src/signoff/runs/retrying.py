"""Trying again: how often, and after how long."""

from __future__ import annotations

import random

MOST_TRIES = 12
FIRST_WAIT_SECONDS = 2.0
MOST_WAIT_SECONDS = 15 * 60.0


def backoff(tries: int) -> float:
    """Return the wait before the next try: doubling from 2 s to 15 min, with a quarter of jitter."""
    wait = min(MOST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(tries, 12))
    return float(wait * random.uniform(0.75, 1.25))  # noqa: S311
