"""Sends HubSpot's webhooks, signed in the v3 way; also twice, forged or too old, when asked."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from typing import Any

from signoff_sandbox.clock import Clock
from signoff_sandbox.hubspot.objects import ACCOUNT_ID

APP_ID = 1_234_567
TIMEOUT_SECONDS = 30


def signature(secret: str, method: str, url: str, body: bytes, timestamp: str) -> str:
    """Return the v3 signature: base64 of HMAC-SHA256 over method, URL, body and timestamp."""
    text = method.encode() + url.encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def event(number: int, object_id: int, occurred_ms: int, **more: Any) -> dict[str, Any]:
    """Return one event as HubSpot tells it; `more` replaces any part."""
    return {
        "eventId": 100 + number,
        "subscriptionId": 7,
        "portalId": ACCOUNT_ID,
        "appId": APP_ID,
        "occurredAt": occurred_ms,
        "subscriptionType": "contact.creation",
        "attemptNumber": 0,
        "objectId": object_id,
        "changeSource": "CRM_UI",
        **({} if "propertyName" in more else {"changeFlag": "CREATED"}),
        **more,
    }


async def send(clock: Clock, asked: dict[str, Any]) -> list[int]:
    """
    Post the events of `asked` to its `url`, signed with its `secret`; return the status of each answer (0:
    none).

    `times` sends the same batch again, `forged` signs with another secret, `age_seconds` dates it back.
    """
    url, secret = str(asked["url"]), str(asked["secret"])
    body = json.dumps(asked.get("events") or [], separators=(",", ":")).encode()
    timestamp = str(int((clock.now() - float(asked.get("age_seconds", 0))) * 1000))
    signed_with = f"not {secret}" if asked.get("forged") else secret
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "HubSpot Connect 2.0 (practice)",
        "X-HubSpot-Request-Timestamp": timestamp,
        "X-HubSpot-Signature-v3": signature(signed_with, "POST", url, body, timestamp),
    }
    return [await asyncio.to_thread(_post, url, body, headers) for _ in range(int(asked.get("times", 1)))]


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    if not url.startswith(("http://", "https://")):
        raise ValueError("a webhook goes to an http address")
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 (checked above)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
