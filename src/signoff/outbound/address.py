"""Addresses taken apart, so that a key goes only where it belongs."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True)
class Address:
    """A whole address. `origin` is what must be equal for two addresses to be the same server."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse_address(url: str) -> Address:
    """Return an address taken apart. Raises ValueError, without the address in its text, when it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        host = parts.hostname or ""
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except (ValueError, KeyError):
        raise ValueError("not an address that begins with https:// or http://") from None
    if not host or parts.username is not None:
        raise ValueError("an address needs a host, and holds no user name")
    if not _is_host(host):
        raise ValueError("the host is neither a name nor an IP address in its usual form")
    return Address(parts.scheme, host, port, quote(parts.path or "/", safe=_PATH_SAFE), parts.query)


def same_server(one: str, other: str) -> bool:
    """Return whether two addresses are the same server: scheme, host and port."""
    return parse_address(one).origin == parse_address(other).origin


def _is_host(host: str) -> bool:
    """
    Return whether a host is a name, or an IP address in its one usual form.

    The system also takes 2130706433, 0x7f.1 and 0177.0.0.1 for 127.0.0.1. A host whose last part is a number is an
    address or nothing (https://url.spec.whatwg.org/#ends-in-a-number-checker), and one written so is no address that
    an app gives out: it hides where it leads, from us and, through a proxy, from the list that the proxy keeps.
    """
    try:
        ipaddress.ip_address(host.rstrip("."))
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        return _NAME.fullmatch(host) is not None and not _NUMBER.fullmatch(last)
    return True
