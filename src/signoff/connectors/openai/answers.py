"""Reading what comes back: an answer's text and why it ended, what it used, the list of models."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from signoff.connectors.base import Stopped, Usage
from signoff.connectors.openai.faults import bad_picture
from signoff.connectors.shapes import items, member, whole_number, word
from signoff.core.errors import AnswerUnexpected, PermissionMissing, RateLimited, VendorDown
from signoff.outbound.reply import Reply
from signoff.outbound.retry_after import retry_after_seconds

# How a response can fail with HTTP 200 because of what was asked (`response.error.code`).
NOT_ANSWERED = frozenset({"invalid_prompt", "bio_policy", "misalignment_policy_violation"})
STOPPED: dict[str, Stopped] = {
    "length": "cut off",
    "max_output_tokens": "cut off",
    "content_filter": "filtered",
}


def chat_text(reply: Reply, said: Any) -> tuple[str, Stopped]:
    """Return what a completion says, and why it ended."""
    choice = next(iter(items(member(said, "choices"))), None)
    message = member(choice, "message")
    if not isinstance(message, dict):
        raise AnswerUnexpected(f"{reply.call}: choices.0.message missing", app=reply.app)
    text = _text(message.get("content"))
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal and not text:
        return refusal, "refused"
    return text, STOPPED.get(str(member(choice, "finish_reason")), "done")


def response_text(reply: Reply, said: Any) -> tuple[str, Stopped]:
    """Return what a response says; its status comes first, because HTTP 200 can be a failure."""
    status = word(member(said, "status"))
    if status == "failed":
        return _failed(reply, word(member(said, "error", "code")))
    if status not in ("completed", "incomplete") or not isinstance(member(said, "output"), list):
        raise AnswerUnexpected(f"{reply.call}: status {status or 'missing'}", app=reply.app)
    parts = [
        part
        for item in said["output"]
        if member(item, "type") == "message"
        for part in items(member(item, "content"))
    ]
    text = "".join(str(member(part, "text") or "") for part in parts)
    refusals = [str(member(part, "refusal")) for part in parts if member(part, "type") == "refusal"]
    if refusals and not text:
        return refusals[0], "refused"
    if status == "incomplete":
        return text, STOPPED.get(str(member(said, "incomplete_details", "reason")), "cut off")
    return text, "done"


def usage_in(said: Any) -> Usage:
    """Return what was used, in the words of either API."""
    read = member(said, "prompt_tokens_details") or member(said, "input_tokens_details")
    return Usage(
        input_tokens=whole_number(member(said, "prompt_tokens") or member(said, "input_tokens")),
        output_tokens=whole_number(member(said, "completion_tokens") or member(said, "output_tokens")),
        cached_tokens=whole_number(member(read, "cached_tokens")),
    )


def models_in(reply: Reply) -> list[Any]:
    """Return what a list of models holds. Raises `AnswerUnexpected` where it is none."""
    said = reply.json()
    listed = said if isinstance(said, list) else member(said, "data")
    if not isinstance(listed, list):
        raise AnswerUnexpected(f"{reply.call}: data missing", app=reply.app)
    return listed


def day_in(value: Any) -> date | None:
    """Return a day that an app tells, None where it is none."""
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def moment_in(value: Any) -> datetime | None:
    """Return a moment that an app tells, in UTC where it names no zone; None where it is none."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _failed(reply: Reply, code: str) -> tuple[str, Stopped]:
    """Return a failure that is an answer of its kind, or raise what it means."""
    detail = f"{reply.call}: failed {code}".rstrip()
    if code in NOT_ANSWERED:
        return "", "filtered"
    if code == "rate_limit_exceeded":
        raise RateLimited(detail, app=reply.app, retry_after_seconds=retry_after_seconds(reply.headers))
    if "image" in code:
        raise bad_picture(detail, reply.app)
    if code == "data_residency_mismatch":
        raise PermissionMissing(detail, app=reply.app, lacks=(code,))
    raise VendorDown(detail, app=reply.app, retry_after_seconds=retry_after_seconds(reply.headers))


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(member(part, "text") or "") for part in items(content))
