"""Notion: new pages start work, answers become pages and comments. By its API reference, version 2026-03-11."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import Field as PydanticField

from signoff.connectors import base
from signoff.connectors.base import Connector, Page, Written, action, target
from signoff.connectors.shapes import is_page, items, lenient_json, member, web_page, word
from signoff.core.errors import CredentialRejected, InputRejected, PermissionMissing, VendorDown
from signoff.outbound.statuses import raise_for_outage

RIGHTS: Any = {"read content": ("data_sources/{}/query", {})}
RIGHTS |= {"insert content": ("pages", {"parent": {"page_id": "0" * 32}, "properties": {}})}
RIGHTS |= {"insert comments": ("comments", {"parent": {"page_id": "0" * 32}, "rich_text": []})}
FAMILIES: Any = {"unauthorized": CredentialRejected, "restricted_resource": PermissionMissing}
FAMILIES |= {"conflict_error": VendorDown}  # which says that nothing was done
KINDS: dict[Any, Any] = {"title": "text", "rich_text": "text", "number": "number", "select": "choice"}
KINDS |= {"checkbox": "yesno", "date": "date", "email": "email", "phone_number": "phone", "url": "link"}
UNSEEN = {"owner_message": "{app} shows Signoff nothing there, or does not take this. Nothing was changed."}
UNSEEN |= {"next_step": "In {app}, open it, press the three dots, then Connections, add Signoff, and retry."}


class AddPage(base.Params):
    title: str = PydanticField(description="The title of the page.", min_length=1, max_length=2000)
    text: str = PydanticField(description="The text on the page.", max_length=50_000)


class AddComment(base.Params):
    page: str = target("The page that is commented on, by its id or link.", min_length=1)
    text: str = PydanticField(description="The text of the comment.", min_length=1, max_length=10_000)


class Notion(Connector):
    """One table of a Notion workspace (a "data source"), by the secret of an internal integration."""

    triggers = (base.Trigger("page_added", "A new page appears", "page", needs=("read content",)),)

    def check(self) -> base.Account:
        me = self._ask("users/me")
        self._ask("data_sources/{}")  # is it there, and shared? Rights are tried out by what changes nothing
        lacks = tuple(right for right, asked in RIGHTS.items() if self._send(*asked).status == 403)
        may = tuple(right for right in RIGHTS if right not in lacks)
        return base.Account(me["id"], str(member(me.get("bot"), "workspace_name")), may=may, lacks=lacks)

    def fields(self, object: str) -> list[base.Field]:
        return [field for field, _ in _properties(self._ask("data_sources/{}")).values()]

    def changes(self, trigger: str, cursor: str | None, fields: Sequence[str]) -> Page:
        since, told = json.loads(cursor) if cursor else (_stamp(), [])
        pages = self._pages(since)
        new = [page for page in pages if cursor and page["id"] not in told]
        own = self._ask("users/me")["id"] if new else ""  # what Signoff itself wrote starts nothing
        events = tuple(_event(page, fields) for page in new if member(page.get("created_by"), "id") != own)
        since = max(since, _stamp()) if len(pages) < 10_000 else pages[-1]["created_time"]  # a query's most
        return Page(events, json.dumps([since, [one["id"] for one in pages if one["created_time"] >= since]]))

    def read(self, trigger: str, object_id: str, fields: Sequence[str]) -> base.Record | None:
        path = f"pages/{_uuid(object_id)}"
        if self._send(path).status == 404:
            return None
        page = self._ask(path)
        return None if page.get("in_trash") else _event(page, fields).record

    @action(label="Add a page", effect="write", repeatable=False, needs=("insert content",))
    def add_page(self, params: AddPage, marker: str) -> Written:
        page: dict[str, Any] = {"parent": {"data_source_id": _uuid(self.settings["source"])}}
        page |= {"properties": {"title": {"title": _rich(params.title)}}}  # every table's title has this id
        page |= {"children": [{"paragraph": {"rich_text": _rich(f"{params.text}\n\nSignoff run {marker}")}}]}
        told = self._ask("pages", page, "write")
        return Written(id=told["id"], link=member(told, "url"))

    @action(label="Comment on a page", effect="write", repeatable=False, needs=("insert comments",))
    def add_comment(self, params: AddComment, marker: str) -> Written:
        comment = {"parent": {"page_id": _uuid(params.page)}, "rich_text": _rich(params.text)}
        return Written(id=self._ask("comments", comment, "write")["id"])

    def reconcile(self, intent: base.Intent) -> base.Outcome:
        if intent.action == "add_comment":
            return base.Unknown("Notion lists no comments that somebody has resolved")
        since = _stamp(intent.started_at)
        for page in self._pages(since) + self._pages(since, in_trash=True):
            if intent.marker in json.dumps(self._ask(f"blocks/{page['id']}/children")):
                return base.Sent(page["id"])
        return base.NotSent()

    def _pages(self, since: str, **more: Any) -> list[Any]:
        asked = {"filter": {"timestamp": "created_time", "created_time": {"on_or_after": since}}}
        sorts = {"sorts": [{"timestamp": "created_time", "direction": "ascending"}]}
        told = self._ask("data_sources/{}/query", asked | sorts | more)
        more["start_cursor"] = told.get("next_cursor")
        return [*told["results"], *(self._pages(since, **more) if told.get("has_more") else ())]

    def _send(self, path: str, body: Any = None, effect: Literal["read", "write"] = "read") -> Any:
        how, at = "GET" if body is None else "POST", f"/v1/{path}".format(_uuid(self.settings["source"]))
        reply = self.door.request(how, at, effect=effect, json=body, headers={"Notion-Version": "2026-03-11"})
        if reply.status in (401, 403) and is_page(reply):
            raise web_page(f"{reply.call}: {reply.status}", reply.app)
        raise_for_outage(reply)
        return reply

    def _ask(self, path: str, body: Any = None, effect: Literal["read", "write"] = "read") -> Any:
        reply = self._send(path, body, effect)
        told = lenient_json(reply)
        detail = f"{reply.call}: {reply.status} {word(member(told, 'code'))}"
        if not reply.ok:
            known = FAMILIES.get(detail.rpartition(" ")[2])
            raise known(detail, app=reply.app) if known else InputRejected(detail, app=reply.app, **UNSEEN)
        if not member(told, "id") and not isinstance(member(told, "results"), list):
            raise reply.unexpected(f"{reply.call}: id and results missing")
        return told


def _event(page: Any, fields: Sequence[str]) -> base.Event:
    id, values = page["id"], {name: value for name, (_, value) in _properties(page).items()}
    record: base.Record = {"id": id} | {name: values.get(name) for name in fields or values}
    return base.Event(f"page_added:{id}", id, record, label=str(next(iter(values.values()), "") or id))


def _properties(told: Any) -> dict[str, tuple[base.Field, Any]]:  # fields and values; the title is the first
    named: dict[str, tuple[base.Field, Any]] = {}
    for label, one in sorted(told["properties"].items(), key=lambda at: (at[1]["id"] != "title", at[0])):
        name = re.sub(r"^(?![A-Za-z_])|^(?=id$)", "_", re.sub(r"\W", "_", label))
        name, value = name + "_" * (name in named), one.get(one["type"])
        choices = tuple(base.Choice(each["name"], each["name"]) for each in items(member(value, "options")))
        text = "".join(str(member(part, "plain_text")) for part in value) if type(value) is list else value
        plain = member(value, "name") or member(value, "start") if isinstance(value, dict) else text
        if one["type"] in KINDS:
            named[name] = base.Field(name, label, KINDS[one["type"]], choices=choices), plain
    return named


def _rich(text: str) -> list[Any]:
    return [{"text": {"content": text[at : at + 1000]}} for at in range(0, len(text), 1000)]


def _uuid(told: Any) -> str:  # the id that a link ends with, and nothing that leads to another address
    return re.sub(r"[^0-9a-f]", "", re.split(r"[?#&]", re.sub(r".*[?&]p=", "", told))[0].lower())[-32:]


def _stamp(moment: datetime | None = None) -> str:  # Notion tells whole minutes, and clocks differ
    return f"{(moment or datetime.now(UTC)) - timedelta(minutes=15):%Y-%m-%dT%H:%M:00.000Z}"
