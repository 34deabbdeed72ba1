"""
Batches: a file of questions is answered within a day, at half the price, in whatever order.

A batch moves on by the clock whenever it is looked at: `validating → in_progress → finalizing → completed`, or
`failed`, `expired`, `cancelled`. Sources: OpenAI's specification and its guide to batches, November 2026.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from signoff_sandbox.ai import errors
from signoff_sandbox.ai.asking import tokens_of
from signoff_sandbox.ai.files import File, Files
from signoff_sandbox.clock import Clock
from signoff_sandbox.desk import Json, Problem

WINDOW_SECONDS = 24 * 3600
CANCEL_SECONDS = 10.0  # what is under way is finished first
MOST_LINES = 50_000
MOST_BYTES = 200_000_000
ENDPOINTS = ("/v1/chat/completions", "/v1/responses")
OVER = ("failed", "completed", "expired", "cancelled")
# How a batch's time is spent: looking through the file, answering, putting the answers together.
VALIDATED, ANSWERED = 0.1, 0.9

EXPIRED = {
    "code": "batch_expired",
    "message": "This request could not be executed before the completion window expired.",
}
CANCELLED = {
    "code": "batch_cancelled",
    "message": "This request was not executed because the batch was cancelled.",
}
# (endpoint, body) → (status, body)
AnswerLine = Callable[[str, Json], tuple[int, Any]]


@dataclass
class Line:
    """A question of a batch, in the order of the file; `reply` is (status, body) once it was answered."""

    custom_id: str
    body: Json
    reply: tuple[int, Any] | None = None

    @property
    def tokens(self) -> int:
        return tokens_of(json.dumps(self.body.get("messages") or self.body.get("input") or ""))


@dataclass
class Batch:
    """`seconds` is how long it takes in all; `at` holds the moments of its states, by name."""

    id: str
    file: File
    endpoint: str
    metadata: Json | None
    output_seconds: int
    seconds: float
    created_at: float
    status: str = "validating"
    at: dict[str, float] = field(default_factory=dict)
    errors: list[Json] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    to_fail: int = 0
    output: str | None = None
    failures: str | None = None

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def expires_at(self) -> float:
        return self.created_at + WINDOW_SECONDS

    @property
    def model(self) -> str | None:
        return str(self.lines[0].body.get("model")) if self.lines else None

    @property
    def tokens(self) -> int:
        return sum(line.tokens for line in self.lines)

    def moment(self, share: float) -> float:
        """Return when so much of its time is over."""
        return self.created_at + self.seconds * share

    def told(self) -> Json:
        answered = [line.reply[0] for line in self.lines if line.reply]
        good = sum(status < 400 for status in answered)
        moments = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.endpoint,
            "model": self.model,
            "errors": {"object": "list", "data": self.errors} if self.errors else None,
            "input_file_id": self.file.id,
            "completion_window": "24h",
            "status": self.status,
            "output_file_id": self.output,
            "error_file_id": self.failures,
            "created_at": int(self.created_at),
            "expires_at": int(self.expires_at),
            **{f"{name}_at": int(self.at[name]) if name in self.at else None for name in moments},
            "request_counts": {
                "total": len(self.lines),
                "completed": good,
                "failed": len(answered) - good,
            },
            "metadata": self.metadata,
        }


class Batches:
    """
    The batches of an organisation.

    `seconds` is how long the next one takes, `enqueued_tokens` how many tokens of one model may wait at once, and
    `to_fail` how many lines of the next one fail at the vendor's side.
    """

    def __init__(self, clock: Clock, files: Files, seed: int, answer: AnswerLine) -> None:
        self._clock = clock
        self._files = files
        self._seed = seed
        self._answer = answer
        self._batches: dict[str, Batch] = {}
        self.seconds = 60.0
        self.enqueued_tokens = 2_000_000
        self.to_fail = 0

    def begin(self, file: File, endpoint: str, metadata: Json | None, output_seconds: int) -> Batch:
        id = f"batch_practice{len(self._batches) + 1}"
        now = self._clock.now()
        batch = Batch(id, file, endpoint, metadata, output_seconds, self.seconds, now, to_fail=self.to_fail)
        self.to_fail = 0
        self._batches[id] = batch
        return batch

    def get(self, id: str) -> Batch:
        """Return a batch as it is now. Raises the vendor's 404."""
        self.move_on()
        if id not in self._batches:
            message = f"No batch found with id '{id}'."
            raise Problem(errors.error(404, "invalid_request_error", None, message))
        return self._batches[id]

    def newest_first(self) -> list[Batch]:
        self.move_on()
        return list(reversed(self._batches.values()))

    def cancel(self, id: str) -> Batch:
        """Begin to cancel a batch. Raises the vendor's 409 for one that is over."""
        batch = self.get(id)
        if batch.is_over:
            message = f"Cannot cancel a batch with status '{batch.status}'."
            raise Problem(errors.error(409, "invalid_request_error", None, message))
        if batch.status != "cancelling":
            batch.status = "cancelling"
            batch.at["cancelling"] = self._clock.now()
        return batch

    def move_on(self) -> None:
        """Bring every batch to where it is by now."""
        for batch in self._batches.values():
            if not batch.is_over:
                self._move(batch, self._clock.now())

    def _move(self, batch: Batch, now: float) -> None:
        if batch.status == "cancelling":
            if now >= batch.at["cancelling"] + CANCEL_SECONDS:
                self._end(batch, "cancelled", batch.at["cancelling"] + CANCEL_SECONDS, CANCELLED)
            return
        if batch.status == "validating" and now >= batch.moment(VALIDATED):
            self._look_through(batch)
        if batch.status == "in_progress":
            self._answer_due(batch, min(now, batch.expires_at))
            if now >= batch.expires_at and batch.moment(1) > batch.expires_at:
                self._end(batch, "expired", batch.expires_at, EXPIRED)
            elif now >= batch.moment(ANSWERED):
                batch.status = "finalizing"
                batch.at["finalizing"] = batch.moment(ANSWERED)
        if batch.status == "finalizing" and now >= batch.moment(1):
            self._end(batch, "completed", batch.moment(1), None)

    def _look_through(self, batch: Batch) -> None:
        lines, wrong = _lines(batch.file.data, batch.endpoint)
        batch.lines = lines
        others = (one for one in self._batches.values() if one.status in ("in_progress", "finalizing"))
        waiting = sum(other.tokens for other in others if other.model == batch.model)
        if not wrong and waiting + batch.tokens > self.enqueued_tokens:
            message = (
                f"Enqueued token limit reached for {batch.model} in organization org-practice. Limit: "
                f"{self.enqueued_tokens:,} enqueued tokens. Please try again once some in_progress batches have been"
                " completed."
            )
            wrong = [_wrong("token_limit_exceeded", message, None)]
        if wrong:
            batch.status, batch.errors, batch.lines = "failed", wrong, []
            batch.at["failed"] = batch.moment(VALIDATED)
            return
        batch.status = "in_progress"
        batch.at["in_progress"] = batch.moment(VALIDATED)

    def _answer_due(self, batch: Batch, until: float) -> None:
        """Answer the lines whose moment has come, in an order of the vendor's own."""
        for place, line in enumerate(self._shuffled(batch)):
            due = batch.moment(VALIDATED + (ANSWERED - VALIDATED) * (place + 1) / len(batch.lines))
            if due > until + 1e-6:
                return
            if line.reply is None:
                fails = place < batch.to_fail
                line.reply = (500, _BROKE_DOWN) if fails else self._answer(batch.endpoint, line.body)

    def _end(self, batch: Batch, status: str, at: float, unanswered: Json | None) -> None:
        batch.status = status
        batch.at[status] = at
        good: list[Json] = []
        bad: list[Json] = []
        for number, line in enumerate(self._shuffled(batch), 1):
            told: Json = {"id": f"batch_req_{batch.id[6:]}_{number}", "custom_id": line.custom_id}
            if line.reply is None:
                bad.append({**told, "response": None, "error": unanswered})
                continue
            reply = {"status_code": line.reply[0], "request_id": f"req_{number}", "body": line.reply[1]}
            (good if line.reply[0] < 400 else bad).append({**told, "response": reply, "error": None})
        batch.output = self._file(batch, good, "output")
        batch.failures = self._file(batch, bad, "error")

    def _file(self, batch: Batch, lines: list[Json], kind: str) -> str | None:
        if not lines:
            return None
        data = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
        name = f"{batch.id}_{kind}.jsonl"
        return self._files.keep(name, "batch_output", data, batch.output_seconds).id

    def _shuffled(self, batch: Batch) -> Iterable[Line]:
        lines = list(batch.lines)
        random.Random(f"{self._seed}/{batch.id}").shuffle(lines)
        return lines

    def told(self) -> list[Json]:
        """Return the batches for the books."""
        self.move_on()
        return [batch.told() for batch in self._batches.values()]


_BROKE_DOWN = {
    "error": {
        "message": "The server had an error while processing your request.",
        "type": "server_error",
        "param": None,
        "code": None,
    }
}


def _wrong(code: str, message: str, line: int | None, param: str | None = None) -> Json:
    return {"code": code, "message": message, "line": line, "param": param}


def _lines(data: bytes, endpoint: str) -> tuple[list[Line], list[Json]]:
    """Return the questions in a file, and what is wrong with it."""
    lines: list[Line] = []
    wrong: list[Json] = []
    seen: set[str] = set()
    for number, asked in _objects(data):
        fault = _fault(asked, endpoint, seen, lines)
        if fault is not None:
            wrong.append(_wrong(*fault[:2], number, fault[2]))
        elif asked is not None:
            seen.add(asked["custom_id"])
            lines.append(Line(asked["custom_id"], asked["body"]))
    if not lines and not wrong:
        wrong.append(_wrong("empty_file", "The input file is empty.", None))
    if len(lines) > MOST_LINES:
        wrong.append(_wrong("too_many_tasks", f"The input file has more than {MOST_LINES} lines.", None))
    return lines, wrong


def _objects(data: bytes) -> Iterator[tuple[int, Json | None]]:
    for number, raw in enumerate(data.splitlines(), 1):
        if raw.strip():
            try:
                value = json.loads(raw)
            except ValueError:
                value = None
            yield number, value if isinstance(value, dict) else None


def _fault(
    asked: Json | None, endpoint: str, seen: set[str], before: list[Line]
) -> tuple[str, str, str | None] | None:
    if asked is None:
        return "invalid_json_line", "This line is not parseable as valid JSON.", None
    for name in ("custom_id", "method", "url", "body"):
        if not asked.get(name):
            return "missing_required_parameter", f"Missing required parameter: '{name}'.", name
    if not isinstance(asked["body"], dict):
        return "invalid_json_line", "The body of this line is not a JSON object.", "body"
    if asked["method"] != "POST":
        return "invalid_method", "The method must be POST.", "method"
    if asked["url"] != endpoint:
        return "invalid_url", "The URL provided for this request does not match the batch endpoint.", "url"
    if asked["custom_id"] in seen:
        return "duplicate_custom_id", "The custom_id for this request is a duplicate.", "custom_id"
    if before and asked["body"].get("model") != before[0].body.get("model"):
        return "mismatched_model", "All requests in a batch must use the same model.", "body.model"
    return None
