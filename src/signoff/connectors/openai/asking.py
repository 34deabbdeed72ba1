"""How a question is put, in any dialect, and how else when a provider does not take it that way."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from signoff.connectors.openai.faults import Fault
from signoff.connectors.shapes import items, lenient_json, member, whole_number
from signoff.connectors.structured import strict, told
from signoff.core.prompt import Message, Prompt
from signoff.outbound.reply import Reply

THINKING_TOKENS = 8192  # room for a model that thinks: its thoughts count as output
Api = Literal["chat", "responses"]
Form = Literal["json_schema", "json_object", "text"]
PATHS: dict[Api, str] = {"chat": "/chat/completions", "responses": "/responses"}
_ABOUT_FORM = re.compile(r"response_format|text\.format|json_schema|json_object|structured output")
_NOT_TAKEN = re.compile(r"unsupported|not supported|unknown|unrecogni[sz]ed|unexpected|not permitted|extra")
_OTHER_API = re.compile(r"not a chat model|v1/responses", re.I)


@dataclass(frozen=True)
class Dialect:
    """What one model of one provider takes, as far as it is known."""

    api: Api = "chat"
    form: Form = "json_schema"
    limit_name: str = "max_completion_tokens"
    thinks: bool = False


def request_for(prompt: Prompt, schema: Mapping[str, Any] | None, dialect: Dialect) -> dict[str, Any]:
    """Return the request's body; the temperature is never set, because newer models refuse it."""
    messages = [
        {"role": message.role, "content": _content(message, dialect.api)} for message in prompt.messages
    ]
    if schema is not None and dialect.form != "json_schema":
        messages.append({"role": "system", "content": told(schema)})
    most = prompt.max_output_tokens + (THINKING_TOKENS if dialect.thinks else 0)
    form = _form(schema, dialect.form)
    if dialect.api == "chat":
        question = {"model": prompt.model, "messages": messages, dialect.limit_name: most}
        if form:
            nested = {"json_schema": form["json_schema"]} if "json_schema" in form else {}
            question["response_format"] = {"type": form["type"], **nested}
        return question
    question = {"model": prompt.model, "input": messages, "max_output_tokens": most}
    # Unless told otherwise, OpenAI keeps what it was asked for a month.
    question["store"] = False
    if form:
        question["text"] = {"format": {"type": form["type"], **form.get("json_schema", {})}}
    return question


def other_way(reply: Reply, dialect: Dialect, with_schema: bool) -> Dialect | None:
    """
    Return how to ask instead if the provider did not take the way we asked, or None if that was not it.
    """
    if reply.status not in (400, 404, 422):
        return None
    fault = Fault.of(reply)
    blamed = f"{fault.param} {fault.message}".lower()
    if dialect.api == "chat" and _OTHER_API.search(blamed):
        return replace(dialect, api="responses")
    # "max_completion_tokens is too large" is another matter, and no reason to change the name.
    if dialect.limit_name in blamed and dialect.limit_name != "max_tokens" and _NOT_TAKEN.search(blamed):
        return replace(dialect, limit_name="max_tokens")
    if not with_schema or not _ABOUT_FORM.search(blamed):
        return None
    following: dict[Form, Form] = {"json_schema": "json_object", "json_object": "text"}
    return replace(dialect, form=following[dialect.form]) if dialect.form in following else None


def more_room(reply: Reply, dialect: Dialect) -> Dialect | None:
    """Return the same with room to think, if a model's thoughts left none for the answer."""
    said = lenient_json(reply)
    if dialect.thinks or not reply.ok:
        return None
    cut_off = member(next(iter(items(member(said, "choices"))), None), "finish_reason") == "length"
    cut_off = cut_off or member(said, "incomplete_details", "reason") == "max_output_tokens"
    usage = member(said, "usage")
    details = member(usage, "completion_tokens_details") or member(usage, "output_tokens_details")
    thought = whole_number(member(details, "reasoning_tokens"))
    return replace(dialect, thinks=True) if cut_off and thought else None


def _form(schema: Mapping[str, Any] | None, form: Form) -> dict[str, Any]:
    """Return the form of the answer, as Chat Completions nests it; empty where it is only told in words."""
    if schema is None or form == "text":
        return {}
    if form == "json_object":
        return {"type": "json_object"}
    named = {"name": "answer", "strict": True, "schema": strict(schema)}
    return {"type": "json_schema", "json_schema": named}


def _content(message: Message, api: Api) -> Any:
    """Return a message's content: its text, or its pictures and then its text."""
    if not message.images:
        return message.text
    addresses = [
        f"data:{image.media_type};base64,{b64encode(image.data).decode()}" for image in message.images
    ]
    if api == "chat":
        pictures: list[Any] = [{"type": "image_url", "image_url": {"url": address}} for address in addresses]
        return [*pictures, {"type": "text", "text": message.text}]
    pictures = [{"type": "input_image", "image_url": address, "detail": "auto"} for address in addresses]
    return [*pictures, {"type": "input_text", "text": message.text}]
