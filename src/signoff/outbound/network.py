"""
Sockets that know what the door must know: to which address, until when, and whether anything has gone out.

`httpcore2` (the floor under `httpx2`) lets its network be replaced; this is ours. A request goes out in one
piece at the last moment, so "was anything sent?" has an exact answer, on which the meaning of every error
rests.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpcore2

from signoff.outbound.guard import NotPublic, is_public


class SendingTooLate(Exception):
    """The clock had passed `send_before` when the bytes were about to go out; none went."""


class NoSuchName(httpcore2.ConnectError):
    """The name of the host leads to no address."""


class TookTooLong(httpcore2.ReadTimeout):
    """The whole request took longer than its total limit, though the other side kept talking."""


@dataclass(slots=True)
class Attempt:
    """One request on its way. `ends_at` is monotonic, `send_before` is `time.time()`."""

    ends_at: float
    send_before: float | None = None
    connected: bool = False
    sent: bool = False

    def is_too_late(self) -> bool:
        """Return whether the time to begin has passed; what has begun is finished."""
        return not self.sent and self.send_before is not None and time.time() >= self.send_before


_current = threading.local()


@contextlib.contextmanager
def under(attempt: Attempt) -> Iterator[Attempt]:
    """Make everything this thread sends and reads part of one attempt."""
    _current.attempt = attempt
    try:
        yield attempt
    finally:
        _current.attempt = None


def _attempt() -> Attempt | None:
    return getattr(_current, "attempt", None)


def _time_left(timeout: float | None) -> float | None:
    attempt = _attempt()
    if attempt is None:
        return timeout
    left = attempt.ends_at - time.monotonic()
    if left <= 0:
        raise TookTooLong("total time limit")
    return left if timeout is None else min(left, timeout)


class Network(httpcore2.NetworkBackend):
    """Opens connections; a `guarded` one refuses every host with an address that is not public."""

    def __init__(self, *, guarded: bool) -> None:
        self._guarded = guarded

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        attempt = _attempt()
        if attempt is not None:
            attempt.connected = True
        return Stream(open_socket(host, port, guarded=self._guarded, timeout=timeout))


def open_socket(host: str, port: int, *, guarded: bool, timeout: float | None) -> socket.socket:
    """
    Connect to a host by its name, to the very address that was judged.

    Raises `NotPublic`, `httpcore2.ConnectError`, `httpcore2.ConnectTimeout`.
    """
    found = _resolve(host, port, _time_left(timeout))
    # All of them, not only the one we take: a name with one private address is not a public name.
    if guarded and not all(is_public(str(address[4][0])) for address in found):
        raise NotPublic(host)
    return _connect_to_first(found, _time_left(timeout))


def _resolve(host: str, port: int, timeout: float | None) -> list[Any]:
    """
    Return the addresses of a host. The system's own resolver takes no time limit, so it is asked in a thread.

    A thread that is given up on ends when the resolver does.
    """
    found: list[Any] = []
    trouble: list[Exception] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            trouble.append(error)

    asking = threading.Thread(target=ask, name="resolver", daemon=True)
    asking.start()
    asking.join(timeout)
    if trouble:
        raise NoSuchName("the name does not resolve") from trouble[0]
    if not found:
        raise httpcore2.ConnectTimeout("finding the address took too long")
    return found


def _connect_to_first(found: list[Any], timeout: float | None) -> socket.socket:
    """Connect to the first address that answers; each gets an equal share of the time that is left."""
    ends_at = None if timeout is None else time.monotonic() + timeout
    last: OSError = OSError("no address")
    for number, (family, kind, protocol, _name, address) in enumerate(found):
        sock = socket.socket(family, kind, protocol)
        try:
            if ends_at is not None:
                sock.settimeout(max(0.001, (ends_at - time.monotonic()) / (len(found) - number)))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        except OSError as error:
            sock.close()
            last = error
    if isinstance(last, TimeoutError):
        raise httpcore2.ConnectTimeout("connecting took too long") from last
    raise httpcore2.ConnectError("no connection") from last


class Stream(httpcore2.NetworkStream):
    """A socket that holds back what is written until the request is whole, then sends it in one go."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._held = bytearray()

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # h11 ends every request that has a length with an empty write: our sign that it is whole.
        if buffer:
            self._held += buffer
        else:
            self._flush(timeout)

    def _flush(self, timeout: float | None) -> None:
        if not self._held:
            return
        whole, self._held = bytes(self._held), bytearray()
        attempt = _attempt()
        if whole.startswith(b"CONNECT "):
            attempt = None  # said to a proxy before the request, and no part of it
        view = memoryview(whole)
        try:
            while view:
                self._sock.settimeout(_time_left(timeout))
                if attempt is not None and attempt.is_too_late():
                    raise SendingTooLate
                count = self._sock.send(view)
                if attempt is not None:
                    attempt.sent = True
                view = view[count:]
        except TimeoutError as error:
            raise httpcore2.WriteTimeout("sending took too long") from error
        except OSError as error:
            raise httpcore2.WriteError("the connection broke while sending") from error

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._flush(timeout)
        try:
            self._sock.settimeout(_time_left(timeout))
            return self._sock.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore2.ReadTimeout("no answer in time") from error
        except OSError as error:
            raise httpcore2.ReadError("the connection broke while reading") from error

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        try:
            self._sock.settimeout(_time_left(timeout))
            return Stream(ssl_context.wrap_socket(self._sock, server_hostname=server_hostname))
        except TimeoutError as error:
            self.close()
            raise httpcore2.ConnectTimeout("the secure connection took too long") from error
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise httpcore2.ConnectError("the certificate is not valid for this name") from error
        except OSError as error:
            self.close()
            raise httpcore2.ConnectError("no secure connection") from error

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object" and isinstance(self._sock, ssl.SSLSocket):
            return self._sock._sslobj  # type: ignore[attr-defined]  # httpcore asks it for the ALPN result only
        if info == "is_readable":
            return is_readable(self._sock)
        return None


def is_readable(sock: socket.socket) -> bool:
    """
    Return whether an idle connection has something to read: the other side's goodbye, so it is not reused.
    """
    if sock.fileno() < 0:
        return True
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock], [], [], 0)[0])
