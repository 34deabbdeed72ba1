"""
How Slack reads text: whom a message notifies, and which links it holds.

`&`, `<` and `>` are control characters: `<!here>`, `<@U123>`, `<https://…|words>`. Escaped as entities they are just
characters. In a block's `mrkdwn`, unless it is `verbatim`, Slack may read plain `@here` as well; in a message's own
`text` it does so only with `parse=full` or `link_names`. `plain_text` is never read.
Source: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

SEQUENCE = re.compile(r"<([^<>]+)>")
BARE = re.compile(r"(?<![\w@])@(here|channel|everyone|[a-z0-9][\w.-]{0,60})")
ALL = ("here", "channel", "everyone")


def notified(text: str, *, bare: bool) -> Iterator[str]:
    """Return whom a text notifies: `here`, a person's id. `bare`: plain @words are read as well."""
    for found in SEQUENCE.finditer(text):
        body = found[1].split("|")[0]
        if body.startswith("!subteam^") or body.startswith("@"):
            yield body.lstrip("!@")
        elif body.startswith("!") and body[1:] in ALL:
            yield body[1:]
    if bare:
        yield from BARE.findall(text)


def links(text: str) -> Iterator[str]:
    """Return the addresses of links written as `<https://…|words>`."""
    for found in SEQUENCE.finditer(text):
        body = found[1].split("|")[0]
        if body.startswith(("http://", "https://", "mailto:")):
            yield body


def shown(text: str) -> str:
    """Return a text as a person reads it: sequences by their words, entities as characters."""
    words = SEQUENCE.sub(lambda found: found[1].split("|")[-1], text)
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def texts(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Return every text object of a message's blocks."""
    for block in blocks:
        for part in (block.get("text"), *(block.get("fields") or []), *(block.get("elements") or [])):
            if isinstance(part, dict):
                yield part["text"] if isinstance(part.get("text"), dict) else part
        accessory = block.get("accessory")
        if isinstance(accessory, dict) and isinstance(accessory.get("text"), dict):
            yield accessory["text"]


def buttons(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Return every button of a message's blocks, with the id of its block."""
    for block in blocks:
        for part in (*(block.get("elements") or []), block.get("accessory")):
            if isinstance(part, dict) and part.get("type") == "button":
                yield {**part, "block_id": block.get("block_id", "")}
