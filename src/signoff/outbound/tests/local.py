"""A tiny server on this machine that answers as a test tells it and remembers what it was asked."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

HERE = frozenset({"127.0.0.1"})


@dataclass
class Asked:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Local:
    """`url` is where it listens, `asked` what came in, `connections` how many were opened."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0


def answer(status: int = 200, body: Any = None, headers: dict[str, str] | None = None) -> bytes:
    """Return a whole HTTP answer; anything but bytes and text is sent as JSON."""
    if isinstance(body, bytes):
        raw, kind = body, "application/octet-stream"
    elif isinstance(body, str):
        raw, kind = body.encode(), "text/html; charset=utf-8"
    else:
        raw, kind = json.dumps(body if body is not None else {}).encode(), "application/json"
    lines = {"content-type": kind, "content-length": str(len(raw)), **(headers or {})}
    head = f"HTTP/1.1 {status} Status\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return head.encode() + b"\r\n" + raw


Handler = Callable[[Asked], "bytes | Callable[[socket.socket], None] | None"]


@contextlib.contextmanager
def local(handler: Handler, *, tls: ssl.SSLContext | None = None) -> Iterator[Local]:
    """
    Serve `handler` until the block ends.

    It returns the bytes of the answer, None to hang up without one, or a function that does as it likes
    with the socket, after which the connection is closed.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = Local(f"{'https' if tls else 'http'}://127.0.0.1:{port}")

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            sock = tls.wrap_socket(connection, server_side=True) if tls else connection
            stream = sock.makefile("rb")
            while (asked := _read(stream)) is not None:
                server.asked.append(asked)
                said = handler(asked)
                if said is None:
                    return
                if callable(said):
                    said(sock)
                    return
                sock.sendall(said)

    def listen() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _read(stream: Any) -> Asked | None:
    first = stream.readline()
    if not first.strip():
        return None
    method, target, _version = first.decode().split(" ", 2)
    headers: dict[str, str] = {}
    while (line := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Asked(method, target, headers, stream.read(int(headers.get("content-length", "0"))))
