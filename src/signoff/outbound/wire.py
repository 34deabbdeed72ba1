"""
One connection to a mail server: guarded, encrypted, timed and measured, and it knows what has gone out.

`imaplib` and `smtplib` speak over it as over a socket. Its errors are no `OSError`, so that neither library
puts them into words of its own.
"""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from typing import Literal

import httpcore2

from signoff.outbound.guard import NotPublic, is_allowed
from signoff.outbound.network import NoSuchName, SendingTooLate, is_readable, open_socket
from signoff.outbound.pools import tls

CONNECT_SECONDS = 10.0
CHUNK = 65_536

Security = Literal["tls", "starttls", "plain"]
Trouble = Literal[
    "no such name",
    "not reached",
    "silent",
    "not trusted",
    "expired",
    "another name",
    "not encrypted",
    "not public",
    "broken",
    "strange",
    "too large",
]

# OpenSSL's own numbers: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_EXPIRED = 10
_ANOTHER_NAME = (62, 64)


@dataclass(frozen=True)
class Server:
    """A mail server as its owner states it. `plain` is for a host that is allowed by name, nobody else."""

    host: str
    port: int
    security: Security = "tls"


class WireDown(Exception):
    """The connection never came about, or is of no use any more; `why` is one of the known troubles."""

    def __init__(self, why: Trouble, server: Server) -> None:
        super().__init__(f"{server.host}:{server.port}: {why}")
        self.why = why
        self.server = server


class Wire:
    """
    A socket and its lines in one. `allow` sets how long, how much and until when the next exchange may take.

    `sent` says whether the bytes went out that make the server act: those that `commit` sends.
    """

    def __init__(self, server: Server, allow_hosts: frozenset[str], silence_seconds: float) -> None:
        """Connect, and begin TLS where the server speaks nothing else. Raises `WireDown`."""
        self.server = server
        self.sent = False
        self.is_encrypted = False
        self._silence_seconds = silence_seconds
        self._held = bytearray()
        self.send_before: float | None = None
        self.allow(2 * CONNECT_SECONDS, CHUNK)
        is_known = is_allowed(server.host, server.port, allow_hosts)
        if server.security == "plain" and not is_known:
            raise WireDown("not encrypted", server)
        try:
            self._sock = open_socket(server.host, server.port, guarded=not is_known, timeout=CONNECT_SECONDS)
        except NotPublic:
            raise WireDown("not public", server) from None
        except NoSuchName:
            raise WireDown("no such name", server) from None
        except httpcore2.TimeoutException:
            raise WireDown("silent", server) from None
        except httpcore2.NetworkError:
            raise WireDown("not reached", server) from None
        if server.security == "tls":
            self.start_tls()

    def allow(self, seconds: float, max_bytes: int, send_before: float | None = None) -> None:
        """Set the limits of the next exchange; `send_before` is a `time.time()` after which `commit` refuses."""
        self._ends_at = time.monotonic() + seconds
        self._bytes_left = max_bytes
        self.send_before = send_before
        self.sent = False

    def start_tls(self) -> None:
        """
        Encrypt from here on. What came before in the clear is not taken for an answer to what comes after:
        https://nostarttls.secvuln.info
        """
        if self.server.security == "starttls" and (self._held or is_readable(self._sock)):
            self.close()
            raise WireDown("not encrypted", self.server)
        try:
            self._sock.settimeout(self._time_left())
            self._sock = tls().wrap_socket(self._sock, server_hostname=self.server.host)
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise WireDown(_distrust(error), self.server) from None
        except TimeoutError:
            self.close()
            raise WireDown("silent", self.server) from None
        except ssl.SSLError:
            self.close()
            raise WireDown("not encrypted", self.server) from None
        except (OSError, ValueError):
            self.close()
            raise WireDown("broken", self.server) from None
        self.is_encrypted = True

    def sendall(self, data: bytes) -> None:
        """Send what makes the server wait for more, or what only asks. Raises `WireDown`."""
        try:
            self._sock.settimeout(self._time_left())
            self._sock.sendall(data)
        except TimeoutError:
            raise WireDown("silent", self.server) from None
        except OSError:
            raise WireDown("broken", self.server) from None

    def commit(self, data: bytes) -> None:
        """Send the bytes that make the server act, unless their time is over. Raises `SendingTooLate`."""
        if self.send_before is not None and time.time() >= self.send_before:
            raise SendingTooLate
        self.sent = True
        self.sendall(data)

    def readline(self, limit: int = -1) -> bytes:
        """Return a line with its end, or its first `limit` bytes. Raises `WireDown` when none comes."""
        looked_at = 0
        while True:
            end = self._held.find(b"\n", looked_at) + 1
            if end == 0 and 0 < limit <= len(self._held):
                end = limit
            if end:
                return self._take(end if limit < 0 else min(end, limit))
            looked_at = len(self._held)
            self._receive()

    def read(self, size: int) -> bytes:
        """Return exactly so many bytes. Raises `WireDown` when they are too many, or do not come."""
        if size - len(self._held) > self._bytes_left:
            raise WireDown("too large", self.server)
        while len(self._held) < size:
            self._receive()
        return self._take(size)

    def close(self) -> None:
        try:
            self._sock.close()
        except OSError:
            pass

    def _take(self, size: int) -> bytes:
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def _receive(self) -> None:
        try:
            self._sock.settimeout(self._time_left())
            data = self._sock.recv(CHUNK)
        except TimeoutError:
            raise WireDown("silent", self.server) from None
        except (OSError, ValueError):
            raise WireDown("broken", self.server) from None
        self._bytes_left -= len(data)
        if not data:
            raise WireDown("broken", self.server)
        if self._bytes_left < 0:
            raise WireDown("too large", self.server)
        self._held += data

    def _time_left(self) -> float:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self._silence_seconds)


def _distrust(error: ssl.SSLCertVerificationError) -> Trouble:
    if error.verify_code == _EXPIRED:
        return "expired"
    return "another name" if error.verify_code in _ANOTHER_NAME else "not trusted"
