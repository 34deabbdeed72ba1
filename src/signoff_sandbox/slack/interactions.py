"""
What Slack does by itself with a message: it tells the app that a button was pressed, and looks at links for a preview.

Source: https://docs.slack.dev/interactivity/handling-user-interaction
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from signoff_sandbox.clock import Clock
from signoff_sandbox.desk import BadControl
from signoff_sandbox.slack.formatting import buttons, links, texts
from signoff_sandbox.slack.workspace import BOT, PERSON, SIGNING_SECRET, Workspace

TIMEOUT_SECONDS = 10
PREVIEW_AGENT = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"


def signature(secret: str, sent_at: str, body: bytes) -> str:
    """Return the v0 signature: hex of HMAC-SHA256 over version, time and body."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{sent_at}:".encode() + body, hashlib.sha256).hexdigest()


async def press(workspace: Workspace, clock: Clock, asked: dict[str, Any]) -> dict[str, Any]:
    """
    Press a message's first button: post the interaction to `url`, signed; return the answer's status and body.

    `forged` signs with another secret, `age_seconds` dates it back, `action` replaces what was pressed.
    """
    channel, message = workspace.message(str(asked["ts"]))
    button = next(buttons(message["blocks"]), None)
    if button is None:
        raise BadControl("this message has no button")
    sent_at = str(int(clock.now() - float(asked.get("age_seconds", 0))))
    action = {
        "type": "button",
        "action_id": button.get("action_id", ""),
        "block_id": button["block_id"],
        "text": button["text"],
        "value": button.get("value", ""),
        "action_ts": f"{sent_at}.000000",
        **(asked.get("action") or {}),
    }
    payload = {
        "type": "block_actions",
        "user": {"id": PERSON["user_id"], "username": PERSON["user"], "team_id": workspace.team["id"]},
        "api_app_id": BOT["app_id"],
        "team": {"id": workspace.team["id"], "domain": "harbourdesk"},
        "channel": {"id": channel.id, "name": channel.name},
        "message": {"ts": message["ts"], "text": message["text"]},
        "container": {"type": "message", "message_ts": message["ts"], "channel_id": channel.id},
        "trigger_id": "1.2.practice",
        "response_url": "https://hooks.slack.example/actions/practice",
        "actions": [action],
    }
    body = urllib.parse.urlencode({"payload": json.dumps(payload)}).encode()
    secret = str(asked.get("secret") or SIGNING_SECRET)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "X-Slack-Request-Timestamp": sent_at,
        "X-Slack-Signature": signature(f"not {secret}" if asked.get("forged") else secret, sent_at, body),
    }
    answer = await asyncio.to_thread(_ask, str(asked["url"]), body, headers)
    return {**answer, "opens": button.get("url", "")}


async def preview(workspace: Workspace, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Look at every link and button of a message, as Slack does before anybody has pressed anything."""
    _, message = workspace.message(str(asked["ts"]))
    said = [message["text"], *(t["text"] for t in texts(message["blocks"]) if t.get("type") == "mrkdwn")]
    found = [link for text in said for link in links(text)]
    found += [button["url"] for button in buttons(message["blocks"]) if button.get("url")]
    headers = {"User-Agent": PREVIEW_AGENT}
    return [{"url": url, **await asyncio.to_thread(_ask, url, None, headers)} for url in found]


def _ask(url: str, body: bytes | None, headers: dict[str, str]) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        raise BadControl("an address begins with http")
    request = urllib.request.Request(url, body, headers)  # noqa: S310 (checked above)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            return {"status": answer.status, "body": answer.read(2000).decode(errors="replace")}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "body": error.read(2000).decode(errors="replace")}
    except OSError:
        return {"status": 0, "body": ""}
