"""
Which addresses the door may reach: public ones, and private ones that the owner allowed by name.

A name is judged by every address it resolves to, at the moment of connecting, and the connection goes to the
very address that was judged. So a name that changes its address in between (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from signoff.core.errors import InputRejected

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")  # all that is given out on the internet lies in it
# What Python calls global and a stranger must not be led to: the registries' special blocks, and the address at which
# a cloud answers its own machines (Azure).
_NOT_FOR_US = tuple(
    ipaddress.ip_network(block)
    for block in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "3fff::/20")
)


class AddressRefused(InputRejected):
    """The address lies in a private network, or is not encrypted, and nobody allowed it by name."""

    owner_message = "{app} was given an address inside a private network. Nothing was sent there."
    next_step = (
        "If the address is right, add its host to SIGNOFF_ALLOW_HOSTS and start Signoff again; "
        "otherwise mend it under Connections."
    )


class NotPublic(Exception):
    """A host resolved to an address that is not public; the door turns this into `AddressRefused`."""


def is_public(address: str) -> bool:
    """
    Return whether an IP address is one that everybody on the internet would reach.

    Private, loopback, link-local, carrier-grade NAT, multicast, reserved and unspecified ones are not. An
    IPv6 address that carries an IPv4 one inside (mapped, NAT64, 6to4, Teredo, ISATAP) is judged by the one inside.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inside = _ipv4_inside(ip)
        if inside is not None:
            return is_public(str(inside))
        if ip not in _UNICAST:
            return False
    if any(ip in block for block in _NOT_FOR_US):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def is_allowed(host: str, port: int, allow_hosts: Iterable[str]) -> bool:
    """Return whether the owner allowed this host by name: "localhost", or "127.0.0.1:8080" for one port."""
    host = plain_host(host)
    for entry in allow_hosts:
        entry = entry.strip().lower()
        if plain_host(entry) == host or entry == f"{host}:{port}" or entry == f"[{host}]:{port}":
            return True
    return False


def is_here(host: str) -> bool:
    """
    Return whether a host, as written, means this machine; such a host is never asked for through a proxy.
    """
    host = plain_host(host)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_ip(host: str) -> bool:
    """Return whether a host, as written, is an address and not a name."""
    try:
        ipaddress.ip_address(plain_host(host))
    except ValueError:
        return False
    return True


def plain_host(host: str) -> str:
    """Return a host as it is compared: lower case, without brackets and without the dot at the end."""
    return host.strip().lower().strip("[]").rstrip(".")


def _ipv4_inside(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _NAT64 or int(ip) >> 32 & 0xFDFFFFFF == 0x00005EFE:  # the latter is ISATAP (RFC 5214)
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None
