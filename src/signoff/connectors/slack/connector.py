"""
Slack, by a bot's token: messages to channels, and notices with one button that opens a page here.

A message is not idempotent. Each of ours carries our marker in its metadata, which people do not see, and by which it
is found in the channel's history after a lost answer.
Sources: https://docs.slack.dev/reference/methods as of November 2026.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from pydantic import Field as PydanticField

from signoff.connectors.base import (
    Account,
    Connector,
    Intent,
    Notice,
    NotSent,
    Outcome,
    Params,
    Sent,
    Unknown,
    Written,
    action,
    target,
)
from signoff.connectors.push import Push, Unreadable
from signoff.connectors.shapes import items, member
from signoff.connectors.slack import wording
from signoff.connectors.slack.answers import read
from signoff.core.errors import InputRejected, PermissionMissing
from signoff.core.secret import Secret

CHANNEL = re.compile(r"#?[\w.-]{1,80}")
ID = re.compile(r"[CGD][A-Z0-9]{2,}")
SCOPES = (
    # what it allows, in words; the scopes for it; whether we cannot do without
    ("post messages", ("chat:write",), True),
    ("post in public channels without an invitation", ("chat:write.public",), False),
    ("look whether a message has arrived", ("channels:read", "channels:history"), True),
    ("look whether it has arrived in a private channel", ("groups:read", "groups:history"), False),
)
PAGE, MOST_PAGES = 200, 50
# Around the moment at which a message was begun: two clocks may differ, and nothing is sent much later.
BEFORE, AFTER = timedelta(minutes=5), timedelta(minutes=10)
JSON_WITH_CHARSET = {"content-type": "application/json; charset=utf-8"}


class PostMessage(Params):
    channel: str = target("The channel: its name, or its number (C…).", min_length=1, max_length=80)
    text: str = PydanticField(description="The text. *bold* and _italic_ work.", min_length=1)
    thread_ts: str | None = target(
        "The number of the message that is answered, to reply to it.", default=None
    )


class Slack(Connector):
    """One Slack workspace, by the token of its bot."""

    def check(self) -> Account:
        reply = self.door.get("auth.test")
        said = read(reply)
        if not member(said, "bot_id"):
            raise InputRejected(
                "auth.test: bot_id missing, so this is no bot's token",
                app=self.manifest.name,
                field="secret",
                owner_message="This is the token of a person, not of a bot.",
                next_step="Copy the Bot User OAuth Token; it begins with xoxb-.",
            )
        team, id = member(said, "team"), member(said, "team_id")
        if not isinstance(id, str) or not id:
            raise reply.unexpected("auth.test: team_id missing")
        granted = {scope.strip() for scope in reply.headers.get("x-oauth-scopes", "").split(",")}
        may = tuple(words for words, scopes, _ in SCOPES if granted.issuperset(scopes))
        lacks = tuple(
            f"{words} ({', '.join(scope for scope in scopes if scope not in granted)})"
            for words, scopes, needed in SCOPES
            if needed and not granted.issuperset(scopes)
        )
        return Account(id, f"{team or id}, as {member(said, 'user') or 'a bot'}", may, lacks)

    @action(label="Post a message", effect="write", repeatable=False)
    def post_message(self, params: PostMessage, marker: str) -> Written:
        text = wording.escaped(params.text)
        if len(text) > wording.LONGEST_TEXT:
            raise InputRejected(
                "text: longer than a message may be",
                app=self.manifest.name,
                field="text",
                owner_message="The text is longer than {app} takes. Nothing was posted.",
            )
        reply_to = {"thread_ts": params.thread_ts} if params.thread_ts else {}
        return self._post(params.channel, {"text": text, **wording.QUIET, **reply_to}, marker)

    @classmethod
    def place_fault(cls, place: str) -> str | None:
        return None if CHANNEL.fullmatch(place) else "is no channel, such as #sales"

    def tell(self, place: str, notice: Notice, marker: str) -> Written:
        return self._post(place, wording.as_message(notice), marker)

    def _post(self, channel: str, message: Mapping[str, Any], marker: str) -> Written:
        asked = {"channel": self._channel(channel), **message, "metadata": wording.marking(marker)}
        reply = self.door.post("chat.postMessage", effect="write", json=asked, headers=JSON_WITH_CHARSET)
        said = read(reply)
        channel_id, ts = member(said, "channel"), member(said, "ts")
        if not isinstance(ts, str) or not ts:
            raise reply.unexpected("chat.postMessage: ts missing")
        return Written(id=f"{channel_id}/{ts}")

    def _channel(self, text: str) -> str:
        """Return a channel as Slack takes it: a number as it is, a name with its sign."""
        name = text.strip()
        if not CHANNEL.fullmatch(name):
            raise InputRejected(
                "channel: neither a name nor a number",
                app=self.manifest.name,
                field="channel",
                owner_message="This is not the name of a {app} channel. Nothing was posted.",
                next_step="Write its name as {app} shows it, such as #sales.",
            )
        return name if name.startswith("#") or not name.islower() else f"#{name}"

    # Was it done?

    def reconcile(self, intent: Intent) -> Outcome:
        try:
            channel = self._id_of(str(intent.params["channel"]))
            if channel is None:
                return Unknown("the channel is not among those that the app can see")
            thread = intent.params.get("thread_ts")
            method, more = (
                ("conversations.replies", {"ts": str(thread)}) if thread else ("conversations.history", {})
            )
            window = {
                "oldest": f"{(intent.started_at - BEFORE).timestamp():.6f}",
                "latest": f"{(intent.started_at + AFTER).timestamp():.6f}",
                "include_all_metadata": "true",
            }
            for message in self._all(method, "messages", {"channel": channel, **more, **window}):
                if member(message, "metadata", "event_payload", "marker") == intent.marker:
                    return Sent(f"{channel}/{member(message, 'ts')}")
        except (PermissionMissing, InputRejected):
            return Unknown("the app may not read this channel")
        except _TooMany:
            return Unknown("there are more messages than we look through")
        return NotSent()

    def _id_of(self, channel: str) -> str | None:
        """Return a channel's number by its name, None where the app sees none of that name."""
        name = channel.strip()
        if ID.fullmatch(name):
            return name
        for kinds in ("public_channel,private_channel", "public_channel"):
            try:
                for found in self._all("conversations.list", "channels", {"types": kinds}):
                    if member(found, "name") == name.lstrip("#"):
                        return str(member(found, "id"))
            except PermissionMissing:
                continue  # it may see the public ones alone
        return None

    def _all(self, method: str, name: str, asked: Mapping[str, str]) -> Iterator[Any]:
        """Return every item of a list that comes in pages. Raises `_TooMany`."""
        cursor = ""
        for _ in range(MOST_PAGES):
            reply = self.door.get(
                method, params={**asked, "limit": str(PAGE), **({"cursor": cursor} if cursor else {})}
            )
            said = read(reply)
            yield from items(member(said, name))
            cursor = str(member(said, "response_metadata", "next_cursor") or "")
            if not cursor:
                return
        raise _TooMany

    # What Slack tells us

    @classmethod
    def handshake(cls, push: Push, secrets: Mapping[str, Secret]) -> str | None:
        """
        Return the empty answer to Slack's word that a button was pressed, or the one to its question.

        Nothing follows from a press: the button has opened the page, and the decision is made there.
        """
        if push.method != "POST":
            return None
        try:
            pressed = push.form().get("payload")
            if pressed is not None:
                return "" if isinstance(json.loads(pressed), dict) else None
            said = push.json()
        except (Unreadable, ValueError):
            return None
        if member(said, "type") == "url_verification":
            return str(member(said, "challenge") or "")
        return ""


class _TooMany(Exception):
    """A list has more pages than we look through."""
