"""
OpenAI's batches: a file of questions goes in, and within a day a file of answers can be fetched, in any order.

What is handed in is kept there no longer than needed: both files end by themselves, and are deleted once the answers
are stored here. Sources: OpenAI's specification and its guide to batches; VENDOR_APIS.md, section 3.8.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from signoff.connectors.base import NotSent, Outcome, Pending, Sent, Unknown
from signoff.connectors.shapes import member, whole_number, word
from signoff.core.errors import (
    AnswerUnexpected,
    InputRejected,
    OutcomeUnknown,
    RateLimited,
    SignoffError,
    Unavailable,
    VendorDown,
)
from signoff.outbound.door import Door
from signoff.outbound.reply import Reply

MOST_QUESTIONS = 1_000  # OpenAI takes 50,000; so many answers fit into memory, and are soon stored
MOST_BYTES = 100_000_000  # of either file; OpenAI takes 200 MB
SENDING_SECONDS = 120.0
QUESTIONS_KEPT = 2 * 24 * 3600  # a batch is over after one day
ANSWERS_KEPT = 7 * 24 * 3600
MARK = "signoff"  # the name in a batch's metadata under which our marker stands
OVER = frozenset({"completed", "failed", "expired", "cancelled"})
PAGE, MOST_PAGES = 100, 50
CLOCKS_APART = timedelta(hours=1)

ENDPOINTS = {"chat": "/v1/chat/completions", "responses": "/v1/responses"}
_ID = re.compile(r"[\w-]{1,100}")

# Raises the error that an answer stands for, if it is one.
Explain = Callable[[Reply], None]


@dataclass(frozen=True)
class Line:
    """One question's end, as an answer of its own."""

    key: str
    reply: Reply


def lines(asked: Iterable[tuple[str, dict[str, Any]]], api: str) -> bytes:
    """Return questions (by their keys) as the file that OpenAI takes."""
    common = {"method": "POST", "url": ENDPOINTS[api]}
    told = [json.dumps({"custom_id": key, **common, "body": body}, ensure_ascii=False) for key, body in asked]
    return "\n".join(told).encode()


def upload(door: Door, data: bytes, marker: str, explain: Explain) -> str:
    """Hand in a file; returns its id. One too many does no harm, it ends by itself, so this may be repeated."""
    if len(data) > MOST_BYTES:
        raise InputRejected(
            f"a batch of {len(data)} bytes",
            app=door.app,
            owner_message="These records are too large to be handed to {app} together. Nothing was sent.",
            next_step="You need to do nothing.",
        )
    boundary = f"signoff-{uuid4().hex}"
    body = _multipart(
        boundary,
        {
            "purpose": "batch",
            "expires_after[anchor]": "created_at",
            "expires_after[seconds]": str(QUESTIONS_KEPT),
        },
        f"{safe(marker)}.jsonl",
        data,
    )
    reply = door.post(
        "/files",
        effect="read",
        content=body,
        headers={"content-type": f"multipart/form-data; boundary={boundary}"},
        timeout_seconds=SENDING_SECONDS,
    )
    explain(reply)
    return _id_in(reply)


def begin(door: Door, file: str, api: str, marker: str, explain: Explain) -> str:
    """
    Let a batch begin; returns its id. Raises `OutcomeUnknown` when nobody can tell from here whether it did.
    """
    reply = door.post(
        "/batches",
        effect="write",
        json={
            "input_file_id": file,
            "endpoint": ENDPOINTS[api],
            "completion_window": "24h",
            "metadata": {MARK: marker},
            "output_expires_after": {"anchor": "created_at", "seconds": ANSWERS_KEPT},
        },
        timeout_seconds=SENDING_SECONDS,
    )
    try:
        explain(reply)
    except RateLimited:
        raise
    except Unavailable as error:  # an outage behind the request: it may have been begun
        raise OutcomeUnknown(str(error), app=door.app) from None
    return _id_in(reply)


def find(door: Door, marker: str, started_at: datetime, explain: Explain) -> Outcome:
    """Look through the batches, the newest first, for one under a marker."""
    after: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        reply = door.get("/batches", params={"limit": PAGE, **after})
        explain(reply)
        said = reply.json()
        found = member(said, "data")
        if not isinstance(found, list):
            raise AnswerUnexpected(f"{reply.call}: data missing", app=reply.app)
        for batch in found:
            if member(batch, "metadata", MARK) == marker:
                return Sent(_named(reply, batch))
        if not found or member(said, "has_more") is False:
            return NotSent()
        made_at = _moment(member(found[-1], "created_at"))
        if made_at is not None and made_at < started_at - CLOCKS_APART:
            return NotSent()
        after = {"after": _named(reply, found[-1])}
    return Unknown("there are too many batches to look through")


def look(door: Door, batch: str, explain: Explain) -> Any:
    """Return what OpenAI tells of a batch, None where it knows none of that name."""
    reply = door.get(f"/batches/{safe(batch)}")
    if reply.status == 404:
        return None
    explain(reply)
    said = reply.json()
    if not word(member(said, "status")):
        raise AnswerUnexpected(f"{reply.call}: status missing", app=reply.app)
    return said


def pending(said: Any) -> Pending:
    counts = member(said, "request_counts")
    done = whole_number(member(counts, "completed")) + whole_number(member(counts, "failed"))
    return Pending(done, whole_number(member(counts, "total")), _moment(member(said, "expires_at")))


def answered(door: Door, said: Any, explain: Explain) -> Iterator[Line]:
    """Yield the lines of a batch that is over, from both of its files; of a file that is gone, none."""
    for name in ("output_file_id", "error_file_id"):
        file = member(said, name)
        if not isinstance(file, str):
            continue
        reply = door.get(
            f"/files/{safe(file)}/content", max_bytes=MOST_BYTES, timeout_seconds=SENDING_SECONDS
        )
        if reply.status == 404:
            continue
        if not reply.ok:  # a good one is no JSON, and may hold words that look like an error
            explain(reply)
        for raw in reply.body.splitlines():
            if raw.strip():
                yield _line(reply, raw)


def files_of(said: Any) -> list[str]:
    """Return the ids of a batch's files."""
    names = ("output_file_id", "error_file_id", "input_file_id")
    return [file for name in names if isinstance(file := member(said, name), str)]


def delete(door: Door, files: Sequence[str]) -> None:
    """Delete files as far as it can be done now: what stays ends by itself after some days."""
    for file in files:
        try:
            door.delete(f"/files/{safe(file)}")
        except SignoffError:
            continue


def unknown(batch: str, app: str) -> InputRejected:
    """Return the error for a batch that OpenAI does not know, such as one of another project."""
    return InputRejected(
        f"no batch {word(batch)}",
        app=app,
        owner_message="{app} does not know this batch of records any more. Nothing is lost.",
        next_step="You need to do nothing: the records are asked one by one.",
    )


def safe(id: str) -> str:
    """Return an id that may stand in a path. Raises `AnswerUnexpected` for anything else."""
    if not _ID.fullmatch(id):
        raise AnswerUnexpected("an id with characters that ids do not have", app="OpenAI")
    return id


def _line(reply: Reply, raw: bytes) -> Line:
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):  # half a file: the other half may come when asked again
        raise VendorDown(f"{reply.call}: a line that is no JSON", app=reply.app) from None
    key, response = member(said, "custom_id"), member(said, "response")
    if not isinstance(key, str):
        raise AnswerUnexpected(f"{reply.call}: custom_id missing", app=reply.app)
    call = "a line of a batch"
    if isinstance(response, dict):
        body = json.dumps(response.get("body")).encode()
        return Line(key, Reply(whole_number(response.get("status_code"), 500), {}, body, call, reply.app))
    # Not done (`batch_expired`, `batch_cancelled`): as an outage, for time or another way puts it right.
    body = json.dumps({"error": member(said, "error")}).encode()
    return Line(key, Reply(503, {}, body, call, reply.app))


def _multipart(boundary: str, fields: dict[str, str], filename: str, data: bytes) -> bytes:
    """Return a form with one file. Names and values are ours and plain; the boundary is no text of anybody's."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
    kind = "Content-Type: application/jsonl\r\n\r\n"
    return "".join([*parts, head, kind]).encode() + data + f"\r\n--{boundary}--\r\n".encode()


def _id_in(reply: Reply) -> str:
    id = member(reply.json(), "id")
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise reply.unexpected(f"{reply.call}: id missing")
    return id


def _named(reply: Reply, batch: Any) -> str:
    id = member(batch, "id")
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise AnswerUnexpected(f"{reply.call}: data.id missing", app=reply.app)
    return id


def _moment(value: Any) -> datetime | None:
    seconds = whole_number(value)
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None
