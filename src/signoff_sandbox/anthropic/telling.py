"""The shapes in which Anthropic tells a message, whole or as a stream of events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from signoff_sandbox.ai.mistakes import Spoken
from signoff_sandbox.ai.telling import Tokens

Json = dict[str, Any]
_PIECE_CHARACTERS = 20
_STOPPED = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}


def message(id: str, model: str, spoken: Spoken, tokens: Tokens, tool: str) -> Json:
    """Return a message. A refusal is no error: HTTP 200, no content, and `stop_reason` says it."""
    stopped = "refusal" if spoken.refusal else _STOPPED[spoken.stopped]
    refused = {"type": "refusal", "category": None, "explanation": spoken.refusal}
    return {
        "id": id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [] if stopped == "refusal" else _content(id, spoken, tool),
        "stop_reason": "tool_use" if tool and stopped == "end_turn" else stopped,
        "stop_sequence": None,
        "stop_details": refused if stopped == "refusal" else None,
        "usage": {
            "input_tokens": tokens[0],
            "output_tokens": tokens[1],
            "cache_read_input_tokens": 0,
            "cache_creation_input_tokens": 0,
            "service_tier": "standard",
        },
    }


def _content(id: str, spoken: Spoken, tool: str) -> list[Json]:
    if not tool:
        return [{"type": "text", "text": spoken.text}] if spoken.text else []
    try:
        value = json.loads(spoken.text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        # Even a forced tool cannot be used with what is no object; a model then writes text.
        return [{"type": "text", "text": spoken.text}] if spoken.text else []
    return [{"type": "tool_use", "id": id.replace("msg", "toolu"), "name": tool, "input": value}]


async def events(told: Json) -> AsyncIterator[str]:
    """Yield a message as server-sent events, a few characters at a time."""

    def event(kind: str, **more: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n"

    begun = {**told, "content": [], "stop_reason": None, "usage": {**told["usage"], "output_tokens": 1}}
    yield event("message_start", message=begun)
    for index, block in enumerate(told["content"]):
        is_text = block["type"] == "text"
        whole = block["text"] if is_text else json.dumps(block["input"])
        yield event(
            "content_block_start",
            index=index,
            content_block={**block, **({"text": ""} if is_text else {"input": {}})},
        )
        for start in range(0, len(whole), _PIECE_CHARACTERS):
            piece = whole[start : start + _PIECE_CHARACTERS]
            delta = {"type": "text_delta", "text": piece}
            if not is_text:
                delta = {"type": "input_json_delta", "partial_json": piece}
            yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    ended = {name: told[name] for name in ("stop_reason", "stop_sequence", "stop_details")}
    yield event("message_delta", delta=ended, usage={"output_tokens": told["usage"]["output_tokens"]})
    yield event("message_stop")
