"""
Tells a business what happened, at the address it has given: signed, again until it hears 200, and in any order.

Meta writes letters outside of ASCII as escapes, and signs what it writes.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from signoff_sandbox.clock import Clock
from signoff_sandbox.whatsapp.office import WABA_ID, Number, Office

TIMEOUT_SECONDS = 10
WAITS_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)  # Meta's grow for seven days; a practice is over sooner


@dataclass
class Undelivered:
    """One request that nobody has taken yet."""

    url: str
    value: dict[str, Any]
    answers: list[int] = field(default_factory=list)


class Webhooks:
    """The requests that tell a business what happened."""

    def __init__(self, office: Office, clock: Clock) -> None:
        self.office = office
        self.clock = clock
        self.told: list[dict[str, Any]] = []
        self.waiting: list[Undelivered] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    def url_for(self, number: Number) -> str:
        return number.override_url or self.office.callback_url

    async def ask(self, url: str, verify_token: str) -> bool:
        """Ask an address whether it wants to hear from us; say whether it answered as it must."""
        challenge = str(secrets.randbelow(10**10))
        asked = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
        joint = "&" if urllib.parse.urlsplit(url).query else "?"
        status, answer = await asyncio.to_thread(_call, url + joint + urllib.parse.urlencode(asked), None, {})
        return status == 200 and answer.strip() == challenge.encode()

    def value(self, number: Number, **parts: Any) -> dict[str, Any]:
        """Return what stands behind `value` for a number."""
        return {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": "".join(c for c in number.display if c.isdigit()),
                "phone_number_id": number.id,
            },
            **parts,
        }

    async def tell(self, number: Number, value: dict[str, Any], *, url: str = "", **how: Any) -> list[int]:
        """
        Tell a value; returns the status of each answer (0: none). What nobody takes is told again in a while.

        `times` tells it again, `forged` signs with another secret.
        """
        to = url or self.url_for(number)
        if not to:
            return []
        answers = []
        for _ in range(int(how.get("times", 1))):
            answers.append(await self.post(to, [value], forged=bool(how.get("forged"))))
        if answers[-1] != 200 and not how.get("forged"):
            again = Undelivered(to, value, answers[-1:])
            self.waiting.append(again)
            self.later(self._again(again))
        return answers

    async def post(self, url: str, values: list[dict[str, Any]], *, forged: bool = False) -> int:
        """Post values in one request, each as a change of its own, and return the status of the answer."""
        changes = [{"value": value, "field": "messages"} for value in values]
        document = {"object": "whatsapp_business_account", "entry": [{"id": WABA_ID, "changes": changes}]}
        return await self.post_raw(url, json.dumps(document).encode(), forged=forged)

    async def post_raw(self, url: str, body: bytes, *, forged: bool = False) -> int:
        secret = f"not {self.office.app_secret}" if forged else self.office.app_secret
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
        }
        status, _ = await asyncio.to_thread(_call, url, body, headers)
        self.told.append({"at": self.clock.now(), "status": status, "bytes": len(body), "forged": forged})
        return status

    def later(self, work: Any) -> None:
        """Do something while the practice app goes on."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def redeliver(self) -> list[int]:
        """Tell at once what nobody has taken yet; returns the statuses."""
        return [await self._once(one) for one in list(self.waiting)]

    async def _again(self, one: Undelivered) -> None:
        for wait in WAITS_SECONDS:
            await asyncio.sleep(wait)
            if one not in self.waiting or await self._once(one) == 200:
                return

    async def _once(self, one: Undelivered) -> int:
        status = await self.post(one.url, [one.value])
        one.answers.append(status)
        if status == 200 and one in self.waiting:
            self.waiting.remove(one)
        return status


def _call(url: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
    if not url.startswith(("http://", "https://")):
        raise ValueError("a webhook goes to an http address")
    request = urllib.request.Request(url, body, headers)  # noqa: S310 (checked above)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            return int(answer.status), answer.read(4096)
    except urllib.error.HTTPError as error:
        return error.code, b""
    except OSError:
        return 0, b""
