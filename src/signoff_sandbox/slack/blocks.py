"""
What Slack takes as blocks, as far as a message with words and buttons needs it.

Source: https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

from typing import Any

from signoff_sandbox.desk import Problem
from signoff_sandbox.slack import errors

MOST_BLOCKS = 50
MOST_ELEMENTS = {"actions": 25, "context": 10}
LONGEST = {"section": 3000, "header": 150, "button": 75, "url": 3000, "action_id": 255, "value": 2000}
KINDS = ("section", "header", "actions", "context", "divider", "image", "rich_text", "markdown")


def check(blocks: Any) -> list[dict[str, Any]]:
    """Return the blocks of a message, each with its id. Raises `invalid_blocks` as a `Problem`."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise errors.refuse("invalid_blocks_format")
    if len(blocks) > MOST_BLOCKS:
        raise errors.bad_blocks(f"no more than {MOST_BLOCKS} items allowed [json-pointer:/blocks]")
    for number, block in enumerate(blocks):
        _check(block, f"/blocks/{number}")
    return [{"block_id": f"b{number}", **block} for number, block in enumerate(blocks)]


def _check(block: dict[str, Any], where: str) -> None:
    kind = block.get("type")
    if kind not in KINDS:
        raise errors.bad_blocks(f"unsupported type: {kind} [json-pointer:{where}/type]")
    if kind == "section":
        if not block.get("text") and not block.get("fields"):
            raise _missing("text", where)
        for part in (block.get("text"), *(block.get("fields") or [])):
            if part is not None:
                _text(part, f"{where}/text", LONGEST["section"])
        if block.get("accessory"):
            _button(block["accessory"], f"{where}/accessory", set())
    elif kind == "header":
        _text(block.get("text"), f"{where}/text", LONGEST["header"], only="plain_text")
    elif kind in MOST_ELEMENTS:
        elements = block.get("elements")
        if not isinstance(elements, list) or not elements:
            raise _missing("elements", where)
        if len(elements) > MOST_ELEMENTS[kind]:
            raise errors.bad_blocks(
                f"no more than {MOST_ELEMENTS[kind]} items allowed [json-pointer:{where}]"
            )
        seen: set[str] = set()
        for number, element in enumerate(elements):
            if kind == "actions":
                _button(element, f"{where}/elements/{number}", seen)
            else:
                _text(element, f"{where}/elements/{number}", LONGEST["section"])


def _button(button: Any, where: str, seen: set[str]) -> None:
    if not isinstance(button, dict) or button.get("type") != "button":
        raise errors.bad_blocks(f"unsupported type [json-pointer:{where}/type]")
    _text(button.get("text"), f"{where}/text", LONGEST["button"], only="plain_text")
    for name in ("url", "action_id", "value"):
        if len(str(button.get(name) or "")) > LONGEST[name]:
            raise _too_long(LONGEST[name], f"{where}/{name}")
    url = button.get("url")
    if url is not None and not str(url).startswith(("http://", "https://")):
        raise errors.bad_blocks(f"must be a valid URL [json-pointer:{where}/url]")
    action = button.get("action_id")
    if action and action in seen:
        raise errors.bad_blocks(f"`action_id` {action} already exists [json-pointer:{where}/action_id]")
    seen.add(str(action))


def _text(text: Any, where: str, longest: int, only: str = "") -> None:
    if not isinstance(text, dict) or not isinstance(text.get("text"), str):
        raise _missing("text", where)
    if text.get("type") not in ((only,) if only else ("plain_text", "mrkdwn")):
        raise errors.bad_blocks(f"unsupported type: {text.get('type')} [json-pointer:{where}/type]")
    if not text["text"]:
        raise errors.bad_blocks(f"must be more than 0 characters [json-pointer:{where}/text]")
    if len(text["text"]) > longest:
        raise _too_long(longest, f"{where}/text")


def _missing(name: str, where: str) -> Problem:
    return errors.bad_blocks(f"missing required field: {name} [json-pointer:{where}]")


def _too_long(longest: int, where: str) -> Problem:
    return errors.bad_blocks(f"must be less than {longest + 1} characters [json-pointer:{where}]")
