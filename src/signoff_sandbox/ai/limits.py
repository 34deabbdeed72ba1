"""Requests and tokens per minute, as OpenAI counts them and tells them in headers."""

from __future__ import annotations

from typing import Literal

from starlette.responses import Response

from signoff_sandbox.ai import errors
from signoff_sandbox.clock import Clock
from signoff_sandbox.desk import Problem
from signoff_sandbox.options import Enforcement
from signoff_sandbox.pace import Bucket

# What a request takes from the tokens of the minute. "documented": the larger of its estimated prompt and
# the most tokens it may answer with, and nothing comes back. "used": prompt and most answer together, and
# what was not used comes back when the answer is there.
TokenCount = Literal["documented", "used"]


class Limits:
    """
    Two buckets that start full.

    With enforcement "second" a minute's allowance is handed out second by second, while the headers still
    speak of the minute: what a caller meets when a limit is quantised.
    """

    def __init__(self, clock: Clock, rpm: int, tpm: int, enforcement: Enforcement) -> None:
        self._clock = clock
        self.token_count: TokenCount = "documented"
        self.set(rpm, tpm, enforcement)

    def set(self, rpm: int, tpm: int, enforcement: Enforcement) -> None:
        """Begin anew with these limits."""
        now = self._clock.now()
        self.rpm, self.tpm, self.enforcement = rpm, tpm, enforcement
        self._minute = {"requests": Bucket(rpm, rpm / 60, now), "tokens": Bucket(tpm, tpm / 60, now)}
        self._strict = self._minute
        if enforcement == "second":
            self._strict = {
                "requests": Bucket(max(1.0, rpm / 60), rpm / 60, now),
                "tokens": Bucket(max(1.0, tpm / 60), tpm / 60, now),
            }

    def take(self, model: str, prompt_tokens: int, most_tokens: int) -> int:
        """Count one request; return the tokens it took. Raises 429 as a `Problem`."""
        now = self._clock.now()
        tokens = self._cost(prompt_tokens, most_tokens)
        if tokens > self.tpm:
            raise self._problem(errors.too_large(model, self.tpm, tokens))
        costs = {"requests": (1, self.rpm), "tokens": (tokens, self.tpm)}
        for kind, (cost, limit) in costs.items():
            bucket = self._strict[kind]
            wait = bucket.wait_seconds(cost, now)
            if wait > 0:
                used = round(limit * (1 - max(0.0, bucket.level) / bucket.capacity))
                raise self._problem(errors.throttled(kind, model, limit, used, cost, wait))
        for kind, (cost, _) in costs.items():
            for bucket in self._both(kind):
                bucket.fill(now)
                bucket.take(cost)
        return tokens

    def settle(self, taken: int, used: int) -> None:
        """Give back what was taken too much, where tokens are counted as used."""
        if self.token_count == "used":
            for bucket in self._both("tokens"):
                bucket.give_back(max(0, taken - used))

    def headers(self) -> dict[str, str]:
        """Return the rate headers: limits, what is left, and how long until all is left again."""
        now = self._clock.now()
        told = {}
        for kind, limit in (("requests", self.rpm), ("tokens", self.tpm)):
            bucket = self._minute[kind]
            bucket.fill(now)
            told[f"x-ratelimit-limit-{kind}"] = str(limit)
            told[f"x-ratelimit-remaining-{kind}"] = str(max(0, int(bucket.level)))
            told[f"x-ratelimit-reset-{kind}"] = duration(bucket.full_in_seconds())
        return told

    def _cost(self, prompt_tokens: int, most_tokens: int) -> int:
        if self.token_count == "documented":
            return max(prompt_tokens, most_tokens)
        return prompt_tokens + most_tokens

    def _both(self, kind: str) -> tuple[Bucket, ...]:
        strict, minute = self._strict[kind], self._minute[kind]
        return (strict,) if strict is minute else (strict, minute)

    def _problem(self, answer: Response) -> Problem:
        answer.headers.update(self.headers())
        return Problem(answer)


def duration(seconds: float) -> str:
    """Return a span as Go writes it: `12ms`, `1.5s`, `6m0s`, `1h2m3s`."""
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    text = f"{left:.3f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{int(hours)}h{int(minutes)}m{text}"
    return f"{int(minutes)}m{text}" if minutes else text
