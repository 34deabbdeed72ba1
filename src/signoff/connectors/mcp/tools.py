"""
A server's tools: whether each can be used here, what it then does, and whether it is still what its owner chose.

All that a server says of a tool is a stranger's text: its name, its words, its schema, and whether it only reads. So
nothing of it is run, followed or fetched, and none of it reaches an AI. A tool is known by a hash of all that is said
of it; when that changes, somebody has to look at it again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from signoff.connectors.base import Action
from signoff.connectors.mcp.schemas import canonical, params_in, plain, schema_fault
from signoff.connectors.shapes import member

Use = Literal["write", "read"]
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,59}")
LARGEST = 30_000  # characters of all that is said of one tool
MOST_TOOLS = 300  # of one server: more than anybody can look at


@dataclass(frozen=True)
class Tool:
    """One tool as its server describes it now. `title` and `description` are a stranger's words."""

    name: str
    title: str
    description: str
    schema: Mapping[str, Any]
    raw: Mapping[str, Any]

    @property
    def hash(self) -> str:
        """Return what names all that the server says of it."""
        return hashlib.sha256(canonical(self._said()).encode()).hexdigest()

    @property
    def says_it_reads(self) -> bool:
        """Whether the server claims that it changes nothing. It is a claim, and nobody here can test it."""
        return member(self.raw, "annotations", "readOnlyHint") is True

    @property
    def fault(self) -> str:
        """Return why it cannot be used here, "" where it can."""
        return fault_of(self.raw)

    def kept(self, use: Use) -> dict[str, Any]:
        """Return what is stored of it once it is chosen; `tool_in` reads it back."""
        return {"use": use, "hash": self.hash, "tool": self._said()}

    def _said(self) -> dict[str, Any]:
        """Return what is said of it that its owner can have looked at: no pictures, no notes for the server itself."""
        return {name: value for name, value in self.raw.items() if name not in ("icons", "_meta")}


def tool_in(raw: Mapping[str, Any]) -> Tool:
    """Return a tool by a server's description, whatever it is worth."""
    schema = raw.get("inputSchema")
    return Tool(
        name=str(raw.get("name", "")),
        title=plain(raw.get("title") or member(raw, "annotations", "title"), 80),
        description=plain(raw.get("description"), 2000),
        schema=schema if isinstance(schema, dict) else {},
        raw=raw,
    )


def fault_of(raw: Mapping[str, Any]) -> str:
    """Say in one sentence why a tool cannot be used, "" where it can. Never raises."""
    name, schema = raw.get("name"), raw.get("inputSchema")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return "Its name holds other things than letters, digits, _ and -, or is longer than 60."
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return "It does not say what it takes."
    try:
        if len(canonical(raw)) > LARGEST:
            return f"What is said of it is longer than {LARGEST // 1000} kB."
    except (RecursionError, ValueError, TypeError):
        return "What is said of it cannot be read."
    return schema_fault(schema)


def action_of(kept: Mapping[str, Any]) -> Action | None:
    """Return what a chosen tool lets an integration do; None where it could not be used any more."""
    tool = tool_in(kept.get("tool") or {})
    if fault_of(tool.raw):
        return None
    return Action(
        name=tool.name,
        label=f"Use the tool {tool.name}",
        effect="write" if kept.get("use") == "write" else "read",
        repeatable=False,  # a server may say that it is: nobody here knows
        reaches_customer=True,
        params=params_in(tool.schema),
        method="",
        needs=(need(tool.name),),
        always_reviewed=True,
    )


def need(name: str) -> str:
    """Return what a connection must be able to do for a tool, as `check()` says it."""
    return f"use {name}"
