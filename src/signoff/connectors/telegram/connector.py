"""Telegram: messages to a bot start work, answers go back into the chat. From the Bot API 10.1 of June 2026."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

from pydantic import Field as PydanticField

from signoff.connectors.base import (
    Account,
    Connector,
    Event,
    Field,
    Intent,
    Page,
    Params,
    Trigger,
    Unknown,
    Written,
    action,
    target,
)
from signoff.connectors.shapes import is_page, lenient_json, member, web_page
from signoff.core.errors import CredentialRejected, InputRejected, PermissionMissing, RateLimited, VendorDown
from signoff.outbound.reply import Reply
from signoff.outbound.statuses import raise_for_outage

KEPT_BEHIND = 50  # read updates that stay for another integration with the same bot
QUIET_SECONDS = 6 * 24 * 3600  # after a week without updates their ids begin anew, anywhere
LOW_OFFSETS = cycle(range(1, 100))  # forget nothing; the same one twice in half a second brings one update
FIELDS = ("chat_id", "message_id", "text", "first_name", "username", "date")
READ, SEND = ("read messages",), ("send messages",)


class SendMessage(Params):
    chat_id: str = target("The chat it goes to: chat_id of the record.", pattern=r"^-?[0-9]{1,16}$")
    text: str = PydanticField(description="The text of the message.", min_length=1, max_length=4096)
    reply_to: str = target("message_id that it answers; empty: none.", default="", pattern=r"^[0-9]{0,16}$")


class Telegram(Connector):
    """One Telegram bot, by its token, which the door puts before every path."""

    triggers = (Trigger("message_received", "Somebody writes to the bot", "message", needs=READ),)

    def check(self) -> Account:
        me = _result(self.door.get("/getMe"), "id")
        taken = _result(self.door.get("/getWebhookInfo")).get("url")  # then messages cannot be read
        may, lacks = (SEND, READ) if taken else (READ + SEND, ())
        return Account(str(member(me, "id")), f"@{member(me, 'username')}", may=may, lacks=lacks)

    def fields(self, object: str) -> list[Field]:
        labels = {name: name.replace("_", " ").capitalize() for name in FIELDS}
        return [Field(name, labels[name], "datetime" if name == "date" else "text") for name in FIELDS]

    def changes(self, trigger: str, cursor: str | None, fields: Sequence[str]) -> Page:
        waiting = self._updates()
        full = len(waiting) == 100  # the most in one answer
        if cursor is None:
            return Page((), _cursor(self._updates(-1) if full else waiting, "0:0"))
        seen = len(waiting) - len(_unseen(waiting, cursor))
        if full and seen > KEPT_BEHIND:  # only now is anything forgotten there, and not the latest
            waiting = self._updates(waiting[seen - KEPT_BEHIND]["update_id"])
        new = _unseen(waiting, cursor)
        return Page(_events(new, fields), _cursor(new, cursor), more=full)

    def read(self, trigger: str, object_id: str, fields: Sequence[str]) -> dict[str, Any] | None:
        waiting = {event.object_id: event.record for event in _events(self._updates(), fields)}
        return waiting.get(object_id)  # a message can be read only while it waits

    @action(label="Send a message", effect="write", repeatable=False, reaches_customer=True, needs=SEND)
    def send_message(self, params: SendMessage, marker: str) -> Written:
        message: dict[str, Any] = {"chat_id": params.chat_id, "text": params.text}
        if params.reply_to:  # a message that is gone by now is answered all the same
            answered = {"message_id": int(params.reply_to), "allow_sending_without_reply": True}
            message["reply_parameters"] = answered
        reply = self.door.post("/sendMessage", effect="write", json=message)
        return Written(id=f"{params.chat_id}:{_result(reply, 'message_id')['message_id']}")

    def reconcile(self, intent: Intent) -> Unknown:
        return Unknown("Telegram does not tell a bot what it has sent; only the chat shows it")

    def _updates(self, offset: int | None = None) -> list[Any]:
        """Return what waits at the bot, oldest first; what is older than `offset` is forgotten there."""
        asked = {"offset": str(offset or next(LOW_OFFSETS)), "allowed_updates": '["message"]'}
        reply = self.door.get("/getUpdates", params=asked)
        updates: list[Any] = _result(reply)
        if not isinstance(updates, list) or not all(member(one, "update_id") for one in updates):
            raise reply.unexpected(f"{reply.call}: update_id missing")
        return updates


def _unseen(updates: list[Any], cursor: str) -> list[Any]:
    last, date = map(int, cursor.split(":"))
    late = date + QUIET_SECONDS
    return [one for one in updates if one["update_id"] > last or (member(one, "message", "date") or 0) > late]


def _cursor(updates: list[Any], before: str) -> str:
    return f"{updates[-1]['update_id']}:{member(updates[-1], 'message', 'date') or 0}" if updates else before


def _events(updates: list[Any], fields: Sequence[str]) -> tuple[Event, ...]:
    messages = [one.get("message") for one in updates]  # what is said in a group is not said to the bot
    return tuple(_event(one, fields) for one in messages if member(one, "chat", "type") == "private")


def _event(message: Any, fields: Sequence[str]) -> Event:
    sent = datetime.fromtimestamp(int(message["date"]), UTC)
    whole = {"chat_id": member(message, "chat", "id"), "text": message.get("text") or message.get("caption")}
    whole |= message.get("from", {}) | {"message_id": message["message_id"], "date": sent.isoformat()}
    id = f"{whole['chat_id']}:{whole['message_id']}"
    record = {"id": id} | {name: str(whole.get(name) or "") for name in fields or FIELDS}
    return Event(f"message_received:{id}", id, record, str(whole.get("first_name") or id), occurred_at=sent)


def _result(reply: Reply, needed: str = "") -> Any:
    """Return what the app answered, or raise the error that its answer stands for."""
    told, app, detail = lenient_json(reply), reply.app, f"{reply.call}: {reply.status}"
    if reply.ok:
        result = member(told, "result")
        if result is not None and (not needed or member(result, needed)):
            return result
        raise reply.unexpected(f"{detail}: {needed or 'result'} missing")
    if reply.status == 429:
        raise RateLimited(
            detail, app=app, retry_after_seconds=member(told, "parameters", "retry_after") or 30
        )
    raise_for_outage(reply)  # 5xx, redirects
    if is_page(reply):
        raise web_page(detail, app)
    why = str(member(told, "description"))
    if reply.status == 409 and "ebhook" not in why:  # for a moment somebody else reads
        raise VendorDown(detail, app=app)
    if reply.status in (401, 404):  # a token that Telegram does not know
        raise CredentialRejected(detail, app=app)
    said = {"owner_message": "{app} did not take the message. Nothing was sent."}
    if reply.status == 409:
        said = {"owner_message": "Another program takes the messages of this bot (a webhook)."}
        raise PermissionMissing(detail, app=app, lacks=READ, **said)
    if reply.status == 403:
        said = {"owner_message": "This person takes no messages from the bot. Nothing was sent."}
    elif "chat not found" in why:
        said = {"owner_message": "Nobody has written to the bot from this chat. Nothing was sent."}
    raise InputRejected(detail, app=app, **said)
