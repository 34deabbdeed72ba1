"""The workspace: its channels and messages, the bot's token and what it may do, and how fast it may speak."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from signoff_sandbox.clock import Clock
from signoff_sandbox.desk import Problem
from signoff_sandbox.pace import Bucket
from signoff_sandbox.slack import errors, formatting

Json = dict[str, Any]

PRACTICE_KEY = "xoxb-000000000000-0000000000000-practice0000000000000000"
PERSONS_KEY = "xoxp-000000000000-0000000000000-practice0000000000000000"
SIGNING_SECRET = "practice00000000000000000000slack"
TEAM = {"id": "T0PRACTICE", "name": "Harbour Desk", "url": "https://harbourdesk.slack.example/"}
BOT = {"user_id": "U0SIGNOFF", "bot_id": "B0SIGNOFF", "app_id": "A0SIGNOFF", "user": "signoff"}
PERSON = {"user_id": "U0PRIYA", "user": "priya"}
SCOPES = (
    "chat:write",
    "chat:write.public",
    "channels:read",
    "channels:history",
    "groups:read",
    "groups:history",
)
LONGEST_TEXT = 40_000


@dataclass
class Channel:
    """A conversation. `reads_only`: an administrator lets nobody but a few people post here."""

    id: str
    name: str
    is_member: bool = True
    is_private: bool = False
    is_archived: bool = False
    reads_only: bool = False
    messages: list[Json] = field(default_factory=list)

    def told(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": self.id.startswith("D"),
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_member": self.is_member,
            "num_members": 4,
        }


@dataclass
class Token:
    """Who speaks with a token, and what it may do. `ended` is the word that it is refused with."""

    scopes: tuple[str, ...] = SCOPES
    is_bot: bool = True
    ended: str = ""


class Workspace:
    """One workspace and its bot."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.team = dict(TEAM)
        self.tokens = {PRACTICE_KEY: Token(), PERSONS_KEY: Token(is_bot=False)}
        self.channels = [
            Channel("C0GENERAL", "general"),
            Channel("C0SALES", "sales"),
            Channel("C0RANDOM", "random", is_member=False),
            Channel("C0OLD", "old-stuff", is_archived=True),
            Channel("C0NEWS", "announcements", reads_only=True),
            Channel("C0LEADERS", "leaders", is_private=True),
            Channel("C0BOARD", "board", is_private=True, is_member=False),
            Channel("D0PRIYA", "U0PRIYA", is_private=True),
        ]
        self.per_second, self.burst = 1.0, 60.0
        self._paces: dict[str, Bucket] = {}
        self._last_ts = 0

    def token(self, text: str) -> Token:
        """Return who speaks. Raises Slack's refusal as a `Problem`."""
        if not text:
            raise errors.refuse("not_authed")
        token = self.tokens.get(text)
        if token is None:
            raise errors.refuse("invalid_auth")
        if token.ended:
            raise errors.refuse(token.ended)
        return token

    def visible(self) -> list[Channel]:
        """Return what the bot can see: everything public, and private channels that it is in."""
        return [one for one in self.channels if not one.is_private or one.is_member]

    def find(self, name: str, *, by_name: bool = False) -> Channel:
        """Return a channel by its id, and where Slack allows it by name. Raises `channel_not_found`."""
        for one in self.visible():
            if name == one.id or (name == one.name and one.id.startswith("D")):
                return one
            if by_name and name.lstrip("#") == one.name and not one.id.startswith("D"):
                return one
        raise errors.refuse("channel_not_found")

    def take_a_turn(self, channel: Channel) -> None:
        """Count a message against its channel's pace. Raises 429 as a `Problem`."""
        now = self.clock.now()
        pace = self._paces.get(channel.id)
        if pace is None or pace.capacity != self.burst:
            pace = self._paces[channel.id] = Bucket(self.burst, self.per_second, now)
        wait = pace.wait_seconds(1, now)
        if wait > 0:
            raise Problem(errors.rate_limited(round(wait + 0.5)))
        pace.take(1)

    def post(self, channel: Channel, message: Json) -> Json:
        """Put a message into a channel; it gets its `ts`, which no other message there has."""
        micros = max(int(self.clock.now() * 1_000_000), self._last_ts + 1)
        self._last_ts = micros
        whole = {
            "type": "message",
            "user": BOT["user_id"],
            "bot_id": BOT["bot_id"],
            "app_id": BOT["app_id"],
            "team": self.team["id"],
            **message,
            "ts": f"{micros // 1_000_000}.{micros % 1_000_000:06d}",
        }
        channel.messages.append(whole)
        return whole

    def message(self, ts: str) -> tuple[Channel, Json]:
        """Return a message by its `ts`. Raises LookupError."""
        for channel in self.channels:
            for message in channel.messages:
                if message["ts"] == ts:
                    return channel, message
        raise LookupError(f"there is no message {ts}")


def notifies(asked: Json, blocks: list[Json]) -> list[str]:
    """Return whom a message notifies, read as Slack reads it."""
    bare = asked.get("parse") == "full" or asked.get("link_names") in (True, "true", "1", 1)
    found = list(formatting.notified(str(asked.get("text") or ""), bare=bare))
    for text in formatting.texts(blocks):
        if text.get("type") == "mrkdwn":
            found += formatting.notified(text["text"], bare=not text.get("verbatim"))
    return sorted(set(found))
