"""
How much an app still allows, by the headers of its answers.

RateLimit and RateLimit-Policy as the IETF drafts have them (draft-ietf-httpapi-ratelimit-headers-07 and -10), and the
customs before them: X-RateLimit-…, X-Rate-Limit-…, with the end as seconds from now or as a moment.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from signoff.connectors.base import Limit

STEMS = ("ratelimit", "x-ratelimit", "x-rate-limit", "rate-limit")
WINDOW = re.compile(r"(\d+)\s*;(?:[^,]*;)?\s*w=(\d+)")
LONGEST = 86_400.0
LONGEST_HEADER = 300  # characters: a pattern looks for its numbers from each place anew


def limits(headers: Mapping[str, str]) -> tuple[Limit, ...]:
    """
    Return the limits that an answer's headers state.

    Where they say per how many seconds, that is the pace; else `per_seconds` is 0, and only what is left tells.
    """
    headers = {name: value[:LONGEST_HEADER] for name, value in headers.items() if "rate" in name}
    found = [*_structured(headers)]
    for stem in STEMS:
        limit = _number(headers.get(f"{stem}-limit"))
        remaining = _number(headers.get(f"{stem}-remaining"))
        if limit is None and remaining is None:
            continue
        reset = _reset(headers.get(f"{stem}-reset-after") or headers.get(f"{stem}-reset"))
        policy = headers.get(f"{stem}-policy", "") or headers.get(f"{stem}-limit", "")
        window = WINDOW.search(policy)
        if window and int(window[1]) > 0 and 0 < int(window[2]) <= LONGEST:
            found.append(Limit("requests", int(window[1]), float(window[2]), remaining, reset))
        elif limit != 0:
            found.append(Limit("requests", limit or 1, 0.0, remaining, reset))
    return tuple(found)


def _structured(headers: Mapping[str, str]) -> list[Limit]:
    """Read `RateLimit: "default";r=50;t=30` with `RateLimit-Policy: "default";q=100;w=60`."""
    told, policy = headers.get("ratelimit", ""), headers.get("ratelimit-policy", "")
    remaining, ends = re.search(r";\s*r=(\d+)", told), re.search(r";\s*t=(\d+)", told)
    quota, window = re.search(r";\s*q=(\d+)", policy), re.search(r";\s*w=(\d+)", policy)
    if remaining is None and quota is None:
        return []
    most = int(quota[1][:9]) if quota else 1
    per = float(window[1][:9]) if window else 0.0
    left = int(remaining[1][:9]) if remaining else None
    return [Limit("requests", most, per, left, float(ends[1][:9]) if ends else None)] if most > 0 else []


def _number(text: str | None) -> int | None:
    found = re.match(r"\s*(\d{1,9})(?:\.\d+)?\s*(?:[,;]|$)", text or "")
    return int(found[1]) if found else None


def _reset(text: str | None) -> float | None:
    """Return in how many seconds all is left again; a number of a billion and more is a moment."""
    found = re.fullmatch(r"\s*(\d{1,13}(?:\.\d{1,6})?)\s*", text or "")
    if found is None:
        return None
    value = float(found[1])
    if value > 1e11:
        value /= 1000  # milliseconds
    seconds = value - time.time() if value > 1e9 else value
    return seconds if 0 <= seconds <= LONGEST else None
