"""Behind a web server of the owner's: from where a request really came, and whether it came over https."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from signoff.core.home import trusted_proxies

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Proxies:
    """
    Take a trusted web server's word (`X-Forwarded-For`, `X-Forwarded-Proto`) for who asks and how.

    Anybody can send these headers, so they count only from this computer and from `SIGNOFF_PROXIES`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.trusted = trusted_proxies()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        peer = _address(request.META.get("REMOTE_ADDR", ""))
        if peer is not None and self._trusts(peer):
            said = request.META.get("HTTP_X_FORWARDED_FOR", "")
            request.META["REMOTE_ADDR"] = str(self._first_stranger(peer, said.split(",")))
            if request.META.get("HTTP_X_FORWARDED_PROTO", "").strip().lower() == "https":
                request.META["wsgi.url_scheme"] = "https"
        return self.get_response(request)

    def _first_stranger(self, peer: Address, chain: list[str]) -> Address:
        """
        Return the nearest address that is none of ours.

        Each server adds whom it heard to the end. What stands further left was written by that stranger, who may
        write what they like.
        """
        nearest = peer
        for text in reversed(chain):
            address = _address(text)
            if address is None:
                break
            nearest = address
            if not self._trusts(address):
                break
        return nearest

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self.trusted)


def _address(text: str) -> Address | None:
    """Return an address as proxies write it: "192.0.2.1", "192.0.2.1:4711", "[2001:db8::1]:4711"."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
