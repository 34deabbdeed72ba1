"""
Any MCP server: the tools that its owner chose take approved answers, or tell what they know of a record.

A tool is used only while it is what it was when it was chosen: the list of tools is read again first, at most a minute
before. Nobody can ask a server whether a tool was used, so a lost answer is left to a person.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from signoff.connectors.base import Account, Action, Connector, Field, Intent, Outcome, Unknown, Written
from signoff.connectors.mcp.faults import asks_back, misbehaves, refused_by_tool, tool_changed
from signoff.connectors.mcp.piped import OverPipes
from signoff.connectors.mcp.schemas import arguments_fault, fields_in, headers_for, plain
from signoff.connectors.mcp.speaking import OverHttp, Speaker, Wire
from signoff.connectors.mcp.tools import MOST_TOOLS, Tool, action_of, need, tool_in
from signoff.connectors.shapes import items, member
from signoff.core.errors import InputRejected
from signoff.outbound.program import Program

MOST_TEXT = 20_000  # characters of what a server tells of one record
LOOKED_FOR_SECONDS = 60.0  # how long a tool counts as what it was when it was last looked at
CUT = "\n(The rest was left out.)"


class Mcp(Connector):
    """One MCP server, over HTTP or as a program of this computer."""

    offers_tools: ClassVar[bool] = True

    @classmethod
    def actions_of(cls, chosen: Sequence[Mapping[str, Any]]) -> dict[str, Action]:
        """Return the tools that were chosen, as actions by their names."""
        found = [action_of(one) for one in chosen]
        return {one.name: one for one in found if one is not None}

    def check(self) -> Account:
        """Return which server answers, and which of the chosen tools are still what they were."""
        with self._speaker() as server:
            now = {tool.name: tool for tool in self._list(server)}
            name = (
                plain(server.server.get("title") or server.server.get("name"), 80)
                or "A server without a name"
            )
        may, lacks = [], []
        for kept in self.chosen:
            tool = tool_in(kept["tool"])
            what = _changed(kept, now.get(tool.name))
            if what:
                lacks.append(f"{need(tool.name)} (it {what} since you chose it)")
            else:
                may.append(need(tool.name))
        if not self.chosen:
            count = len(now)
            may = [f"offer {count} tool{'' if count == 1 else 's'}, none of which is chosen yet"]
        door: Any = self.door
        where = "a program on this computer" if isinstance(door, Program) else f"at {self._place()}"
        return Account(self._place(), f"{name}, {where}", may=tuple(may), lacks=tuple(lacks))

    def tools(self) -> list[Tool]:
        """Return what the server offers now; what cannot be used says why (`Tool.fault`)."""
        with self._speaker() as server:
            return self._list(server)

    def resources(self) -> list[tuple[str, str]]:
        """Return the addresses and names of what the server lets one read."""
        with self._speaker() as server:
            if not isinstance(server.can.get("resources"), dict):
                return []
            told = server.listed("resources/list", "resources", MOST_TOOLS)
        return [(str(one.get("uri", ""))[:500], plain(one.get("name"), 80)) for one in told]

    def fields(self, object: str) -> list[Field]:
        """Return what a chosen tool takes; `object` is its name."""
        tool = self._chosen(object)
        return fields_in(tool.schema) if tool else []

    def perform(self, name: str, params: Mapping[str, Any], marker: str) -> Written:
        """Give a chosen tool what was approved."""
        act = self.actions_of(self.chosen).get(name)
        if act is None or act.effect != "write":
            raise tool_changed(plain(name, 60), self._app, "is not among those you chose, or was taken away")
        arguments = self.parse(act, params).model_dump(exclude_none=True)
        result = self._use(name, arguments, "write", marker)
        said = _text_of(result, 200)
        return Written(id=_id_in(result) or marker, note=f"{self._app} says: {said}" if said else "")

    def known(self, tool: str, arguments: Mapping[str, Any]) -> str:
        """Return what a chosen tool tells, as text. Raises the error families."""
        act = self.actions_of(self.chosen).get(tool)
        if act is None:
            raise tool_changed(plain(tool, 60), self._app, "is not among those you chose, or was taken away")
        given = self.parse(act, arguments).model_dump(exclude_none=True)
        return _text_of(self._use(tool, given, "read", ""), MOST_TEXT)

    def resource(self, uri: str) -> str:
        """Return what lies at an address of the server's own, as text. Raises the error families."""
        with self._speaker() as server:
            result = server.ask("resources/read", {"uri": uri})
        parts = [one.get("text") for one in items(result.get("contents")) if isinstance(one, dict)]
        return _cut("\n\n".join(one for one in parts if isinstance(one, str)), MOST_TEXT)

    def reconcile(self, intent: Intent) -> Outcome:
        """Return that nobody can say: a server does not tell which tools were used."""
        return Unknown("an MCP server cannot be asked whether a tool was used")

    def _use(self, name: str, arguments: dict[str, Any], effect: Any, marker: str) -> dict[str, Any]:
        kept = next(one for one in self.chosen if one["tool"].get("name") == name)
        tool = tool_in(kept["tool"])
        fault = arguments_fault(tool.schema, arguments)
        if fault:
            raise InputRejected(
                f"{name}: {fault}: not as the schema has it",
                app=self._app,
                field=fault,
                owner_message=f"The tool {name} of {{app}} does not take the value for “{fault}” as it is. "
                "Nothing was sent.",
            )
        asked: dict[str, Any] = {"name": name, "arguments": arguments}
        if marker:
            asked["_meta"] = {"signoffDelivery": marker}  # for a server that leaves out what it has seen
        with self._speaker() as server:
            self._still_the_same(server, kept, name)
            headers = headers_for(tool.schema, arguments)
            result = server.ask("tools/call", asked, effect=effect, headers=headers)
        if result.get("resultType") == "input_required":
            raise asks_back(name, self._app)
        if result.get("isError") is True:
            raise refused_by_tool(name, result, self._app)
        if not isinstance(result.get("content"), list) and "structuredContent" not in result:
            raise misbehaves(
                f"tools/call {name}: content missing", self._app, "answered with nothing", effect
            )
        return result

    def _still_the_same(self, server: Speaker, kept: Mapping[str, Any], name: str) -> None:
        """Raise `ToolChanged` when a tool is not what it was; a look counts for a minute."""
        key = (self._place(), name, str(kept.get("hash")))
        with _lock:
            if _looked.get(key, 0.0) > time.monotonic():
                return
        now = next((one for one in self._list(server) if one.name == name), None)
        what = _changed(kept, now)
        if what:
            raise tool_changed(name, self._app, what)
        with _lock:
            if len(_looked) > 1000:
                _looked.clear()
            _looked[key] = time.monotonic() + LOOKED_FOR_SECONDS

    def _list(self, server: Speaker) -> list[Tool]:
        if server.revision and not isinstance(server.can.get("tools"), dict):
            return []
        found: dict[str, Tool] = {}
        for raw in server.listed("tools/list", "tools", MOST_TOOLS):
            tool = tool_in(raw)
            found.setdefault(tool.name, tool)  # of two with one name, the first
        return list(found.values())

    def _chosen(self, name: str) -> Tool | None:
        return next((tool_in(one["tool"]) for one in self.chosen if one["tool"].get("name") == name), None)

    def _speaker(self) -> Speaker:
        door: Any = self.door
        wire: Wire = OverPipes(door) if isinstance(door, Program) else OverHttp(door)
        return Speaker(wire)

    def _place(self) -> str:
        return urlsplit(self.door.base_url).netloc or self.door.base_url

    @property
    def _app(self) -> str:
        return self.door.app


def forget_all() -> None:
    """Look at every tool anew the next time."""
    with _lock:
        _looked.clear()


def _changed(kept: Mapping[str, Any], now: Tool | None) -> str:
    """Say what happened to a tool since it was chosen, "" where nothing did."""
    if now is None:
        return "is not offered any more"
    if now.hash == kept.get("hash"):
        return ""
    was = kept["tool"]
    if was.get("inputSchema") != now.raw.get("inputSchema"):
        return "wants other values"
    if was.get("description") != now.raw.get("description"):
        return "is described otherwise"
    return "has changed in what its server says of it"


def _text_of(result: Mapping[str, Any], most: int) -> str:
    """Return what a tool says, as text: its own, else what it gives as data."""
    parts: list[str] = []
    for one in items(result.get("content")):
        kind = member(one, "type")
        text = member(one, "text") if kind == "text" else member(one, "resource", "text")
        if isinstance(text, str):
            parts.append(text)
        elif kind == "resource_link":
            parts.append(f"{member(one, 'name')}: {member(one, 'uri')}")
        elif kind in ("image", "audio"):
            parts.append(f"({kind}, left out)")
    if not parts and "structuredContent" in result:
        parts.append(json.dumps(result["structuredContent"], ensure_ascii=False))
    return _cut("\n\n".join(parts), most)


def _cut(text: str, most: int) -> str:
    kept = "".join(one if one.isprintable() or one in "\n\t" else " " for one in text[:most]).strip()
    return kept + (CUT if len(text) > most else "")


def _id_in(result: Mapping[str, Any]) -> str:
    """Return the name of what was made, where the tool gives one; else a mark of its answer, to tell two apart."""
    told = result.get("structuredContent")
    for name in ("id", "uuid", "key", "number", "url", "uri"):
        value = member(told, name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value)[:200]
    said = _text_of(result, 2000)
    return f"answer {hashlib.sha256(said.encode()).hexdigest()[:12]}" if said else ""


_looked: dict[tuple[str, str, str], float] = {}
_lock = threading.Lock()
