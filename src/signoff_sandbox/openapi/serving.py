"""Serves the practice server of a document: in a test by `practising(path)`, by hand from a command line."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from signoff_sandbox.openapi.app import Described
from signoff_sandbox.openapi.document import Document
from signoff_sandbox.options import Options
from signoff_sandbox.world import World

START_SECONDS = 15.0


@dataclass(frozen=True)
class Practising:
    """A running practice server: `host` is its address alone, `address` has the document’s own path too."""

    host: str
    desk: Described

    @property
    def address(self) -> str:
        return self.host + self.desk.document.base_path

    def books(self) -> dict[str, Any]:
        return _call(f"{self.host}/_books")

    def control(self, **verbs: Any) -> dict[str, Any]:
        return _call(f"{self.host}/_control", verbs)

    def add(self, path: str, **values: Any) -> str:
        """Let a record appear in a list, as somebody at the app would; returns its id."""
        told = self.control(seed={"path": path, "objects": [values]})
        return str(told["seed"][0])


def desk_of(path: Path) -> Described:
    """Return the practice server of the document in a file, not served yet."""
    return Described(World(Options(faults="")), Document.of_file(path))


@contextlib.contextmanager
def practising(path: Path) -> Iterator[Practising]:
    """Serve the document in a file on a free port until the block ends."""
    desk = desk_of(path)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        desk.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            desk,
            lifespan="off",
            ws="none",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        ends = time.monotonic() + START_SECONDS
        while not server.started and time.monotonic() < ends:
            time.sleep(0.01)
        try:
            yield Practising(desk.address, desk)
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)


def _call(url: str, body: Any = None) -> dict[str, Any]:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 (our own)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            told: dict[str, Any] = json.load(answer)
            return told
    except urllib.error.HTTPError as error:
        raise ValueError(f"{url}: {error.read().decode(errors='replace')}") from None
