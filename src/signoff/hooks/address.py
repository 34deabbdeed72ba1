"""Addresses that others want to be told at: refused before anything is stored, where nothing could ever be sent."""

from __future__ import annotations

import base64
import binascii
import secrets
import socket
import threading

from signoff.core.home import allowed_hosts
from signoff.core.secret import Secret
from signoff.outbound.address import parse_address
from signoff.outbound.guard import is_allowed, is_public
from signoff.outbound.pools import proxy_for

LONGEST = 2000
LOOK_UP_SECONDS = 1.5
LEAST_BYTES, MOST_BYTES = 24, 64  # of a secret, by Standard Webhooks


class HookRefused(Exception):
    """An address or a secret cannot be used; the text says why, `where` which of the two."""

    def __init__(self, where: str, text: str) -> None:
        super().__init__(text)
        self.where = where


def host_of(url: Secret) -> str:
    """
    Return the host of an address that may be told. Raises `HookRefused` with a sentence, which quotes no path.

    A name is looked up once, for a moment: one that leads into a private network is refused here and now. The way out
    looks again each time it sends.
    """
    text = url.reveal().strip()
    if len(text) > LONGEST:
        raise HookRefused("url", f"The address is longer than {LONGEST} characters.")
    try:
        address = parse_address(text)
    except ValueError as error:
        raise HookRefused(
            "url", f"This is no address to send to: {error}. It begins with https://."
        ) from None
    if is_allowed(address.host, address.port, allowed_hosts()):
        return address.host
    if address.scheme != "https":
        raise HookRefused(
            "url",
            f"The address at {address.host} begins with http://, so answers would travel unprotected. Use https.",
        )
    if proxy_for(address.scheme, address.host) is None and any(
        not is_public(found) for found in _look_up(address.host, address.port)
    ):
        raise HookRefused(
            "url",
            f"{address.host} lies in a private network, and nothing is sent there. If that is right, add it to "
            "SIGNOFF_ALLOW_HOSTS and start Signoff again.",
        )
    return address.host


def secret_or_new(given: Secret | None) -> Secret:
    """Return the secret to sign with, a new one where none is given. Raises `HookRefused`."""
    if given is None:
        return Secret("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
    text = given.reveal().strip()
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith("whsec_") or not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise HookRefused(
            "secret",
            f"A secret of Standard Webhooks is whsec_ and {LEAST_BYTES} to {MOST_BYTES} bytes in base64. "
            "Leave it out, and one is made.",
        )
    return Secret(text)


def _look_up(host: str, port: int) -> list[str]:
    """Return the addresses behind a name; none where that takes longer than a moment, or there are none."""
    found: list[str] = []

    def look() -> None:
        try:
            found.extend(str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            pass

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(LOOK_UP_SECONDS)
    return list(found)
