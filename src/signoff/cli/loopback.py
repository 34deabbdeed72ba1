"""Waits on this computer for the browser to come back from an app's sign-in page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

WAIT_SECONDS = 15 * 60
PAGE = b"<!doctype html><meta charset=utf-8><title>Signoff</title><p>You can close this window and go back."


class Back:
    """Where the browser comes back to; `wait` returns what it brought."""

    def __init__(self, server: HTTPServer, found: dict[str, str]) -> None:
        self._server = server
        self._found = found
        self.address = f"http://127.0.0.1:{server.server_port}/"

    def wait(self) -> dict[str, str]:
        """Return the parameters of the first visit that carries a `state`; empty when nobody came in time."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._found and (left := deadline - time.monotonic()) > 0:
            # A browser also asks for an icon, and looks ahead: only what carries a `state` counts.
            self._server.timeout = left
            self._server.handle_request()
        return self._found


@contextmanager
def listen() -> Iterator[Back]:
    """Listen on a free port of this computer only."""
    found: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            params = dict(parse_qsl(urlsplit(self.path).query))
            if "state" in params:
                found.update(params)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the request line holds the code."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        yield Back(server, found)
