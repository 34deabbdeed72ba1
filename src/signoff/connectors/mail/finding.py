"""
Finding the servers of an address: by the providers that are known, else by what its domain says of itself.

Asked in this order: who takes the domain's mail (MX), the servers that the domain names (RFC 6186), the file that mail
programs look for at the domain, and Mozilla's collection of such files. Only the domain is told to anybody, never the
address. A server named by DNS alone is believed only where it belongs to the domain itself: answers of DNS can be
forged, and the password would go there. Format of the files: https://wiki.mozilla.org/Thunderbird:Autoconfiguration
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from signoff.connectors.mail.servers import ANY, APP, bad, domain_of, hosting, known, own_address
from signoff.connectors.manifest import PROVIDER, Manifest
from signoff.core.errors import SignoffError
from signoff.core.home import allowed_hosts
from signoff.outbound import names
from signoff.outbound.door import Door

SECONDS: Final = 4.0
LONGEST_FILE: Final = 200_000
PLACES: Final = (
    "https://autoconfig.{domain}/mail/config-v1.1.xml",
    "https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    "https://autoconfig.thunderbird.net/v1.1/{domain}",
)
_DOMAIN: Final = re.compile(r"[a-z0-9.-]{3,253}")
_ENCRYPTED: Final = {"SSL": "tls", "STARTTLS": "starttls"}


def found_for(stated: Mapping[str, str], manifest: Manifest) -> dict[str, str]:
    """
    Return the settings that follow from an address: the provider, or both servers.

    Raises `InputRejected` naming `imap_host` where nothing is found, so that the owner is asked.
    """
    if stated.get(PROVIDER, ANY) not in ("", ANY) or stated.get("imap_host"):
        return {}
    domain = domain_of(own_address(stated))
    presets = manifest.auth.presets
    provider = known(domain, presets) or hosting(names.mail_hosts(domain), presets)
    if provider is not None:
        return {PROVIDER: provider.name}
    found = _by_names(domain) or _by_files(domain, stated)
    if found:
        # What was stated goes before what was found.
        return {name: value for name, value in found.items() if not stated.get(name)}
    raise bad(
        "imap_host",
        f"The mail servers of {domain} were not found. State the server for reading (IMAP) and the one for sending "
        "(SMTP) under More; in a terminal, with --set imap_host and --set smtp_host.",
    )


def _by_names(domain: str) -> dict[str, str]:
    """Return the servers that a domain names in DNS, where they are its own (RFC 6186 and 8314)."""
    imap = _own(names.services(f"_imaps._tcp.{domain}"), domain)
    smtp = _own(names.services(f"_submissions._tcp.{domain}"), domain)
    encrypts = "tls"
    if smtp is None:
        smtp, encrypts = _own(names.services(f"_submission._tcp.{domain}"), domain), "starttls"
    if imap is None or smtp is None:
        return {}
    return {
        "imap_host": imap[0],
        "imap_port": str(imap[1]),
        "imap_security": "tls",
        "smtp_host": smtp[0],
        "smtp_port": str(smtp[1]),
        "smtp_security": encrypts,
    }


def _own(services: list[tuple[str, int]], domain: str) -> tuple[str, int] | None:
    return next((one for one in services if one[0] == domain or one[0].endswith(f".{domain}")), None)


def _by_files(domain: str, stated: Mapping[str, str]) -> dict[str, str]:
    if not _DOMAIN.fullmatch(domain) or "." not in domain:
        return {}
    return next((found for found in _files(domain, stated) if found), {})


def _files(domain: str, stated: Mapping[str, str]) -> Iterator[dict[str, str]]:
    for place in PLACES:
        address = urlsplit(place.format(domain=domain))
        door = Door(
            f"{address.scheme}://{address.netloc}",
            app=APP,
            timeout_seconds=SECONDS,
            allow_hosts=allowed_hosts(),
            max_bytes=LONGEST_FILE,
        )
        try:
            reply = door.get(address.path)
        except SignoffError:
            continue  # most domains have no such place
        if reply.ok:
            yield servers_in(reply.body, own_address(stated))


def servers_in(file: bytes, address: str) -> dict[str, str]:
    """Return the servers in a configuration file, {} where it holds none that encrypt; pure."""
    try:
        root = fromstring(file)
    except (ParseError, DefusedXmlException, ValueError):
        return {}
    imap = _best(root.iterfind("./emailProvider/incomingServer[@type='imap']"))
    smtp = _best(root.iterfind("./emailProvider/outgoingServer[@type='smtp']"))
    if imap is None or smtp is None:
        return {}
    user = _filled(imap.findtext("username", ""), address)
    return {
        **_as_settings("imap", imap, address),
        **_as_settings("smtp", smtp, address),
        **({"user": user} if user and user != address else {}),
    }


def _best(servers: Iterator[Any]) -> Any:
    """Return the first server that takes a password and encrypts, from the start if there is one."""
    usable = [
        one
        for one in servers
        if one.findtext("socketType", "").strip().upper() in _ENCRYPTED
        and any("password" in (way.text or "") for way in one.iterfind("authentication"))
    ]
    return min(usable, key=lambda one: one.findtext("socketType", "").strip().upper() != "SSL", default=None)


def _as_settings(kind: str, server: Any, address: str) -> dict[str, str]:
    return {
        f"{kind}_host": _filled(server.findtext("hostname", ""), address),
        f"{kind}_port": server.findtext("port", "").strip(),
        f"{kind}_security": _ENCRYPTED[server.findtext("socketType", "").strip().upper()],
    }


def _filled(text: str, address: str) -> str:
    local, _, domain = address.rpartition("@")
    filled = text.strip()
    for blank, value in (
        ("%EMAILADDRESS%", address),
        ("%EMAILLOCALPART%", local),
        ("%EMAILDOMAIN%", domain),
    ):
        filled = filled.replace(blank, value)
    return filled[:200]
