"""One request to one address, signed by Standard Webhooks, and what was heard of it in words for a person."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from signoff.core import clock
from signoff.core.errors import InputRejected, OutcomeUnknown, SignoffError, Unavailable
from signoff.core.home import allowed_hosts
from signoff.hooks.models import Hook
from signoff.hooks.subscribe import opened
from signoff.outbound.door import Door
from signoff.outbound.guard import AddressRefused
from signoff.outbound.reply import Reply
from signoff.outbound.retry_after import retry_after_seconds
from signoff.outbound.signing import StandardWebhook
from signoff.pacing.idle import give_back_connection
from signoff.vault import seal
from signoff.vault.keys import KeyTrouble

SILENCE_SECONDS, TOTAL_SECONDS = 10.0, 20.0
MOST_ANSWER_BYTES = 1_000_000
TEST = "hook.test"  # the type of a test: a receiver that acts by type acts on none


@dataclass(frozen=True)
class Heard:
    """What came of sending: `status` as the receiver answered, or `problem` in words. `again`: it may help."""

    status: int | None
    problem: str = ""
    again: bool = True
    wait_seconds: float | None = None
    gone: bool = False


def try_out(hook: Hook) -> Heard:
    """Send a test to the address of a hook, here and now, once. It is no message: nothing is kept of it."""
    if hook.url_sealed is None:
        return Heard(None, "The address was taken away.")
    body = {
        "type": TEST,
        "timestamp": clock.now().isoformat(),
        "data": {"hook": hook.pk, "event": hook.event, "says": "This is a test. Nothing has happened."},
    }
    return send(hook, f"test_{secrets.token_urlsafe(20)}", body, total_seconds=SILENCE_SECONDS)


def send(
    hook: Hook, webhook_id: str, body: Mapping[str, Any], *, total_seconds: float = TOTAL_SECONDS
) -> Heard:
    """Post a body to the address of a hook, once, and say in words what was heard."""
    try:
        url, secret = opened(hook, "url"), opened(hook, "secret")
    except (seal.Damaged, KeyTrouble):
        return Heard(None, "The saved address cannot be opened with the key that is here.")
    door = Door(
        url.reveal(),
        app=hook.host,
        authorise=lambda: {"Authorization": f"Bearer {secret.reveal()}"},
        timeout_seconds=SILENCE_SECONDS,
        total_seconds=total_seconds,
        allow_hosts=allowed_hosts(),
        max_bytes=MOST_ANSWER_BYTES,
    )
    give_back_connection()
    try:
        reply = door.post("", effect="write", json=dict(body), signing=StandardWebhook(webhook_id))
    except AddressRefused:
        return Heard(None, "The address lies in a private network, or is not encrypted.", again=False)
    except InputRejected:
        return Heard(None, "The secret cannot be used to sign.", again=False)
    except Unavailable:
        return Heard(None, "Nobody could be reached at this address.")
    except OutcomeUnknown:
        return Heard(None, "The receiver was reached and gave no answer in time. It may have what was sent.")
    except SignoffError as error:
        return Heard(None, f"What came back could not be read ({type(error).__name__}).")
    return _read(reply)


def plain(document: Mapping[str, object]) -> dict[str, object]:
    """Return a document with its times as text."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in document.items()
    }


def _read(reply: Reply) -> Heard:
    if reply.ok:
        return Heard(reply.status)
    if reply.status == 410:
        return Heard(410, "The receiver says that this address is gone for good.", again=False, gone=True)
    if 300 <= reply.status < 400:
        return Heard(reply.status, "The address leads to another one, and what is sent does not follow.")
    wait = retry_after_seconds(reply.headers)
    return Heard(reply.status, f"The receiver answered {reply.status}.", wait_seconds=wait)
