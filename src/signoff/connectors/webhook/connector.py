"""
Webhooks, in and out.

In, a connection keeps the secret with which an app signs its records; nobody is asked about it. Out, it keeps an
address as well, to which approved answers are sent: signed by Standard Webhooks, or with the secret in a header for
receivers that check no signature (Make, n8n, Zapier).

A webhook cannot be asked whether something arrived. What is sent carries an id that stays the same however often it
is sent (`webhook-id`, and `id` in the body). `send` goes again after a lost answer, and relies on a receiver that
leaves out an id it has seen; `send_once` does not, and a person is asked instead.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field as PydanticField

from signoff.connectors.base import (
    Account,
    Connector,
    Intent,
    Notice,
    Outcome,
    Params,
    Unknown,
    Written,
    action,
    target,
)
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    PermissionMissing,
    RateLimited,
    SignoffError,
    VendorDown,
)
from signoff.outbound.reply import Reply
from signoff.outbound.retry_after import retry_after_seconds
from signoff.outbound.signing import InHeader, Signing, StandardWebhook
from signoff.outbound.statuses import SEE_THERE, raise_for_outage

HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
NOT_FOR_A_SECRET = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})
# The receiver of Make answers 400 to more than it can keep; the words are not in its documentation.
FULL = re.compile(rb"queue is full", re.IGNORECASE)


class Send(Params):
    data: dict[str, Any] = PydanticField(description="What is sent: names and values.", min_length=1)
    type: str = target(
        "What happened, by which the receiver tells one kind from another.",
        default="answer.approved",
        pattern=r"^[A-Za-z0-9_.-]{1,80}$",
    )


class SendOnce(Send):
    pass


class Webhook(Connector):
    """Whether the secret is the right one shows with the first record that comes, or the first answer that goes."""

    def check(self) -> Account:
        """Return what the secret and the address are for. Raises `InputRejected` for what could never be sent."""
        if not self._sends:
            return Account("webhook", "Signing secret", may=("let signed records in",))
        self.door.could_send(self._signing("check"))
        host = urlsplit(self.door.base_url).hostname or ""
        return Account("webhook", host, may=(f"send approved answers to {host}", "let signed records in"))

    @action(
        label="Send to a webhook that leaves out what it has seen",
        effect="write",
        repeatable=True,
        reaches_customer=True,
    )
    def send(self, params: Send, marker: str) -> Written:
        reply = self._post(params, marker)
        _explain(reply)
        if reply.status >= 500 or reply.status == 408:
            # It may have arrived all the same. It goes again with the same id, and in the time the receiver asks for.
            wait = retry_after_seconds(reply.headers)
            raise VendorDown(f"{reply.call}: {reply.status}", app=reply.app, retry_after_seconds=wait)
        return Written(id=marker)

    @action(label="Send to a webhook, once", effect="write", repeatable=False, reaches_customer=True)
    def send_once(self, params: SendOnce, marker: str) -> Written:
        reply = self._post(params, marker)
        if reply.status in SEE_THERE:  # what Google's Apps Script answers when it has done its work
            raise_for_outage(reply)
        _explain(reply)
        raise_for_outage(reply)
        return Written(id=marker)

    def tell(self, place: str, notice: Notice, marker: str) -> Written:
        """Tell a program that people are asked something; `place` goes along, for it to tell one kind from another."""
        if not self._sends:
            raise InputRejected(
                "tell: no address",
                app=self.manifest.name,
                field="address",
                owner_message="This webhook has no address that anything could be sent to.",
                next_step="Open the connection and enter the address, or name another place under `review: ask`.",
            )
        data = {
            "place": place,
            "title": notice.title,
            "lines": list(notice.lines),
            "url": notice.url,
            "drafts": [dict(one) for one in notice.about],
        }
        body = {"id": marker, "type": "review.waiting", "data": data}
        reply = self.door.post("", effect="write", json=body, signing=self._signing(marker))
        _explain(reply)
        raise_for_outage(reply)
        return Written(id=marker)

    def reconcile(self, intent: Intent) -> Outcome:
        """Return that nobody can say: a webhook takes things, and answers no questions."""
        return Unknown("a webhook cannot be asked what arrived")

    def _post(self, params: Send, marker: str) -> Reply:
        body = {"id": marker, "type": params.type, "data": params.data}
        return self.door.post("", effect="write", json=body, signing=self._signing(marker))

    def _signing(self, id: str) -> Signing:
        if self.settings["signed"] == "standard":
            return StandardWebhook(id)
        name = self.settings["header"]
        if not HEADER_NAME.fullmatch(name) or name.lower() in NOT_FOR_A_SECRET:
            raise InputRejected(
                "header: not the name of a header",
                app=self.manifest.name,
                field="header",
                owner_message="A secret cannot stand in a header of this name.",
                next_step="Enter a name of letters, digits and hyphens, such as X-Webhook-Secret.",
            )
        return InHeader(name)

    @property
    def _sends(self) -> bool:
        return bool(self.door.base_url)


def _explain(reply: Reply) -> None:
    """Raise the error that an answer stands for; outages are left to the caller."""
    if reply.ok or reply.status >= 500 or reply.status == 408:
        return
    detail = f"{reply.call}: {reply.status}"
    if reply.status == 429 or (reply.status == 400 and FULL.search(reply.body[:400])):
        raise RateLimited(detail, app=reply.app, retry_after_seconds=retry_after_seconds(reply.headers))
    if reply.status in (401, 403, 407):
        raise CredentialRejected(
            detail,
            app=reply.app,
            owner_message="The receiver of this webhook does not accept our secret. Nothing is lost; the work waits.",
            next_step="Look which secret the receiver expects, then open Connections and paste it there.",
        )
    if reply.status in (404, 405, 410) or 300 <= reply.status < 400:
        raise _gone(detail, reply)
    raise InputRejected(
        detail,
        app=reply.app,
        field="data",
        owner_message="The receiver of this webhook did not accept what we sent.",
        next_step="Look there for what it says, mend it, then press Try again.",
    )


def _gone(detail: str, reply: Reply) -> SignoffError:
    """Return the error for an address that takes nothing (any more): everything for it waits, not one run."""
    if reply.status == 410:
        what = "The receiver says that this webhook is gone for good."
    elif reply.status < 400:
        what = "The address of this webhook leads to another one, and what is sent does not follow."
    else:
        what = "Nobody takes anything at the address of this webhook."
    return PermissionMissing(
        detail,
        app=reply.app,
        owner_message=f"{what} Nothing is lost; the work waits.",
        next_step="Look whether it is switched on there. If it has another address now, enter that under Connections.",
    )
