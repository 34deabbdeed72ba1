"""The limits that OpenAI, and who speaks as it does, states in the headers of its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from signoff.connectors.base import Limit
from signoff.connectors.shapes import whole_number
from signoff.outbound.retry_after import duration_seconds


def limits_in(headers: Mapping[str, str]) -> tuple[Limit, ...]:
    """Return the limits that an answer's headers state; names of headers are lower case."""
    found = []
    kinds: tuple[Literal["requests", "tokens"], ...] = ("requests", "tokens")
    for kind in kinds:
        limit = whole_number(headers.get(f"x-ratelimit-limit-{kind}"))
        if limit <= 0:  # absent, or -1 and 0 where a provider does not know
            continue
        left = whole_number(headers.get(f"x-ratelimit-remaining-{kind}"), -1)
        reset = duration_seconds(headers.get(f"x-ratelimit-reset-{kind}"))
        found.append(Limit(kind, limit, 60.0, left if left >= 0 else None, reset))
    return tuple(found)
