"""
A small real MCP server, built with the official SDK: what a shop's own system might offer.

Run as a program it speaks by standard input and output; `serving` runs it over HTTP in a thread.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import mcp_types as types
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

READS = types.ToolAnnotations(readOnlyHint=True)


@dataclass
class Desk:
    """The shop behind the server, with its books."""

    url: str = ""
    notes: list[dict[str, Any]] = field(default_factory=list)
    customers: dict[str, str] = field(
        default_factory=lambda: {"Harbour Dental": "Customer since 2019, pays late."}
    )
    server: MCPServer = field(default_factory=lambda: MCPServer("desk"))


def built(desk: Desk, **more: Any) -> MCPServer:
    """Return the server of a desk; `more` is how it lets people in."""
    server = desk.server = MCPServer("desk", title="The shop’s desk", version="1.2", **more)

    @server.tool(annotations=READS)
    def look_up(company: str) -> str:
        """Tell what we know of a company."""
        return desk.customers.get(company, "")

    @server.tool()
    def write_note(
        text: str, mood: Literal["calm", "urgent"] = "calm", customer_id: str | None = None
    ) -> str:
        """Keep a note."""
        desk.notes.append({"text": text, "mood": mood, "customer": customer_id})
        return f"Kept as note {len(desk.notes)}."

    @server.tool()
    def refuse(text: str) -> str:
        """Never works."""
        raise ToolError("the shelf is full")

    @server.resource("desk://hours")
    def hours() -> str:
        """When we are open."""
        return "Monday to Friday, 9 to 17."

    @server.resource("desk://customers/{name}")
    def customer(name: str) -> str:
        """What we know of a customer."""
        return desk.customers.get(name, "nobody of that name")

    return server


@contextlib.contextmanager
def serving(
    desk: Desk | None = None, gate: Callable[[str], dict[str, Any]] = lambda url: {}
) -> Iterator[Desk]:
    """Serve a desk over streamable HTTP until the block ends; `gate` says of its address how it lets people in."""
    import uvicorn

    desk = desk or Desk()
    listener = socket.create_server(("127.0.0.1", 0))
    desk.url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    server = built(desk, **gate(desk.url))
    running = uvicorn.Server(uvicorn.Config(server.streamable_http_app(), log_level="error"))
    thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
    thread.start()
    until = time.monotonic() + 15
    while not running.started and time.monotonic() < until:
        time.sleep(0.02)
    try:
        yield desk
    finally:
        running.should_exit = True
        thread.join(15)
        listener.close()


if __name__ == "__main__":
    built(Desk()).run("stdio")
