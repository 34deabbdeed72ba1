"""ntfy: messages start work, answers become messages. From ntfy's documentation as of November 2026."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from pydantic import Field as PydanticField

from signoff.connectors import base
from signoff.connectors.base import Connector, Written, action, target
from signoff.connectors.shapes import is_page, items, lenient_json, member, web_page
from signoff.core.errors import CredentialRejected, InputRejected, PermissionMissing, RateLimited
from signoff.outbound.reply import Reply
from signoff.outbound.statuses import raise_for_outage

FIELDS = {"title": "Title", "message": "Text", "click": "Link"}
# A scheduled message bears the time it was due and appears a little later: look back as far as this.
LATE_SECONDS = 300
# A message of ours bears two tags: this one, by which the trigger leaves it out, and the marker.
OURS = "signoff"
LONGEST_BYTES = 4096  # ntfy makes a file of a longer message


class SendMessage(base.Params):
    topic: str | None = target("The topic; if empty, the one of the connection.", default=None)
    title: str | None = PydanticField(default=None, description="The title.", max_length=250)
    text: str = PydanticField(description="The text of the message.", min_length=1, max_length=4000)
    priority: int = PydanticField(default=3, ge=1, le=5, description="From 1 (silent) to 5 (urgent).")
    link: str | None = target("The page that a tap on the message opens.", default=None, max_length=1000)


class Ntfy(Connector):
    """One account and one topic, by an access token."""

    triggers = (base.Trigger("message_received", "A message arrives", "message", needs=("read messages",)),)

    def check(self) -> base.Account:
        account = self._account()
        name = str(member(account, "username") or "*")
        if name == "*":  # what ntfy calls a visitor who has not signed in
            raise CredentialRejected("GET /v1/account: anonymous", app="ntfy")
        reply = self.door.get(f"/{quote(self._topic(), safe='')}/auth")
        if reply.status == 403 and not is_page(reply):  # who may send, ntfy tells by sending alone
            return base.Account(name, name, may=("send messages",), lacks=("read messages",))
        _explain(reply)
        return base.Account(name, name, may=("read messages", "send messages"))

    def fields(self, object: str) -> list[base.Field]:
        return [base.Field(name, label, "text") for name, label in FIELDS.items()]

    def changes(self, trigger: str, cursor: str | None, fields: Sequence[str]) -> base.Page:
        place: dict[str, Any] = json.loads(cursor) if cursor else {"since": 0, "told": []}
        found = self._messages(self._topic(), since=str(place["since"] or "all"))
        since = max([place["since"], *(one["time"] - LATE_SECONDS for one in found)])
        told = [one["id"] for one in found if one["time"] >= since]
        new = [one for one in found if cursor and one["id"] not in place["told"]]
        events = tuple(_event(one, fields) for one in new if OURS not in items(member(one, "tags")))
        return base.Page(events, json.dumps({"since": since, "told": told}))

    def latest(self, trigger: str, most: int) -> list[base.Event]:
        found = reversed(self._messages(self._topic()))
        return [_event(one, ()) for one in found if OURS not in items(member(one, "tags"))][:most]

    def read(self, trigger: str, object_id: str, fields: Sequence[str]) -> base.Record | None:
        found = [one for one in self._messages(self._topic(), id=object_id) if one["id"] == object_id]
        return _event(found[0], fields).record if found else None

    @action(label="Send a message", effect="write", repeatable=False, needs=("send messages",))
    def send_message(self, params: SendMessage, marker: str) -> Written:
        if len(params.text.encode()) > LONGEST_BYTES:
            raise InputRejected(
                "POST /: too long",
                app="ntfy",
                owner_message="The text is too long for {app}. Nothing was sent. Shorten it, and try again.",
            )
        message = {"topic": params.topic or self._topic(), "message": params.text}
        message |= {"title": params.title or "", "click": params.link or ""}
        rest = {"priority": params.priority, "tags": [OURS, marker]}
        reply = self.door.post("/", effect="write", json=message | rest)
        _explain(reply)
        if not (id := member(reply.json(), "id")):
            raise reply.unexpected(f"{reply.call}: id missing")
        return Written(id=str(id))

    def reconcile(self, intent: base.Intent) -> base.Outcome:
        for one in self._messages(str(intent.params.get("topic") or self._topic()), tags=OURS):
            if intent.marker in items(member(one, "tags")):
                return base.Sent(one["id"])
        kept = member(member(self._account(), "limits"), "messages_expiry_duration")
        if not isinstance(kept, int) or datetime.now(UTC) - intent.started_at > timedelta(seconds=kept - 60):
            return base.Unknown("ntfy keeps messages for a time only, and it is over")
        return base.NotSent()

    def _topic(self) -> str:
        return str(self.settings.get("topic") or "")

    def _account(self) -> Any:
        reply = self.door.get("/v1/account")
        _explain(reply)
        return reply.json()

    def _messages(self, topic: str, since: str = "all", **filters: str) -> list[Any]:
        asked = {"poll": "1", "since": since, **filters}
        reply = self.door.get(f"/{quote(topic, safe='')}/json", params=asked)
        _explain(reply)
        try:
            told = [json.loads(line) for line in reply.body.splitlines() if line.strip()]
        except ValueError:
            raise reply.unexpected(f"{reply.call}: a line that is no JSON") from None
        if not all(
            isinstance(member(one, "id"), str) and isinstance(member(one, "time"), int) for one in told
        ):
            raise reply.unexpected(f"{reply.call}: id or time missing")
        return [one for one in told if member(one, "event") == "message"]


def _event(message: Any, fields: Sequence[str]) -> base.Event:
    record: base.Record = {"id": message["id"]}
    record |= {name: member(message, name) for name in fields or FIELDS}
    at = datetime.fromtimestamp(message["time"], UTC)
    label = str(member(message, "title") or member(message, "message"))[:80]
    return base.Event(f"message_received:{message['id']}", message["id"], record, label=label, occurred_at=at)


def _explain(reply: Reply) -> None:
    """Raise the error that an answer stands for."""
    if reply.ok:
        return
    code = member(lenient_json(reply), "code")
    detail = f"{reply.call}: {reply.status} {code if isinstance(code, int) else ''}"
    if reply.status in (401, 403) and is_page(reply):
        raise web_page(detail, reply.app)
    if reply.status == 401:
        raise CredentialRejected(detail, app=reply.app)
    if reply.status == 403:
        raise PermissionMissing(detail, app=reply.app)
    if reply.status == 429:  # without a header: a call is free every 5 seconds, a day's messages at midnight
        full = code == 42908  # reading goes on
        raise RateLimited(detail, app=reply.app, retry_after_seconds=3600 if full else 10, of_one=full)
    raise_for_outage(reply)
    raise InputRejected(
        detail,
        app=reply.app,
        owner_message="{app} did not take it. Nothing was sent. Look at the topic: letters, digits, _ and - only.",
    )
