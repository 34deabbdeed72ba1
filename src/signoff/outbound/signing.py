"""
Signing a request where a fixed header does not do.

A connector says how (`Signing`), and the door does it: only the door sees the key.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass


class CannotSign(Exception):
    """The key is not one to sign with in this way; the text says why, for the owner, and holds nothing of it."""


@dataclass(frozen=True)
class InHeader:
    """The key as it is, in a header of this name; `Authorization` carries it as a bearer token."""

    name: str

    def headers(self, key: str, body: bytes, now: float) -> dict[str, str]:
        return {self.name: f"Bearer {key}" if self.name.lower() == "authorization" else key}


@dataclass(frozen=True)
class StandardWebhook:
    """
    By Standard Webhooks 1.0. `id` stays the same when a message is sent again, and tells the receiver so.

    Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """

    id: str

    def headers(self, key: str, body: bytes, now: float) -> dict[str, str]:
        """Raises `CannotSign` where the key is no secret of Standard Webhooks."""
        try:
            text = key.removeprefix("whsec_")
            secret = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if not secret or key.startswith(("whsk_", "whpk_")):
            raise CannotSign("it is none of Standard Webhooks, which begin with whsec_.")
        sent_at = str(int(now))
        content = b".".join((self.id.encode(), sent_at.encode(), body))
        signature = base64.b64encode(hmac.digest(secret, content, "sha256")).decode()
        return {
            "webhook-id": self.id,
            "webhook-timestamp": sent_at,
            "webhook-signature": f"v1,{signature}",
        }


Signing = InHeader | StandardWebhook
