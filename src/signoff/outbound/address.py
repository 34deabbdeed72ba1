"""Addresses taken apart, so that a key goes only where it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

_PORTS = {"http": 80, "https": 443}
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
    return Address(parts.scheme, host, port, quote(parts.path or "/", safe=_PATH_SAFE), parts.query)


def same_server(one: str, other: str) -> bool:
    """Return whether two addresses are the same server: scheme, host and port."""
    return parse_address(one).origin == parse_address(other).origin
