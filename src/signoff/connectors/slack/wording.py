"""
Text as Slack takes it: nothing that a record or an AI wrote can call anybody, or pretend to be a link.

`&`, `<` and `>` are Slack's control characters, and nothing else is while `parse` is none and names are not linked.
What stands in a block is `plain_text`, of which Slack reads nothing at all.
Source: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

from typing import Any

from signoff.connectors.base import Notice

LONGEST_TEXT = 40_000  # characters, as they are sent
LONGEST_HEADER, LONGEST_SECTION, LONGEST_BUTTON = 150, 3000, 75
# No preview is made of a link, and no plain @word or #word becomes one.
QUIET = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}


def escaped(text: str) -> str:
    """Return a text in which Slack reads nothing but the marks for bold, italic and code."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def marking(marker: str) -> dict[str, Any]:
    """Return the metadata by which a message is found again; people do not see it."""
    return {"event_type": "signoff_delivery", "event_payload": {"marker": marker}}


def as_message(notice: Notice) -> dict[str, Any]:
    """Return a notice as a message: its words, then a button, or a link where nobody hears the button pressed."""
    words = "\n".join(notice.lines)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(notice.title, LONGEST_HEADER)},
        *([{"type": "section", "text": _plain(words, LONGEST_SECTION)}] if words.strip() else []),
    ]
    if notice.as_button:
        button = {
            "type": "button",
            "style": "primary",
            "text": _plain(notice.button, LONGEST_BUTTON),
            "url": notice.url,
            "action_id": "open",
        }
        blocks.append({"type": "actions", "elements": [button]})
    else:
        link = f"*<{escaped(notice.url)}|{escaped(notice.button)}>*"
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": link, "verbatim": True}})
    # What a notification and a screen reader say.
    return {"text": escaped(f"{notice.title}\n{words}".strip()), "blocks": blocks, **QUIET}


def _plain(text: str, longest: int) -> dict[str, Any]:
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return {"type": "plain_text", "text": short, "emoji": False}
