"""
Requests, input tokens and output tokens per minute, as Anthropic counts them and tells them in headers.

Each is a bucket that refills evenly. A request takes its input at once; output is counted as it is written, so
`max_tokens` takes nothing, and who has no output left waits. The `tokens` headers tell the sum of both. Resets are
moments, not spans; tokens that remain are told rounded to a thousand.
"""

from __future__ import annotations

from starlette.responses import Response

from signoff_sandbox.anthropic import errors
from signoff_sandbox.clock import Clock, iso
from signoff_sandbox.desk import Problem
from signoff_sandbox.options import Enforcement
from signoff_sandbox.pace import Bucket

OUTPUT_SHARE = 5  # unless said otherwise, a fifth as many tokens may come out as go in


class Limits:
    """`tpm` are the input tokens per minute, `output_tpm` the output tokens."""

    def __init__(self, clock: Clock, rpm: int, tpm: int, enforcement: Enforcement) -> None:
        self._clock = clock
        self.set(rpm, tpm, enforcement)

    def set(self, rpm: int, tpm: int, enforcement: Enforcement, output_tpm: int | None = None) -> None:
        """Begin anew with these limits."""
        now = self._clock.now()
        self.rpm, self.tpm, self.enforcement = rpm, tpm, enforcement
        self.output_tpm = output_tpm or max(1, tpm // OUTPUT_SHARE)
        # Second by second, the bucket holds no more than a second's allowance.
        share = 60 if enforcement == "second" else 1
        self._buckets = {
            kind: (limit, Bucket(max(1.0, limit / share), limit / 60, now))
            for kind, limit in (("requests", rpm), ("input tokens", tpm), ("output tokens", self.output_tpm))
        }

    def take(self, input_tokens: int) -> None:
        """Count one request. Raises 429 as a `Problem`."""
        now = self._clock.now()
        costs = {"requests": 1, "input tokens": input_tokens, "output tokens": 1}
        for kind, cost in costs.items():
            limit, bucket = self._buckets[kind]
            wait = bucket.wait_seconds(cost, now)
            if wait > 0:
                raise self._problem(errors.throttled(kind, limit, wait))
        for kind in ("requests", "input tokens"):
            self._buckets[kind][1].take(costs[kind])

    def wrote(self, output_tokens: int) -> None:
        """Count what was answered."""
        bucket = self._buckets["output tokens"][1]
        bucket.fill(self._clock.now())
        bucket.take(output_tokens)

    def headers(self) -> dict[str, str]:
        """Return the rate headers: limits, what is left, and when all is left again."""
        now = self._clock.now()
        told: dict[str, str] = {}
        both = [0, 0.0, 0.0]
        for kind, (limit, bucket) in self._buckets.items():
            bucket.fill(now)
            left = max(0.0, bucket.level) * limit / bucket.capacity
            _tell(told, kind.replace(" ", "-"), limit, left, now + bucket.full_in_seconds())
            if kind != "requests":
                both = [both[0] + limit, both[1] + left, max(both[2], now + bucket.full_in_seconds())]
        _tell(told, "tokens", int(both[0]), both[1], both[2])
        return told

    def _problem(self, answer: Response) -> Problem:
        answer.headers.update(self.headers())
        return Problem(answer)


def _tell(told: dict[str, str], kind: str, limit: int, left: float, full_at: float) -> None:
    remaining = int(left) if kind == "requests" else round(left / 1000) * 1000
    told[f"anthropic-ratelimit-{kind}-limit"] = str(limit)
    told[f"anthropic-ratelimit-{kind}-remaining"] = str(min(limit, remaining))
    told[f"anthropic-ratelimit-{kind}-reset"] = iso(full_at)[:19] + "Z"
