"""The books of the practice Slack, for programs and for people."""

from __future__ import annotations

import html

from signoff_sandbox.clock import iso
from signoff_sandbox.desk import Json
from signoff_sandbox.page import page, table
from signoff_sandbox.slack.formatting import buttons, links, shown, texts
from signoff_sandbox.slack.workspace import Channel, Workspace


class Books:
    """Tells what was posted where."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def summary(self) -> Json:
        return {"team": self.workspace.team, "messages": len(self._all())}

    def whole(self) -> Json:
        return {
            "team": self.workspace.team,
            "channels": [one.told() for one in self.workspace.channels],
            "messages": [_entry(channel, message) for channel, message in self._all()],
        }

    def _all(self) -> list[tuple[Channel, Json]]:
        found = [(channel, m) for channel in self.workspace.channels for m in channel.messages]
        return sorted(found, key=lambda pair: float(pair[1]["ts"]))

    def front_page(self, title: str) -> str:
        rows = []
        for channel, message in reversed(self._all()[-50:]):
            entry = _entry(channel, message)
            links_ = "".join(
                f'<br><a href="{html.escape(one["url"])}">{html.escape(one["text"])}</a>'
                for one in entry["buttons"]
                if one["url"]
            )
            name = html.escape("#" + channel.name)
            rows.append((name, html.escape(entry["shown"]) + links_, html.escape(entry["at"][:16])))
        intro = f"<p>The workspace {html.escape(self.workspace.team['name'])}.</p>"
        return page(title, intro + table(("Channel", "Message", "When"), rows, "Nothing was posted yet."))


def _entry(channel: Channel, message: Json) -> Json:
    """Return a message as the books have it: also as a person reads it, whom it notifies, where it leads."""
    said = [text["text"] for text in texts(message["blocks"]) if text.get("type") == "mrkdwn"] + [
        message["text"]
    ]
    pressed = [
        {"text": one["text"]["text"], "url": one.get("url", ""), "value": one.get("value", "")}
        for one in buttons(message["blocks"])
    ]
    words = [shown(message["text"])]
    words += [
        shown(text["text"]) if text.get("type") == "mrkdwn" else text["text"]
        for text in texts(message["blocks"])
    ]
    return {
        "channel": channel.id,
        "channel_name": channel.name,
        "ts": message["ts"],
        "thread_ts": message.get("thread_ts"),
        "text": message["text"],
        "shown": "\n".join(dict.fromkeys(words)),
        "blocks": message["blocks"],
        "metadata": message.get("metadata"),
        "notifies": message["notifies"],
        "buttons": pressed,
        "links": [link for text in said for link in links(text)],
        "at": iso(float(message["ts"])),
    }
