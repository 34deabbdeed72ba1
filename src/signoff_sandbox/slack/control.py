"""What `POST /_control` can do to the practice Slack; `signoff_sandbox.control` lists the verbs."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from signoff_sandbox.clock import Clock
from signoff_sandbox.desk import BadControl, Verb
from signoff_sandbox.slack import interactions
from signoff_sandbox.slack.workspace import PRACTICE_KEY, TEAM, Channel, Token, Workspace


class Control:
    """Does what people and administrators of the workspace could do meanwhile."""

    def __init__(self, workspace: Workspace, clock: Clock) -> None:
        self.workspace = workspace
        self.clock = clock

    def verbs(self) -> dict[str, Verb]:
        return {
            "end_token": self._end_token,
            "restore_token": self._restore_token,
            "scopes": self._scopes,
            "team": lambda value: self.workspace.team.update({**TEAM, **value}),
            "channel": self._channel,
            "say": self._say,
            "clear": self._clear,
            "limits": self._limits,
            "press": self._press,
            "preview": self._preview,
        }

    def _end_token(self, word: Any) -> str:
        self.workspace.tokens[PRACTICE_KEY].ended = "token_revoked" if word is True else str(word)
        return self.workspace.tokens[PRACTICE_KEY].ended

    def _restore_token(self, _: Any) -> bool:
        self.workspace.tokens[PRACTICE_KEY] = Token()
        return True

    def _scopes(self, names: Any) -> list[str]:
        self.workspace.tokens[PRACTICE_KEY].scopes = tuple(names)
        return list(names)

    def _channel(self, asked: Any) -> dict[str, Any]:
        """`{"id", "name"?, "is_member"?, "is_archived"?, "is_private"?, "reads_only"?}`: changed, or made."""
        found = next((one for one in self.workspace.channels if one.id == asked["id"]), None)
        if found is None:
            found = Channel(asked["id"], asked["name"])
            self.workspace.channels.append(found)
        for name, value in asked.items():
            if not hasattr(found, name):
                raise BadControl(f"a channel has no {name}")
            setattr(found, name, value)
        return found.told()

    def _say(self, asked: Any) -> str:
        """`{"channel", "text"}`: a person writes."""
        channel = self.workspace.find(str(asked["channel"]), by_name=True)
        said: dict[str, Any] = {"user": "U0PRIYA", "bot_id": None, "app_id": None}
        said |= {"text": str(asked["text"]), "blocks": [], "notifies": []}
        return str(self.workspace.post(channel, said)["ts"])

    def _clear(self, _: Any) -> bool:
        for channel in self.workspace.channels:
            channel.messages.clear()
        return True

    def _limits(self, asked: Any) -> dict[str, float]:
        """`{"per_second", "burst"}`: how many messages each channel takes."""
        self.workspace.per_second = float(asked.get("per_second", self.workspace.per_second))
        self.workspace.burst = float(asked.get("burst", self.workspace.burst))
        return {"per_second": self.workspace.per_second, "burst": self.workspace.burst}

    def _press(self, asked: Any) -> Awaitable[dict[str, Any]]:
        return interactions.press(self.workspace, self.clock, asked)

    def _preview(self, asked: Any) -> Awaitable[list[dict[str, Any]]]:
        return interactions.preview(self.workspace, asked)
