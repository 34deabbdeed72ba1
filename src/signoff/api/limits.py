"""
How fast one program may ask the API: so many requests in a minute, and each answer says how many are left.

Counted in this process, by token, or by address where there is none. Several web processes count each for itself.
"""

from __future__ import annotations

import hashlib
import math
import os
import threading
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from signoff.api.problems import problem

PER_MINUTE = int(os.environ.get("SIGNOFF_API_PER_MINUTE", "6000"))
WINDOW_SECONDS = 60.0
MOST_KEPT = 10_000

_counted: dict[
    str, tuple[float, int]
] = {}  # by whom: the end of their minute, and how many they have asked in it
_lock = threading.Lock()


class Limits:
    """Stands before the API: 429 with a time to wait, and the headers `RateLimit-*` on every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith("/api/v1/") and request.path != "/mcp":
            return self.get_response(request)
        used, reset_seconds = count(_who(request))
        if used > PER_MINUTE:
            answer: HttpResponseBase = problem(
                429,
                f"More than {PER_MINUTE} requests in a minute. Nothing was done. Go on in {reset_seconds} seconds.",
            )
            answer["Retry-After"] = str(reset_seconds)
        else:
            answer = self.get_response(request)
        answer["RateLimit-Limit"] = str(PER_MINUTE)
        answer["RateLimit-Remaining"] = str(max(0, PER_MINUTE - used))
        answer["RateLimit-Reset"] = str(reset_seconds)
        answer["RateLimit-Policy"] = f"{PER_MINUTE};w={WINDOW_SECONDS:.0f}"
        return answer


def count(who: str) -> tuple[int, int]:
    """Count a request; returns how many it is in their minute, and in how many seconds another one begins."""
    now = time.monotonic()
    with _lock:
        ends_at, used = _counted.get(who, (0.0, 0))
        if ends_at <= now:
            if len(_counted) >= MOST_KEPT:
                for over in [one for one, (end, _) in _counted.items() if end <= now] or list(_counted):
                    del _counted[over]
            ends_at, used = now + WINDOW_SECONDS, 0
        _counted[who] = (ends_at, used + 1)
    # What was added to a clock and is taken off again may be a hair more than it was.
    return used + 1, max(1, math.ceil(min(ends_at - now, WINDOW_SECONDS)))


def forget_all() -> None:
    """Forget who asked how often (each test begins with nobody)."""
    with _lock:
        _counted.clear()


def _who(request: HttpRequest) -> str:
    given = request.headers.get("Authorization", "")
    if given:
        return hashlib.sha256(given.encode("utf-8", "replace")).hexdigest()
    return str(request.META.get("REMOTE_ADDR", ""))
