"""A cable between a client and a server on this machine, which a test cuts at the moment it names."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Cable:
    """
    `cut(b"DATA", ...)`: when the client says so, the cable is cut once, before the server hears it, or afterwards, when
    the server has answered and before the client hears that. `said` is all that clients said.
    """

    port: int = 0
    said: bytearray = field(default_factory=bytearray)
    _pattern: bytes = b""
    _after: bool = False
    _silent: bool = False

    def cut(self, pattern: bytes, *, after: bool = False, silent: bool = False) -> None:
        """`silent`: nothing is hung up, but no more answers come."""
        self._pattern, self._after, self._silent = pattern, after, silent

    def strikes(self, seen: bytes) -> bool:
        if self._pattern and self._pattern in seen:
            self._pattern = b""
            return True
        return False


@contextlib.contextmanager
def cable(target: int) -> Iterator[Cable]:
    """Lay a cable to a port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    laid = Cable(listener.getsockname()[1])

    def carry(client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", target))
        muted, answered = threading.Event(), threading.Event()

        def back() -> None:
            with contextlib.suppress(OSError):
                while data := server.recv(65_536):
                    if not muted.is_set():
                        client.sendall(data)
                    elif not laid._silent:
                        break
            answered.set()
            if not laid._silent:
                _hang_up(client)
            _hang_up(server)

        threading.Thread(target=back, daemon=True).start()
        seen = b""
        with contextlib.suppress(OSError):
            while data := client.recv(65_536):
                laid.said += data
                seen = (seen + data)[-100_000:]
                if laid.strikes(seen):
                    muted.set()
                    if laid._after or laid._silent:
                        server.sendall(data)
                        if laid._silent:
                            continue
                        answered.wait(3.0)
                    break
                server.sendall(data)
        _hang_up(client)
        _hang_up(server)

    def listen() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=carry, args=(client,), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield laid
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _hang_up(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
