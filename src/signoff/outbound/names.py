"""What a domain says of its mail in DNS: who takes it, and at which servers one reads and sends it."""

from __future__ import annotations

import contextlib
from typing import Any

import dns.exception
import dns.resolver

SECONDS = 4.0


def mail_hosts(domain: str) -> list[str]:
    """Return the hosts that take a domain's mail (MX), the preferred first; none where DNS does not say."""
    answers = [(int(one.preference), str(one.exchange)) for one in _asked(domain, "MX")]
    return [_plain(host) for _, host in sorted(answers)]


def services(name: str) -> list[tuple[str, int]]:
    """Return the (host, port) of a service such as "_imaps._tcp.example.com" (SRV), the preferred first."""
    answers = [
        (int(one.priority), -int(one.weight), str(one.target), int(one.port)) for one in _asked(name, "SRV")
    ]
    found = [(_plain(host), port) for _, _, host, port in sorted(answers)]
    return [(host, port) for host, port in found if host and 0 < port < 65536]  # "." says: not offered here


def _asked(name: str, kind: str) -> list[Any]:
    with contextlib.suppress(dns.exception.DNSException, OSError, ValueError):
        return list(dns.resolver.resolve(name, kind, lifetime=SECONDS))
    return []


def _plain(host: str) -> str:
    return host.rstrip(".").lower()
