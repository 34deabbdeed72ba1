"""The shapes in which OpenAI's two endpoints tell an answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from starlette.responses import JSONResponse, Response

from signoff_sandbox.ai.mistakes import Spoken

Json = dict[str, Any]
# (prompt, completion with thoughts, thoughts)
Tokens = tuple[int, int, int]
_PIECE_CHARACTERS = 20


def completion(id: str, created: int, model: str, spoken: Spoken, tokens: Tokens) -> Json:
    """Return a chat completion."""
    message: Json = {
        "role": "assistant",
        "content": None if spoken.refusal else spoken.text,
        "refusal": spoken.refusal,
        "annotations": [],
    }
    return {
        "id": id,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "service_tier": "default",
        "choices": [{"index": 0, "finish_reason": spoken.stopped, "logprobs": None, "message": message}],
        "usage": _chat_usage(tokens),
    }


async def chunks(
    id: str, created: int, model: str, spoken: Spoken, tokens: Tokens, *, with_usage: bool
) -> AsyncIterator[str]:
    """Yield a chat completion as server-sent events, a few characters at a time."""
    base = {"id": id, "object": "chat.completion.chunk", "created": created, "model": model}

    def event(delta: Json, stopped: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": stopped, "logprobs": None}
        return f"data: {json.dumps({**base, 'choices': [choice]})}\n\n"

    yield event({"role": "assistant", "content": ""})
    for start in range(0, len(spoken.text), _PIECE_CHARACTERS):
        yield event({"content": spoken.text[start : start + _PIECE_CHARACTERS]})
    if spoken.refusal:
        yield event({"refusal": spoken.refusal})
    yield event({}, spoken.stopped)
    if with_usage:
        yield f"data: {json.dumps({**base, 'choices': [], 'usage': _chat_usage(tokens)})}\n\n"
    yield "data: [DONE]\n\n"


def response(id: str, created: int, model: str, spoken: Spoken, tokens: Tokens, asked: Json) -> Json:
    """Return a response; one that was cut off is `incomplete` with HTTP 200."""
    whole = spoken.stopped == "stop"
    status = "completed" if whole else "incomplete"
    part: Json = {"type": "output_text", "text": spoken.text, "annotations": [], "logprobs": []}
    if spoken.refusal:
        part = {"type": "refusal", "refusal": spoken.refusal}
    reason = "content_filter" if spoken.stopped == "content_filter" else "max_output_tokens"
    message = {
        "type": "message",
        "id": id.replace("resp", "msg"),
        "role": "assistant",
        "status": status,
        "content": [part],
    }
    return {
        "id": id,
        "object": "response",
        "created_at": created,
        "status": status,
        "error": None,
        "incomplete_details": None if whole else {"reason": reason},
        "instructions": asked.get("instructions"),
        "metadata": asked.get("metadata") or {},
        "model": model,
        "output": [message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": tokens[0],
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": tokens[1],
            "output_tokens_details": {"reasoning_tokens": tokens[2]},
            "total_tokens": tokens[0] + tokens[1],
        },
    }


def failed_response(code: str) -> Response:
    """Return a response that failed, under HTTP 200."""
    return JSONResponse(
        {
            "id": "resp_failed",
            "object": "response",
            "status": "failed",
            "error": {"code": code, "message": "The practice AI was told to fail."},
            "incomplete_details": None,
            "output": [],
            "usage": None,
        }
    )


FAILED_RESPONSES = {
    f"failed_{code}": partial(failed_response, code)
    for code in ("server_error", "rate_limit_exceeded", "invalid_prompt", "invalid_image_format")
}


def _chat_usage(tokens: Tokens) -> Json:
    return {
        "prompt_tokens": tokens[0],
        "completion_tokens": tokens[1],
        "total_tokens": tokens[0] + tokens[1],
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": tokens[2],
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
