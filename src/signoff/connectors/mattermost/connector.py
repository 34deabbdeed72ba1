"""Mattermost: messages in a channel start work, answers go into channels. From its API v4 reference, November 2026."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import Field as PydanticField

from signoff.connectors import base
from signoff.connectors.base import Connector, Params, Written, action, target
from signoff.connectors.shapes import is_page, items, lenient_json, member, web_page, word
from signoff.core.errors import CredentialRejected, InputRejected, PermissionMissing, RateLimited
from signoff.outbound.reply import Reply
from signoff.outbound.statuses import raise_for_outage

FIELDS = ("message", "thread", "channel_id", "user_id", "posted_at")
# Props by which the server marks what programs post, and the one by which we mark what we post.
PROGRAMS = ("from_bot", "from_webhook", "from_plugin", "from_oauth_app", "signoff")
OVERLAP_MS, SLACK_MS = 60_000, 3_600_000  # how late a post may show; how wrong the clocks may be
CUT, PAGE = 500, 200  # well below the 1000 beyond which `since` leaves out any; the largest page
COPY = "Copy it again: it has 26 letters and digits. The channel's stands at the end of its View Info."


class SendMessage(Params):
    channel: str = target("The ID of the channel the message goes to.", min_length=1)
    text: str = PydanticField(description="The text, shown as Markdown.", min_length=1, max_length=16383)
    thread: str | None = target("The thread it answers in; a message of its own if left out.", default=None)


class Mattermost(Connector):
    """One bot or person on one Mattermost server, and the channel whose messages start work."""

    triggers = (base.Trigger("message_posted", "Somebody writes", "message", needs=("read messages",)),)

    def check(self) -> base.Account:
        me, channel = _told(self.door.get("/api/v4/users/me"), "id"), _id(self.settings.get("channel"))
        posts, joined = (self.door.get(f"/api/v4/channels/{channel}/{at}") for at in ("posts", "members/me"))
        for reply in (posts, joined):
            if reply.status not in (403, 404) or is_page(reply):
                _explain(reply)
        names = f"{member(me, 'roles') or ''} {member(lenient_json(joined), 'roles') or ''}".split()
        roles = items(_told(self.door.post("/api/v4/roles/names", effect="read", json=names)))
        granted = [one for role in roles for one in items(member(role, "permissions"))]
        told = {"read messages": posts.ok, "send messages": "create_post" in granted}
        may, lacks = (tuple(what for what in told if told[what] is wanted) for wanted in (True, False))
        return base.Account(str(me["id"]), f"@{member(me, 'username')}", may=may, lacks=lacks)

    def fields(self, object: str) -> list[base.Field]:
        return [base.Field(name, name.replace("_", " "), "text", read_only=True) for name in FIELDS]

    def changes(self, trigger: str, cursor: str | None, fields: Sequence[str]) -> base.Page:
        channel = self.settings.get("channel")
        if cursor is None:
            begin = max([1, *map(_stamp, self._list(channel, per_page="1"))])
            return base.Page((), f"{begin}:{begin}")
        begin, seen = map(int, cursor.split(":"))
        posts = self._since(channel, max(begin, seen - OVERLAP_MS))
        told = [_event(post, fields) for post in posts if _stamp(post) > begin and _by_a_person(post)]
        return base.Page(tuple(reversed(told)), f"{begin}:{max([seen, *map(_stamp, posts)])}")

    def latest(self, trigger: str, most: int) -> list[base.Event]:
        posts = self._list(self.settings.get("channel"), per_page=str(PAGE))
        return [_event(post, ()) for post in posts if _by_a_person(post)][:most]

    def read(self, trigger: str, object_id: str, fields: Sequence[str]) -> base.Record | None:
        reply = self.door.get(f"/api/v4/posts/{_id(object_id)}")
        return None if reply.status == 404 else _event(_told(reply, "create_at"), fields).record

    @action(label="Send a message", effect="write", repeatable=False, needs=("send messages",))
    def send_message(self, params: SendMessage, marker: str) -> Written:
        post: dict[str, Any] = {"channel_id": params.channel, "message": params.text}
        post |= {"root_id": params.thread or "", "props": {"signoff": marker}}
        # The server makes one post of two within 30 seconds. It does not keep this; it keeps the props.
        post |= {"pending_post_id": f"{params.channel}:{marker}"}
        return Written(id=str(_told(self.door.post("/api/v4/posts", effect="write", json=post), "id")["id"]))

    def reconcile(self, intent: base.Intent) -> base.Outcome:
        begun = int(intent.started_at.timestamp() * 1000) - SLACK_MS
        for post in self._since(intent.params["channel"], begun):
            if member(member(post, "props"), "signoff") == intent.marker:
                return base.Sent(str(member(post, "id")))
        return base.NotSent()

    def _since(self, channel: Any, since: int) -> list[Any]:
        """Return every post of the channel that is newer than a moment, the newest first."""
        posts = page = self._list(channel, since=str(since))
        if len(posts) >= CUT:
            posts = page = self._list(channel, per_page=str(PAGE))
            while len(page) >= PAGE and _stamp(page[-1]) > since:
                page = self._list(channel, per_page=str(PAGE), before=str(member(page[-1], "id")))
                posts = posts + page
        return posts

    def _list(self, channel: Any, **params: str) -> list[Any]:
        reply = self.door.get(f"/api/v4/channels/{_id(channel)}/posts", params=params)
        order, posts = _told(reply, "order")["order"], member(reply.json(), "posts")
        if not isinstance(order, list) or not all(isinstance(_stamp(member(posts, id)), int) for id in order):
            raise reply.unexpected(f"{reply.call}: order, posts or create_at missing")
        return [posts[id] for id in order]


def _id(value: Any) -> str:
    if not re.fullmatch("[a-z0-9]{26}", str(value)):
        raise InputRejected(
            "no ID", app="Mattermost", owner_message="{app} has no such ID. Nothing is lost.", next_step=COPY
        )
    return str(value)


def _stamp(post: Any) -> Any:
    return member(post, "create_at")


def _by_a_person(post: Any) -> bool:
    programs = any(member(member(post, "props"), name) for name in PROGRAMS)
    return member(post, "type") in ("", "me") and not programs and not member(post, "delete_at")


def _event(post: Any, fields: Sequence[str]) -> base.Event:
    id, at = str(member(post, "id")), datetime.fromtimestamp(_stamp(post) / 1000, UTC)
    every = post | {"thread": member(post, "root_id") or id, "posted_at": at.isoformat()}
    record: base.Record = {"id": id} | {name: member(every, name) for name in fields or FIELDS}
    return base.Event(f"message_posted:{id}", id, record, str(every["message"])[:60] or id, at)


def _told(reply: Reply, needed: str = "") -> Any:
    _explain(reply)
    if needed and member(reply.json(), needed) is None:
        raise reply.unexpected(f"{reply.call}: {needed} missing")
    return reply.json()


def _explain(reply: Reply) -> None:
    """Raise the error that an answer stands for."""
    if reply.ok:
        return
    detail = f"{reply.call}: {reply.status} {word(member(lenient_json(reply), 'id'))}"
    if reply.status in (401, 403):
        if is_page(reply):
            raise web_page(detail, reply.app)
        raise (CredentialRejected if reply.status == 401 else PermissionMissing)(detail, app=reply.app)
    if reply.status == 429 and "retry-after" not in reply.headers:
        raise RateLimited(detail, app=reply.app, retry_after_seconds=2)
    raise_for_outage(reply)
    raise InputRejected(detail, app=reply.app, owner_message="{app} took nothing. Nothing was changed.")
